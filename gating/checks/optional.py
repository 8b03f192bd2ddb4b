"""Optional: the policy's optional dependencies, looked for in the judged interpreter and worded for verdicts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from gating.checks.kept import keep, recall
from gating.optional.asked import Asked, asked_by
from gating.optional.availability import Availability
from gating.optional.deep import is_to_import, try_imports
from gating.optional.remedy import remedy_for
from gating.optional.state import look
from gating.policy.model import Optional
from gating.toolchain.judged import JudgedPython
from gating.toolchain.requirements import Looked, Progress
from gating.toolchain.select import Selection

__all__ = ["DEADLINE", "Found", "asked_of", "find", "look_for"]

DEADLINE = 60.0  # seconds for an import: the large ones take more than ten from a cold disk


class Found(NamedTuple):
    """What a look found; `took` are the seconds of an import, `cached` says that it was found before.

    `settled` is False where only a process that must not be started could tell.
    """

    one: Availability
    took: float = 0.0
    cached: bool = False
    settled: bool = True


def find(
    entries: Mapping[str, Optional],
    judged: JudgedPython,
    *,
    executed: bool,
    may_start: bool = True,
    progress: Progress | None = None,
) -> dict[str, Looked]:
    """Look for the policy's `entries`, by their keys (see `gating.toolchain.requirements.Finder`)."""
    found = look_for(entries, judged, deep=executed, may_start=may_start, progress=progress)
    return {name: _looked(entry, found[name], judged) for name, entry in entries.items()}


def look_for(
    entries: Mapping[str, Optional],
    judged: JudgedPython,
    *,
    deep: bool,
    may_start: bool = True,
    progress: Progress | None = None,
) -> dict[str, Found]:
    """Look for each entry, by its key; `deep` imports what is there, all at once and each in a process of its own.

    With `may_start` False no process is started.
    """
    found = {name: _look(asked_of(name, entry, judged), judged, deep=deep) for name, entry in entries.items()}
    if judged.interpreter.error is not None:  # one that was not asked is not broken
        return found if may_start else {name: one._replace(settled=False) for name, one in found.items()}
    waiting = [name for name, known in found.items() if deep and is_to_import(known.one)]
    if may_start:
        ones = [found[name].one for name in waiting]
        made = try_imports(
            ones, interpreter=judged.interpreter, timeout=DEADLINE, env=judged.host.env, on_tick=progress
        )
        found |= {name: Found(one, took) for name, (one, took) in zip(waiting, made, strict=True)}
    else:
        found |= {name: found[name]._replace(settled=False) for name in waiting}
    for known in found.values():
        if known.settled and not known.cached:
            keep(known.one, judged, deep=deep)
    return found


def asked_of(name: str, entry: Optional, judged: JudgedPython) -> Asked:
    """What an entry asks for; its extra is that of the project, whose folder the judged interpreter's host has."""
    asked = asked_by(name, entry)
    return asked if asked.extra is None else asked._replace(tree=judged.host.root)


def _look(asked: Asked, judged: JudgedPython, *, deep: bool) -> Found:
    known = recall(asked, judged, deep=deep)
    return Found(look(asked, interpreter=judged.interpreter)) if known is None else Found(known, cached=True)


def _looked(entry: Optional, found: Found, judged: JudgedPython) -> Looked:
    one = found.one
    facts = {
        "module": one.module,
        "extra": entry.extra,
        "fallback": entry.fallback.value,
        "notes": list(one.notes) or None,
    }
    details: dict[str, Any] = {name: fact for name, fact in facts.items() if fact is not None}
    if not found.settled:
        return Looked(None, None, details)
    selection = Selection(
        state=one.state,
        evidence=one.evidence,
        path=one.path,
        version=one.found,
        reason="; ".join(filter(None, (one.cause, *one.notes))),
        duration_s=found.took,
        distribution=one.distribution,
        environment=judged.interpreter.prefix or None,
        cached=found.cached,
    )
    return Looked(selection, None if one else remedy_for(one, host=judged.host), details)
