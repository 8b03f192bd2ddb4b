"""JSON documents: one to an output, in ASCII, and valid for strict readers whatever the texts hold."""

from __future__ import annotations

import json
from collections.abc import Mapping
from math import isfinite

from gating.verdict import Report

__all__ = ["dumps", "render"]


def render(report: Report) -> str:
    """The document `gating.report/1` (its schema is `gating/schemas/report-1.json`), with a newline at its end."""
    return dumps(report.as_dict())


def dumps(document: Mapping[str, object]) -> str:
    """Any of the documents of gating as text, with a newline at its end.

    A lone surrogate becomes U+FFFD, since most readers refuse it, and a number that is not finite null. A
    value that JSON has no form for is given as its `str`. `##` is written in escapes, so that a document
    that is printed in a CI job holds no command to the CI (`##[error]`, `##vso[…]`).
    """
    text = json.dumps(_valid(document), indent=2, allow_nan=False)
    return text.replace("##", r"\u0023\u0023") + "\n"


def _valid(value: object) -> object:
    if value is None or isinstance(value, bool | int):
        return value
    if isinstance(value, float):
        return value if isfinite(value) else None
    if isinstance(value, Mapping):
        return {_text(str(key)): _valid(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_valid(item) for item in value]
    return _text(str(value))


def _text(text: str) -> str:
    if text.isascii():
        return text
    # by way of UTF-16, where two surrogates that belong together are one character
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
