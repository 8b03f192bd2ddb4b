"""Command: any command of a session, run in the open, judged by its exit code and recorded as a run."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from gating.checks.ending import meaning
from gating.checks.metering import metered
from gating.checks.recording import Subject, recorded
from gating.policy import Policy, load_policy
from gating.process import Ending, stream
from gating.toolchain.candidates import candidates
from gating.toolchain.host import Host
from gating.verdict import Evidence, Need, Outcome, Report, State, Verdict

__all__ = ["run_command"]


def run_command(
    argv: Sequence[str],
    *,
    host: Host,
    start: str | Path | None = None,
    policy: Policy | None = None,
    env: Mapping[str, str] | None = None,
    cwd: str | None = None,
    success_codes: Sequence[int] = (0,),
) -> Report:
    """Run `argv` in the foreground, with our terminal and stdin, and record it as a run with one verdict.

    The verdict `run:NAME` passes where the exit code is one of `success_codes`; any other end fails. What the command
    used is in its details, and where there is a policy it is recorded. `cwd` is the folder to run in, None for the
    current one. The other parameters are those of `gating.preflight`.
    """
    env = os.environ if env is None else env
    policy = policy or load_policy(start, env=env)
    mode, judged = policy.resolved_mode(env), host.python or sys.executable
    with recorded(Subject.of(policy), "run", env=env, mode=mode, python=judged, argv=argv, thorough=True) as run:
        there = candidates(argv[0], host)
        path = there[0].path if there else argv[0]
        name = os.path.basename(argv[0]) or "command"
        with metered(run, policy, name, argv) as meter:
            environment = {**host.env, **run.environment}
            ended = stream([path, *argv[1:]], env=environment, cwd=cwd, foreground=True, meter=meter)
        means = meaning(ended, findings=(), need=Need.ALWAYS, mode=mode)
        good = ended.ending is Ending.EXITED and ended.code in success_codes
        verdict = Verdict(
            id=f"run:{name}",
            outcome=Outcome.PASS if good else Outcome.FAIL,
            state=State.OK if good else State.BROKEN,
            evidence=Evidence.ABSENT if ended.ending is Ending.NOT_STARTED else Evidence.EXECUTED,
            path=path,
            reason="" if good else means.reason.removeprefix("could not judge: ") or f"it ended with {ended.code}",
            duration_s=ended.duration_s,
            details={"command": list(argv), "exit_code": ended.code, "metrics": meter.details},
        )
        return run.conclude([verdict])
