"""When to sample: on a grid that never drifts, closely at the start, at longer intervals when told to save room.

All times are seconds since the recording's start, on a clock that never goes back.
"""

from __future__ import annotations

from gating.metrics.format import GAP_S

__all__ = ["Schedule"]

_FIRST_STEP = 0.01  # seconds from the first sample to the second; each further step is twice as long
_KEPT = 4096  # latenesses; when there are more, every second one is dropped


class Schedule:
    """The times at which samples are due, and how far the samples were from them."""

    def __init__(self, interval_s: float) -> None:
        self.interval_s = interval_s
        self.due_s = 0.0
        self.intervals: list[list[float]] = [[0.0, interval_s]]
        self.gaps: list[list[float]] = []
        self._step_s = _FIRST_STEP
        self._last_s = 0.0
        self._late: list[float] = []
        self._stride = 1  # one in so many latenesses is kept
        self._seen = 0
        self._latest_s = 0.0

    def taken(self, now_s: float) -> float:
        """Note that the due sample is taken now, and say by how many seconds it is late.

        Points of the grid that went by meanwhile are not made up for: they are a gap.
        """
        late_s = max(0.0, now_s - self.due_s)
        self._note(late_s)
        if late_s >= max(self.interval_s, GAP_S):
            self.gap(now_s)
        self._last_s = now_s
        if self._step_s < self.interval_s and now_s + self._step_s < self.interval_s:
            self.due_s = now_s + self._step_s
            self._step_s *= 2
        else:
            self._step_s = self.interval_s
            self.due_s = self._next_point(now_s)
        return late_s

    def gap(self, now_s: float) -> None:
        """Note that nothing was seen between the last sample and now."""
        self.gaps.append([round(self._last_s, 6), round(now_s, 6)])

    def double(self, now_s: float) -> None:
        """Sample half as often from now on."""
        self.interval_s *= 2
        self._step_s = self.interval_s
        self.intervals.append([round(now_s, 6), self.interval_s])
        self.due_s = self._next_point(now_s)

    def lateness(self) -> dict[str, float | None]:
        """The median, the 99th percentile and the greatest of the latenesses, in seconds; None before a sample."""
        ordered = sorted(self._late)
        if not ordered:
            return {"p50": None, "p99": None, "max": None}
        last = len(ordered) - 1
        return {
            "p50": round(ordered[last // 2], 6),
            "p99": round(ordered[-(-last * 99 // 100)], 6),
            "max": round(self._latest_s, 6),
        }

    def _next_point(self, now_s: float) -> float:
        """The first point of the grid after now; a point that rounding puts a hair behind us is not taken twice."""
        return (int(now_s / self.interval_s + 1e-6) + 1) * self.interval_s

    def _note(self, late_s: float) -> None:
        self._latest_s = max(self._latest_s, late_s)
        if self._seen % self._stride == 0:
            self._late.append(late_s)
            if len(self._late) > _KEPT:
                del self._late[1::2]
                self._stride *= 2
        self._seen += 1
