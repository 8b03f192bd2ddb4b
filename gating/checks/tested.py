"""Tested: a project's test suite as one gated command, from the preflight of its Python to the verdicts on its tests.

What the pytest plugin accounts for inside comes back as the document `gating.tests/1`; where the plugin could not
run, the exit code alone is judged, and the verdict says so.
"""

from __future__ import annotations

import os
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from gating.checks.carry import Carried, Install, carried
from gating.checks.measuring import Taken, floors_verdicts, is_asked, keep, measuring_remedy, prepare, take
from gating.checks.metering import metered_if_asked, told_of
from gating.checks.reaching import judge_run, reach_verdict, surroundings_of
from gating.checks.recording import Run, Subject, recorded
from gating.checks.suite import Suite, read_outcomes
from gating.checks.surveying import settings, survey_of
from gating.coverage.ini import read_testpaths
from gating.coverage.plan import Plan, plan
from gating.coverage.surroundings import Surroundings
from gating.environ import OUTCOMES
from gating.policy import Policy
from gating.policy.given import variable_name
from gating.policy.model import Optional, Recorded
from gating.process import Ending, Streamed, stream
from gating.toolchain.candidates import candidates
from gating.toolchain.host import Host
from gating.toolchain.judged import JudgedPython
from gating.verdict import Evidence, Mode, Need, Outcome, Report, State, Verdict

__all__ = ["PYTEST", "concerned", "demanded", "run_tests", "verdict_of_tests"]

PYTEST = ("python", "-m", "pytest")
Progress = Callable[[Sequence[str]], None]
_NOT_RUN = "not-run"
_NAMED = 20  # ids of tests in a verdict's details; the whole list is in the plugin's own verdicts


def run_tests(
    words: Sequence[str],
    *,
    host: Host,
    start: str | Path | None = None,
    policy: Policy | None = None,
    env: Mapping[str, str] | None = None,
    strict: bool | None = None,
    runner: Sequence[str] = PYTEST,
    install: Sequence[str] | None = None,
    refused: str | None = None,
    installer: Install | None = None,
    fail_under: object = None,
    label: str = "",
    measure: bool | None = None,
    judge: bool = True,
    stdout: int | None = None,
    progress: Progress | None = None,
) -> Report:
    """Check what the suite needs, install what is to be installed, run `runner` with `words`, and judge it all.

    `install` are optional dependencies to install where they are not there: None for those whose absence would fail
    the run (see `demanded`). `refused` is why nothing may be installed, where the caller knows that. `installer`
    brings gating itself into the judged interpreter; None where it cannot. `fail_under` is the floor as an argument,
    and `label` tells the coverage of this environment from another's (see `gating.coverage.plan`). `measure` True asks
    for coverage where the policy does not, and with False nothing is measured, which is said where the policy asks
    for it; None leaves it to the policy. With `judge` False what was measured is kept, to be judged later. The
    suite's standard output goes to the descriptor `stdout` where one is given. The other parameters are those of
    `gating.preflight`.

    The verdict `tests:pytest` fails with any exit code but 0, and is degraded where tests were not run. Where the
    policy has a coverage table, or anybody names a floor, the tests are measured; `coverage:total` is judged, and
    `coverage:reach` where something is absent or there is a reference.
    """
    env = os.environ if env is None else env
    policy, host = settings(start, policy=policy, strict=strict, host=host, env=env)
    mode, python = policy.resolved_mode(env), host.python or sys.executable
    if strict is not None:  # pytest's plugin reads the policy anew
        host = host._replace(env={**host.env, variable_name(("mode",)): mode.value})
    subject = Subject.of(policy)
    with recorded(subject, "tests", env=env, mode=mode, python=python, argv=[*runner, *words], thorough=True) as run:
        judged, verdicts = _needed(policy, host, run, install, refused, mode=mode, env=env, progress=progress)
        paths = read_testpaths(policy.root)
        made = plan(
            policy, judged, words, env=host.env, runner=runner, testpaths=paths, fail_under=fail_under, label=label
        )
        asked = is_asked(policy, made)
        measured = made if (asked if measure is None else measure) else None
        with carried(judged, install=installer) as brought:
            verdicts += [brought.verdict] if brought.verdict else []
            tests, suite = _tested((*runner, *words), host, run, brought, measured, policy=policy, stdout=stdout)
        verdicts.append(tests)
        if measured is not None:
            taken = take(measured, host, run.environment, policy.root, tests=tests, workers=suite.workers)
            here = surroundings_of(policy, judged, verdicts, absent=suite.absent, shimmed=suite.shimmed)
            keep(policy, taken, here, label)
            verdicts += (_measured if judge else _kept)(policy, measured, taken, here, mode=mode, env=env)
        elif asked:
            verdicts.append(_unjudged(policy, "it was not to be measured"))
        return run.conclude(verdicts)


def concerned(policy: Policy) -> tuple[str, ...]:
    """The ids that a test run is judged by: all of the policy's but the tools that a gate names as its own."""
    of_gates = {tool for gate in policy.gates.values() for tool in gate.tools}
    tools = [f"tool:{name}" for name in policy.tools if name not in of_gates]
    return (*tools, *(f"optional:{name}" for name in policy.optional))


def demanded(policy: Policy, mode: Mode) -> tuple[str, ...]:
    """The optional dependencies whose absence fails a run in this mode, by their keys."""
    return tuple(name for name, one in policy.optional.items() if _is_demanded(one, mode))


def verdict_of_tests(ended: Streamed, suite: Suite, command: Sequence[str], *, accounted: bool) -> Verdict:
    """The verdict `tests:pytest` on how a suite ended, and on what the plugin told of its tests.

    `accounted` False says that the plugin told nothing.
    """
    counts = Counter(one.outcome for one in suite.tests.values())
    not_run = [one.id for one in (*suite.modules.values(), *suite.tests.values()) if one.outcome == _NOT_RUN]
    outcome, state, reason = Outcome.PASS, State.OK, ""
    if ended.ending is not Ending.EXITED or ended.code != 0:
        outcome = Outcome.FAIL
        state = State.OK if ended.code == 1 and ended.ending is Ending.EXITED else State.BROKEN
        reason = _why(ended, suite, counts)
    elif not accounted:
        outcome, reason = Outcome.DEGRADED, "they passed, and nothing accounts for tests that were not run"
    elif not_run:
        outcome, reason = Outcome.DEGRADED, f"{_counted(suite)} not run, for what is absent here"
    return Verdict(
        id="tests:pytest",
        outcome=outcome,
        state=state,
        need=Need.ALWAYS,
        evidence=Evidence.ABSENT if ended.ending is Ending.NOT_STARTED else Evidence.EXECUTED,
        reason=reason,
        duration_s=ended.duration_s,
        details={
            "command": list(command),
            "exit_code": ended.code,
            "tests": dict(sorted(counts.items())),
            "not_run": not_run[:_NAMED],
            "not_run_count": len(not_run),
        },
    )


def _measured(
    policy: Policy, made: Plan, taken: Taken, here: Surroundings, *, mode: Mode, env: Mapping[str, str]
) -> Iterator[Verdict]:
    """The verdicts on what was measured."""
    details = {"plan": made.as_dict()}
    if taken.measured is None:
        remedy = measuring_remedy(made)
        yield from floors_verdicts(policy, made.floor, taken, mode, details=details, remedy=remedy)
        return
    reached = judge_run(policy, taken.measured, here, env=env, unjudged=taken.unjudged)
    taken = replace(taken, measured=reached.measured)
    yield from floors_verdicts(policy, made.floor, taken, mode, result=reached.result, details=details)
    if (verdict := reach_verdict(policy, reached)) is not None:
        yield verdict


def _kept(
    policy: Policy, made: Plan, taken: Taken, here: Surroundings, *, mode: Mode, env: Mapping[str, str]
) -> Iterator[Verdict]:
    """The verdict on what is judged later; where nothing was measured that is judged now."""
    if taken.measured is None:
        yield from _measured(policy, made, taken, here, mode=mode, env=env)
        return
    details = {"plan": made.as_dict(), "report": taken.report, "sha256": taken.digest}
    kept = _unjudged(policy, "kept, to be judged together with others", details)
    yield replace(kept, state=State.OK, evidence=Evidence.EXECUTED)


def _unjudged(policy: Policy, why: str, details: Mapping[str, object] | None = None) -> Verdict:
    """The verdict on coverage that the policy asks for, and that somebody wanted not to be judged in this run."""
    # not a skip: that says that something does not apply here
    return Verdict(
        id="coverage:total",
        outcome=Outcome.DEGRADED,
        need=policy.coverage.need,
        reason=f"not judged in this run: {why}",
        source=policy.source("coverage", "fail-under"),
        details=details or {},
    )


def _needed(
    policy: Policy,
    host: Host,
    run: Run,
    install: Sequence[str] | None,
    refused: str | None,
    *,
    mode: Mode,
    env: Mapping[str, str],
    progress: Progress | None,
) -> tuple[JudgedPython, list[Verdict]]:
    """Install what is wanted and judge what the suite needs; concluded, should the tests be interrupted."""
    wanted = demanded(policy, mode) if install is None else tuple(install)
    verdicts = list(_installed(policy, host, {**env, **run.environment}, wanted, refused)) if wanted else []
    survey = survey_of(policy, host, env=env, ids=concerned(policy))
    verdicts += survey.judge(mode, progress=progress)
    run.saw(verdicts)
    run.conclude(verdicts)
    return survey.judged, verdicts


def _tested(
    words: Sequence[str],
    host: Host,
    run: Run,
    brought: Carried,
    made: Plan | None,
    *,
    policy: Policy,
    stdout: int | None,
) -> tuple[Verdict, Suite]:
    """Run the tests in the open, as `made` says or as `words` do, and judge how they ended."""
    if made:
        prepare(policy, made)
    command = made.command if made else words
    with tempfile.TemporaryDirectory(prefix="gating-tests-") as folder:
        outcomes = Path(folder, "outcomes.json")
        told_to = {OUTCOMES: str(outcomes)} if brought.usable else {}
        environment = {**run.environment, **brought.environment, **told_to, **(made.environment if made else {})}
        there = candidates(command[0], host)
        argv = [there[0].path if there else command[0], *command[1:]]
        with metered_if_asked(run, policy, Recorded.TESTS, "tests", argv) as meter:
            ended = stream(argv, env={**host.env, **environment}, stdout=stdout, foreground=True, meter=meter)
        suite = read_outcomes(ended, outcomes)
        verdict = verdict_of_tests(ended, suite, command, accounted=outcomes.exists())
        return replace(verdict, details={**verdict.details, **told_of(meter)}), suite


def _installed(
    policy: Policy, host: Host, env: Mapping[str, str], names: Sequence[str], refused: str | None
) -> Iterator[Verdict]:
    """Install what is named, as a run below this one; a verdict for each that was not there before."""
    from gating.checks.install import install_optional

    report = install_optional(names, policy=policy, host=host, env=env, refused=refused)
    yield from (one for one in report.verdicts if one.details.get("result") not in {"there", "skip"})


def _is_demanded(one: Optional, mode: Mode) -> bool:
    return one.need is Need.ALWAYS or (one.need is Need.CI and mode is Mode.STRICT)


def _why(ended: Streamed, suite: Suite, counts: Mapping[str, int]) -> str:
    if ended.ending is Ending.EXITED and ended.code == 1:
        broken = counts.get("failed", 0) + counts.get("error", 0)
        return f"{broken} failed" if broken else "it ended with 1"
    if ended.ending is Ending.EXITED and ended.code == 5:  # noqa: PLR2004 - pytest.ExitCode.NO_TESTS_COLLECTED
        return "no test was run"
    return suite.problem or f"it ended with {ended.code}"


def _counted(suite: Suite) -> str:
    parts = []
    for rows, word in ((suite.tests, "test"), (suite.modules, "module")):
        if count := sum(one.outcome == _NOT_RUN for one in rows.values()):
            parts.append(f"{count} {word}{'' if count == 1 else 's'}")
    return " and ".join(parts)
