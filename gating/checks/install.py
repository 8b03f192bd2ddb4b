"""Install: the optional dependencies that a project declares and that are not here, each decision as a verdict."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from gating.checks.hiding import Hidden
from gating.checks.install_verdicts import Judging, verdict_id
from gating.checks.recording import Subject, recorded
from gating.checks.surveying import PLAN_SCHEMA, settings
from gating.environ import cache_folder
from gating.optional.availability import Availability
from gating.optional.install.act import Result, carry_out
from gating.optional.install.declared import Wanted, declared
from gating.optional.install.plan import How, Item, Plan, make_plan
from gating.optional.install.requirements import Words
from gating.optional.state import look
from gating.policy import Policy
from gating.toolchain.cache import Cache
from gating.toolchain.host import Host
from gating.toolchain.judged import JudgedPython
from gating.toolchain.metadata import dist_infos
from gating.verdict import Report

__all__ = ["install_optional", "plan_install"]


def install_optional(
    names: Sequence[str] = (),
    start: str | Path | None = None,
    *,
    policy: Policy | None = None,
    strict: bool | None = None,
    host: Host | None = None,
    python: str | None = None,
    env: Mapping[str, str] | None = None,
    refused: str | None = None,
) -> Report:
    """Install what is declared as optional and is not here as asked, and record the run.

    `names` are those to install, all of the policy's where it is empty (see `gating.optional.install.declared`).
    `refused` is why nothing may be installed, where the caller knows that. The other parameters are those of
    `gating.preflight`. What is planned is printed on stderr before anything is started.

    A verdict `install:NAME` passes where the dependency is here in the end; else it costs what its `need` says.

    Raises `PolicyError` for a wrong policy and `UsageError` for a name that the project does not declare.
    """
    env = os.environ if env is None else env
    policy, host = settings(start, policy=policy, strict=strict, host=host, python=python, env=env)
    wanted = declared(policy, names)
    mode = policy.resolved_mode(env)
    judged_path = host.python or sys.executable
    with recorded(Subject.of(policy), "install", env=env, mode=mode, python=judged_path, argv=sys.argv) as run:
        judged = _judged(policy, host, env)
        plan = make_plan(wanted, judged, _looking(judged), refused=refused)
        hidden = Hidden(plan.secrets)
        _tell_plan(plan, hidden)
        before = _listing(judged)
        found = carry_out(plan, host, environment=run.environment, log=lambda text: _say(hidden(text)))
        installed = any(one.result is Result.INSTALLED for one in found.values())
        after = _judged(policy, host, env, afresh=True) if installed else judged
        changed = _changed(before, _listing(after))
        judging = Judging(policy=policy, judged=after, mode=mode, look=_looking(after), changed=installed)
        verdicts = tuple(hidden.of(judging.verdict(item, found.get(item.wanted.name))) for item in plan.items)
        after.cache.save()
        run.saw(verdicts)
        return run.conclude(verdicts, notes=_notes(policy, names, changed))


def plan_install(
    names: Sequence[str] = (),
    start: str | Path | None = None,
    *,
    policy: Policy | None = None,
    strict: bool | None = None,
    host: Host | None = None,
    python: str | None = None,
    env: Mapping[str, str] | None = None,
    refused: str | None = None,
) -> dict[str, Any]:
    """What `install_optional` would do, as the document `gating.plan/1`; nothing is installed and nothing recorded."""
    env = os.environ if env is None else env
    policy, host = settings(start, policy=policy, strict=strict, host=host, python=python, env=env)
    wanted = declared(policy, names)
    judged = _judged(policy, host, env)
    plan = make_plan(wanted, judged, _looking(judged), refused=refused)
    hidden = Hidden(plan.secrets)
    commands = [[hidden(word) for word in argv] for argv in plan.commands()]
    made = {
        "schema": PLAN_SCHEMA,
        "command": "install",
        "mode": policy.resolved_mode(env).value,
        "python": plan.python,
        "steps": [_step(item, commands, hidden) for item in plan.items],
    }
    reasons = [f"{item.wanted.name}: {hidden(item.reason)}" for item in plan.items if item.how is How.REFUSED]
    return {**made, "notes": [*_notes(policy, names, {}), *reasons]}


def _step(item: Item, commands: list[list[str]], hidden: Hidden) -> dict[str, Any]:
    wanted = item.words.specifier if item.words.words else item.wanted.asked.wanted
    made: dict[str, Any] = {
        "id": verdict_id(item),
        "need": item.wanted.need.value,
        "wanted": None if wanted is None else hidden(wanted),
        "how": item.how.value,
        "commands": commands if item.how is How.INSTALL else [],
    }
    return made if item.wanted.when is None else {**made, "when": item.wanted.when}


def _judged(policy: Policy, host: Host, env: Mapping[str, str], *, afresh: bool = False) -> JudgedPython:
    """The interpreter; `afresh` where an installation may have changed what is remembered of it."""
    about = [str(policy.file or policy.root), host.python or sys.executable]
    return JudgedPython(host, Cache(cache_folder(env), about=about, refresh=afresh))


def _looking(judged: JudgedPython) -> Callable[[Wanted, Words], Availability]:
    """How each dependency is looked at: by what is in the interpreter's folders, whatever this process has loaded."""
    return lambda wanted, words: look(wanted.asked._replace(wanted=words.specifier), interpreter=judged.interpreter)


def _tell_plan(plan: Plan, hidden: Hidden) -> None:
    for item in plan.to_install:
        _say(f"to install {item.wanted.name}: {hidden(' '.join(item.words.words))} into {plan.python}")


def _say(text: str) -> None:
    with contextlib.suppress(OSError, ValueError):  # nobody is left who could read it
        print(f"gating: {text}", file=sys.stderr, flush=True)


def _listing(judged: JudgedPython) -> dict[str, str]:
    """The installed distributions and their versions, by the names of their metadata folders."""
    found: dict[str, str] = {}
    for site in judged.interpreter.site:
        for folder in dist_infos(site):
            name, _, version = os.path.basename(folder).removesuffix(".dist-info").partition("-")
            found.setdefault(name, version)
    return found


def _changed(before: Mapping[str, str], after: Mapping[str, str]) -> dict[str, str]:
    """Of what was there before: what an installation replaced or took away, in words."""
    gone = {name: f"{name} {version} is gone" for name, version in before.items() if name not in after}
    other = {
        name: f"{name} {before[name]} became {version}"
        for name, version in after.items()
        if before.get(name, version) != version
    }
    return gone | other


def _notes(policy: Policy, names: Sequence[str], changed: Mapping[str, str]) -> tuple[str, ...]:
    if not names and not policy.optional:
        return ("the policy declares no optional dependency: there is no [tool.gating.optional]",)
    return (f"the installation changed what was there: {'; '.join(changed.values())}",) if changed else ()
