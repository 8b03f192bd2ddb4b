"""What the dead had used, until it shows in the parent that waited for them, and for good where nobody did.

What a process has used goes over to its parent when that waits for it (cutime, cstime, and I/O likewise), so the sum
over the living is the whole. Not so where nobody of ours waits: a parent that ignores SIGCHLD, an orphan. What such
a process had used when it was last seen is kept here. Whether a parent has waited is seen from what it gains, in the
look that misses the child or in the next one.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from gating.metrics.sampler.proc import Process

__all__ = ["Handover"]

_PARTS = 4  # user ticks, system ticks, bytes read, bytes written


class Handover:
    """The uses of dead processes that no living one accounts for."""

    def __init__(self) -> None:
        self._kept = [0] * _PARTS
        self._awaited: dict[int, list[int]] = {}  # by the parent that is expected to have waited

    def total(self) -> list[int]:
        """What is to be added to the sum over the living."""
        sums = self._kept.copy()
        for parts in self._awaited.values():
            _add(sums, parts)
        return sums

    def awaiting(self) -> list[int]:
        """The processes that are expected to have waited for a dead child, and have not shown it yet."""
        return list(self._awaited)

    def settle(self, gone: Sequence[Process], members: Mapping[int, Process]) -> None:
        """Note who is `gone` (parents before their children), after all `members` were looked at."""
        if not gone and not self._awaited:
            return
        earlier, self._awaited = self._awaited, {}
        gains: dict[int, list[int]] = {}
        passed_on: dict[int, list[int]] = {}
        for pid, parts in earlier.items():
            parent = members.get(pid)
            if parent is None:
                passed_on[pid] = parts
            else:
                gains[pid] = _gain(parent)
                _take(gains[pid], parts)
                _add(self._kept, parts)  # nobody has waited
        numbers = {process.pid for process in gone}
        for process in reversed(gone):
            parts = process.used()
            owed = passed_on.pop(process.pid, [0] * _PARTS)
            _take(_gain(process), owed)  # its death was heard of: its last values may hold what it waited for before
            _add(parts, owed)
            parent = members.get(process.parent)
            if process.parent in numbers:
                _add(passed_on.setdefault(process.parent, [0] * _PARTS), parts)
            elif parent is None or parent.ignores_children:
                _add(self._kept, parts)
            else:
                _add(self._awaited.setdefault(process.parent, [0] * _PARTS), parts)
        for parts in passed_on.values():
            _add(self._kept, parts)
        for pid, parts in self._awaited.items():
            _take(gains.get(pid) or _gain(members[pid]), parts)


def _gain(parent: Process) -> list[int]:
    return [now - before for now, before in zip(parent.handed_over(), parent.settled, strict=True)]


def _add(sums: list[int], parts: Sequence[int]) -> None:
    for place, part in enumerate(parts):
        sums[place] += part


def _take(gain: list[int], parts: list[int]) -> None:
    """Settle as much of `parts` as was gained; each gain serves once."""
    for place, part in enumerate(parts):
        settled = min(gain[place], part)
        gain[place] -= settled
        parts[place] -= settled
