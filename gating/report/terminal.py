"""What one output stream can show: colours, symbols, and how many columns a text takes on it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TextIO

from gating.verdict import Outcome

__all__ = ["Style", "columns", "cut", "pad", "stream_width", "wants_colour", "wrap"]

_COLOURS = {"bold": "1", "dim": "2", "red": "31", "green": "32", "yellow": "33", "cyan": "36"}
_OUTCOMES = {
    Outcome.PASS: ("✓", "+", "green"),
    Outcome.DEGRADED: ("▲", "!", "yellow"),
    Outcome.SKIP: ("○", "-", "dim"),
    Outcome.FAIL: ("✗", "x", "red"),
}
_OURS = "✓▲○✗…└─│├"


def wants_colour(env: Mapping[str, str], *, stream_is_tty: bool) -> bool:
    """Whether to print in colour, by the conventions of no-color.org and force-color.org; the first that speaks wins.

    `NO_COLOR` that is not empty: no. `FORCE_COLOR` that is not empty: yes; `0` and `false` are read as not
    set, which is Node's addition to the convention. `TERM=dumb`: no. Else: yes on a terminal.
    """
    if env.get("NO_COLOR"):
        return False
    if env.get("FORCE_COLOR", "").lower() not in {"", "0", "false"}:
        return True
    return stream_is_tty and env.get("TERM") != "dumb"


def stream_width(stream: TextIO, env: Mapping[str, str]) -> int | None:
    """How many columns `stream` has: `COLUMNS`, else the terminal's own word; None where it is no terminal."""
    import os

    try:
        terminal = os.get_terminal_size(stream.fileno()).columns
    except (OSError, ValueError, AttributeError):  # no terminal, closed, or no file at all
        return None
    asked = env.get("COLUMNS", "")
    return int(asked) if asked.isdecimal() and int(asked) > 0 else terminal or None


class Style:
    """How lines look on one stream: painted or not, with our symbols or with those of ASCII.

    `encoding` is the stream's; None means that every character can be shown. An encoding that Python does
    not know is taken for ASCII.
    """

    __slots__ = ("colour", "encoding", "ours")

    def __init__(self, *, colour: bool = False, encoding: str | None = None) -> None:
        self.colour = colour
        self.encoding = encoding
        self.ours = encoding is None or _writes(_OURS, encoding)

    @property
    def ellipsis(self) -> str:
        return "…" if self.ours else "..."

    def symbol(self, outcome: Outcome) -> str:
        ours, ascii_one, _ = _OUTCOMES[outcome]
        return ours if self.ours else ascii_one

    def outcome(self, text: str, outcome: Outcome, *, bold: bool = False) -> str:
        """`text` in the colour of an outcome."""
        colour = _OUTCOMES[outcome][2]
        return self.paint(text, "bold", colour) if bold else self.paint(text, colour)

    def paint(self, text: str, *colours: str) -> str:
        if not self.colour or not text:
            return text
        return f"\x1b[{';'.join(_COLOURS[name] for name in colours)}m{text}\x1b[0m"

    def shows(self, text: str) -> bool:
        """Whether the stream can write these characters."""
        return self.encoding is None or _writes(text, self.encoding)

    def encodable(self, text: str) -> str:
        """`text` with what the stream cannot write as backslash escapes, so that printing it never raises."""
        if self.encoding is None or text.isascii():
            return text
        try:
            return text.encode(self.encoding, "backslashreplace").decode(self.encoding)
        except (LookupError, UnicodeError):
            return text.encode("ascii", "backslashreplace").decode("ascii")


def columns(text: str) -> int:
    """How many terminal columns `text` takes: East Asian wide characters two, combining ones none."""
    if text.isascii():
        return len(text)
    from unicodedata import category, east_asian_width

    return sum(
        0 if category(mark) in {"Mn", "Me", "Cf"} else 2 if east_asian_width(mark) in {"W", "F"} else 1 for mark in text
    )


def pad(text: str, width: int) -> str:
    """`text` filled with blanks up to `width` columns; a wider one stays as it is."""
    return text + " " * (width - columns(text))


def cut(text: str, width: int, ellipsis: str) -> str:
    """`text` if it fits `width` columns, else as much of its beginning as does, and the ellipsis."""
    if columns(text) <= width:
        return text
    kept = text[: max(0, width - len(ellipsis))]
    while kept and columns(kept) + len(ellipsis) > width:
        kept = kept[:-1]
    return (kept.rstrip() + ellipsis)[: max(0, width)]


def wrap(text: str, width: int) -> list[str]:
    """`text` broken at blanks into lines of at most `width` columns; a longer word has a line of its own."""
    lines: list[str] = []
    for word in text.split(" "):
        if lines and columns(lines[-1]) + 1 + columns(word) <= width:
            lines[-1] += f" {word}"
        else:
            lines.append(word)
    return lines


def _writes(text: str, encoding: str) -> bool:
    try:
        text.encode(encoding)
    except (UnicodeError, LookupError):
        return False
    return True
