"""Measuring: a test run's coverage, from its plan to what was measured and the verdicts on it.

The tests run as the plan says, then coverage in the same interpreter tells what ran as JSON. That report is what is
judged, whatever the tests' own end was, and it is kept in `.gating/coverage` with what is needed to judge it later.
"""

from __future__ import annotations

import contextlib
import glob
import hashlib
import os
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from gating.coverage.figures import Judged, judge_figure
from gating.coverage.floors import Floor, path_floors
from gating.coverage.ini import read_testpaths
from gating.coverage.judge import Result
from gating.coverage.kept import Kept, beside, digests, write_kept
from gating.coverage.ladder import Tool
from gating.coverage.measured import Measured, ReportError, read_report
from gating.coverage.plan import Plan
from gating.coverage.surroundings import Surroundings
from gating.ledger import folder
from gating.policy import Policy
from gating.process import Command, Ending, capture
from gating.toolchain.candidates import candidates
from gating.toolchain.host import Host
from gating.verdict import Evidence, Mode, Outcome, Remedy, State, Verdict, judge

__all__ = [
    "Taken",
    "clear",
    "floors_verdicts",
    "is_asked",
    "keep",
    "lost_by_workers",
    "measuring_remedy",
    "prepare",
    "take",
]

_TIMEOUT = 600.0  # seconds for coverage to put together and tell what it measured


@dataclass(frozen=True, kw_only=True)
class Taken:
    """What was measured; None with the reason in `problem` where nothing was.

    `state` says what that means for the requirement. `report` is the path of the JSON report, `digest` its SHA-256 in
    hexadecimal digits. `unjudged` are the reasons for which the total says nothing about the suite.
    """

    measured: Measured | None = None
    state: State = State.OK
    problem: str = ""
    report: str | None = None
    digest: str | None = None
    unjudged: tuple[str, ...] = ()
    details: Mapping[str, Any] = field(default_factory=dict)


def is_asked(policy: Policy, plan: Plan) -> bool:
    """Whether coverage is to be judged: the policy has a table for it, or somebody has named a floor."""
    return plan.floor.value is not None or any(path[:1] == ("coverage",) for path in policy.origins)


def prepare(policy: Policy, plan: Plan) -> None:
    """Make room for the data, without what an earlier run has left there. Raises OSError."""
    if plan.data_file is None or plan.report is None:
        return
    home = os.path.join(policy.root, folder.NAME)
    folder.prepare(home, os.path.dirname(plan.report), os.path.dirname(plan.data_file))
    if "--cov-append" not in plan.command:
        clear(plan)


def clear(plan: Plan) -> None:
    """Take away what a run has measured, with what is told beside it. Raises OSError."""
    if plan.data_file is None or plan.report is None:
        return
    told = os.path.join(os.path.dirname(plan.report), beside(os.path.basename(plan.report)))
    for path in (plan.report, told, plan.data_file, *glob.glob(f"{glob.escape(plan.data_file)}.*")):
        with contextlib.suppress(FileNotFoundError):
            os.unlink(path)


def take(
    plan: Plan,
    host: Host,
    environment: Mapping[str, str],
    root: Path,
    *,
    tests: Verdict,
    workers: Mapping[str, int | None] | None = None,
) -> Taken:
    """Put together and read what the tests have left, whose verdict says how they ended.

    Tests that failed were run, and what they cover is judged; a run that broke off is not the suite, nor is one
    without the data of all `workers`, which are xdist's by name with their process ids (see `Suite`).
    """
    broken = (tests.reason,) if tests.state is State.BROKEN else ()
    unjudged = (*plan.disarmed, *broken, *lost_by_workers(plan, workers or {}))
    if plan.rung.tool is Tool.UNMEASURED or plan.report is None:
        return Taken(state=State.ABSENT, problem=plan.rung.why[0], unjudged=unjudged)
    env = {**host.env, **environment, **plan.environment}
    for argv in plan.steps_after:
        there = candidates(argv[0], host)
        words = (there[0].path if there else argv[0], *argv[1:])
        (made,) = capture([Command(argv=words, env=env, cwd=str(root), timeout=_TIMEOUT, label=" ".join(argv))])
        # nothing to combine is no mistake: one process alone may have written the data whole
        if argv[3] != "combine" and (made.ending is not Ending.EXITED or made.code not in {0, 2}):
            said = " ".join((made.stdout or made.stderr or made.error or made.ending.value).split())
            return Taken(state=State.BROKEN, problem=f"coverage tells nothing: {said}", unjudged=unjudged)
    try:
        content = Path(plan.report).read_bytes()
        measured = read_report(content, root)
    except OSError as error:
        return Taken(state=State.BROKEN, problem=f"{plan.report}: {error.strerror}", unjudged=unjudged)
    except ReportError as error:
        return Taken(state=State.BROKEN, problem=str(error), report=plan.report, unjudged=unjudged)
    digest = hashlib.sha256(content).hexdigest()
    return Taken(measured=measured, report=plan.report, digest=digest, unjudged=unjudged)


def lost_by_workers(plan: Plan, workers: Mapping[str, int | None]) -> Iterator[str]:
    """Why the data is not that of all tests, where some of xdist's workers have left none; before it is put together.

    One that crashed saves nothing. Nor does one that was measured as a subprocess, and in which somebody made a
    `coverage.Coverage()`: coverage takes that for the one that measures, and drops its own.
    """
    crashed = [name for name, pid in workers.items() if pid is None]
    if crashed:
        yield f"{', '.join(crashed)} of xdist's workers crashed, and what they covered is not known"
    if plan.data_file is None or not plan.measures_subprocesses:
        return
    left = glob.glob(f"{glob.escape(plan.data_file)}.*")
    ids = {each for path in left for each in re.findall(r"\.(?:pid)?(\d+)(?=\.)", path.removeprefix(plan.data_file))}
    silent = [name for name, pid in workers.items() if pid is not None and str(pid) not in ids]
    if silent:
        yield (
            f"{', '.join(silent)} of xdist's workers left no coverage data, as where a test makes a coverage.Coverage()"
        )


def keep(policy: Policy, taken: Taken, here: Surroundings, label: str) -> None:
    """Lay beside the report what judging it later needs to know. Raises OSError."""
    if taken.measured is None or taken.report is None or taken.digest is None:
        return
    tests = [
        path.relative_to(policy.root).as_posix()
        for name in read_testpaths(policy.root)
        for path in (policy.root / name).rglob("*.py")
    ]
    kept = Kept(
        label=label,
        report=os.path.basename(taken.report),
        sha256=taken.digest,
        surroundings=here,
        files=digests([*taken.measured.files, *tests], policy.root),
        unjudged=taken.unjudged,
    )
    write_kept(Path(taken.report).parent, kept)


def floors_verdicts(
    policy: Policy,
    floor: Floor,
    taken: Taken,
    mode: Mode,
    *,
    result: Result | None = None,
    details: Mapping[str, Any] | None = None,
    remedy: Remedy | None = None,
) -> list[Verdict]:
    """The verdicts `coverage:total`, and `coverage:file:PATH` for each file with a floor of its own.

    `result` is what the rule on sets came to: what it credits counts as if it had run. None for the raw figures.
    `remedy` is for a Python that measures nothing, `details` is laid under those of the total.
    """
    need, source = policy.coverage.need, policy.source("coverage", "fail-under")
    details = {**(details or {}), "report": taken.report, "sha256": taken.digest}
    if taken.measured is None:
        outcome = judge(taken.state, need, mode, version_asked=False)
        reason = f"unmeasured: {taken.problem}"
        remedy = remedy if taken.state is State.ABSENT else None
        return [
            Verdict(
                id="coverage:total",
                outcome=outcome,
                state=taken.state,
                need=need,
                evidence=Evidence.ABSENT,
                reason=reason,
                remedy=remedy,
                source=source,
                details=details,
            )
        ]
    measured, credited = taken.measured, _credits(result)
    exempt = sum(credited.values())
    total = judge_figure(measured.covered, measured.total, floor.value, exempt=exempt, what=_what(exempt))
    beside = _beside(result, exempt)
    made = [_verdict("coverage:total", total, policy, taken, {**details, **_figures(result)}, beside=beside)]
    for path, own in path_floors(policy, measured.files).items():
        one, exempt = measured.files[path], credited[path]
        covered, whole = len(one.covered) + len(one.taken), len(one.statements) + len(one.branches)
        figure = judge_figure(covered, whole, own.value, exempt=exempt, what=_what(exempt))
        made.append(_verdict(f"coverage:file:{path}", figure, policy, taken, {"floor_source": own.source}))
    return made


def _credits(result: Result | None) -> Counter[str]:
    """How many lines and branches of each file are credited."""
    if result is None or result.credited.covered == result.raw.covered:
        return Counter()  # without a reference nothing is
    return Counter(one.path for one in result.exempt if one.credited and not one.ran)


def _what(exempt: int) -> str:
    return "credited coverage" if exempt else "coverage"


def _figures(result: Result | None) -> dict[str, Any]:
    if result is None:
        return {}
    figures = {"raw": result.raw, "restricted": result.restricted, "credited": result.credited}
    return {name: {"covered": one.covered, "total": one.total} for name, one in figures.items()}


def _beside(result: Result | None, exempt: int) -> str:
    """The figures beside the one that is judged, where they are others."""
    if result is None or not exempt:
        return ""
    return f"; {result.raw.shown()} % raw, {result.restricted.shown()} % of what is within reach"


def _verdict(
    name: str, judged: Judged, policy: Policy, taken: Taken, details: Mapping[str, Any], *, beside: str = ""
) -> Verdict:
    floor = judged.floor
    outcome = Outcome.PASS if judged.met else Outcome.FAIL
    reason = judged.message + beside
    if taken.unjudged:
        outcome, reason = Outcome.DEGRADED, f"not judged: {'; '.join(taken.unjudged)}"
    return Verdict(
        id=name,
        outcome=outcome,
        state=State.OK,
        need=policy.coverage.need,
        evidence=Evidence.EXECUTED,
        wanted=None if floor is None else f">={floor:f}",
        found=judged.figure.shown(floor),
        reason=reason,
        source=policy.source("coverage", "fail-under"),
        details={**judged.as_dict(), **details},
    )


def measuring_remedy(plan: Plan) -> Remedy:
    """What brings the judged interpreter what measures."""
    words: Sequence[str] = (plan.python, "-m", "pip", "install", "coverage>=7.0", "pytest-cov")
    return Remedy(commands=(tuple(words),), channel="pip")
