"""One process as /proc tells of it; what cannot have changed since the last look is not read again.

A process that was not given a processor since then has used no time, made no I/O and opened nothing, so a sleeping
one costs a fifth of a busy one. One that has run is taken to run on for three looks, which saves asking it each time,
and a text that is as it was is not taken apart again. What is dear is asked of each process in its turn: descriptors
and context switches every fourth look, and whether pages were taken from a sleeping one every eighth. Its identity is
(pid, start time).
"""

from __future__ import annotations

from gating.metrics.sampler.files import File, file_or_none
from gating.metrics.sampler.system import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from gating.metrics.sampler.files import Descriptors

__all__ = ["Process", "identity"]

_SIGCHLD = 1 << 16  # in the masks of /proc/PID/status
_THREADS = 64  # of a process; the context switches of one that has more are not asked for
_NEVER_RAN = b"0 0 0"  # what a kernel without these statistics says of everybody
_CLOSELY = 8  # looks at the beginning that leave nothing out
_TURN, _SLEEPING_TURN = 4, 8  # in so many looks once
_AWAKE = 3  # looks for which one that has run is taken to go on so, and not asked whether it did


def identity(pid: int, root: str = "/proc") -> tuple[int, int] | None:
    """The start time (ticks since boot) and the parent of a process, None where there is none of that number."""
    try:
        with open(f"{root}/{pid}/stat", "rb") as file:
            text = file.read()
    except OSError:
        return None
    fields = text[text.rindex(b")") + 2 :].split(None, 20)
    return int(fields[19]), int(fields[1])


class _Thread:
    """What is asked of one thread: its children, whether it ran, its context switches."""

    __slots__ = ("children", "involuntary", "ran", "schedstat", "status", "voluntary")

    def __init__(self, folder: str, descriptors: Descriptors) -> None:
        self.children = file_or_none(f"{folder}/children", descriptors)
        self.schedstat = file_or_none(f"{folder}/schedstat", descriptors)
        self.status = file_or_none(f"{folder}/status", descriptors)
        self.ran = b""
        self.voluntary = self.involuntary = 0

    def has_run(self) -> bool:
        """Whether it may have run since the last call; OSError where it is gone."""
        if self.schedstat is None:
            return True
        ran = self.schedstat.read()
        if ran == self.ran and not ran.startswith(_NEVER_RAN):
            return False
        self.ran = ran
        return True

    def read_status(self) -> bytes:
        """The status text, after the switches in it were noted; OSError or ValueError where there are none."""
        if self.status is None:
            return b""
        text = self.status.read()
        words = text[text.rindex(b"\nvoluntary_ctxt_switches:") :].split(None, 4)
        self.voluntary, self.involuntary = int(words[1]), int(words[3])
        return text

    def numbers(self) -> list[int]:
        """The process ids of its children."""
        if self.children is None:
            return []
        try:
            return [int(word) for word in self.children.read_all().split()]
        except OSError:
            return []

    def close(self) -> None:
        for file in (self.children, self.schedstat, self.status):
            if file is not None:
                file.close()


class Process:
    """A process that is followed until its parent has waited for it.

    Times are ticks, I/O is bytes; each includes what children had used that were waited for. What somebody else's
    process does not tell us stays 0 and is said by the names that begin with `hides`.
    """

    def __init__(self, pid: int, descriptors: Descriptors, root: str = "/proc") -> None:
        """Open its files and take a first look; OSError where there is no such process."""
        self.pid = pid
        self.pidfd = -1
        self.started = 0  # ticks since boot
        self.parent = 0
        self.zombie = self.ignores_children = False
        self.user = self.system = self.user_children = self.system_children = 0
        self.read_bytes = self.written_bytes = 0
        self.voluntary = self.involuntary = 0  # context switches of all threads
        self.rss_pages = self.descriptors = 0
        self.threads = 1
        self.settled = (0, 0, 0, 0)  # what `handed_over` was when the tree was summed up last
        self._looks = 0
        self._awake = _AWAKE  # looks that are left until it is asked whether it has run
        self._text = self._io_text = b""
        self._past = [0, 0]  # the context switches of threads that have ended
        self._descriptors = descriptors
        self._folder = f"{root}/{pid}"
        self._stat = File(f"{self._folder}/stat", descriptors)
        self._statm = file_or_none(f"{self._folder}/statm", descriptors)
        self._io = file_or_none(f"{self._folder}/io", descriptors)
        self._fds = file_or_none(f"{self._folder}/fd", descriptors)
        self._rollup: File | None = None
        self._main = _Thread(f"{self._folder}/task/{pid}", descriptors)
        self._others: dict[str, _Thread] = {}
        self.hides_io, self.hides_descriptors = self._io is None, self._fds is None
        self.hides_switches = self._main.status is None
        try:
            self.look()
        except OSError:
            self.close()
            raise

    def doubt(self) -> None:
        """Have the next look read what it would leave out: a process that runs just now is told at the next tick only.

        What it was given of a processor is brought up to date by the clock's tick (1 to 10 ms) and when it is taken
        off, and what it got from a dead child is there before that.
        """
        self._awake = max(self._awake, 1)

    def look(self) -> bool:
        """Read what may have changed, and say whether something may have; OSError where the process is gone."""
        self._looks = looks = self._looks + 1
        if self._awake:
            self._awake -= 1
        elif self.threads > 1 or self.zombie or self._main.has_run():  # being waited for is not having run
            self._awake = _AWAKE
        elif looks % _SLEEPING_TURN or self._statm is None:
            return False
        else:
            self.rss_pages = int(self._statm.read().split(None, 2)[1])
            return True
        text = self._stat.read()
        changed = text != self._text
        if changed:
            self._parse(text)
            self._awake = _AWAKE
        try:
            if self._io is not None and (text := self._io.read()) != self._io_text:
                words = text.split(None, 12)
                self.read_bytes, self.written_bytes = int(words[9]), int(words[11])
                self._io_text = text
                self.hides_io = False
                changed = True
        except PermissionError:
            self.hides_io = True
        if self.zombie or looks % _TURN == 0 or looks <= _CLOSELY:
            self._look_at_descriptors()
            self._look_at_status()
            return True
        return changed

    def _parse(self, text: bytes) -> None:
        """Take in what its stat file says; OSError where that is another process's by now, or its parent has its times.

        A parent that waits makes it dead (`X`), adds its times to its own, and takes it away: three steps, between
        which it would count twice. In the last one its times and threads are zero already.
        """
        fields = text[text.rindex(b")") + 2 :].split(None, 22)
        if fields[0] == b"X" or fields[17] == b"0":
            raise ProcessLookupError
        started = int(fields[19])
        if started != self.started:
            if self.started:
                raise ProcessLookupError  # its number was given to another one
            self.started = started
        self._text = text
        self.parent = int(fields[1])
        self.user, self.system = int(fields[11]), int(fields[12])
        self.user_children, self.system_children = int(fields[13]), int(fields[14])
        self.threads = int(fields[17])
        self.rss_pages = int(fields[21])
        self.zombie = fields[0] == b"Z" and self.threads <= 1

    def _look_at_descriptors(self) -> None:
        try:
            if self._fds is not None:
                self.descriptors = 0 if self.zombie else self._fds.entries()
                self.hides_descriptors = False
        except PermissionError:
            self.hides_descriptors = True

    def _look_at_status(self) -> None:
        """Context switches, and whether SIGCHLD is ignored; of a zombie what was seen last."""
        if self.zombie:
            return
        try:
            status = self._main.read_status()
            if status:
                place = status.index(b"\nSigIgn:") + 8
                self.ignores_children = bool(int(status[place : place + 18], 16) & _SIGCHLD)
        except (PermissionError, ValueError):
            self.hides_switches = True
            return
        voluntary, involuntary = self._past
        for thread in self._look_at_threads() if self.threads > 1 or self._others else ():
            try:
                if len(self._others) < _THREADS and thread.has_run():
                    thread.read_status()
            except (OSError, ValueError):
                pass  # it has ended: what was seen last is counted
            voluntary += thread.voluntary
            involuntary += thread.involuntary
        self.voluntary = voluntary + self._main.voluntary
        self.involuntary = involuntary + self._main.involuntary
        self.hides_switches = self._main.status is None or len(self._others) >= _THREADS

    def _look_at_threads(self) -> list[_Thread]:
        """Its threads but the first; what ended ones had done stays counted."""
        try:
            names = set(os.listdir(f"{self._folder}/task"))
        except OSError:
            return []
        names.discard(str(self.pid))
        for name in self._others.keys() - names:
            thread = self._others.pop(name)
            self._past[0] += thread.voluntary
            self._past[1] += thread.involuntary
            thread.close()
        for name in names - self._others.keys():
            self._others[name] = _Thread(f"{self._folder}/task/{name}", self._descriptors)
        return list(self._others.values())

    def handed_over(self) -> tuple[int, int, int, int]:
        """What children have handed over; the kernel does not tell their I/O from its own."""
        return self.user_children, self.system_children, self.read_bytes, self.written_bytes

    def used(self) -> list[int]:
        """User and system ticks, bytes read and written, those that were handed over included."""
        user, system = self.user + self.user_children, self.system + self.system_children
        return [user, system, self.read_bytes, self.written_bytes]

    def children(self) -> list[int]:
        """The children of all its threads, those that have ended and were not waited for too."""
        found = self._main.numbers()
        if self.threads > 1:
            for thread in self._look_at_threads():
                found += thread.numbers()
        return found

    def pss_bytes(self) -> int | None:
        """The proportional set size, None where it cannot be read: its reading costs some 10 µs a MiB."""
        try:
            if self._rollup is None:
                self._rollup = File(f"{self._folder}/smaps_rollup", self._descriptors)
            text = self._rollup.read()
            place = text.index(b"\nPss:") + 5
            return int(text[place : text.index(b"kB", place)]) * 1024
        except (OSError, ValueError):
            return None  # it is gone, or another user's

    def close(self) -> None:
        for thread in (self._main, *self._others.values()):
            thread.close()
        for file in (self._stat, self._statm, self._io, self._fds, self._rollup):
            if file is not None:
                file.close()
