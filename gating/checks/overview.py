"""Overview: every optional dependency of the policy as it is here, and which extras of the project are complete."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gating.checks.optional import DEADLINE, asked_of
from gating.checks.surveying import settings, survey_of
from gating.optional.deep import is_to_import, try_imports
from gating.optional.remedy import remedy_for
from gating.optional.state import look
from gating.policy.model import Policy
from gating.toolchain.judged import JudgedPython

if TYPE_CHECKING:
    from gating.optional.availability import Availability
    from gating.policy.model import Optional

__all__ = ["OPTIONAL_SCHEMA", "overview"]

OPTIONAL_SCHEMA = "gating.optional/1"


def overview(
    start: str | Path | None = None,
    *,
    python: str | None = None,
    deep: bool = False,
    env: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    """The document `gating.optional/1` of the project found from `start` upwards; nothing is recorded.

    `python` is the path of the interpreter to look into or its name on PATH, None for the one that runs. `deep`
    imports what is there, each in a process of its own.

    Raises `PolicyError` for a wrong policy.
    """
    env = os.environ if env is None else env
    policy, host = settings(start, python=python, env=env)
    ids = [f"optional:{name}" for name in policy.optional]
    survey = survey_of(policy, host, env=env, ids=ids, evidence="static")
    judged, notes = survey.judged, list[str]()
    found = _found(policy, judged, skipped=survey.skipped, deep=deep)
    made = {
        "schema": OPTIONAL_SCHEMA,
        "project": policy.project,
        "policy": policy.shown,
        "python": judged.path,
        "optional": [
            _row(policy, name, entry, judged, one=found.get(name), skipped=survey.skipped.get(f"optional:{name}"))
            for name, entry in policy.optional.items()
        ],
        "extras": _extras(policy, judged, notes),
        "notes": [*policy.notes, *notes],
    }
    survey.cache.save()
    return made


def _found(policy: Policy, judged: JudgedPython, *, skipped: Mapping[str, str], deep: bool) -> dict[str, Availability]:
    asked = {name: asked_of(name, entry, root=str(policy.root)) for name, entry in policy.optional.items()}
    applies = [name for name in asked if f"optional:{name}" not in skipped]
    found = {name: look(asked[name], interpreter=judged.interpreter) for name in applies}
    if deep and judged.interpreter.error is None:
        there = [name for name, one in found.items() if is_to_import(one)]
        ended = try_imports(
            [found[name] for name in there], interpreter=judged.interpreter, timeout=DEADLINE, env=judged.host.env
        )
        found |= {name: one for name, (one, _) in zip(there, ended, strict=True)}
    return found


def _row(
    policy: Policy,
    name: str,
    entry: Optional,
    judged: JudgedPython,
    *,
    one: Availability | None,
    skipped: str | None,
) -> dict[str, Any]:
    """One dependency; what was not looked at, since its marker is false, has no state."""
    asked = asked_of(name, entry, root=str(policy.root))
    source = policy.source("optional", name)
    remedy = None if one is None or one else remedy_for(one, host=judged.host)
    return {
        "name": name,
        "distribution": asked.distribution,
        "module": one.module if one is not None else asked.module,
        "state": one.state.value if one is not None else None,
        "evidence": one.evidence.value if one is not None else None,
        "found": one.found if one is not None else None,
        "wanted": asked.wanted,
        "path": one.path if one is not None else None,
        "extra": entry.extra,
        "need": entry.need.value,
        "fallback": entry.fallback.value,
        "why": entry.why,
        "skipped": skipped,
        "cause": one.cause if one is not None else "",
        "notes": list(one.notes) if one is not None else [],
        "remedy": remedy.as_dict() if remedy else None,
        "source": source.as_dict() if source else None,
    }


def _extras(policy: Policy, judged: JudgedPython, notes: list[str]) -> dict[str, Any] | None:
    """The project's extras as the judged interpreter has them, None where that cannot be told."""
    from gating.snapshot.distributions import installed
    from gating.snapshot.extras import extras

    interpreter = judged.interpreter
    if interpreter.error is not None:
        notes.append(f"extras: the judged interpreter {interpreter.error}")
        return None
    told: list[str] = []  # on metadata that cannot be read, which the snapshot tells
    made = extras(policy.root, installed(interpreter.site, told), interpreter.markers, notes)
    return None if made is None else {name: dict(extra) for name, extra in made.items()}
