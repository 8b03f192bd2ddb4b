"""The process tree: who belongs to it, and what all of them have used, the dead ones included.

Its members are the watched process, every descendant, and orphans that the recorder has taken in as child-subreaper.
A member stays one until somebody has waited for it, whoever its parent is by then.
"""

from __future__ import annotations

import os

from gating.metrics.sampler.files import Descriptors
from gating.metrics.sampler.handover import Handover
from gating.metrics.sampler.proc import Process, identity
from gating.metrics.sampler.pss import Pss

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from gating.metrics.sampler.events import Events

__all__ = ["Tree"]

_TICKS = os.sysconf("SC_CLK_TCK") if hasattr(os, "sysconf") else 100
_PAGE = os.sysconf("SC_PAGE_SIZE") if hasattr(os, "sysconf") else 4096


class Tree:
    """What the watched processes have used, read from /proc."""

    def __init__(
        self, events: Events, interval_s: float = 1.0, *, limit: int | None = None, root: str = "/proc"
    ) -> None:
        self._events = events
        self._proc = root
        self._pss = Pss(interval_s)
        self._descriptors = Descriptors(limit)
        self._members: dict[int, Process] = {}
        self._strangers: set[int] = set()  # children of the recorder that are none of the tree's
        self._handover = Handover()
        self._own = os.getpid()
        self._root = 0
        self.root_started: int | None = None  # ticks since boot
        self._reaper = 0
        self._mark = b""
        self._baseline: list[int] | None = None
        self._at_most = [0, 0, 0, 0]  # what was reported last: a counter never goes back
        self._past_switches = [0, 0]  # of the dead
        self._first_switches = [0, 0]
        self.ignored_children = False  # a process was seen whose children's use the kernel throws away
        self.peak_rss_bytes: int | None = None
        self.missing: dict[str, str] = {}

    def watch(self, pid: int, *, owned: bool, reaper: int | None = None, mark: str | None = None) -> bool:
        """Begin to follow the tree of `pid`; whether it is there.

        `owned` says that the recorder started it, so that all it has used counts. `reaper` is the recorder where it
        is a child-subreaper: its children are orphans of the tree, if they are as young as it and hold `mark`
        (NAME=value) in their environment, where one is given.
        """
        self._root = pid
        self._reaper = reaper or 0
        self._mark = (mark or "").encode()
        process = self._enter(pid, 0)
        if process is None:
            return False
        self.root_started = process.started
        if owned:
            self._baseline = [0, 0, 0, 0]
        return True

    def alive(self) -> tuple[bool, int]:
        """Whether the watched process lives, and how many other members do; zombies do not."""
        root = self._members.get(self._root)
        others = sum(1 for member in self._members.values() if member is not root and not member.zombie)
        return root is not None and not root.zombie, others

    @property
    def pss_cpu_s(self) -> float:
        """The processor time that the proportional set size took of us, in seconds."""
        return self._pss.spent_s

    def sample(self, now_s: float) -> dict[str, Any]:
        """The values of a sample's `tree`: counters since the recording's start, and levels of now."""
        self._look_around()
        members = self._members.values()
        used = self._handover.total()
        processes = threads = rss = fds = denied = 0
        voluntary, involuntary = self._past_switches
        unknown_switches = False
        for member in members:
            used[0] += member.user + member.user_children
            used[1] += member.system + member.system_children
            used[2] += member.read_bytes
            used[3] += member.written_bytes
            switches = member.switches()
            if switches is None:
                unknown_switches = True
            else:
                voluntary += switches[0]
                involuntary += switches[1]
            if member.zombie:
                continue
            processes += 1
            threads += member.threads
            rss += member.rss_pages
            fds += member.fds
            denied += member.denied
        if self._baseline is None and members:
            self._baseline = used
            self._first_switches = [voluntary, involuntary]
        counted = self._never_back(used)
        rss_bytes = rss * _PAGE
        pss_bytes, pss_age_s = self._pss.sample(now_s, members)
        self.peak_rss_bytes = max(rss_bytes, self.peak_rss_bytes or 0)
        return {
            "processes": processes,
            "threads": threads,
            "user_s": counted[0] / _TICKS,
            "system_s": counted[1] / _TICKS,
            "cpu_s": (counted[0] + counted[1]) / _TICKS,
            "rss_bytes": rss_bytes,
            "pss_bytes": pss_bytes,
            "pss_age_s": pss_age_s,
            "read_bytes": counted[2],
            "write_bytes": counted[3],
            "descriptors": fds,
            "voluntary_switches": None if unknown_switches else voluntary - self._first_switches[0],
            "involuntary_switches": None if unknown_switches else involuntary - self._first_switches[1],
            "unreadable": denied,
        }

    def totals(self) -> dict[str, Any]:
        """What the footer's `totals` can be made of, as of the last sample; seconds and bytes."""
        user, system, read, written = self._at_most
        return {
            "cpu_s": (user + system) / _TICKS,
            "user_s": user / _TICKS,
            "system_s": system / _TICKS,
            "peak_rss_bytes": self.peak_rss_bytes,
            "peak_pss_bytes": self._pss.peak_bytes,
            "read_bytes": read,
            "write_bytes": written,
        }

    def beside_root(self) -> tuple[float, float]:
        """The user and system seconds of the members that live on beside the watched process or after it."""
        user = system = 0
        for member in self._members.values():
            if member.pid != self._root:
                user += member.user + member.user_children
                system += member.system + member.system_children
        return user / _TICKS, system / _TICKS

    def close(self) -> None:
        for member in tuple(self._members.values()):
            self._leave(member)

    def _look_around(self) -> None:
        """Look at every member, find new ones, and part with those that somebody has waited for.

        Parents come before their children: what a child hands over between the two looks is then missed for one
        sample (and the last known values stand in for it), instead of being counted twice.
        """
        line = list(self._members.values())
        gone: list[Process] = []
        for member in line:
            member.before = member.handed_over()
            try:
                member.look()
            except OSError:
                gone.append(member)
                continue
            self.ignored_children |= member.ignores_children
            for pid in member.children():
                if pid not in self._members and pid != self._own:
                    child = self._enter(pid, member.pid)
                    if child is not None:
                        line.append(child)
            if member.pid == self._root:
                line.extend(self._orphans())
        for member in reversed(gone):
            self._leave(member)
        self._handover.settle(gone, self._members)

    def _orphans(self) -> list[Process]:
        """The processes that lost their parent and went to the recorder since the last look."""
        if not self._reaper:
            return []
        try:
            with open(f"{self._proc}/{self._reaper}/task/{self._reaper}/children", "rb") as file:
                found = {int(word) for word in file.read().split()}
        except OSError:
            return []
        self._strangers &= found  # a number may be given to another process
        taken = []
        for pid in found - self._strangers - self._members.keys():
            process = self._enter(pid, self._reaper) if self._is_orphan(pid) else None
            if process is None:
                self._strangers.add(pid)
            else:
                taken.append(process)
        return taken

    def _is_orphan(self, pid: int) -> bool:
        if pid == os.getpid():
            return False
        if not self._mark:
            known = identity(pid, self._proc)
            return known is not None and known[0] >= (self.root_started or 0)
        try:
            with open(f"{self._proc}/{pid}/environ", "rb") as file:
                return self._mark in file.read().split(b"\0")
        except OSError:
            return False

    def _enter(self, pid: int, parent: int) -> Process | None:
        """Take a process in, unless it is gone already, or by now a child of somebody else."""
        try:
            process = Process(pid, self._descriptors, self._proc)
        except OSError:
            return None
        if process.parent not in {parent, self._reaper} and process.parent not in self._members and parent:
            process.close()
            return None
        self._members[pid] = process
        self._await_death(process)
        return process

    def _await_death(self, member: Process) -> None:
        """Have its death told, so that its last values are read before its parent has waited for it, if we can."""
        if not self._descriptors.take():
            return
        try:
            member.pidfd = os.pidfd_open(member.pid)
        except (OSError, AttributeError):
            self._descriptors.give()
            return
        self._events.register(member.pidfd, lambda: self._died(member))

    def _died(self, member: Process) -> None:
        self._forget_pidfd(member)
        try:
            member.look()
        except OSError:
            member.zombie = True  # somebody has waited for it; the next look parts with it

    def _forget_pidfd(self, member: Process) -> None:
        if member.pidfd >= 0:
            self._events.unregister(member.pidfd)
            os.close(member.pidfd)
            member.pidfd = -1
            self._descriptors.give()

    def _leave(self, member: Process) -> None:
        switches = member.switches()
        if switches is not None:
            self._past_switches[0] += switches[0]
            self._past_switches[1] += switches[1]
        del self._members[member.pid]
        self._forget_pidfd(member)
        member.close()

    def _never_back(self, used: list[int]) -> list[int]:
        """What was used since the start."""
        first = self._baseline or [0, 0, 0, 0]
        self._at_most = [
            max(before, now - start) for before, now, start in zip(self._at_most, used, first, strict=True)
        ]
        return self._at_most
