"""Preflight: every tool and optional dependency of the policy, looked at and judged into one report."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from gating.checks.recording import recorded
from gating.environ import cache_folder
from gating.errors import UsageError
from gating.policy import Policy, load_policy
from gating.toolchain.cache import Cache
from gating.toolchain.host import Host
from gating.toolchain.requirements import Survey
from gating.verdict import Evidence, Mode, Report, Verdict

__all__ = ["plan_preflight", "preflight", "survey_of"]

PLAN_SCHEMA = "gating.plan/1"
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
    None for `executed` in strict mode and `static` else. `python` is the path of the interpreter to judge,
    None for the one that runs. `refresh` ignores cached results. `fix` runs the remedies that need no
    privilege, then checks afresh (see `gating.checks.fix`). `host` and `env` say where to look, None for this
    process's own search path and environment. `progress` is called about ten times a second with the names of
    the probes that are still running.

    Raises `PolicyError` for a wrong policy and `UsageError` for a name that it does not have.
    """
    env = os.environ if env is None else env
    policy = policy or load_policy(start, overrides=overrides(strict=strict), env=env)
    host = host or Host.of(env, python=python, root=str(policy.root))
    mode = policy.resolved_mode(env)
    survey = survey_of(policy, host, env=env, only=only, evidence=evidence, refresh=refresh)
    with recorded(policy, "preflight", env=env, mode=mode, python=survey.judged.path, argv=sys.argv) as run:
        verdicts = survey.judge(mode, progress=progress)
        notes: tuple[str, ...] = ()
        if fix:
            from gating.checks.fix import carry_out, plan_fixes

            fixes = plan_fixes(verdicts, host)
            if fixes.runnable:
                carry_out(fixes, host, environment=run.environment)
                again = survey_of(policy, host, env=env, only=only, evidence=evidence, refresh=True)
                verdicts = again.judge(mode, progress=progress)
            notes = fixes.notes
        run.saw(verdicts)
        return run.conclude(verdicts, notes=notes)


def plan_preflight(
    start: str | Path | None = None,
    *,
    policy: Policy | None = None,
    only: Sequence[str] = (),
    strict: bool | None = None,
    evidence: str | None = None,
    python: str | None = None,
    refresh: bool = False,
    host: Host | None = None,
    env: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    """What `preflight` would do, as the document `gating.plan/1`; no tool is started and nothing is recorded."""
    env = os.environ if env is None else env
    policy = policy or load_policy(start, overrides=overrides(strict=strict), env=env)
    host = host or Host.of(env, python=python, root=str(policy.root))
    survey = survey_of(policy, host, env=env, only=only, evidence=evidence, refresh=refresh)
    return {
        "schema": PLAN_SCHEMA,
        "command": "preflight",
        "mode": policy.resolved_mode(env).value,
        "python": survey.judged.path,
        "steps": survey.plan(),
    }


def survey_of(
    policy: Policy,
    host: Host,
    *,
    env: Mapping[str, str],
    only: Sequence[str] = (),
    evidence: str | None = None,
    refresh: bool = False,
    ids: Sequence[str] | None = None,
) -> Survey:
    """The survey of a policy's requirements on a host; `ids` instead of `only` may name tools that it lacks."""
    strict = policy.resolved_mode(env) is Mode.STRICT
    return Survey(
        policy=policy,
        host=host,
        cache=_cache(policy, host, env, refresh=refresh),
        ids=tuple(ids) if ids is not None else chosen(policy, only),
        executed=wanted_evidence(evidence, strict=strict) is Evidence.EXECUTED,
    )


def overrides(*, strict: bool | None) -> dict[str, object]:
    """The arguments that win over the environment and the table."""
    return {} if strict is None else {"mode": (Mode.STRICT if strict else Mode.LENIENT).value}


def wanted_evidence(name: str | None, *, strict: bool) -> Evidence:
    """The evidence that is wanted: as named, else an execution in strict mode and metadata in lenient."""
    if name is None:
        return Evidence.EXECUTED if strict else Evidence.STATIC
    if name not in {Evidence.STATIC, Evidence.EXECUTED}:
        raise UsageError(f"unknown evidence {name!r}; there are static and executed")
    return Evidence(name)


def chosen(policy: Policy, only: Sequence[str]) -> tuple[str, ...]:
    """The ids of the requirements that `only` names, in the policy's order; all of them where it is empty."""
    known = [*(f"tool:{name}" for name in policy.tools), *(f"optional:{name}" for name in policy.optional)]
    if not only:
        return tuple(known)
    wanted = set()
    for name in only:
        found = {one for one in known if name in {one, one.partition(":")[2]}}
        if not found:
            raise UsageError(_unknown(name, known))
        wanted |= found
    return tuple(one for one in known if one in wanted)


def _unknown(name: str, known: Sequence[str]) -> str:
    from difflib import get_close_matches

    names = [one.partition(":")[2] for one in known]
    near = get_close_matches(name, names, 1)
    hint = f"; did you mean {near[0]!r}?" if near else f"; it has {', '.join(names) or 'none'}"
    return f"the policy has no requirement {name!r}{hint}"


def _cache(policy: Policy, host: Host, env: Mapping[str, str], *, refresh: bool) -> Cache:
    about = [str(policy.file or policy.root), host.python or sys.executable]
    return Cache(cache_folder(env), about=about, refresh=refresh)


def failed_names(verdicts: Sequence[Verdict]) -> str:
    """The ids of the verdicts that failed, for a message of one line."""
    from gating.verdict import Outcome

    return ", ".join(one.id for one in verdicts if one.outcome is Outcome.FAIL)
