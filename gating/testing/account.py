"""Account: what became of every test, and for which dependency each was not run that was not run."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from gating.testing.note import Kind, Note, noted

if TYPE_CHECKING:
    import pytest

__all__ = ["NOT_RUN", "Account", "Row", "outcome_of"]

NOT_RUN = "not-run"
# the worst of a test's phases is what became of it
_RANK = ("passed", "xpassed", "xfailed", "skipped", NOT_RUN, "failed", "error")


@dataclass(kw_only=True)
class Row:
    """A test, or a module that could not be collected; `outcome` is in pytest's words, and `not-run`.

    `said` is one line on how it failed, empty where it did not.
    """

    id: str
    outcome: str
    note: Note | None = None
    said: str = ""

    @property
    def left_out(self) -> Note | None:
        """Why it was not run, None where that is for no dependency."""
        return self.note if self.note is not None and self.note.kind is Kind.NOT_RUN else None

    @property
    def undeclared(self) -> tuple[str, ...]:
        """The dependencies that it reached without saying so."""
        return self.note.names if self.note is not None and self.note.kind is Kind.UNDECLARED else ()


class Account:
    """The plugin object that hears every report of a run, those of xdist's workers among them."""

    def __init__(self) -> None:
        self.tests: dict[str, Row] = {}
        self.modules: dict[str, Row] = {}

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        note = noted(report)
        if report.failed or note is not None:
            left_out = note is not None and note.kind is Kind.NOT_RUN
            outcome = "failed" if report.failed else NOT_RUN if left_out else "skipped"
            self.modules[report.nodeid] = Row(id=report.nodeid, outcome=outcome, note=note, said=_said(report))

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        known = self.tests.get(report.nodeid)
        if known is not None and report.when == "setup":  # it is run once more: the last time counts
            known = self.tests.pop(report.nodeid)
            known = None
        note, outcome = noted(report), outcome_of(report)
        if known is None:
            known = self.tests[report.nodeid] = Row(id=report.nodeid, outcome="passed")
        if note is not None and (known.note is None or known.note.kind is Kind.MET):
            known.note = note
        if outcome is not None and _RANK.index(outcome) > _RANK.index(known.outcome):
            known.outcome = outcome
            known.said = _said(report)

    def left_out(self) -> Iterator[tuple[Row, Note]]:
        """The modules and tests that were not run for a dependency, modules first."""
        for row in (*self.modules.values(), *self.tests.values()):
            if (note := row.left_out) is not None:
                yield row, note


def _said(report: pytest.CollectReport | pytest.TestReport) -> str:
    """The first line of what a failure says, as pytest's short summary has it."""
    if not report.failed:
        return ""
    crash = getattr(report.longrepr, "reprcrash", None)
    if crash is not None:
        return str(crash.message).strip().partition("\n")[0]
    lines = [line.removeprefix("E ").strip() for line in report.longreprtext.splitlines() if line.startswith("E ")]
    return lines[-1] if lines else report.longreprtext.strip().rpartition("\n")[2]


def outcome_of(report: pytest.TestReport) -> str | None:
    """What a report says of its test; None for a phase that only did its part, and a test that is run once more."""
    note = noted(report)
    if report.skipped:
        if note is not None and note.kind is Kind.NOT_RUN:
            return NOT_RUN
        return "xfailed" if hasattr(report, "wasxfail") else "skipped"
    if report.when != "call":
        return "error" if report.failed else None
    if report.failed:
        return "failed"
    if not report.passed or hasattr(report, "context"):
        return None  # a subtest that passed belongs to its test
    return "xpassed" if hasattr(report, "wasxfail") else "passed"
