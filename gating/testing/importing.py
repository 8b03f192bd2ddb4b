"""Importing: our own modules by Python's own import, past pytest's, which rewrites assertions.

pytest looks through every module of a distribution that has a plugin, and compiles each anew in every run where it
cannot keep the result. There are no assertions in ours.
"""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterator

__all__ = ["plainly"]


@contextlib.contextmanager
def plainly() -> Iterator[None]:
    """Import without pytest's finder inside; nothing of the tests' may be imported there."""
    hooks = [one for one in sys.meta_path if type(one).__name__ == "AssertionRewritingHook"]
    for one in hooks:
        sys.meta_path.remove(one)
    try:
        yield
    finally:
        sys.meta_path[:0] = hooks
