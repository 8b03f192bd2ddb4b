"""The name of the document's form, and how text of unknown origin is read and made fit to be stored."""

from __future__ import annotations

import os

__all__ = ["SCHEMA", "clean", "read"]

SCHEMA = "gating.snapshot/1"


def read(path: str | os.PathLike[str]) -> str | None:
    """The text of a file; None where it is missing or may not be read. Bytes that are no UTF-8 are kept."""
    try:
        with open(path, encoding="utf-8", errors="surrogateescape") as file:
            return file.read()
    except (OSError, ValueError):  # ValueError: a NUL in the path
        return None


def clean(text: str) -> str:
    """`text` as it may be stored: valid Unicode, and no name or password in front of a URL's host."""
    import re

    valid = text.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
    return re.sub(r"(?<=://)[^/\s@]*(?:@[^/\s@]*)*@", "…@", valid)
