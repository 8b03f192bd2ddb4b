"""The invoke door: `ns` holds every task, for anyone's tasks.py and for the `gating` command.

`from gating.tasks import ns` makes them the project's own tasks;
`ns.add_collection(gating.tasks.ns, name="gating")` puts them beside others.
"""

from __future__ import annotations

import os
import sys
from typing import Any

from invoke.collection import Collection
from invoke.context import Context
from invoke.tasks import task

from gating import front
from gating.errors import UsageError
from gating.tasking import DRY_RUN, LISTINGS, PYTHON, REPORTS, STRICT, command, helps
from gating.tasks_coverage import coverage
from gating.tasks_metrics import metrics

__all__ = ["ns"]


@task(
    iterable=["only"],
    auto_shortflags=False,
    help=helps(
        REPORTS,
        only="check only this requirement (git, or tool:git); repeat it for more",
        strict=STRICT,
        evidence="static: installed metadata is enough; executed: each tool must run (the default when strict)",
        python=PYTHON,
        refresh="look afresh, ignoring remembered results",
        fix="run the remedies that need no privilege, then check afresh",
        dry_run=DRY_RUN,
    ),
)
@command(*REPORTS)
def preflight(
    _context: Context,
    only: list[str],
    strict: bool = False,
    format: str = "text",
    evidence: str = "",
    python: str = "",
    refresh: bool = False,
    fix: bool = False,
    dry_run: bool = False,
) -> int:
    """Check the tools and optional dependencies that the policy asks for."""
    from gating.checks import preflight as checks

    asked: dict[str, Any] = {
        "only": front.chosen("--only", only, sys.argv),
        "strict": strict or None,
        "evidence": evidence or None,
        "python": python or None,
        "refresh": refresh,
    }
    if dry_run:
        return front.emit_plan(checks.plan_preflight(**asked, fix=fix), format)
    return front.emit(checks.preflight(**asked, fix=fix, progress=front.progress), format)


@task(
    positional=["names"],
    auto_shortflags=False,
    help=helps(
        REPORTS,
        names="the gates to run, separated by commas, in this order",
        strict=STRICT,
        python=PYTHON,
        refresh="look afresh, ignoring remembered results",
        dry_run=DRY_RUN,
    ),
)
@command(*REPORTS)
def gate(
    _context: Context,
    names: str,
    strict: bool = False,
    format: str = "text",
    python: str = "",
    refresh: bool = False,
    dry_run: bool = False,
) -> int:
    """Run gates of the policy and judge their exit codes. Words after -- go to the gate's command."""
    from gating.checks import gate as checks

    asked: dict[str, Any] = {"strict": strict or None, "python": python or None, "more": front.remainder(sys.argv)}
    chosen = front.split_names(names)
    if not chosen or chosen[0].startswith("-"):
        raise UsageError(f"the names of the gates are missing before {names!r}; `--help gate` tells the rest")
    if dry_run:
        return front.emit_plan(checks.plan_gate(chosen, **asked, refresh=refresh), format)
    # standard output is one document; where people read it they read the gate's own output there too
    stdout = None if format in {"text", "github"} else sys.stderr.fileno()
    return front.emit(checks.gate(chosen, **asked, refresh=refresh, stdout=stdout), format)


@task(auto_shortflags=False, help=helps(LISTINGS[:2]))
@command(*LISTINGS[:2])
def explain(_context: Context, format: str = "text") -> int:
    """Print every value of the policy, and where it comes from."""
    from gating.policy import load_policy
    from gating.policy.explain import as_dict, explain_text

    policy = load_policy()
    return front.emit_document(as_dict(policy), format, text=lambda: explain_text(policy))


@task(auto_shortflags=False, help=helps(LISTINGS, python=PYTHON))
@command(*LISTINGS)
def snapshot(_context: Context, format: str = "text", python: str = "") -> int:
    """Describe this machine, the judged interpreter and the checkout, for a report or a comparison."""
    from gating.checks.machine import take_snapshot
    from gating.snapshot import as_markdown, as_text

    made = take_snapshot(python=python or None)
    return front.emit_document(made, format, text=lambda: as_text(made), markdown=lambda: as_markdown(made))


@task(auto_shortflags=False, help={"python": PYTHON, "dry_run": "print what would be written, and write nothing"})
@command("text")
def init(_context: Context, python: str = "", dry_run: bool = False) -> int:
    """Propose a policy from the project's files and write it, unless there is one."""
    from gating.adopt import propose, write

    proposal = propose(env=os.environ, python=python or None)
    if not dry_run:
        write(proposal)
    return front.emit_proposal(proposal, written=not dry_run)


@task(
    name="drift",
    iterable=["only"],
    auto_shortflags=False,
    help=helps(
        LISTINGS,
        only="try only without this dependency, or without all of them (all); repeat it for more",
        python=PYTHON,
        dry_run=DRY_RUN,
    ),
)
@command(*LISTINGS)
def optional_drift(
    _context: Context, only: list[str], format: str = "text", python: str = "", dry_run: bool = False
) -> int:
    """Try the test suite without each optional dependency, and tell what breaks. Words after -- go to pytest."""
    from gating.checks import drift as checks

    words = front.remainder(sys.argv)
    asked: dict[str, Any] = {"only": front.chosen("--only", only, sys.argv), "python": python or None}
    if dry_run:
        return front.emit_plan(checks.plan_drift(words, **asked), format)
    found = checks.drift(
        words,
        **asked,
        stdout=None if format == "text" else sys.stderr.fileno(),
        say=lambda line: front.write(f"gating: {line}\n", sys.stderr),
    )
    return front.emit_drift(found.report, found.document, format)


@task(
    name="learn",
    auto_shortflags=False,
    help={
        "skips": "of tests that skip themselves too, so that coverage.learn can run them apart",
        "dry_run": "print what would be written, and write nothing",
    },
)
@command("text")
def optional_learn(_context: Context, skips: bool = False, dry_run: bool = False) -> int:
    """Write which tests need which optional dependency into the policy, as the drift run has shown it."""
    from gating.adopt.lesson import lesson, write_lesson

    made = lesson(env=os.environ, skips=skips)
    if not dry_run:
        write_lesson(made)
    return front.emit_lesson(made, written=not dry_run)


@task(name="runs", auto_shortflags=False, help=helps(LISTINGS, limit="how many of the newest"))
@command(*LISTINGS)
def ledger_runs(_context: Context, limit: str = "20", format: str = "text") -> int:
    """List the newest runs, and those that are under way."""
    from gating.checks.recording import ledger_here
    from gating.ledger.ledger import OFF
    from gating.report import runs

    if not limit.isdecimal():  # invoke lets an int() that fails through as a traceback
        raise UsageError(f"--limit is a number of runs, and not {limit!r}")
    ledger = ledger_here()
    if ledger.place == OFF:
        front.write("gating: the ledger is off, and no run is recorded\n", sys.stderr)
    listed = [row.as_dict() for row in ledger.runs(limit=int(limit))]
    front.write(runs.render(listed, format, **front.style()))
    return 0


@task(
    name="show",
    auto_shortflags=False,
    help=helps(LISTINGS, run="a run's id or its beginning; otherwise the newest run"),
)
@command(*LISTINGS)
def ledger_show(_context: Context, run: str = "", format: str = "text") -> int:
    """Show one run with its verdicts and its snapshot."""
    from gating.checks.recording import ledger_here
    from gating.report import show

    front.write(show.render(ledger_here().show(run or None).as_dict(), format, **front.style()))
    return 0


@task(
    name="show",
    auto_shortflags=False,
    help=helps(LISTINGS, python=PYTHON, deep="import what is there, each in a process of its own"),
)
@command(*LISTINGS)
def optional_show(_context: Context, python: str = "", deep: bool = False, format: str = "text") -> int:
    """Show every optional dependency as it is here, and which extras are complete."""
    from gating.checks.overview import overview
    from gating.report import optional

    front.write(optional.render(overview(python=python or None, deep=deep), format, **front.style()))
    return 0


@task(
    name="install",
    iterable=["only"],
    auto_shortflags=False,
    help=helps(
        REPORTS,
        only="install only this: a key of [optional], a distribution, an extra or a group; repeat it for more",
        strict=STRICT,
        python=PYTHON,
        dry_run=DRY_RUN,
    ),
)
@command(*REPORTS)
def optional_install(
    _context: Context,
    only: list[str],
    strict: bool = False,
    format: str = "text",
    python: str = "",
    dry_run: bool = False,
) -> int:
    """Install the optional dependencies that the project declares and that are not here, where that is allowed."""
    from gating.checks import install as checks

    names = front.chosen("--only", only, sys.argv)
    asked: dict[str, Any] = {"strict": strict or None, "python": python or None}
    if dry_run:
        return front.emit_plan(checks.plan_install(names, **asked), format)
    return front.emit(checks.install_optional(names, **asked), format)


ns = Collection(preflight, gate, explain, snapshot, init)
ns.add_collection(coverage)
ns.add_collection(metrics)
ns.add_collection(Collection("optional", optional_drift, optional_install, optional_learn, optional_show))
ns.add_collection(Collection("ledger", ledger_runs, ledger_show))
