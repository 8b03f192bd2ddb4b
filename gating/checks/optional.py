"""Optional: the policy's optional dependencies, looked at in the judged interpreter for their verdicts.

What was found is kept as long as the site folders and the files that it was read from stay the same; what is broken
or an impostor, and editable installs, are looked at every time.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from gating.optional.asked import Asked, asked_by
from gating.optional.availability import Availability
from gating.optional.deep import is_to_import, try_imports
from gating.optional.remedy import remedy_for
from gating.optional.state import look
from gating.policy.model import Optional
from gating.toolchain.cache import identity
from gating.toolchain.judged import JudgedPython
from gating.toolchain.requirements import Looked
from gating.toolchain.select import Selection
from gating.verdict import Evidence, State

__all__ = ["DEADLINE", "asked_of", "find"]

DEADLINE = 60.0  # seconds for an import: the large ones take more than ten from a cold disk
Progress = Callable[[Sequence[str]], None]
_LASTING = frozenset({State.OK, State.ABSENT, State.OUTDATED, State.UNKNOWN})
_READ = ("METADATA", "PKG-INFO", "RECORD", "top_level.txt", "direct_url.json")


def find(
    entries: Mapping[str, Optional],
    judged: JudgedPython,
    *,
    executed: bool,
    may_start: bool = True,
    progress: Progress | None = None,
) -> dict[str, Looked]:
    """Look for each of the policy's `entries`, by its key (see `gating.toolchain.requirements.Finder`)."""
    found: dict[str, Availability] = {}
    took: dict[str, float] = {}
    cached = set()
    for name, entry in entries.items():
        asked = asked_of(name, entry, root=judged.host.root)
        known = _known(asked, judged, executed=executed)
        if known is not None:
            cached.add(name)
        found[name] = look(asked, interpreter=judged.interpreter) if known is None else known
    unsure = [name for name in entries if executed and name not in cached and is_to_import(found[name])]
    if may_start and unsure:
        made = try_imports(
            [found[name] for name in unsure],
            interpreter=judged.interpreter,
            timeout=DEADLINE,
            env=judged.host.env,
            on_tick=progress,
        )
        found |= {name: one for name, (one, _) in zip(unsure, made, strict=True)}
        took = {name: seconds for name, (_, seconds) in zip(unsure, made, strict=True)}
        unsure = []
    if judged.interpreter.error is not None and not may_start:
        unsure = list(entries)  # an interpreter that was not asked is not broken
    for name, one in found.items():
        if name not in cached and name not in unsure:
            _keep(one, judged, executed=executed)
    return {
        name: _looked(
            entry,
            found[name],
            judged,
            open_=name in unsure,
            cached=name in cached,
            took=took.get(name, 0.0),
        )
        for name, entry in entries.items()
    }


def asked_of(name: str, entry: Optional, *, root: str) -> Asked:
    """What an entry asks for; its extra is that of the project in the folder `root`."""
    asked = asked_by(name, entry)
    return asked._replace(tree=root) if asked.extra is not None else asked


def _looked(
    entry: Optional, one: Availability, judged: JudgedPython, *, open_: bool, cached: bool, took: float
) -> Looked:
    asked = one.asked
    details: dict[str, Any] = {
        "module": one.module,
        "extra": asked.extra,
        "fallback": entry.fallback.value,
        "notes": list(one.notes) or None,
    }
    details = {key: value for key, value in details.items() if value is not None}
    if open_:
        return Looked(None, None, details)
    selection = Selection(
        state=one.state,
        evidence=one.evidence,
        path=one.path,
        version=one.found,
        reason="; ".join(filter(None, (one.cause, *one.notes))),
        duration_s=took,
        distribution=one.distribution,
        environment=judged.interpreter.prefix or None,
        cached=cached,
    )
    return Looked(selection, None if one else remedy_for(one, host=judged.host), details)


def _known(asked: Asked, judged: JudgedPython, *, executed: bool) -> Availability | None:
    """What was found before; None where nothing was, or any file of it has changed."""
    entry = judged.cache.get(f"optional {asked.name}", _key(asked, executed=executed), _seen(judged))
    try:
        if entry is None or entry["files"] != [identity(file) for file in entry["read"]]:
            return None
        kept = entry["found"]
        made = Availability(asked, State(kept["state"]), evidence=Evidence(kept["evidence"]), python=judged.path)
        made = made._replace(
            **{field: kept[field] for field in ("cause", "found", "module", "path")}, notes=tuple(kept["notes"])
        )
    except (KeyError, TypeError, ValueError):
        return None  # written by another version
    judged.read += entry["read"]
    return made


def _keep(one: Availability, judged: JudgedPython, *, executed: bool) -> None:
    """Remember what was found, and which files it was read from."""
    read = list(_files(one, judged.interpreter.site))
    judged.read += read
    if one.state not in _LASTING or _is_editable(one, judged.interpreter.site):
        return
    found = {
        "state": one.state.value,
        "evidence": one.evidence.value,
        "cause": one.cause,
        "found": one.found,
        "module": one.module,
        "path": one.path,
        "notes": list(one.notes),
    }
    result = {"found": found, "read": read, "files": [identity(file) for file in read]}
    judged.cache.put(f"optional {one.name}", _key(one.asked, executed=executed), _seen(judged), result, took=0.0)


def _key(asked: Asked, *, executed: bool) -> list[Any]:
    return [executed, asked.distribution, asked.wanted, asked.module]


def _seen(judged: JudgedPython) -> list[Any]:
    """The interpreter, and when its site folders last changed."""
    return [judged.seen, [identity(folder)[:2] for folder in judged.interpreter.site]]


def _files(one: Availability, site: Sequence[str]) -> Iterable[str]:
    from gating.optional import installed

    for distribution in filter(None, [installed.find(one.distribution, site)]):
        yield distribution.folder
        yield from (os.path.join(distribution.folder, name) for name in _READ)
    if one.path is not None:
        yield one.path


def _is_editable(one: Availability, site: Sequence[str]) -> bool:
    from gating.optional import installed

    found = installed.find(one.distribution, site)
    return found is not None and found.editable
