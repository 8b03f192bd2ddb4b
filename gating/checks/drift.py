"""Drift: the suite once in full, once without each optional dependency that is here, and once without all of them.

What breaks when one is taken away, and is not accounted for, has drifted: whoever lacks it would meet it. What broke
in the full run already is no drift, nor what passes when it is tried again.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gating.checks.carry import Install, carried
from gating.checks.drift_plan import Plan
from gating.checks.drift_record import ALL, keep
from gating.checks.drift_runs import Runs
from gating.checks.recording import Subject, recorded
from gating.checks.surveying import PLAN_SCHEMA, settings, survey_of
from gating.verdict import Report

if TYPE_CHECKING:
    from gating.policy import Policy
    from gating.toolchain.host import Host

__all__ = ["Drift", "drift", "plan_drift"]


@dataclass(frozen=True, kw_only=True)
class Drift:
    """What a drift run came to: the report with a verdict for each dependency, and the document `gating.drift/1`."""

    report: Report
    document: Mapping[str, Any]


def drift(
    words: Sequence[str] = (),
    start: str | Path | None = None,
    *,
    only: Sequence[str] = (),
    policy: Policy | None = None,
    host: Host | None = None,
    python: str | None = None,
    env: Mapping[str, str] | None = None,
    installer: Install | None = None,
    stdout: int | None = None,
    say: Callable[[str], None] = lambda _line: None,
) -> Drift:
    """Try the suite without each optional dependency of the policy, and record what breaks.

    `words` are for pytest. `only` names the dependencies to try, `all` for all of them at once; empty for each and
    all. `installer` brings gating into the judged interpreter, None where nothing may be installed there. The
    suite's standard output goes to the descriptor `stdout` where one is given, and `say` is told what begins. The
    other parameters are those of `gating.preflight`.

    A verdict `drift:NAME` fails where something breaks that is not accounted for, and is degraded where it could
    not be tried. The record `.gating/drift.json` gets an entry for each that was tried.

    Raises `PolicyError` for a wrong policy and `UsageError` for a name that it does not have.
    """
    env = os.environ if env is None else env
    policy, host = settings(start, policy=policy, host=host, python=python, env=env)
    mode = policy.resolved_mode(env)
    survey = survey_of(policy, host, env=env)
    plan = Plan(policy, survey.judged, only)
    judged = survey.judged
    with (
        recorded(
            Subject.of(policy), "drift", env=env, mode=mode, python=judged.path, argv=sys.argv, thorough=True
        ) as run,
        carried(judged, install=installer) as brought,
    ):
        laid = {**host.env, **run.environment, **brought.environment}
        runs = Runs(plan=plan, words=tuple(words), env=laid, stdout=stdout, say=say, run=run)
        if brought.verdict and plan.targets:
            runs.verdicts.append(brought.verdict)
        try:
            runs.take("" if brought.usable or brought.verdict is None else brought.verdict.reason)
        finally:  # what was found out so far stands, should the next run be interrupted
            document = runs.document()
            trouble = keep(policy.root, document) if document["entries"] else None
        runs.notes += [trouble] if trouble else []
        report = run.conclude(runs.verdicts, notes=runs.notes)
    return Drift(report=report, document=document)


def plan_drift(
    words: Sequence[str] = (),
    start: str | Path | None = None,
    *,
    only: Sequence[str] = (),
    policy: Policy | None = None,
    host: Host | None = None,
    python: str | None = None,
    env: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    """What `drift` would do, as the document `gating.plan/1`; nothing is started and nothing is recorded."""
    env = os.environ if env is None else env
    policy, host = settings(start, policy=policy, host=host, python=python, env=env)
    survey = survey_of(policy, host, env=env, may_start=False)
    plan = Plan(policy, survey.judged, only)
    reference = {"id": "drift:reference", "need": "always", "how": "execute", "commands": [[*plan.command(words)]]}
    steps = [reference] if plan.targets else []
    for one in plan.targets:
        how = "execute" if one.is_tried else "skip" if one.availability is None else "without"
        commands = [[*plan.command(words, (one.name,))]] if one.is_tried else []
        steps.append({"id": f"drift:{one.name}", "need": one.entry.need.value, "how": how, "commands": commands})
    if plan.together:
        commands = [[*plan.command(words, plan.together)]]
        steps.append({"id": f"drift:{ALL}", "need": "optional", "how": "execute", "commands": commands})
    return {
        "schema": PLAN_SCHEMA,
        "command": "drift",
        "mode": policy.resolved_mode(env).value,
        "python": survey.judged.path,
        "steps": steps,
    }
