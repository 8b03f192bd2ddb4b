"""A sparkline: a figure over time as a row of characters, from 0 at the bottom to the highest at the top."""

from __future__ import annotations

from collections.abc import Sequence

from gating.report.terminal import Style

__all__ = ["sparkline"]

_BLOCKS = "▁▂▃▄▅▆▇█"
_ASCII = "_.:-=+*#"


def sparkline(values: Sequence[float | None], style: Style) -> str:
    """One character for each value, in what the stream can show; a blank where nothing is known."""
    marks = _BLOCKS if style.shows(_BLOCKS) else _ASCII
    top = max((value for value in values if value is not None), default=0.0)
    return "".join(" " if value is None else marks[_rank(value, top, len(marks))] for value in values)


def _rank(value: float, top: float, count: int) -> int:
    return min(count - 1, int(value / top * count)) if top > 0 else 0
