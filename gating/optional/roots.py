"""Roots: whether a file is the project's own, and not something that was installed into a folder of it."""

from __future__ import annotations

import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["is_first_party"]

_SITES = frozenset({"site-packages", "dist-packages"})


def is_first_party(file: str, roots: Iterable[str]) -> bool:
    """Whether a file lies below one of `roots`, which are real paths, and in no site folder there (`.venv`, `.nox`)."""
    path = os.path.realpath(file)
    for root in roots:
        start = root.rstrip(os.sep) + os.sep
        if path.startswith(start) and _SITES.isdisjoint(path[len(start) :].split(os.sep)):
            return True
    return False
