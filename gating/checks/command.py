"""Command: any command, run in the open, judged by its exit code, its use measured, and recorded as a run."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from gating.checks.ending import meaning
from gating.checks.metering import Metering, metered, place_of, told_of
from gating.checks.recording import Subject, recorded
from gating.policy import Policy, load_policy
from gating.process import Ending, Streamed, stream
from gating.toolchain.candidates import candidates
from gating.toolchain.host import Host
from gating.verdict import Evidence, Mode, Need, Outcome, Report, State, Verdict

__all__ = ["Ran", "name_of", "record_command", "run_command"]


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
        name = name_of(argv)
        with metered(run, policy, name, argv) as meter:
            environment = {**host.env, **run.environment}
            ended = stream([path, *argv[1:]], env=environment, cwd=cwd, foreground=True, meter=meter)
        return run.conclude([_verdict(name, argv, path, ended, meter, mode=mode, success_codes=success_codes)])


class Ran(NamedTuple):
    """A command that was run for somebody else: its report, and the exit code that a shell would give it."""

    report: Report
    exit_code: int


def record_command(
    argv: Sequence[str],
    *,
    name: str | None = None,
    interval_s: float | None = None,
    start: str | Path | None = None,
    env: Mapping[str, str] | None = None,
) -> Ran:
    """Run `argv` as if nobody was between it and whoever started us, and record what it uses.

    It has our terminal, stdin, open files and signals. `name` is what the recording is called, None for the
    command's own; `interval_s` are seconds between two samples, None for what the policy says. Where there is no
    policy the recording goes below the current folder. Raises `PolicyError` before anything is started.
    """
    env = os.environ if env is None else env
    policy = load_policy(start, env=env)
    mode = policy.resolved_mode(env)
    name = name or name_of(argv)
    with recorded(Subject.of(policy), "record", env=env, mode=mode, python=sys.executable, argv=argv) as run:
        with Metering(run, place_of(policy, explicit=True, interval_s=interval_s), name, argv) as meter:
            # as it was typed: many programs name themselves by their first word
            ended = stream(argv, env={**env, **run.environment}, transparent=True, meter=meter)
        path = shutil.which(argv[0], path=env.get("PATH"))
        report = run.conclude([_verdict(name, argv, path or argv[0], ended, meter, mode=mode, success_codes=(0,))])
        return Ran(report, _as_shells_do(ended, found=path is not None or os.path.exists(argv[0])))


def name_of(argv: Sequence[str]) -> str:
    """What a command is called: its program, without the folder."""
    return os.path.basename(argv[0]) or "command"


def _verdict(
    name: str,
    argv: Sequence[str],
    path: str,
    ended: Streamed,
    meter: Metering,
    *,
    mode: Mode,
    success_codes: Sequence[int],
) -> Verdict:
    means = meaning(ended, findings=(), need=Need.ALWAYS, mode=mode)
    good = ended.ending is Ending.EXITED and ended.code in success_codes
    return Verdict(
        id=f"run:{name}",
        outcome=Outcome.PASS if good else Outcome.FAIL,
        state=State.OK if good else State.BROKEN,
        evidence=Evidence.ABSENT if ended.ending is Ending.NOT_STARTED else Evidence.EXECUTED,
        path=path,
        reason="" if good else means.reason.removeprefix("could not judge: ") or f"it ended with {ended.code}",
        duration_s=ended.duration_s,
        details={"command": list(argv), "exit_code": ended.code, **told_of(meter)},
    )


def _as_shells_do(ended: Streamed, *, found: bool) -> int:
    """An end as an exit code: POSIX's 126 and 127 for what cannot be started, 128 and more for a signal."""
    if ended.code is None:
        return 126 if found else 127
    return ended.code if ended.code >= 0 else 128 - ended.code
