"""Sparklines: as many characters as values, in what a stream can show."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from gating.report.sparkline import sparkline
from gating.report.terminal import Style

VALUES = st.lists(st.none() | st.floats(0, 1e18), max_size=80)


def test_it_rises_from_zero_to_the_top() -> None:
    assert sparkline([0, 1, 2, 3, 4, 5, 6, 7, None], Style()) == "▁▂▃▄▅▆▇█ "
    assert sparkline([0, 1, 2, 3, 4, 5, 6, 7, None], Style(encoding="ascii")) == "_.:-=+*# "
    assert sparkline([0.0, 0.0], Style(encoding="cp437")) == "__"  # it has some of the blocks, and not all
    assert sparkline([], Style()) == ""


@given(VALUES, st.sampled_from(["utf-8", "ascii", "latin-1", "cp1252", "no-such-encoding"]))
def test_whatever_the_values_it_has_one_mark_for_each_and_can_be_written(
    values: list[float | None], encoding: str
) -> None:
    shown = sparkline(values, Style(encoding=encoding))
    assert len(shown) == len(values)
    assert all((mark == " ") == (value is None) for mark, value in zip(shown, values, strict=True))
    if encoding != "no-such-encoding":
        shown.encode(encoding)
