"""Locks on files, held by one process at a time and gone with it, however it ends.

flock(2) where there is one, a locked byte on Windows. A child never inherits a lock: descriptors are closed on
exec, and in a fork that does not exec.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Self

__all__ = ["Lock", "acquire", "hold", "looking"]

_FIRST_PAUSE_S, _LONGEST_PAUSE_S = 0.0005, 0.01
_held: set[int] = set()

if sys.platform == "win32":
    import msvcrt

    _FAR = 1 << 30  # a locked byte cannot be read by others, so it lies behind whatever the file holds

    def _try(descriptor: int, *, shared: bool = False) -> bool:  # noqa: ARG001 - there are no shared ones here
        return _at_far_end(descriptor, msvcrt.LK_NBLCK)

    def _unlock(descriptor: int) -> None:
        _at_far_end(descriptor, msvcrt.LK_UNLCK)

    def _at_far_end(descriptor: int, what: int) -> bool:
        before = os.lseek(descriptor, 0, os.SEEK_CUR)
        os.lseek(descriptor, _FAR, os.SEEK_SET)
        try:
            msvcrt.locking(descriptor, what, 1)
        except OSError:
            return False
        finally:
            os.lseek(descriptor, before, os.SEEK_SET)
        return True

else:
    import fcntl

    def _try(descriptor: int, *, shared: bool = False) -> bool:
        try:
            fcntl.flock(descriptor, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    def _unlock(descriptor: int) -> None:
        fcntl.flock(descriptor, fcntl.LOCK_UN)


class Lock:
    """A lock that this process holds on the file open as `descriptor`, which it owns."""

    __slots__ = ("descriptor",)

    def __init__(self, descriptor: int) -> None:
        self.descriptor = descriptor
        _held.add(descriptor)

    @property
    def held(self) -> bool:
        """False after `release`, and in a forked child: there the lock is the parent's."""
        return self.descriptor in _held

    def release(self) -> None:
        """Give the lock up, where it is held."""
        if self.held:
            _held.discard(self.descriptor)
            # unlocked by word, not only by closing: a child between its fork and its exec has the descriptor too
            with suppress(OSError):
                _unlock(self.descriptor)
            os.close(self.descriptor)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.release()


def acquire(path: str, *, timeout_s: float) -> Lock:
    """Lock the file at `path`, made where it is missing, waiting at most `timeout_s` seconds.

    Raises TimeoutError where another holds it all that time, OSError where the file cannot be opened.
    """
    return hold(os.open(path, os.O_RDWR | os.O_CREAT, 0o666), timeout_s=timeout_s)


def hold(descriptor: int, *, timeout_s: float) -> Lock:
    """Lock an open file and own its descriptor, which is closed where this raises TimeoutError or OSError."""
    try:
        end = time.monotonic() + timeout_s
        pause = _FIRST_PAUSE_S
        while not (ours := _try(descriptor)) and (left := end - time.monotonic()) > 0:
            time.sleep(min(pause, left))
            pause = min(pause * 2, _LONGEST_PAUSE_S)
    except BaseException:
        os.close(descriptor)
        raise
    if not ours:
        os.close(descriptor)
        raise TimeoutError(f"locked by another process for {timeout_s:g} s")
    return Lock(descriptor)


@contextmanager
def looking(descriptor: int) -> Iterator[bool]:
    """Whether the lock on the file open as `descriptor` is free; if so, nobody takes it during the block.

    Several may look at once without being taken for the holder, for they hold it shared (not on Windows, where one
    of two that look at the same instant is told that it is not free).
    """
    free = _try(descriptor, shared=True)
    try:
        yield free
    finally:
        if free:
            _unlock(descriptor)


def _forget_in_child() -> None:
    # closing leaves the parent's lock alone; keeping it open would hold the lock after the parent's death
    for descriptor in _held:
        with suppress(OSError):
            os.close(descriptor)
    _held.clear()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget_in_child)
