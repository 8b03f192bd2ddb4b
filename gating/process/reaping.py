"""Reaping: what a command used in all, told by the kernel as it and the orphans of its tree are waited for.

This process may be anybody's (nox's, invoke's), and has children of its own. So nobody is waited for but the command
itself and those children that came to us as orphans of its tree: `wait4` is always given a process id.
"""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from typing import Protocol, Self

from gating.process.command import Usage
from gating.process.family import Child, Family, can_see
from gating.process.subreaper import adopting

__all__ = ["LOOK_S", "Meter", "Reaper", "moved"]

LOOK_S = 0.25  # seconds between two looks for orphans that have ended
_LAST_S = 0.25  # how long those of a killed group may take to end
_PAUSE_S = 0.002
_KIB = 1 if sys.platform == "darwin" else 1024  # the unit of ru_maxrss
_DRIFT_KIB = 1024  # what two readings of the same memory may differ by: the kernel counts pages for each core
_CLAIMED = "read_bytes", "write_bytes"

_let_go: set[Child] = set()  # orphans that still ran when their command was over: they are ours until they end


class Meter(Protocol):
    """Who wants to know what a command uses.

    `mark` is the variable with its value (`NAME=value`) by which the command's environment is known from ours.
    """

    @property
    def mark(self) -> str: ...
    def started(self, pid: int) -> None: ...
    def ended(self, usage: Usage | None, code: int | None) -> None: ...


class Reaper:
    """The waiting for one command. With no `meter` it waits as everybody does, and changes nothing else."""

    def __init__(self, meter: Meter | None, *, foreground: bool) -> None:
        self.meter = meter
        self.foreground = foreground
        self.family: Family | None = None
        self.process: subprocess.Popen[bytes] | None = None
        self.usage: Usage | None = None
        self.orphans = 0
        self.used: dict[str, float] = {}
        self._stack = contextlib.ExitStack()
        self._began = self._over = time.monotonic()
        self._own_peak = 0

    def __enter__(self) -> Self:
        # who cannot see its children can neither count the orphans that it would adopt nor wait for them
        if self.meter is not None and can_see() and self._stack.enter_context(adopting()):
            _release()
            self.family = Family(self.meter.mark)
        self._began = self._over = time.monotonic()
        return self

    def __exit__(self, *_exception: object) -> None:
        self._stack.close()

    @property
    def wall_s(self) -> float:
        """How long the command took, once it was waited for."""
        return self._over - self._began

    def started(self, process: subprocess.Popen[bytes]) -> None:
        self.process = process
        if self.meter is not None:
            self._own_peak = _own_peak()
            if self.family is not None:
                self.family.command(process.pid, leads=not self.foreground)
            self.meter.started(process.pid)

    def look(self) -> None:
        """Reap the orphans that have ended."""
        if self.family is not None:
            for child in self.family.orphans():
                if child.over:
                    self._reap(child.pid)

    def wait(self, process: subprocess.Popen[bytes]) -> int:
        """Reap the command, which has ended or is about to, then its orphans; its exit status as Popen gives it."""
        if self.meter is None or not hasattr(os, "wait4"):
            code = process.wait()
            self._over = time.monotonic()
            if self.meter is not None:
                self.meter.ended(None, code)
            return code
        if process.returncode is None:
            status = self._wait_for(process.pid)
            if status is not None:
                process.returncode = os.waitstatus_to_exitcode(status)
        code = process.wait()  # where somebody else has waited for it already, this says 0, as always
        self._over = time.monotonic()
        self._last_look()
        self.meter.ended(self.usage, code)
        return code

    def _wait_for(self, pid: int) -> int | None:
        with contextlib.suppress(OSError):  # it can be asked what it read and wrote as long as it is not reaped
            os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT)
        return self._reap(pid, first=True)

    def _reap(self, pid: int, *, first: bool = False) -> int | None:
        """Wait for a child by its id and add up what it used; its wait status, None where it is not ours any more."""
        carried = moved(pid)
        try:
            reaped, status, used = os.wait4(pid, 0 if first else os.WNOHANG)
        except ChildProcessError:  # SIGCHLD is ignored here, or a handler of somebody else's has waited for it
            return None
        if not reaped:
            return None
        self.orphans += not first
        mine = {"user_s": used.ru_utime, "system_s": used.ru_stime, **carried}
        for key, amount in mine.items():
            self.used[key] = self.used.get(key, 0) + amount
        # before its exec the command was a copy of us, and the kernel remembers that peak as the command's own
        if not first or used.ru_maxrss > self._own_peak:
            self.used["peak"] = max(self.used.get("peak", 0), used.ru_maxrss * _KIB)
        if not carried:
            self.used["unmoved"] = 1
        return status

    def _last_look(self) -> None:
        """Reap what there is to reap, wait shortly for those who were killed with the group, and add it all up."""
        running = uncounted = None
        if self.family is not None:
            self.look()
            until = time.monotonic() + _LAST_S
            while not self.foreground and self.family.group_lives() and time.monotonic() < until:
                time.sleep(_PAUSE_S)
                self.look()
            left = [child for child in self.family.orphans() if not child.over]
            _let_go.update(left)
            _release()
            running, uncounted = len(left), self.family.doubtful()
        if "user_s" not in self.used:
            return
        known = {} if "unmoved" in self.used else {key: int(self.used[key]) for key in _CLAIMED if key in self.used}
        self.usage = Usage(
            wall_s=self.wall_s,
            user_s=self.used["user_s"],
            system_s=self.used["system_s"],
            peak_rss_bytes=int(self.used["peak"]) if "peak" in self.used else None,
            read_bytes=known.get("read_bytes"),
            write_bytes=known.get("write_bytes"),
            orphans_reaped=None if self.family is None else self.orphans,
            orphans_running=running,
            orphans_uncounted=True if uncounted is None else uncounted,
        )


def _own_peak() -> int:
    """The most memory that this process has had since it was executed, in the unit of ru_maxrss.

    Our own ru_maxrss may be that of who started us, for the same reason for which the command's may be ours; so it is
    asked only where there is no better.
    """
    with contextlib.suppress(OSError, ValueError), open("/proc/self/status", "rb") as file:
        for name, amount in _fields(file.read(), b":\t"):
            if name == b"VmHWM":
                return int(amount.removesuffix(b" kB")) + _DRIFT_KIB
    try:
        import resource
    except ImportError:
        return 0
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def _release() -> None:
    """Wait for the orphans of earlier commands that have ended since."""
    for child in list(_let_go):
        if not child.is_there():
            _let_go.discard(child)
            continue
        with contextlib.suppress(ChildProcessError):
            if os.wait4(child.pid, os.WNOHANG)[0] == 0:
                continue
        _let_go.discard(child)


def moved(pid: int) -> dict[str, int]:
    """What a process and those that it waited for have read from and written to disks; empty where unknown."""
    try:
        with open(f"/proc/{pid}/io", "rb") as file:
            fields = dict(_fields(file.read(), b": "))
        return {key: int(fields[key.encode()]) for key in _CLAIMED}
    except (OSError, KeyError, ValueError):
        return {}


def _fields(text: bytes, between: bytes) -> Iterator[tuple[bytes, bytes]]:
    for line in text.splitlines():
        name, _, value = line.partition(between)
        yield name, value.strip()
