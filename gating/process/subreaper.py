"""Subreaper: for a time, processes whose parents end become children of this process instead of the system's first.

Linux alone has it (prctl(2), PR_SET_CHILD_SUBREAPER). Several who want it at once share it.
"""

from __future__ import annotations

import contextlib
import sys
import threading
from collections.abc import Iterator

__all__ = ["adopting"]

_SET, _GET = 36, 37  # PR_SET_CHILD_SUBREAPER and PR_GET_CHILD_SUBREAPER of linux/prctl.h

_lock = threading.Lock()
_users = 0
_set_by_us = False


@contextlib.contextmanager
def adopting() -> Iterator[bool]:
    """Adopt orphans of our descendants during the block; whether that is so. Afterwards all is as it was before."""
    got = _take()
    try:
        yield got
    finally:
        if got:
            _give_back()


def _take() -> bool:
    global _users, _set_by_us  # noqa: PLW0603 - it is an attribute of the process
    with _lock:
        if _users == 0:
            had = _had()
            if had is None or not (had or _prctl(_SET, 1)):
                return False
            _set_by_us = not had
        _users += 1
        return True


def _give_back() -> None:
    global _users, _set_by_us  # noqa: PLW0603 - as above
    with _lock:
        _users -= 1
        if _users == 0 and _set_by_us:
            _prctl(_SET, 0)
            _set_by_us = False


def _had() -> bool | None:
    """Whether this process is a subreaper already; None where there is no such thing."""
    if not sys.platform.startswith("linux"):
        return None
    try:
        import ctypes

        state = ctypes.c_int(0)
        return bool(state.value) if _prctl(_GET, ctypes.byref(state)) else None
    except (ImportError, OSError, AttributeError):  # a Python without ctypes, a C library without prctl
        return None


def _prctl(option: int, argument: object) -> bool:
    import ctypes

    # the arguments are unsigned long; an int alone would leave half of a register undefined
    value = ctypes.c_ulong(argument) if isinstance(argument, int) else argument
    nothing = ctypes.c_ulong(0)
    return bool(ctypes.CDLL(None).prctl(option, value, nothing, nothing, nothing) == 0)
