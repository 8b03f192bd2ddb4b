"""Coverage: judge data that is there already, of one run or of a matrix, once and for all of it together."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from gating.checks.gathering import Data, combined, gather
from gating.checks.measuring import Taken, floors_verdicts
from gating.checks.reaching import Reached, accepting, judge_run, reach_verdict, surroundings_of
from gating.checks.recording import Subject, recorded
from gating.checks.surveying import PLAN_SCHEMA, settings, survey_of
from gating.checks.tested import concerned, run_tests
from gating.coverage.floors import Floor, floor
from gating.coverage.ini import read_testpaths
from gating.coverage.measured import Measured
from gating.coverage.plan import plan
from gating.coverage.reach import ReachError, read_reach
from gating.coverage.surroundings import Surroundings
from gating.errors import UsageError
from gating.policy import Policy
from gating.toolchain.host import Host
from gating.verdict import Evidence, Mode, Outcome, Remedy, Report, RunInfo, State, Verdict, judge

__all__ = ["SCHEMA", "Checked", "check_coverage", "look_at_coverage", "plan_coverage", "run_coverage"]

SCHEMA = "gating.coverage/1"


@dataclass(frozen=True, kw_only=True)
class Checked:
    """What coverage data came to: the report with its verdicts, and the document `gating.coverage/1`.

    `measured` and `reached` are what pages are made of; None where there was no data.
    """

    report: Report
    document: Mapping[str, Any]
    measured: Measured | None = None
    reached: Reached | None = None

    def write_pages(self, folder: str | Path) -> Path:
        """Write a page for each measured file and an index into a folder; the path of the index.

        Raises UsageError for a folder that cannot be written.
        """
        from gating.report.coverage_pages import page_of, write_pages

        pages = {}
        if self.measured is not None and self.reached is not None and self.reached.result is not None:
            for path, source in self.reached.sources.items():
                one = self.measured.files[path]
                pages[path] = page_of(path, source, one, self.reached.result, self.reached.unsteady(path))
        try:
            return write_pages(Path(folder), pages, self.document)
        except OSError as error:
            raise UsageError(f"{folder}: the pages cannot be written: {error.strerror}") from error


def run_coverage(
    words: Sequence[str] = (),
    start: str | Path | None = None,
    *,
    strict: bool | None = None,
    python: str | None = None,
    env: Mapping[str, str] | None = None,
    fail_under: object = None,
    stdout: int | None = None,
    progress: Callable[[Sequence[str]], None] | None = None,
) -> Report:
    """Run pytest with `words` in the judged interpreter, measured, and judge it all; nothing is installed.

    The parameters are those of `gating.checks.tested.run_tests` and of `gating.preflight`.
    """
    env = os.environ if env is None else env
    policy, host = settings(start, strict=strict, python=python, env=env)
    return run_tests(
        words,
        host=host,
        policy=policy,
        env=env,
        runner=_runner(host),
        install=(),
        fail_under=fail_under,
        measure=True,
        stdout=stdout,
        progress=progress,
    )


def plan_coverage(
    words: Sequence[str] = (),
    start: str | Path | None = None,
    *,
    strict: bool | None = None,
    python: str | None = None,
    env: Mapping[str, str] | None = None,
    fail_under: object = None,
) -> dict[str, Any]:
    """What `run_coverage` would do, as the document `gating.plan/1`; nothing is started and nothing is recorded."""
    env = os.environ if env is None else env
    policy, host = settings(start, strict=strict, python=python, env=env)
    survey = survey_of(policy, host, env=env, ids=concerned(policy), may_start=False)
    made = plan(
        policy,
        survey.judged,
        words,
        env=host.env,
        runner=_runner(host),
        testpaths=read_testpaths(policy.root),
        fail_under=fail_under,
    )
    after = [list(argv) for argv in made.steps_after]
    steps = [
        {"id": "tests:pytest", "need": "always", "how": "execute", "commands": [list(made.command)]},
        {
            "id": "coverage:total",
            "need": policy.coverage.need.value,
            "how": "execute" if after else "skip",
            "commands": after,
        },
    ]
    return {
        "schema": PLAN_SCHEMA,
        "command": "coverage.run",
        "mode": policy.resolved_mode(env).value,
        "python": host.python or sys.executable,
        "steps": [*survey.plan(), *steps],
        "coverage": made.as_dict(),
        "notes": [*made.rung.why, *(f"not judged: {why}" for why in made.disarmed)],
    }


def check_coverage(
    data: Sequence[str] = (),
    start: str | Path | None = None,
    *,
    policy: Policy | None = None,
    strict: bool | None = None,
    host: Host | None = None,
    python: str | None = None,
    env: Mapping[str, str] | None = None,
    fail_under: object = None,
) -> Checked:
    """Judge coverage data by the rule on sets and by its floors, and record the run.

    `data` are folders, reports of `coverage json`, or data files (see `gating.checks.gathering`); none named is what
    `.gating/coverage` holds. `fail_under` is the floor as an argument. The other parameters are those of
    `gating.preflight`. Data that cannot be read fails, data of older sources is named and left out.
    """
    env = os.environ if env is None else env
    policy, host = settings(start, policy=policy, strict=strict, host=host, python=python, env=env)
    mode, judged = policy.resolved_mode(env), host.python or sys.executable
    with recorded(Subject.of(policy), "coverage.check", env=env, mode=mode, python=judged, argv=sys.argv) as run:
        found = _looked_at(data, policy, host, env, fail_under)
        report = run.conclude(found.verdicts(policy, mode))
        return found.checked(policy, report)


def look_at_coverage(
    data: Sequence[str] = (),
    start: str | Path | None = None,
    *,
    policy: Policy | None = None,
    python: str | None = None,
    env: Mapping[str, str] | None = None,
) -> Checked:
    """The same as `check_coverage`, to be shown: nothing is recorded."""
    env = os.environ if env is None else env
    policy, host = settings(start, policy=policy, python=python, env=env)
    mode = policy.resolved_mode(env)
    found = _looked_at(data, policy, host, env, None)
    run = RunInfo(id="", project=policy.project, policy=policy.shown, python=host.python or sys.executable)
    return found.checked(policy, Report(run=run, mode=mode, verdicts=tuple(found.verdicts(policy, mode))))


@dataclass(frozen=True, kw_only=True)
class _Found:
    """All data, and what it comes to together."""

    data: tuple[Data, ...]
    floor: Floor
    measured: Measured | None = None
    reached: Reached | None = None
    taken: Taken = field(default_factory=Taken)

    def verdicts(self, policy: Policy, mode: Mode) -> list[Verdict]:
        made = [_left_out(one, policy, mode) for one in self.data if one.state is not State.OK]
        if self.measured is None:
            return [*made, _no_data(policy, mode, named=bool(self.data))]
        result = self.reached.result if self.reached else None
        details = {"data": [one.as_dict() for one in self.data], "floor": self.floor.as_dict()}
        made += floors_verdicts(policy, self.floor, self.taken, mode, result=result, details=details)
        reach = reach_verdict(policy, self.reached) if self.reached else None
        return [*made, *([reach] if reach else [])]

    def checked(self, policy: Policy, report: Report) -> Checked:
        document = _document(policy, report, self)
        return Checked(report=report, document=document, measured=self.measured, reached=self.reached)


def _looked_at(data: Sequence[str], policy: Policy, host: Host, env: Mapping[str, str], fail_under: object) -> _Found:
    wanted = floor(policy, argument=fail_under, env=env)
    known: list[Surroundings] = []

    def here() -> Surroundings:
        if not known:
            ids = tuple(f"optional:{name}" for name in policy.optional)
            survey = survey_of(policy, host, env=env, ids=ids)
            known.append(surroundings_of(policy, survey.judged, survey.judge(policy.resolved_mode(env))))
        return known[0]

    found = gather(data, policy.root, here=here, python=host.python or sys.executable, env=host.env)
    usable = [one for one in found if one.measured is not None]
    if not usable:
        return _Found(data=found, floor=wanted)
    measured = combined(usable, python=_reference_python(policy) if len(usable) > 1 else None)
    unjudged = tuple(
        dict.fromkeys(f"{one.shown}: {why}" if len(usable) > 1 else why for one in usable for why in one.unjudged)
    )
    places = tuple(one.surroundings for one in usable if one.surroundings is not None)
    reached = judge_run(policy, measured, *places, env=env, unjudged=unjudged)
    (only, *others) = usable
    taken = Taken(
        measured=reached.measured,
        report=None if others else only.report,
        digest=None if others else only.sha256,
        unjudged=unjudged,
    )
    return _Found(data=found, floor=wanted, measured=reached.measured, reached=reached, taken=taken)


def _runner(host: Host) -> tuple[str, ...]:
    return (host.python or sys.executable, "-m", "pytest")


def _reference_python(policy: Policy) -> str | None:
    try:
        reach = read_reach(policy.root / policy.coverage.reach)
    except ReachError:
        return None
    return reach.reference.python if reach else None


def _left_out(one: Data, policy: Policy, mode: Mode) -> Verdict:
    """Data that is not judged: a failure where it is broken, else what the total of the rest is worth."""
    need = policy.coverage.need
    broken = judge(one.state, need, mode, version_asked=False)
    return Verdict(
        id=f"coverage:data:{one.shown}",
        outcome=Outcome.DEGRADED if one.state is State.OUTDATED else broken,
        state=one.state,
        need=need,
        evidence=Evidence.PRESENT,
        path=one.report,
        reason=one.problem,
    )


def _no_data(policy: Policy, mode: Mode, *, named: bool) -> Verdict:
    need = policy.coverage.need
    return Verdict(
        id="coverage:total",
        outcome=judge(State.ABSENT, need, mode, version_asked=False),
        state=State.ABSENT,
        need=need,
        evidence=Evidence.ABSENT,
        reason="unmeasured: " + ("none of the data can be judged" if named else "there is no data in .gating/coverage"),
        remedy=Remedy(commands=(("gating", "coverage.run"),), channel="gating"),
        source=policy.source("coverage", "fail-under"),
    )


def _document(policy: Policy, report: Report, found: _Found) -> dict[str, Any]:
    reached = found.reached
    result = reached.result if reached else None
    reference = reached.reach.reference if reached and reached.reach else None
    figures = {}
    if result is not None:
        figures = {
            name: {"covered": one.covered, "total": one.total, "percent": one.shown()}
            for name, one in (("raw", result.raw), ("restricted", result.restricted), ("credited", result.credited))
        }
    return {
        "schema": SCHEMA,
        "exit_code": report.exit_code,
        "mode": report.mode.value,
        "floor": found.floor.as_dict(),
        "reach": policy.coverage.reach,
        "reference": None
        if reference is None
        else {
            "python": reference.python,
            "platform": reference.platform,
            "absent": list(reference.absent),
            "branches": reference.branches,
        },
        "data": [one.as_dict() for one in found.data],
        "figures": figures or None,
        "lost": [
            {
                "path": one.path,
                "line": one.line,
                "to": one.to,
                "text": one.text,
                "needs": list(one.needs),
                "accept": list(accepting(one.path)),
            }
            for one in (result.lost if result else ())
        ],
        "exempt": [
            {"path": one.path, "line": one.line, "to": one.to, "why": one.why, "ran": one.ran, "credited": one.credited}
            for one in (result.exempt if result else ())
        ],
        "slack": [{"path": path, "line": line} for path, line in (result.slack if result else ())],
        "stale": [{"path": one.path, "text": one.text} for one in (result.stale if result else ())],
        "files": [
            {
                "path": path,
                "covered": len(one.covered) + len(one.taken),
                "total": len(one.statements) + len(one.branches),
            }
            for path, one in (found.measured.files.items() if found.measured else ())
        ],
        "verdicts": [one.as_dict() for one in report.verdicts],
    }
