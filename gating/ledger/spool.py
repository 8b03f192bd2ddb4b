"""The spool: one file for each run that the ledger could not take, until a later run folds it in.

A file has its run's id as its name and one writer, which holds a lock while it writes; so a file that is not
locked is whole, or was cut off for good.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import suppress
from typing import NamedTuple

from gating.ledger.event import Json, decode
from gating.ledger.folder import sync
from gating.ledger.locks import hold, looking

__all__ = ["Spooled", "append", "keep_unread", "path_for", "pending", "unread", "waiting"]

_SUFFIX = ".ndjson"
_UNREAD = ".unread"  # what could not be folded in is kept beside the rest under this suffix
_WAIT_S = 1.0


class Spooled(NamedTuple):
    """A spool file: the documents in it, and what of it could not be read."""

    path: str
    documents: list[Json]
    rest: bytes


def path_for(folder: str, run_id: str) -> str:
    return os.path.join(folder, run_id + _SUFFIX)


def append(folder: str, run_id: str, line: bytes) -> None:
    """Put a run's line aside, on the disk for sure before this returns. Raises OSError, and then leaves nothing."""
    path = path_for(folder, run_id)
    with hold(os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o666), timeout_s=_WAIT_S) as lock:
        before = os.fstat(lock.descriptor).st_size
        try:
            view = memoryview(line)
            while view:
                view = view[os.write(lock.descriptor, view) :]
            os.fsync(lock.descriptor)
        except BaseException:
            with suppress(OSError):
                os.ftruncate(lock.descriptor, before)
                if not before:
                    os.unlink(path)
            raise
    sync(folder)


def pending(folder: str) -> Iterator[Spooled]:
    """Read each file that nobody is writing."""
    for name in _names(folder, _SUFFIX):
        path = os.path.join(folder, name)
        with suppress(OSError):
            with open(path, "rb") as file, looking(file.fileno()) as free:
                data = file.read() if free else b""
            if data:
                yield Spooled(path, *decode(data))


def keep_unread(folder: str, name: str, data: bytes) -> None:
    """Keep what could not be folded in for people to look at, under the name that it came by. Raises OSError."""
    with open(os.path.join(folder, name + _UNREAD), "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def waiting(folder: str) -> int:
    """How many runs wait to be folded in."""
    return len(_names(folder, _SUFFIX))


def unread(folder: str) -> list[str]:
    """The files of which something could not be folded in."""
    return [os.path.join(folder, name) for name in _names(folder, _UNREAD)]


def _names(folder: str, suffix: str) -> list[str]:
    try:
        return sorted(name for name in os.listdir(folder) if name.endswith(suffix))
    except OSError:
        return []
