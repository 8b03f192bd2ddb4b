"""Tested: a project's test suite as one gated command, from the preflight of its Python to the verdict on its tests.

What pytest's plugin accounts for inside comes back as the document `gating.tests/1`; where the plugin could not
run, the exit code alone is judged, and the verdict says so.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from gating.checks.carry import Install, carried
from gating.checks.recording import Subject, recorded
from gating.checks.surveying import settings, survey_of
from gating.environ import OUTCOMES
from gating.policy import Policy
from gating.policy.model import Optional
from gating.process import Ending, Streamed, stream
from gating.toolchain.candidates import candidates
from gating.toolchain.host import Host
from gating.verdict import Evidence, Mode, Need, Outcome, Report, State, Verdict

__all__ = ["PYTEST", "concerned", "demanded", "run_tests", "verdict_of_tests"]

PYTEST = ("python", "-m", "pytest")
Progress = Callable[[Sequence[str]], None]
# pytest's exit codes (pytest.ExitCode), in words; 0 and 1 speak for themselves
ENDS = {2: "it was interrupted", 3: "pytest itself broke", 4: "pytest was used wrongly", 5: "no test was run"}
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
    progress: Progress | None = None,
) -> Report:
    """Check what the suite needs, install what is to be installed, run `runner` with `words`, and judge it all.

    `install` are optional dependencies to install where they are not there: None for those whose absence would fail
    the run (see `demanded`). `refused` is why nothing may be installed, where the caller knows that. `installer`
    brings gating itself into the judged interpreter; None where it cannot. The other parameters are those of
    `gating.preflight`.

    The verdict `tests:pytest` fails with any exit code but 0, and is degraded where tests were not run.
    """
    env = os.environ if env is None else env
    policy, host = settings(start, policy=policy, strict=strict, host=host, env=env)
    mode, python = policy.resolved_mode(env), host.python or sys.executable
    subject = Subject.of(policy)
    with recorded(subject, "tests", env=env, mode=mode, python=python, argv=[*runner, *words], thorough=True) as run:
        wanted = demanded(policy, mode) if install is None else tuple(install)
        within = {**env, **run.environment}
        verdicts = list(_installed(policy, host, within, wanted, refused)) if wanted else []
        survey = survey_of(policy, host, env=env, ids=concerned(policy))
        verdicts += survey.judge(mode, progress=progress)
        run.saw(verdicts)
        run.conclude(verdicts)  # what is judged so far stands, should the tests be interrupted
        with carried(survey.judged, install=installer) as brought, _outcomes() as told:
            verdicts += [brought.verdict] if brought.verdict else []
            told_to = {OUTCOMES: str(told)} if brought.usable else {}
            there = candidates(runner[0], host)
            argv = [there[0].path if there else runner[0], *runner[1:], *words]
            laid = {**host.env, **run.environment, **brought.environment, **told_to}
            ended = stream(argv, env=laid, foreground=True)
            verdicts.append(verdict_of_tests(ended, _read(told), [*runner, *words]))
        return run.conclude(verdicts)


def concerned(policy: Policy) -> tuple[str, ...]:
    """The ids that a test run is judged by: all of the policy's but the tools that a gate names as its own."""
    of_gates = {tool for gate in policy.gates.values() for tool in gate.tools}
    tools = [f"tool:{name}" for name in policy.tools if name not in of_gates]
    return (*tools, *(f"optional:{name}" for name in policy.optional))


def demanded(policy: Policy, mode: Mode) -> tuple[str, ...]:
    """The optional dependencies whose absence fails a run in this mode, by their keys."""
    return tuple(name for name, one in policy.optional.items() if _is_demanded(one, mode))


def verdict_of_tests(ended: Streamed, told: Mapping[str, Any] | None, argv: Sequence[str]) -> Verdict:
    """The verdict `tests:pytest` on how a suite ended, and on what the plugin told of its tests (None: nothing)."""
    code = ended.code if ended.ending is Ending.EXITED else None
    tests = (told or {}).get("tests", [])
    modules = (told or {}).get("modules", [])
    counts = Counter(str(one.get("outcome")) for one in tests)
    not_run = [str(one.get("id")) for one in [*modules, *tests] if one.get("outcome") == "not-run"]
    outcome, state, reason = Outcome.PASS, State.OK, ""
    if code != 0:
        outcome, state = Outcome.FAIL, State.OK if code == 1 else State.BROKEN
        reason = _why(ended, counts)
    elif not_run:
        outcome, reason = Outcome.DEGRADED, f"{_counted(tests, modules)} not run, for what is absent here"
    elif told is None:
        outcome, reason = Outcome.DEGRADED, "they passed, and nothing accounts for tests that were not run"
    return Verdict(
        id="tests:pytest",
        outcome=outcome,
        state=state,
        need=Need.ALWAYS,
        evidence=Evidence.ABSENT if ended.ending is Ending.NOT_STARTED else Evidence.EXECUTED,
        reason=reason,
        duration_s=ended.duration_s,
        details={
            "command": list(argv),
            "exit_code": ended.code,
            "tests": dict(sorted(counts.items())),
            "not_run": not_run[:_NAMED],
            "not_run_count": len(not_run),
        },
    )


def _installed(
    policy: Policy, host: Host, env: Mapping[str, str], names: Sequence[str], refused: str | None
) -> Iterator[Verdict]:
    """Install what is named, as a run below this one; a verdict for each that was not there before."""
    from gating.checks.install import install_optional

    report = install_optional(names, policy=policy, host=host, env=env, refused=refused)
    yield from (one for one in report.verdicts if one.details.get("result") not in {"there", "skip"})


def _is_demanded(one: Optional, mode: Mode) -> bool:
    return one.need is Need.ALWAYS or (one.need is Need.CI and mode is Mode.STRICT)


def _why(ended: Streamed, counts: Mapping[str, int]) -> str:
    if ended.ending is Ending.NOT_STARTED:
        return f"it cannot be started: {ended.error}"
    if ended.ending is not Ending.EXITED:
        return f"it was ended by signal {-(ended.code or 0)}"
    if ended.code == 1:
        broken = counts.get("failed", 0) + counts.get("error", 0)
        return f"{broken} failed" if broken else "it ended with 1"
    return ENDS.get(ended.code or 0, f"it ended with {ended.code}")


def _counted(tests: Sequence[Mapping[str, Any]], modules: Sequence[Mapping[str, Any]]) -> str:
    parts = []
    for rows, word in ((tests, "test"), (modules, "module")):
        if count := sum(one.get("outcome") == "not-run" for one in rows):
            parts.append(f"{count} {word}{'' if count == 1 else 's'}")
    return " and ".join(parts)


@contextmanager
def _outcomes() -> Iterator[Path]:
    """A file for the plugin to write to; it is not there yet."""
    with tempfile.TemporaryDirectory(prefix="gating-tests-") as folder:
        yield Path(folder, "outcomes.json")


def _read(told: Path) -> dict[str, Any] | None:
    try:
        document = json.loads(told.read_bytes())
    except (OSError, ValueError):  # the plugin was switched off, or pytest died
        return None
    return document if isinstance(document, dict) else None
