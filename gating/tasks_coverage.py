"""The invoke collection `coverage`: run, check, show and learn."""

from __future__ import annotations

import sys
from typing import Any

from invoke.collection import Collection
from invoke.context import Context
from invoke.tasks import task

from gating import front
from gating.errors import UsageError
from gating.tasking import DRY_RUN, LISTINGS, PYTHON, REPORTS, STRICT, command, helps

__all__ = ["coverage"]

_COVERAGE = ("text", "json", "markdown", "github")
_FLOOR = "the least percentage that passes, before every other place that names one"


@task(
    name="learn",
    iterable=["without", "accept"],
    auto_shortflags=False,
    help=helps(
        REPORTS,
        without=(
            "run the suite without this dependency too, or without several (a,b) or all of them, and learn what that "
            "leaves; any: as many such runs as it takes to know every absence; repeat it for more"
        ),
        accept="run nothing, and require no more what is lost of this file (PATH, or PATH:12-20); repeat it for more",
        reason="why what is accepted need not run any more",
        python=PYTHON,
        dry_run=DRY_RUN,
    ),
)
@command(*REPORTS)
def coverage_learn(
    _context: Context,
    without: list[str],
    accept: list[str],
    reason: str = "",
    format: str = "text",
    python: str = "",
    dry_run: bool = False,
) -> int:
    """Learn by runs what each absence keeps the tests from, and write it down. Words after -- go to pytest."""
    words, absent = front.remainder(sys.argv), front.chosen_together("--without", without, sys.argv)
    if accept or reason:
        if absent or words or not accept:
            raise UsageError("--reason belongs to --accept, and neither to --without nor to words after --")
        from gating.checks import accepting

        work = accepting.plan_accepting if dry_run else accepting.accept_lost
        done = work(accept, reason, python=python or None)
        return front.emit_plan(done, format) if isinstance(done, dict) else front.emit(done, format)
    asked: dict[str, Any] = {"without": absent, "python": python or None}
    if dry_run:
        from gating.checks.learning_asked import plan_learning

        return front.emit_plan(plan_learning(words, **asked), format)
    from gating.checks.learning import learn_coverage

    report = learn_coverage(
        words,
        **asked,
        stdout=None if format == "text" else sys.stderr.fileno(),
        say=lambda line: front.write(f"gating: {line}\n", sys.stderr),
    )
    return front.emit(report, format)


@task(
    name="run",
    auto_shortflags=False,
    help=helps(REPORTS, strict=STRICT, python=PYTHON, fail_under=_FLOOR, dry_run=DRY_RUN),
)
@command(*REPORTS)
def coverage_run(
    _context: Context,
    strict: bool = False,
    format: str = "text",
    python: str = "",
    fail_under: str = "",
    dry_run: bool = False,
) -> int:
    """Run the tests, measured, and judge what they cover. Words after -- go to pytest."""
    from gating.checks import coverage as checks

    words = front.remainder(sys.argv)
    asked: dict[str, Any] = {"strict": strict or None, "python": python or None, "fail_under": fail_under or None}
    if dry_run:
        return front.emit_plan(checks.plan_coverage(words, **asked), format)
    stdout = None if format in {"text", "github"} else sys.stderr.fileno()
    return front.emit(checks.run_coverage(words, **asked, stdout=stdout, progress=front.progress), format)


@task(
    name="check",
    iterable=["data"],
    auto_shortflags=False,
    help=helps(
        _COVERAGE,
        data="a report of `coverage json`, a data file or a folder of such; repeat it for more",
        strict=STRICT,
        python=PYTHON,
        fail_under=_FLOOR,
    ),
)
@command(*_COVERAGE)
def coverage_check(
    _context: Context,
    data: list[str],
    strict: bool = False,
    format: str = "text",
    python: str = "",
    fail_under: str = "",
) -> int:
    """Judge coverage data that is there, of one run or of several together, and name what was lost."""
    from gating.checks.coverage import check_coverage

    named = front.chosen("--data", data, sys.argv)
    asked: dict[str, Any] = {"strict": strict or None, "python": python or None, "fail_under": fail_under or None}
    found = check_coverage(named, **asked)
    return front.emit_coverage(found.report, found.document, format)


@task(
    name="show",
    iterable=["data"],
    auto_shortflags=False,
    help=helps(
        LISTINGS,
        data="a report of `coverage json`, a data file or a folder of such; repeat it for more",
        python=PYTHON,
        html="write a page for each file, and an index, into this folder",
    ),
)
@command(*LISTINGS)
def coverage_show(_context: Context, data: list[str], format: str = "text", python: str = "", html: str = "") -> int:
    """Show the measured files with their figures, or as pages with every line; nothing is judged or recorded."""
    from gating.checks.coverage import look_at_coverage
    from gating.report import coverage

    found = look_at_coverage(front.chosen("--data", data, sys.argv), python=python or None)
    if html:
        front.write(f"gating: wrote {found.write_pages(html)}\n", sys.stderr)
    front.write(coverage.render_files(found.document, format, **front.style()))
    return 0


coverage = Collection("coverage", coverage_check, coverage_learn, coverage_run, coverage_show)
