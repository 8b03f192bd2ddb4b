"""A snapshot for people at a terminal: labelled lines of plain text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from gating.snapshot.lines import distributions, extras, sections

__all__ = ["as_text"]


def as_text(snapshot: Mapping[str, Any], *, full: bool = True) -> str:
    """The document of `gating.snapshot.take` as text that ends in a newline.

    Not `full` counts the distributions instead of listing them.
    """
    lines = _columns(sections(snapshot))
    if found := extras(snapshot):
        lines += ["extras", *_columns(found, indent=2)]
    known = snapshot["distributions"]
    lines.append(f"distributions  {'unknown' if known is None else len(known)}")
    if full:
        lines += _columns(distributions(snapshot), indent=2)
    lines += [f"note: {note}" for note in snapshot["notes"]]
    return "".join(f"{_plain(line)}\n" for line in lines)


def _columns(pairs: Sequence[tuple[str, str]], *, indent: int = 0) -> list[str]:
    width = max((len(label) for label, _ in pairs), default=0)
    return [f"{'':{indent}}{label:{width}}  {said}" for label, said in pairs]


def _plain(text: str) -> str:
    """Without what would end the line or steer the terminal."""
    return "".join(mark if mark.isprintable() else "�" for mark in text)
