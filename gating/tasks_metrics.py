"""The invoke collection `metrics`: record, show and check recordings of system metrics."""

from __future__ import annotations

import os
import sys

from invoke.collection import Collection
from invoke.context import Context
from invoke.tasks import task

from gating import front
from gating.errors import UsageError
from gating.tasking import LISTINGS, REPORTS, STRICT, command, helps

__all__ = ["metrics"]


@task(
    name="show",
    auto_shortflags=False,
    help=helps(
        LISTINGS,
        run="a run's id or its beginning; otherwise the latest recording",
        name="the latest recording of this name: tests, a gate's name, …",
        file="a recording's file",
        plot="draw it into this file, an .svg or a .png (extra `plot`)",
    ),
)
@command(*LISTINGS)
def metrics_show(
    _context: Context, run: str = "", name: str = "", file: str = "", plot: str = "", format: str = "text"
) -> int:
    """Show a recording: totals, peaks, percentiles, how complete it is; nothing is judged or recorded."""
    from gating.checks.recordings import show_recording
    from gating.policy import load_policy
    from gating.report import metrics
    from gating.report.terminal import stream_width

    summary = show_recording(load_policy(), file=file or None, run=run or None, name=name or None)
    if plot:
        from gating.report.metrics_plot import write_plot

        front.write(f"gating: wrote {write_plot(summary, plot)}\n", sys.stderr)
    width = stream_width(sys.stdout, os.environ)
    front.write(metrics.render(summary, format, **front.style(), width=width))
    return 0


@task(
    name="check",
    iterable=["only", "file"],
    auto_shortflags=False,
    help=helps(
        REPORTS,
        only="judge only the budget of this name; repeat it for more",
        file="judge this recording, and not the latest that the ledger knows; repeat it for more",
        strict=STRICT,
    ),
)
@command(*REPORTS)
def metrics_check(
    _context: Context, only: list[str], file: list[str], strict: bool = False, format: str = "text"
) -> int:
    """Hold the latest recordings to the policy's budgets: wall time, processor time, peak memory."""
    from gating.checks.budgets import check_budgets

    asked = front.chosen("--only", only, sys.argv)
    return front.emit(check_budgets(asked, files=file, strict=strict or None), format)


@task(
    name="record",
    auto_shortflags=False,
    help={
        "name": "what the recording is called; otherwise the command's own name",
        "interval": "seconds between two samples; otherwise what the policy says",
    },
)
@command("text")
def metrics_record(_context: Context, name: str = "", interval: str = "") -> int:
    """Run the command after -- as if it stood alone, record what it uses, and end with its exit code."""
    from gating.checks.command import record_command
    from gating.metrics.place import interval_of

    argv = front.remainder(sys.argv)
    if not argv:
        raise UsageError("the command is missing: metrics.record [--name NAME] [--interval SECONDS] -- COMMAND …")
    ran = record_command(argv, name=name or None, interval_s=interval_of(interval) if interval else None)
    (verdict,) = ran.report.verdicts
    from gating.report.metered import told_in_a_line

    front.write(f"gating: {told_in_a_line(verdict, folder=os.getcwd())}\n", sys.stderr)
    return ran.exit_code


metrics = Collection("metrics", metrics_check, metrics_record, metrics_show)
