"""Gate: a command of the project's own, run when what it needs is there; its exit code becomes a verdict."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gating.checks.ending import meaning
from gating.checks.metering import metered_if_asked, told_of
from gating.checks.recording import Run, Subject, recorded
from gating.checks.surveying import PLAN_SCHEMA, settings, survey_of
from gating.errors import UsageError, meant
from gating.policy import Policy
from gating.policy.model import Gate, Recorded
from gating.process import Ending, Streamed, stream
from gating.toolchain.candidates import candidates
from gating.toolchain.host import Host
from gating.toolchain.requirements import Survey
from gating.toolchain.words import from_policy
from gating.verdict import Evidence, Outcome, Report, State, Verdict, judge

__all__ = ["gate", "plan_gate"]

_MET = frozenset({Outcome.PASS, Outcome.SKIP})


def gate(
    names: Sequence[str],
    start: str | Path | None = None,
    *,
    policy: Policy | None = None,
    strict: bool | None = None,
    refresh: bool = False,
    host: Host | None = None,
    python: str | None = None,
    env: Mapping[str, str] | None = None,
    stdout: int | None = None,
    more: Sequence[str] = (),
) -> Report:
    """Run the gates of the policy that `names` lists, in that order, each to its end, and record the run.

    What a gate needs is looked at first; where it is not met the gate is not run. The gate's own output goes
    straight through, its standard output to the descriptor `stdout` where one is given. `more` are arguments
    appended to the command of every gate. The other parameters are those of `gating.preflight`.

    A verdict `gate:NAME` passes on exit 0 and fails on one of the gate's `findings`; anything else means that
    the gate could not judge, which costs what its `need` says.

    Raises `PolicyError` for a wrong policy and `UsageError` for a gate that it does not have, or for none at all.
    """
    env = os.environ if env is None else env
    policy, host = settings(start, policy=policy, strict=strict, host=host, python=python, env=env)
    gates = _named(policy, names)
    mode, judged = policy.resolved_mode(env), host.python or sys.executable
    with recorded(Subject.of(policy), "gate", env=env, mode=mode, python=judged, argv=sys.argv, thorough=True) as run:
        verdicts = []
        for name, one in gates.items():
            survey = survey_of(policy, host, env=env, ids=_needs(one, host), refresh=refresh)
            verdicts.append(_Gate(name, one, policy, run, host, tuple(more)).verdict(survey, stdout=stdout))
            run.conclude(verdicts)  # what is judged so far stands, should the next one be interrupted
        return run.conclude(verdicts)


def plan_gate(
    names: Sequence[str],
    start: str | Path | None = None,
    *,
    policy: Policy | None = None,
    strict: bool | None = None,
    refresh: bool = False,
    host: Host | None = None,
    python: str | None = None,
    env: Mapping[str, str] | None = None,
    more: Sequence[str] = (),
) -> dict[str, Any]:
    """What `gate` would do, as the document `gating.plan/1`; nothing is started and nothing is recorded."""
    env = os.environ if env is None else env
    policy, host = settings(start, policy=policy, strict=strict, host=host, python=python, env=env)
    steps = []
    for name, one in _named(policy, names).items():
        survey = survey_of(policy, host, env=env, ids=_needs(one, host), refresh=refresh, may_start=False)
        applies = one.when is None or survey.judged.applies(one.when)
        steps.append(
            {
                "id": f"gate:{name}",
                "need": one.need.value,
                "how": "execute" if applies else "skip",
                "commands": [[*one.run, *more]] if applies else [],
                "needs": survey.plan() if applies else [],
            }
        )
    return {
        "schema": PLAN_SCHEMA,
        "command": "gate",
        "mode": policy.resolved_mode(env).value,
        "python": host.python or sys.executable,
        "steps": steps,
    }


def _named(policy: Policy, names: Sequence[str]) -> dict[str, Gate]:
    if not names:  # nothing would be run, and nothing would have failed
        raise UsageError(f"no gate is named; there is {', '.join(policy.gates) or 'none'}")
    for name in names:
        if name not in policy.gates:
            known = ", ".join(policy.gates) or "none: write a table [tool.gating.gates.NAME]"
            raise UsageError(f"there is no gate {name!r}; {meant(name, policy.gates, f'there is {known}')}")
    return {name: policy.gates[name] for name in names}


def _needs(one: Gate, host: Host) -> tuple[str, ...]:
    """What the gate says that it needs, and its own command where that is nowhere to be found."""
    tools = one.tools
    if one.run[0] not in tools and not candidates(one.run[0], host):
        tools = (*tools, one.run[0])
    return (*(f"tool:{name}" for name in tools), *(f"optional:{name}" for name in one.optional))


@dataclass(frozen=True)
class _Gate:
    """One gate in one run."""

    name: str
    gate: Gate
    policy: Policy
    run: Run
    host: Host
    more: tuple[str, ...]

    def verdict(self, survey: Survey, *, stdout: int | None) -> Verdict:
        when = self.gate.when
        if when is not None and not survey.judged.applies(when):
            return self._made(Outcome.SKIP, reason=f"does not apply here: {when}")
        needed = survey.judge(self.run.mode)
        self.run.saw(needed)
        looked_at = [{key: one.as_dict()[key] for key in ("id", "state", "found", "path")} for one in needed]
        unmet = next((one for one in needed if one.outcome not in _MET), None)
        if unmet is not None:
            return self._unmet(unmet, looked_at)
        path, ended, used = self._execute(needed, stdout)
        means = meaning(
            ended,
            findings=self.gate.findings,
            need=self.gate.need,
            mode=self.run.mode,
            timeout=self.gate.timeout,
        )
        remedy = None
        if means.outcome is not Outcome.PASS and self.gate.remedy:
            remedy = from_policy(self.gate.remedy, python=survey.judged.path)
        return self._made(
            means.outcome,
            state=means.state,
            evidence=Evidence.PRESENT if ended.ending is Ending.NOT_STARTED else Evidence.EXECUTED,
            path=path,
            reason=means.reason,
            remedy=remedy,
            duration_s=ended.duration_s,
            details={"needs": looked_at, "result": means.result, "exit_code": ended.code, **used},
        )

    def _execute(self, needed: Sequence[Verdict], stdout: int | None) -> tuple[str, Streamed, dict[str, Any]]:
        """Run the command, measured where that is asked; a folder that is not there is an end like any other."""
        gate, host = self.gate, self.host
        path = self._program(needed)
        folder = os.path.join(host.root, gate.cwd or "")
        if not os.path.isdir(folder):
            return path, Streamed(ending=Ending.NOT_STARTED, error=f"its folder {gate.cwd} is not there"), {}
        env = {**host.env, **self.run.environment, **gate.env}
        argv = (path, *gate.run[1:], *self.more)
        with metered_if_asked(self.run, self.policy, Recorded.GATES, self.name, argv) as meter:
            ended = stream(argv, env=env, cwd=folder, timeout=gate.timeout, stdout=stdout, meter=meter)
        return path, ended, told_of(meter)

    def _program(self, needed: Sequence[Verdict]) -> str:
        """The path of the command: of a tool that goes by several names the one that was found."""
        name = self.gate.run[0]
        tool = self.policy.tools.get(name)
        if tool is not None and tool.any_of:
            found = next((one.path for one in needed if one.id == f"tool:{name}" and one.path), None)
            if found is not None:
                return found
        there = candidates(name, self.host)
        return there[0].path if there else name

    def _unmet(self, unmet: Verdict, looked_at: list[dict[str, Any]]) -> Verdict:
        """One verdict, with the remedy of what is missing."""
        return self._made(
            judge(State.ABSENT, self.gate.need, self.run.mode, version_asked=False),
            state=unmet.state,
            evidence=unmet.evidence,
            wanted=unmet.wanted,
            found=unmet.found,
            path=unmet.path,
            reason=f"could not judge: {unmet.name} is {unmet.state} ({unmet.reason})",
            remedy=unmet.remedy,
            duration_s=unmet.duration_s,
            details={"needs": looked_at, "result": "not run"},
        )

    def _made(self, outcome: Outcome, *, details: Mapping[str, Any] | None = None, **fields: Any) -> Verdict:
        own: dict[str, Any] = {"command": [*self.gate.run, *self.more]}
        if self.gate.why:
            own["why"] = self.gate.why
        return Verdict(
            id=f"gate:{self.name}",
            outcome=outcome,
            need=self.gate.need,
            source=self.policy.source("gates", self.name),
            details={**own, **(details or {})},
            **fields,
        )
