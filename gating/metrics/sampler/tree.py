"""The process tree: what all its members have used, the dead ones included."""

from __future__ import annotations

from gating.metrics.sampler.handover import Handover
from gating.metrics.sampler.members import Members
from gating.metrics.sampler.pss import Pss
from gating.metrics.sampler.system import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from gating.metrics.sampler.events import Events

__all__ = ["Tree"]

_TICKS = os.sysconf("SC_CLK_TCK") if hasattr(os, "sysconf") else 100
_PAGE = os.sysconf("SC_PAGE_SIZE") if hasattr(os, "sysconf") else 4096
_COUNTERS = 6  # user and system ticks, bytes read and written, voluntary and involuntary context switches


class Tree:
    """What the watched processes have used, read from /proc."""

    def __init__(
        self, events: Events, interval_s: float = 1.0, *, limit: int | None = None, root: str = "/proc"
    ) -> None:
        self.ignored_children = False  # a process was seen whose children's use the kernel throws away
        self.peak_rss_bytes: int | None = None
        self.missing: dict[str, str] = {}
        self._members = Members(events, limit=limit, root=root)
        self._handover = Handover()
        self._pss = Pss(interval_s)
        self._past_switches = [0, 0]  # of those who have left
        self._told = [True] * _COUNTERS  # whether anybody has said it; as long as nobody is watched, 0 is the truth
        self._first: list[int] | None = None
        self._counted = [0] * _COUNTERS  # what was reported last: a counter never goes back
        self._levels: tuple[int, int, int, int | None, int] = (0, 0, 0, 0, 0)

    @property
    def root_started(self) -> int | None:
        """When the watched process started, in ticks since boot."""
        return self._members.root_started

    @property
    def pss_cpu_s(self) -> float:
        """The processor time that the proportional set size took of us, in seconds."""
        return self._pss.spent_s

    def watch(self, pid: int, *, owned: bool, reaper: int | None = None, mark: str | None = None) -> bool:
        """Begin to follow the tree of `pid`; whether it is there.

        `owned` says that the recorder started it, so that all it has used counts. `reaper` is the recorder where it
        is a child-subreaper: its children are orphans of the tree, if they are as young as it and hold `mark`
        (NAME=value) in their environment, where one is given.
        """
        if owned:
            self._first = [0] * _COUNTERS
        self._told = [False] * _COUNTERS
        return self._members.watch(pid, reaper=reaper, mark=mark)

    def alive(self) -> tuple[bool, int]:
        """Whether the watched process lives, and how many other members do; zombies do not."""
        members = self._members.by_pid
        root = members.get(self._members.root)
        others = sum(1 for member in members.values() if member is not root and not member.zombie)
        return root is not None and not root.zombie, others

    def sample(self, now_s: float) -> dict[str, Any]:
        """The values of a sample's `tree`: counters since the recording's start, and levels of now."""
        members = self._members
        awaiting = self._handover.awaiting()
        for pid in awaiting:
            if (parent := members.by_pid.get(pid)) is not None:
                parent.doubt()
        gone = members.look_around()
        changed, members.changed = members.changed, []
        if changed or gone or awaiting:
            for member in gone:
                self._past_switches[0] += member.voluntary
                self._past_switches[1] += member.involuntary
            self._handover.settle(gone, members.by_pid)
            for member in changed:
                member.settled = member.handed_over()
            self._sum_up()
        processes, threads, rss_bytes, descriptors, unreadable = self._levels
        counted: list[int | None] = [
            value if told else None for value, told in zip(self._counted, self._told, strict=True)
        ]
        user, system, read, written, voluntary, involuntary = counted
        pss_bytes, pss_age_s = self._pss.sample(now_s, members.by_pid.values(), processes, rss_bytes)
        return {
            "processes": processes,
            "threads": threads,
            "user_s": None if user is None else user / _TICKS,
            "system_s": None if system is None else system / _TICKS,
            "cpu_s": None if user is None or system is None else (user + system) / _TICKS,
            "rss_bytes": rss_bytes,
            "pss_bytes": pss_bytes,
            "pss_age_s": pss_age_s,
            "read_bytes": read,
            "write_bytes": written,
            "descriptors": descriptors,
            "voluntary_switches": voluntary,
            "involuntary_switches": involuntary,
            "unreadable": unreadable,
        }

    def totals(self) -> dict[str, Any]:
        """What the footer's `totals` can be made of, as of the last sample; seconds and bytes."""
        user, system, read, written, *_ = self._counted
        knows_io = self._told[2]
        knows_time = self._told[0]
        return {
            "cpu_s": (user + system) / _TICKS if knows_time else None,
            "user_s": user / _TICKS if knows_time else None,
            "system_s": system / _TICKS if knows_time else None,
            "peak_rss_bytes": self.peak_rss_bytes,
            "peak_pss_bytes": self._pss.peak_bytes,
            "read_bytes": read if knows_io else None,
            "write_bytes": written if knows_io else None,
        }

    def beside_root(self) -> tuple[float, float]:
        """The user and system seconds of the members that live on beside the watched process or after it."""
        user = system = 0
        for member in self._members.by_pid.values():
            if member.pid != self._members.root:
                user += member.user + member.user_children
                system += member.system + member.system_children
        return user / _TICKS, system / _TICKS

    def close(self) -> None:
        self._members.close()

    def _sum_up(self) -> None:
        """Add up what the members and the dead have used, and how much of everything there is now."""
        user, system, read, written = self._handover.total()
        voluntary, involuntary = self._past_switches
        processes = threads = rss_pages = descriptors = unreadable = 0
        knows_time, _, knows_io, _, knows_switches, _ = self._told
        knows_descriptors = False
        for member in self._members.by_pid.values():
            user += member.user + member.user_children
            system += member.system + member.system_children
            read += member.read_bytes
            written += member.written_bytes
            voluntary += member.voluntary
            involuntary += member.involuntary
            knows_time = True
            if member.hides_io or member.hides_switches or member.hides_descriptors:
                unreadable += 1
                knows_io |= not member.hides_io
                knows_switches |= not member.hides_switches
                knows_descriptors |= not member.hides_descriptors
            else:
                knows_io = knows_switches = knows_descriptors = True
            self.ignored_children |= member.ignores_children
            if not member.zombie:
                processes += 1
                threads += member.threads
                rss_pages += member.rss_pages
                descriptors += member.descriptors
        self._told = [knows_time, knows_time, knows_io, knows_io, knows_switches, knows_switches]
        used = [user, system, read, written, voluntary, involuntary]
        if self._first is None and knows_time:
            self._first = used
        for place, first in enumerate(self._first or ()):
            self._counted[place] = max(self._counted[place], used[place] - first)
        rss_bytes = rss_pages * _PAGE
        if processes:
            self.peak_rss_bytes = max(rss_bytes, self.peak_rss_bytes or 0)
        known = descriptors if knows_descriptors or not processes else None
        self._levels = processes, threads, rss_bytes, known, unreadable
