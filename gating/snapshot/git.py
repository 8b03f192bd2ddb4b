"""The checkout: commit, branch, and whether anything in it differs from the commit."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TypedDict

from gating.snapshot.head import find, head, table

__all__ = ["Git", "git"]

_DEADLINE = 10.0  # seconds; a checkout of a million files takes about two


class Git(TypedDict):
    """`branch` is None when HEAD is detached, `commit` before the first one, `dirty` when not looked at."""

    commit: str | None
    branch: str | None
    dirty: bool | None


# what `git rev-parse --local-env-vars` lists: set inside a hook, they name another checkout than the folder's
_LOCAL = frozenset(
    {
        "GIT_ALTERNATE_OBJECT_DIRECTORIES",
        "GIT_COMMON_DIR",
        "GIT_CONFIG",
        "GIT_CONFIG_COUNT",
        "GIT_CONFIG_PARAMETERS",
        "GIT_DIR",
        "GIT_GRAFT_FILE",
        "GIT_IMPLICIT_WORK_TREE",
        "GIT_INDEX_FILE",
        "GIT_INTERNAL_SUPER_PREFIX",
        "GIT_NO_REPLACE_OBJECTS",
        "GIT_OBJECT_DIRECTORY",
        "GIT_PREFIX",
        "GIT_REPLACE_REF_BASE",
        "GIT_SHALLOW_FILE",
        "GIT_WORK_TREE",
    }
)


def git(root: Path, env: Mapping[str, str], *, thorough: bool, notes: list[str]) -> Git | None:
    """The checkout that `root` lies in, None outside of one.

    Files not under version control count as dirt, ignored ones do not. Only `thorough` starts a process.
    """
    place = find(str(root))
    if place is None:
        return None
    commit, branch = head(place)
    status = _status(root, env, notes) if thorough else None
    if table(place) is None:
        if commit is None:
            notes.append("git: there is no commit yet" if branch else "git: HEAD cannot be read")
    elif status is not None:
        commit, branch = status.get("oid"), status.get("head")
    else:
        notes.append("git: the references are in a table, which only git reads")
    return {"commit": commit, "branch": branch, "dirty": None if status is None else "dirty" in status}


def _status(root: Path, env: Mapping[str, str], notes: list[str]) -> dict[str, str | None] | None:
    """What git says: `oid` and `head` as in `Git`, and `dirty` if there is any."""
    from gating.process import Command, Ending, capture

    # its own settings could start a daemon (fsmonitor) or hide files (status.showUntrackedFiles)
    argv = ("git", "-c", "core.fsmonitor=false", "status", "--porcelain=v2", "--branch", "--untracked-files=normal")
    clean = {name: text for name, text in env.items() if name not in _LOCAL} | {"GIT_OPTIONAL_LOCKS": "0"}
    (made,) = capture([Command(argv=argv, env=clean, cwd=str(root), timeout=_DEADLINE, label="git status")])
    flooded = made.ending is Ending.FLOODED  # more changes than are read, and enough
    if not flooded and (made.ending is not Ending.EXITED or made.code != 0):
        said = made.error or made.stderr.strip().partition("\n")[0] or made.ending.value
        notes.append(f"git: whether the checkout is dirty is unknown: {said}")
        return None
    found: dict[str, str | None] = {}
    for line in made.stdout.splitlines():
        if not line.startswith("#"):
            found["dirty"] = None
        elif line.startswith(("# branch.oid ", "# branch.head ")):
            key, _, said = line.removeprefix("# branch.").partition(" ")
            found[key] = None if said in ("(initial)", "(detached)") else said
    return found
