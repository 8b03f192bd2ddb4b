"""A snapshot for issues and pull requests: GitHub-flavoured Markdown in which nothing is markup but ours."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from gating.snapshot.lines import distributions, extras, sections

__all__ = ["as_markdown"]


def as_markdown(snapshot: Mapping[str, Any]) -> str:
    """The document of `gating.snapshot.take` as Markdown that ends in a newline: the distributions are folded."""
    parts = [_table(("environment", ""), sections(snapshot))]
    if found := extras(snapshot):
        parts.append(_table(("extra", ""), found))
    known = snapshot["distributions"]
    if known is not None:
        summary = f"<summary>{len(known)} distributions</summary>"
        parts += [f"<details>{summary}", _table(("distribution", "version"), distributions(snapshot)), "</details>"]
    if snapshot["notes"]:
        parts.append("\n".join(f"- {_code(note)}" for note in snapshot["notes"]))
    return "\n\n".join(parts) + "\n"


def _table(head: tuple[str, str], pairs: Sequence[tuple[str, str]]) -> str:
    rows = [f"| {_code(label)} | {_code(said)} |" for label, said in pairs]
    return "\n".join([f"| {' | '.join(head)} |", "| --- | --- |", *rows])


def _code(text: str) -> str:
    """`text` shown as it is, also in a cell: in a code span nothing is markup, and nobody is mentioned."""
    text = "".join(mark if mark.isprintable() else "�" for mark in text).strip() or " "
    if not re.search(r"[`|]", text):
        return f"`{text}`"
    # neither can stand in a span within a cell; a character reference is never markup
    return f"<code>{re.sub(r'[^A-Za-z0-9 ]', lambda mark: f'&#{ord(mark[0])};', text)}</code>"
