"""Completeness: which samples are there, held against the schedule that they were taken by."""

from __future__ import annotations

from array import array
from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from gating.metrics.format import GAP_S
from gating.metrics.series import percentiles

__all__ = ["Completeness"]

_AGAIN = 3  # so many steps of twice the length, one after the other, are a longer interval and not a gap
_LATE_LIMIT = 100_000
_GAPS = 1000  # nobody reads more


class Completeness:
    """Takes each sample's time in turn, and tells what was to be there and is not.

    `intervals` say from which second on which interval held; where they are not known (the footer has them) an
    interval that doubled is recognised by its steps. `interval_s` is the first one, None where that is not known
    either: then there is no schedule, and `expected` is None.
    """

    def __init__(self, interval_s: float | None, intervals: Sequence[tuple[float, float]] = ()) -> None:
        known = sorted((start, length) for start, length in intervals if length > 0)
        if not known and interval_s:
            known = [(0.0, float(interval_s))]
            self._guess = True
        else:
            self._guess = False
        self.intervals = known
        self.present = 0
        self.missed = 0
        self.gaps: list[tuple[float, float]] = []
        self._last: float | None = None  # when the last sample was due
        self._seen: float | None = None  # when it was taken
        self._wide: list[tuple[float, float, int]] = []
        self._late = array("d")

    def saw(self, t_s: float, late_s: float | None) -> None:
        """One sample more, taken at `t_s`, which was `late_s` after its time."""
        late = late_s or 0.0
        if late_s is not None and len(self._late) < _LATE_LIMIT:
            self._late.append(late_s)
        self.present += 1
        due = max(0.0, t_s - late)
        self._count(self._seen, self._last, due, t_s)
        self._last, self._seen = due, t_s

    def ended(self, wall_s: float | None) -> None:
        """The recording's length, where it is known: samples may be missing at its end."""
        if wall_s is None or not self.intervals:
            return
        due = 0.0 if self._last is None else self._last
        missed = int((wall_s - due) / self.interval_at(due) - 0.5)
        if missed > 0:
            self.missed += missed
            self._gap(self._seen or 0.0, wall_s)

    def interval_at(self, t_s: float) -> float:
        """The interval that held at a time; infinite where there is no schedule."""
        if not self.intervals:
            return float("inf")
        return self.intervals[max(0, bisect_right(self.intervals, t_s, key=lambda one: one[0]) - 1)][1]

    def as_dict(self, footer: Mapping[str, Any] | None) -> dict[str, Any]:
        """The object `completeness` of `gating.recording/1`."""
        expected = self.present + self.missed if self.intervals else None
        gaps = _joined([*self.gaps, *(footer["gaps"] if footer else ())])
        late = dict(footer["lateness_s"]) if footer else {}
        if not any(value is not None for value in late.values()):
            p50, p99, most = percentiles(self._late, [1.0] * len(self._late), 0.5, 0.99, 1.0)
            late = {"p50": p50, "p99": p99, "max": most}
        return {
            "samples": self.present,
            "expected": expected,
            "ratio": round(self.present / expected, 6) if expected else None,
            "lost": footer["lost"] if footer else None,
            "gaps": [list(one) for one in gaps],
            "gap_s": round(sum(end - start for start, end in gaps), 6),
            "late_s": late,
            "intervals": [list(one) for one in self.intervals],
        }

    def _count(self, seen: float | None, last: float | None, due: float, t_s: float) -> None:
        if not self.intervals:
            return
        interval = self.interval_at(due if last is None else last)
        if last is None:  # the first one is due at the start
            missed = int(due / interval)
        else:  # what was taken between two that were due is beside the schedule
            steps = round((due - last) / interval)
            missed = max(0, steps - 1)
        self.missed += missed
        if missed:
            self._gap(seen or 0.0, t_s)
        if self._guess and last is not None:
            self._recognise(seen or 0.0, steps, missed)

    def _gap(self, start: float, end: float) -> None:
        if end - start >= GAP_S and len(self.gaps) < _GAPS:
            self.gaps.append((start, end))

    def _recognise(self, seen: float, steps: int, missed: int) -> None:
        """Without the footer: a row of equal steps of twice, four times … the interval is a longer interval."""
        if steps < 2 or steps & (steps - 1) or any(steps != one[1] for one in self._wide):  # noqa: PLR2004 - twice
            self._wide.clear()
        if steps >= 2 and not steps & (steps - 1):  # noqa: PLR2004
            self._wide.append((seen, steps, missed))
        if len(self._wide) == _AGAIN:
            self.missed -= sum(one[2] for one in self._wide)
            start = self._wide[0][0]
            self.gaps = [one for one in self.gaps if one[0] < start]
            self.intervals.append((start, self.interval_at(start) * steps))
            self._wide.clear()


def _joined(gaps: Iterable[Sequence[float]]) -> list[tuple[float, float]]:
    """Gaps in their order, those that touch or overlap as one."""
    made: list[tuple[float, float]] = []
    for start, end in sorted((float(one[0]), float(one[1])) for one in gaps):
        if made and start <= made[-1][1]:
            made[-1] = (made[-1][0], max(made[-1][1], end))
        elif end > start:
            made.append((start, end))
    return made
