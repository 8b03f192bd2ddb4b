"""Surveying: from a policy and what was asked to the survey that answers it."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from gating.checks.optional import find
from gating.environ import cache_folder
from gating.errors import UsageError, meant
from gating.policy import Policy, load_policy
from gating.toolchain.cache import Cache
from gating.toolchain.host import Host
from gating.toolchain.requirements import Survey
from gating.verdict import Evidence, Mode

__all__ = ["PLAN_SCHEMA", "settings", "survey_of"]

PLAN_SCHEMA = "gating.plan/1"


def settings(
    start: str | Path | None,
    *,
    policy: Policy | None = None,
    strict: bool | None = None,
    host: Host | None = None,
    python: str | None = None,
    env: Mapping[str, str],
) -> tuple[Policy, Host]:
    """The policy that holds and the host it is asked of, from the arguments of a check.

    A given `policy` and a given `host` are used; `strict` wins over the policy's mode, and the policy's folder
    is the host's root.
    """
    mode = None if strict is None else Mode.STRICT if strict else Mode.LENIENT
    if policy is None:
        policy = load_policy(start, overrides={} if mode is None else {"mode": mode.value}, env=env)
    elif mode is not None:
        policy = replace(policy, mode=mode)
    host = Host.of(env, python=python) if host is None else host
    return policy, host._replace(root=str(policy.root))


def survey_of(
    policy: Policy,
    host: Host,
    *,
    env: Mapping[str, str],
    only: Sequence[str] = (),
    evidence: str | None = None,
    refresh: bool = False,
    ids: Sequence[str] | None = None,
    may_start: bool = True,
) -> Survey:
    """The survey of a policy's requirements on a host; `ids` instead of `only` may name tools that it lacks.

    `may_start` False is for a plan (see `Survey`).
    """
    strict = policy.resolved_mode(env) is Mode.STRICT
    return Survey(
        policy=policy,
        host=host,
        cache=_cache(policy, host, env, refresh=refresh),
        find=find,
        ids=tuple(ids) if ids is not None else chosen(policy, only),
        executed=wanted_evidence(evidence, strict=strict) is Evidence.EXECUTED,
        may_start=may_start,
    )


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
    names = [one.partition(":")[2] for one in known]
    hint = meant(name, names, f"it has {', '.join(names) or 'none'}")
    return f"the policy has no requirement {name!r}; {hint}"


def _cache(policy: Policy, host: Host, env: Mapping[str, str], *, refresh: bool) -> Cache:
    about = [str(policy.file or policy.root), host.python or sys.executable]
    return Cache(cache_folder(env), about=about, refresh=refresh)
