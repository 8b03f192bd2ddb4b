"""Kept: what was found of an optional dependency, for as long as all that it was read from stays the same.

That is the interpreter, when its site folders last changed, and the files of the metadata and of the module. What is
broken or an impostor is looked at every time, and so are editable installs, whose code changes unseen.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from gating.optional import installed
from gating.optional.availability import Availability
from gating.toolchain.cache import identity
from gating.verdict import Evidence, State

if TYPE_CHECKING:
    from gating.optional.asked import Asked
    from gating.toolchain.judged import JudgedPython

__all__ = ["keep", "recall"]

_LASTING = frozenset({State.OK, State.ABSENT, State.OUTDATED, State.UNKNOWN})
_READ = ("METADATA", "PKG-INFO", "RECORD", "top_level.txt", "direct_url.json")


def recall(asked: Asked, judged: JudgedPython, *, deep: bool) -> Availability | None:
    """What was found before, `deep` or not; None where nothing was, or where any of it has changed."""
    entry = judged.cache.get(_name(asked), _key(asked, deep=deep), _seen(judged))
    if entry is None:
        return None
    try:
        read, kept = entry["read"], entry["found"]
        if entry["files"] != [identity(file) for file in read]:
            return None
        made = Availability(
            asked,
            State(kept["state"]),
            kept["cause"],
            kept["found"],
            Evidence(kept["evidence"]),
            kept["module"],
            kept["path"],
            judged.path,
            tuple(kept["notes"]),
        )
    except (KeyError, TypeError, ValueError):
        return None  # written by another version
    judged.read += read
    return made


def keep(one: Availability, judged: JudgedPython, *, deep: bool) -> None:
    """Keep what was found, if it lasts; the files that it was read from are added to those of the interpreter."""
    distribution = installed.find(one.distribution, judged.interpreter.site)
    read = [] if one.path is None else [one.path]
    if distribution is not None:
        read += [distribution.folder, *(os.path.join(distribution.folder, name) for name in _READ)]
    judged.read += read
    if one.state not in _LASTING or (distribution is not None and distribution.editable):
        return
    found = {
        "state": one.state.value,
        "cause": one.cause,
        "found": one.found,
        "evidence": one.evidence.value,
        "module": one.module,
        "path": one.path,
        "notes": list(one.notes),
    }
    result = {"found": found, "read": read, "files": [identity(file) for file in read]}
    judged.cache.put(_name(one.asked), _key(one.asked, deep=deep), _seen(judged), result, took=0.0)


def _name(asked: Asked) -> str:
    return f"optional {asked.name}"


def _key(asked: Asked, *, deep: bool) -> list[Any]:
    return [deep, asked.distribution, asked.wanted, asked.module]


def _seen(judged: JudgedPython) -> list[Any]:
    return [judged.seen, [identity(folder)[:2] for folder in judged.interpreter.site]]
