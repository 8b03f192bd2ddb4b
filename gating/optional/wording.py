"""Wording: what became of an optional dependency and how it is mended, each in one calm line."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gating.optional.availability import Availability

__all__ = ["calm", "mending", "told"]

_LONGEST = 300  # characters of a cause; what a linker says can be a page


def told(one: Availability) -> str:
    """`torch>=2.2 is absent: …`, without the cause where there is none."""
    cause = calm(one.cause)
    if len(cause) > _LONGEST:
        cause = f"{cause[: _LONGEST - 1]}…"
    return f"{calm(str(one.asked))} is {one.state.value}{cause and ': '}{cause}"


def mending(one: Availability) -> str | None:
    """The commands that mend it as a shell reads them, None where none is known."""
    remedy = one.remedy
    if remedy is None or not remedy.commands:
        return None
    import shlex

    return calm(" && ".join(map(shlex.join, remedy.commands)))


def calm(text: str) -> str:
    r"""`text` in one line, each character that cannot be seen written as an escape such as `\x1b`."""
    line = " ".join(text.split())
    if line.isprintable():
        return line
    return "".join(mark if mark.isprintable() else mark.encode("unicode_escape").decode() for mark in line)
