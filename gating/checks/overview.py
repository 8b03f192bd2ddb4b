"""Overview: every optional dependency of the policy as it is here, and which extras of the project are complete."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gating.checks.optional import asked_of, look_for
from gating.checks.surveying import settings, survey_of
from gating.optional.remedy import remedy_for
from gating.policy.model import Policy
from gating.toolchain.judged import JudgedPython

if TYPE_CHECKING:
    from gating.optional.availability import Availability

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
    false = {one.partition(":")[2]: marker for one, marker in survey.skipped.items()}
    found = look_for({name: one for name, one in policy.optional.items() if name not in false}, judged, deep=deep)
    made = {
        "schema": OPTIONAL_SCHEMA,
        "project": policy.project,
        "policy": policy.shown,
        "python": judged.path,
        "optional": [
            _row(policy, name, judged, found[name].one if name in found else None, false.get(name))
            for name in policy.optional
        ],
        "extras": _extras(policy, judged, notes),
        "notes": [*policy.notes, *notes],
    }
    survey.cache.save()
    return made


def _row(
    policy: Policy, name: str, judged: JudgedPython, one: Availability | None, skipped: str | None
) -> dict[str, Any]:
    """One dependency; what was not looked at, since its marker is false, has no state."""
    entry, source = policy.optional[name], policy.source("optional", name)
    asked = asked_of(name, entry, judged)
    told: dict[str, Any] = {"module": asked.module, "state": None, "evidence": None, "found": None, "path": None}
    told |= {"cause": "", "notes": [], "remedy": None}
    if one is not None:
        remedy = None if one else remedy_for(one, host=judged.host)
        told = {
            "module": one.module,
            "state": one.state.value,
            "evidence": one.evidence.value,
            "found": one.found,
            "path": one.path,
            "cause": one.cause,
            "notes": list(one.notes),
            "remedy": remedy.as_dict() if remedy else None,
        }
    return {
        "name": name,
        "distribution": asked.distribution,
        "wanted": asked.wanted,
        **told,
        "extra": entry.extra,
        "need": entry.need.value,
        "fallback": entry.fallback.value,
        "why": entry.why,
        "skipped": skipped,
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
