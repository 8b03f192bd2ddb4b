"""Where a checkout's HEAD stands, read from git's own files without a process (gitrepository-layout(5))."""

from __future__ import annotations

import os

from gating.snapshot.words import read

__all__ = ["find", "head", "table"]

_DEEPEST = 5  # symbolic references followed, as git does
_HEX = frozenset("0123456789abcdef")


def find(start: str) -> tuple[str, str] | None:
    """The git folder that `start` belongs to, and the folder that it shares with its worktrees.

    Looked for from `start` upwards. None where there is no repository.
    """
    folder = os.path.abspath(start)
    while True:
        place = os.path.join(folder, ".git")
        if os.path.lexists(os.path.join(place, "HEAD")):  # without it git looks further up as well
            return place, _common(place)
        if os.path.isfile(place):  # of a worktree or a submodule
            said = (read(place) or "").strip()
            linked = os.path.normpath(os.path.join(folder, said.removeprefix("gitdir:").strip()))
            if said.startswith("gitdir:") and os.path.isdir(linked):
                return linked, _common(linked)
        parent = os.path.dirname(folder)
        if parent == folder:
            return None
        folder = parent


def head(place: tuple[str, str]) -> tuple[str | None, str | None]:
    """The commit and the branch that HEAD of `place` (see `find`) names.

    The branch is None when HEAD is detached; the commit is None before the first one. Both are None where
    HEAD cannot be read or the references are in a table (`table`).
    """
    text = read(os.path.join(place[0], "HEAD"))
    branch = None
    for _ in range(_DEEPEST):
        said = (text or "").strip()
        if not said.startswith("ref:"):
            return (said if _is_commit(said) else None), branch
        name = said[4:].strip()
        if name == "refs/heads/.invalid":  # what git writes where older ones must not look further
            return None, None
        branch = name.removeprefix("refs/heads/")  # of a branch that stands for another: the other, as git says
        text = _reference(place, name)
    return None, branch


def table(place: tuple[str, str]) -> str | None:
    """The list of the tables that hold the references; None where they are files (git-reftable)."""
    return read(os.path.join(place[1], "reftable", "tables.list"))


def _common(folder: str) -> str:
    said = read(os.path.join(folder, "commondir"))
    return os.path.normpath(os.path.join(folder, said.strip())) if said else folder


def _reference(place: tuple[str, str], name: str) -> str | None:
    for folder in dict.fromkeys(place):
        found = read(os.path.join(folder, *name.split("/")))
        if found is not None:
            return found
    packed = "\n" + (read(os.path.join(place[1], "packed-refs")) or "")
    end = packed.find(f" {name}\n")  # a name holds no space, so this is the whole of it
    return packed[packed.rfind("\n", 0, end) + 1 : end] if end > 0 else None


def _is_commit(text: str) -> bool:
    return len(text) in (40, 64) and _HEX.issuperset(text)  # SHA-1 or SHA-256
