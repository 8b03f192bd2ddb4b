"""Preflight: every tool and optional dependency of the policy, looked at and judged into one report."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gating.checks.memo import Answer, Memo
from gating.checks.recording import Subject, recorded
from gating.toolchain.host import Host
from gating.verdict import Mode, Report

if TYPE_CHECKING:
    from gating.policy import Policy
    from gating.toolchain.requirements import Survey

__all__ = ["plan_preflight", "preflight"]

Progress = Callable[[Sequence[str]], None]


def preflight(
    start: str | Path | None = None,
    *,
    policy: Policy | None = None,
    only: Sequence[str] = (),
    strict: bool | None = None,
    evidence: str | None = None,
    python: str | None = None,
    refresh: bool = False,
    fix: bool = False,
    host: Host | None = None,
    env: Mapping[str, str] | None = None,
    progress: Progress | None = None,
) -> Report:
    """Check the tools and optional dependencies of the policy found from `start` upwards, and record the run.

    `policy` is used instead of looking for one. `only` names the requirements to check (`git` or `tool:git`),
    all where empty. `strict` True or False overrides the policy's mode. `evidence` is `static` or `executed`,
    None for `executed` in strict mode and `static` else. `python` is the path of the interpreter to judge, or
    its name on PATH, None for the one that runs. `refresh` ignores cached results. `fix` runs the remedies that
    need no privilege, then checks afresh (see `gating.checks.fix`). `host` and `env` say where to look, None for
    this process's own search path and environment; a `host` has its own `python`. `progress` is called about ten
    times a second with the names of the probes that are still running.

    Raises `PolicyError` for a wrong policy and `UsageError` for a name that it does not have.
    """
    env = os.environ if env is None else env
    memo = None
    if policy is None and not (refresh or fix):
        asked = {"only": list(only), "strict": strict, "evidence": evidence}
        memo = Memo(os.fspath(start or os.curdir), asked, host or Host.of(env, python=python), env)
        if (known := memo.recall()) is not None:
            return _again(known, env)
    from gating.checks.surveying import settings, survey_of

    policy, host = settings(start, policy=policy, strict=strict, host=host, python=python, env=env)
    mode = policy.resolved_mode(env)
    survey = survey_of(policy, host, env=env, only=only, evidence=evidence, refresh=refresh)
    subject = Subject.of(policy)
    with recorded(subject, "preflight", env=env, mode=mode, python=survey.judged.path, argv=sys.argv) as run:
        verdicts = survey.judge(mode, progress=progress)
        notes: tuple[str, ...] = ()
        if fix:
            from gating.checks.fix import carry_out, plan_fixes

            fixes = plan_fixes(verdicts, host)
            notes = fixes.notes
            if fixes.runnable:
                notes += carry_out(fixes, host, environment=run.environment)
                again = survey_of(policy, host, env=env, only=only, evidence=evidence, refresh=True)
                verdicts = again.judge(mode, progress=progress)
        run.saw(verdicts)
        report = run.conclude(verdicts, notes=notes)
    if memo is not None and (seen := survey.seen(verdicts)) is not None:
        answer = Answer(subject=subject, mode=mode, python=survey.judged.path, verdicts=verdicts, pointed=run.pointed)
        memo.keep(answer, seen, above=policy.file is None)
    return report


def _again(answer: Answer, env: Mapping[str, str]) -> Report:
    """The report of an answer that is remembered; the run is recorded like any other."""
    with recorded(answer.subject, "preflight", env=env, mode=answer.mode, python=answer.python, argv=sys.argv) as run:
        run.pointed = answer.pointed
        run.saw(answer.verdicts)
        return run.conclude(answer.verdicts)


def plan_preflight(
    start: str | Path | None = None,
    *,
    policy: Policy | None = None,
    only: Sequence[str] = (),
    strict: bool | None = None,
    evidence: str | None = None,
    python: str | None = None,
    refresh: bool = False,
    fix: bool = False,
    host: Host | None = None,
    env: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    """What `preflight` would do, as the document `gating.plan/1`; nothing is started and nothing is recorded.

    With `fix` it has the commands that would be run for what is known already, and notes on what is not: which
    remedy a tool needs is known only when it has been run.
    """
    from gating.checks.surveying import PLAN_SCHEMA, settings, survey_of

    env = os.environ if env is None else env
    policy, host = settings(start, policy=policy, strict=strict, host=host, python=python, env=env)
    mode = policy.resolved_mode(env)
    survey = survey_of(policy, host, env=env, only=only, evidence=evidence, refresh=refresh, may_start=False)
    made = {
        "schema": PLAN_SCHEMA,
        "command": "preflight",
        "mode": mode.value,
        "python": survey.judged.path,
        "steps": survey.plan(),
    }
    return {**made, **_planned_fixes(survey, mode)} if fix else made


def _planned_fixes(survey: Survey, mode: Mode) -> dict[str, object]:
    from gating.checks.fix import Fixes, plan_fixes

    known = survey.known(mode)
    fixes = plan_fixes(known, survey.host, may_start=False)
    open_ones = [one for one in survey.ids if one not in {verdict.id for verdict in known}]
    later = (f"what would fix {', '.join(open_ones)} is known only after a look at it",) if open_ones else ()
    return Fixes(runnable=fixes.runnable, notes=(*fixes.notes, *later)).as_dict()
