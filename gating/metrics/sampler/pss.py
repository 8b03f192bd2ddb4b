"""The proportional set size, on a budget: the kernel walks every page for it, some 10 µs a MiB.

It takes at most one thousandth of a processor in the long run. What was read last is told again with its age; it is
None as long as nothing was affordable.
"""

from __future__ import annotations

import time

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from gating.metrics.sampler.proc import Process

__all__ = ["Pss"]

_SHARE = 0.001  # of one processor
_CREDIT_S = 0.01  # processor time that may be spent in advance, so that a short recording has a value too
_MOST_S = 0.25  # that one reading of the whole tree may take; a larger tree is never read
_OF_INTERVAL = 0.25  # of the time between two samples that a reading may take, or the next one would be late
_PER_BYTE_S = 15e-6 / (1 << 20)  # expected at first; then what was measured counts
_PER_PROCESS_S = 50e-6


class Pss:
    """When the tree's proportional set size is read, and what it was."""

    def __init__(self, interval_s: float) -> None:
        self.spent_s = 0.0  # processor time, in all
        self.peak_bytes: int | None = None
        self._most_s = min(_MOST_S, interval_s * _OF_INTERVAL)
        self._bytes: int | None = None
        self._read_s = 0.0  # when it was read
        self._slower = 1.0  # how many times slower than expected it was

    def sample(
        self, now_s: float, members: Iterable[Process], processes: int, rss_bytes: int
    ) -> tuple[int | None, float | None]:
        """The tree's proportional set size in bytes, and how many seconds ago it was read; None for never.

        `processes` of the `members` live, and hold `rss_bytes`.
        """
        if not processes:
            return 0, 0.0
        expected_s = rss_bytes * _PER_BYTE_S + processes * _PER_PROCESS_S
        allowed_s = min(_CREDIT_S + now_s * _SHARE - self.spent_s, self._most_s)
        if expected_s * self._slower <= allowed_s:
            self._read(now_s, members, expected_s)
        if self._bytes is None:
            return None, None
        return self._bytes, round(now_s - self._read_s, 6)

    def _read(self, now_s: float, members: Iterable[Process], expected_s: float) -> None:
        before_s = time.process_time()
        parts = [part for member in members if not member.zombie and (part := member.pss_bytes()) is not None]
        took_s = time.process_time() - before_s
        self.spent_s += took_s
        self._slower = max(took_s / expected_s, 0.1)
        if parts:
            self._bytes, self._read_s = sum(parts), now_s
            self.peak_bytes = max(self._bytes, self.peak_bytes or 0)
