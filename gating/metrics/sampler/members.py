"""Who belongs to the tree: the watched process, every descendant, and orphans that the recorder has taken in.

A member stays one until somebody has waited for it, whoever its parent is by then.
"""

from __future__ import annotations

from gating.metrics.sampler.files import Descriptors, file_or_none
from gating.metrics.sampler.proc import Process, identity
from gating.metrics.sampler.system import exists, os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from gating.metrics.sampler.events import Events

__all__ = ["Members"]

_WALK_TURN = 8  # in so many looks once new members are looked for, even if no process seems to be new


class Members:
    """The members of the tree, by process id, parents before their children."""

    def __init__(self, events: Events, *, limit: int | None = None, root: str = "/proc") -> None:
        self.by_pid: dict[int, Process] = {}
        self.changed: list[Process] = []  # those that may have changed; whoever sums them up empties it
        self.root = 0  # the watched process
        self.root_started: int | None = None  # ticks since boot
        self._events = events
        self._proc = root
        self._descriptors = Descriptors(limit)
        self._own = os.getpid()
        self._reaper = 0
        self._mark = b""
        self._strangers: set[int] = set()  # children of the recorder that are none of the tree's
        self._looks = 0
        self._newest: bytes | None = None  # the number that the kernel gave last, at the last walk
        self._loads = file_or_none(f"{root}/loadavg", self._descriptors)
        # a kernel may be built without the lists of children; then every process is asked for its parent
        self._listed = exists(f"{root}/{self._own}/task/{self._own}/children")

    def watch(self, pid: int, *, reaper: int | None, mark: str | None) -> bool:
        """Begin with `pid`; whether it is there. For the others see `Tree.watch`."""
        self.root = pid
        self._reaper = reaper or 0
        self._mark = (mark or "").encode()
        process = self._enter(pid, 0)
        if process is not None:
            self.root_started = process.started
        return process is not None

    def look_around(self) -> list[Process]:
        """Look at every member, find new ones, and part with those that somebody has waited for: these are returned.

        Parents come before their children: what a child hands over between the two looks is then missed for one
        sample (and its last known values stand in for it), instead of being counted twice.
        """
        walk = self._is_someone_new()
        line = list(self.by_pid.values())
        gone = []
        for member in line:
            try:
                if member.look():
                    self.changed.append(member)
            except OSError:
                gone.append(member)
                continue
            if walk and self._listed:
                line += [child for pid in member.children() if (child := self._enter(pid, member.pid))]
                if member.pid == self.root and self._reaper:
                    line += self._orphans()
        if walk and not self._listed:
            self._scan()
        for member in gone:
            self._leave(member)
            self._newest = None  # its number may be another's already, whom this walk has taken for it
        return gone

    def close(self) -> None:
        for member in tuple(self.by_pid.values()):
            self._leave(member)
        if self._loads is not None:
            self._loads.close()

    def _is_someone_new(self) -> bool:
        """Whether a process was started since the last walk: the newest number stands at the end of /proc/loadavg."""
        self._looks += 1
        if self._loads is None:
            return True
        newest = self._loads.read().rpartition(b" ")[2]
        if newest == self._newest and self._looks % _WALK_TURN:
            return False
        self._newest = newest
        return True

    def _scan(self) -> None:
        """Ask every process whether its parent is a member, until nobody new is found."""
        parents = {}
        for name in os.listdir(self._proc):
            if name.isdigit() and int(name) not in self.by_pid:
                known = identity(int(name), self._proc)
                if known is not None:
                    parents[int(name)] = known[1]
        found = True
        while found:
            found = False
            for pid, parent in tuple(parents.items()):
                if parent in self.by_pid and self._enter(pid, parent):
                    del parents[pid]
                    found = True
        for pid, parent in parents.items():
            if parent == self._reaper and self._is_orphan(pid):
                self._enter(pid, parent)

    def _orphans(self) -> list[Process]:
        """The processes that lost their parent and went to the recorder since the last walk."""
        try:
            with open(f"{self._proc}/{self._reaper}/task/{self._reaper}/children", "rb") as file:
                found = {int(word) for word in file.read().split()}
        except OSError:
            return []
        self._strangers &= found  # a number may be given to another process
        taken = []
        for pid in found - self._strangers - self.by_pid.keys():
            process = self._enter(pid, self._reaper) if self._is_orphan(pid) else None
            if process is None:
                self._strangers.add(pid)
            else:
                taken.append(process)
        return taken

    def _is_orphan(self, pid: int) -> bool:
        if pid == self._own:
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
        """Take in a child of `parent` (of anybody: 0), unless it is one already, gone, or by now somebody else's."""
        if pid in self.by_pid or pid == self._own:
            return None
        try:
            process = Process(pid, self._descriptors, self._proc)
        except OSError:
            return None
        if parent not in {0, process.parent} and process.parent not in self.by_pid and process.parent != self._reaper:
            process.close()
            return None
        self.by_pid[pid] = process
        self.changed.append(process)
        self._await_death(process)
        return process

    def _leave(self, member: Process) -> None:
        del self.by_pid[member.pid]
        self._forget_pidfd(member)
        member.close()

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
        self.changed.append(member)

    def _forget_pidfd(self, member: Process) -> None:
        if member.pidfd >= 0:
            self._events.unregister(member.pidfd)
            os.close(member.pidfd)
            member.pidfd = -1
            self._descriptors.give()
