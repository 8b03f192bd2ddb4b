"""The lock files of live runs: one file a run, locked from its beginning to its end.

Nothing is written to the ledger when a run begins, for a commit costs milliseconds. Its file says what is known,
and its lock that it lives; a file whose lock is free belongs to a run that was killed.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import suppress
from typing import NamedTuple

from gating.ledger.event import START, Json, decode, encode
from gating.ledger.locks import Lock, hold, looking

__all__ = ["FOREIGN_AFTER_NS", "LiveRun", "Seen", "begin", "others", "runs_in", "scan", "this_process"]

FOREIGN_AFTER_NS = 7 * 24 * 3600 * 10**9  # how long a run of another machine is taken for alive
_STILLBORN_AFTER_NS = 3600 * 10**9  # an empty file is a run being born, unless it is as old as this
_RESERVE = 64 * 1024  # bytes kept for the run's end, should the disk be full by then
_BIRTH_WAIT_S = 1.0  # how long one that looks at the new file may hold its lock


def this_process() -> Json:
    """Where this process runs: host, boot id, pid and start time in clock ticks since boot (None where unknown).

    The boot id and the start time are Linux's (/proc/sys/kernel/random/boot_id, field 22 of /proc/PID/stat).
    """
    if hasattr(os, "uname"):
        host = os.uname().nodename
    else:
        import platform

        host = platform.node()
    # the name of the program stands in parentheses and may hold blanks; the fields after it do not
    fields = _text_of("/proc/self/stat").rpartition(")")[2].split()
    return {
        "host": host,
        "boot": _text_of("/proc/sys/kernel/random/boot_id").strip() or None,
        "pid": os.getpid(),
        "process_started": int(fields[19]) if len(fields) > 19 else None,  # noqa: PLR2004 - field 22, less three
    }


class LiveRun:
    """A run's file, and the lock that this process holds on it."""

    __slots__ = ("_lock", "_size", "path")

    def __init__(self, path: str, lock: Lock, size: int) -> None:
        self.path = path
        self._lock = lock
        self._size = size

    def end(self) -> None:
        """Remove the file, then let go of it: nobody ever sees it unlocked. Nothing happens in a forked child."""
        if self._lock.held:
            with suppress(OSError):
                os.unlink(self.path)
            self._lock.release()

    def leave(self) -> None:
        """Let go of the file without removing it: its end could not be written, and the next run finds it killed."""
        self._lock.release()

    def note(self, line: bytes) -> None:
        """Add a line that says more of the run than the one before it. Raises OSError, and then nothing is changed."""
        if self._lock.held:
            self._write_at_end(line)
            self._size += len(line)

    def become(self, path: str, line: bytes) -> None:
        """End as the spool file `path`, with `line` written into the room that was reserved at the beginning.

        Raises OSError where the line does not fit and the disk has no more room.
        """
        descriptor = self._lock.descriptor
        try:
            self._write_at_end(line)
            os.ftruncate(descriptor, self._size + len(line))
            os.fsync(descriptor)
            os.rename(self.path, path)
        except OSError:
            with suppress(OSError):
                os.ftruncate(descriptor, self._size)
            raise
        self._lock.release()

    def _write_at_end(self, line: bytes) -> None:
        os.lseek(self._lock.descriptor, self._size, os.SEEK_SET)
        _write(self._lock.descriptor, line)


def begin(folder: str, start: Json) -> LiveRun:
    """Make and lock the file of the run that `start` describes. Raises OSError."""
    path = os.path.join(folder, start["run"]["id"])
    lock = hold(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o666), timeout_s=_BIRTH_WAIT_S)
    line = encode(start)
    try:
        _write(lock.descriptor, line)
    except BaseException:
        LiveRun(path, lock, 0).end()
        raise
    if sys.platform == "linux":
        with suppress(OSError):
            os.posix_fallocate(lock.descriptor, 0, len(line) + _RESERVE)
    return LiveRun(path, lock, len(line))


class Seen(NamedTuple):
    """A run's file as another process sees it. `document` says how it began, or how it ended if it got so far."""

    path: str
    document: Json
    alive: bool


def others(folder: str, own: str | None) -> bool:
    """Whether `folder` has a file of another run than the one with the id `own`."""
    return any(name != own for name in runs_in(folder))


def runs_in(folder: str) -> list[str]:
    """The ids of the runs that have a file in `folder`."""
    try:
        return os.listdir(folder)
    except OSError:
        return []


def scan(folder: str, here: Json, now_ns: int) -> Iterator[Seen]:
    """Look at each run's file. `here` is `this_process()`; nothing is changed but files that never held anything."""
    try:
        names = sorted(os.listdir(folder))
    except OSError:
        return
    for name in names:
        path = os.path.join(folder, name)
        with suppress(OSError):
            descriptor = os.open(path, os.O_RDONLY)
            try:
                seen = _look(path, descriptor, here, now_ns)
            finally:
                os.close(descriptor)
            if seen is not None:
                yield seen


def _look(path: str, descriptor: int, here: Json, now_ns: int) -> Seen | None:
    # read while the lock is ours to keep: else a run could be born between the look at its lock and at its text
    with looking(descriptor) as free, open(descriptor, "rb", closefd=False) as file:
        about = os.fstat(descriptor)
        if about.st_nlink == 0:
            return None  # it ended while we looked
        documents, _ = decode(file.read())
        if not documents:
            if free and not about.st_size and now_ns - about.st_mtime_ns > _STILLBORN_AFTER_NS:
                os.unlink(path)
            return None
    document = documents[-1]
    alive = not free or (document["schema"] == START and not _is_over(document["run"], here, now_ns))
    return Seen(path, document, alive)


def _is_over(run: Json, here: Json, now_ns: int) -> bool:
    """Whether a run whose lock is free is known to be dead: it would have been locked here, or it is old."""
    # Containers have names of their own, and share their host's locks with its boot id. The same name with another
    # boot id has been started anew since. Of another machine's locks nothing can be said.
    same_kernel = run.get("boot") is not None and run["boot"] == here["boot"]
    too_old: bool = now_ns - run["started_ns"] > FOREIGN_AFTER_NS
    return same_kernel or run.get("host") == here["host"] or too_old


def _write(descriptor: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(descriptor, view) :]


def _text_of(path: str) -> str:
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            return file.read()
    except OSError:
        return ""
