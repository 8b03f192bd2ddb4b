"""Roots: whether a file is the project's own, and not something that was installed into a folder of it."""

from __future__ import annotations

import os
from functools import cache

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["is_first_party"]

_SITES = frozenset({"site-packages", "dist-packages"})


def is_first_party(file: str, roots: Iterable[str]) -> bool:
    """Whether a file lies below one of `roots`, which are real paths, and in no site folder there (`.venv`, `.nox`)."""
    folder = _real(os.path.dirname(file)) + os.sep
    for root in roots:
        start = root.rstrip(os.sep) + os.sep
        if folder.startswith(start) and _SITES.isdisjoint(folder[len(start) :].split(os.sep)):
            return True
    return False


@cache
def _real(folder: str) -> str:
    return os.path.realpath(folder)  # takes 10 µs a folder, and thousands of modules lie in hundreds of them
