"""Family: which of this process's children came to it as orphans of one command's tree, and which are its own.

Read from /proc (proc(5)); a child that has ended but was not waited for keeps its `stat`, not its environment.
"""

from __future__ import annotations

import contextlib
import os
import threading
from typing import NamedTuple

__all__ = ["Child", "Family", "can_see"]

_ATTEMPTS = 5


class Child(NamedTuple):
    """A child as it is now: `started` is in clock ticks since boot, `over` says that it has ended."""

    pid: int
    started: int
    session: int = 0
    over: bool = False

    def is_there(self) -> bool:
        """Whether it is the same child still: a process id is given to another one later."""
        now = _child(self.pid)
        return now is not None and now.started == self.started

    # what it is, and not how it is just now
    def __eq__(self, other: object) -> bool:
        return isinstance(other, Child) and (self.pid, self.started) == (other.pid, other.started)

    def __hash__(self) -> int:
        return hash((self.pid, self.started))


def can_see() -> bool:
    """Whether there is a /proc that tells of our children: in a chroot there may be none."""
    return _child(os.getpid()) is not None


class Family:
    """The children of this process since a moment before a command was started."""

    def __init__(self, mark: str) -> None:
        self._mark = mark.encode("utf-8", "surrogateescape")
        self._before = set(_children())
        self._command: int | None = None
        self._threads = _threads()
        # the kernel gives orphans to the thread that the process began with, as long as it lives
        self._from_main = threading.get_native_id() == os.getpid()
        self._known: dict[Child, bool] = {}
        self._doubted: set[Child] = set()
        self._sessions: set[int] = set()  # those that orphans have made for themselves

    def command(self, pid: int, *, leads: bool) -> None:
        """Say which child is the command itself; `leads` that it has a session of its own."""
        self._command = pid
        if leads:
            self._sessions.add(pid)

    def orphans(self) -> list[Child]:
        """The orphans of the command's tree that are our children now."""
        found = []
        for child, thread in _children().items():
            if child.pid == self._command or child in self._before:
                continue
            known = self._known.get(child)
            if known is None:
                known = self._judge(child, thread)
                if known is None:
                    self._doubted.add(child)
                    continue
                self._doubted.discard(child)
                self._known[child] = known
                if known and child.session != os.getsid(0):
                    self._sessions.add(child.session)
            if known:
                found.append(child)
        return found

    def doubtful(self) -> bool:
        """Whether there was a child of which nobody knows whose it is; such a one is left alone."""
        return bool(self._doubted)

    def group_lives(self) -> bool:
        """Whether anybody of the command's own session has still to be waited for."""
        return any(child.session == self._command for child in self.orphans())

    def _judge(self, child: Child, thread: int | None) -> bool | None:
        """Whether a new child is an orphan of the command's; None where that cannot be known (yet)."""
        if child.session in self._sessions:
            return True
        environment = _environment(child.pid)
        if self._mark and (environment.startswith(self._mark + b"\0") or b"\0" + self._mark + b"\0" in environment):
            return True
        if thread is not None and thread != os.getpid():
            return False  # another thread's own
        # nobody else has been there to start it: not one thread more, and this one is waiting
        if self._from_main and _threads() == self._threads and (thread is not None or len(self._threads) == 1):
            return True
        return None


def _threads() -> set[int | None]:
    return {one.native_id for one in threading.enumerate()}


def _children() -> dict[Child, int | None]:
    """The children of this process, each with the thread whose it is, None where the kernel does not tell."""
    pids: dict[int, int | None] = {}
    before: dict[int, int | None] | None = None
    for _ in range(_ATTEMPTS):  # while children come and go, the kernel's list may miss some
        try:
            pids = _listed()
        except OSError:
            pids = dict.fromkeys(_scanned())
        if pids == before:
            break
        before = pids
    found = {}
    for pid, thread in pids.items():
        child = _child(pid)
        if child is not None:
            found[child] = thread
    return found


def _listed() -> dict[int, int | None]:
    """The children by the kernel's lists, one for each thread. Raises OSError where it keeps none."""
    found: dict[int, int | None] = {}
    for thread in os.listdir("/proc/self/task"):
        try:
            text = _read(f"/proc/self/task/{thread}/children")
        except ProcessLookupError:
            continue  # the thread has ended
        except FileNotFoundError:
            if os.path.exists(f"/proc/self/task/{thread}"):
                raise
            continue
        found.update(dict.fromkeys(map(int, text.split()), int(thread)))
    return found


def _scanned() -> list[int]:
    """The children by a look at every process."""
    own = os.getpid()
    found = []
    with contextlib.suppress(OSError):  # there is no descriptor left to look by
        for name in os.listdir("/proc"):
            if name.isdigit():
                with contextlib.suppress(OSError, ValueError, IndexError):
                    if int(_stat(int(name))[1]) == own:
                        found.append(int(name))
    return found


def _child(pid: int) -> Child | None:
    try:
        fields = _stat(pid)
        # fields 22, 6 and 3 of stat, of which the first two are cut off
        return Child(pid, int(fields[19]), int(fields[3]), fields[0] in (b"Z", b"X"))
    except (OSError, ValueError, IndexError):
        return None


def _stat(pid: int) -> list[bytes]:
    """The fields of /proc/PID/stat from the state on; the name before it may hold anything."""
    return _read(f"/proc/{pid}/stat").rpartition(b")")[2].split()


def _environment(pid: int) -> bytes:
    try:
        return _read(f"/proc/{pid}/environ")
    except OSError:
        return b""


def _read(path: str) -> bytes:
    with open(path, "rb", buffering=0) as file:
        parts = []
        while part := file.read(1 << 16):
            parts.append(part)
    return b"".join(parts)
