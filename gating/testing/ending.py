"""Ending: what a run says of what it left out, on the terminal, by its exit code, and to whoever started it."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from gating.testing.judging import Tally, tallies, verdict_of
from gating.testing.outcomes import document, write
from gating.testing.summary import header, lines_of
from gating.verdict import Mode, Outcome, Verdict
from gating.words import State

if TYPE_CHECKING:
    import pytest

    from gating.testing.account import Account
    from gating.testing.dependencies import Dependencies, Dependency
    from gating.testing.partition import Partition
    from gating.testing.standins import StandIns

__all__ = ["Ending"]

_FAILED = 1  # pytest.ExitCode.TESTS_FAILED


class Ending:
    """The plugin object that has the last word on a run. `outcomes` is the file to tell it to, None for none."""

    def __init__(
        self, account: Account, dependencies: Dependencies, standins: StandIns, *, mode: Mode, outcomes: str | None
    ) -> None:
        self._account = account
        self._dependencies = dependencies
        self._standins = standins
        self._mode = mode
        self._outcomes = outcomes
        self._session: pytest.Session | None = None
        self._told = False
        self.partition: Partition | None = None  # where the run is there to learn from
        self.workers: Mapping[str, int | None] = {}  # xdist's, see `Workers`

    def pytest_report_header(self) -> list[str]:
        absent = [
            _asked_and_found(one)
            for one in self._dependencies.unmet
            if not one.hidden and one.applies and one.name not in self._standins.shimmed
        ]
        hidden = [name for name in self._dependencies.asked if name in self._dependencies.hidden]
        return header(absent, hidden, self._standins.shimmed)

    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """An unmet need that may not be left out fails a run that would have passed; it is the run that fails."""
        self._session = session
        if int(session.exitstatus) == 0 and any(one.outcome is Outcome.FAIL for one in self.judged()):
            session.exitstatus = _FAILED

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        lines = self._lines(everything=terminalreporter.config.get_verbosity() > 0)
        if lines:
            self._told = True
            terminalreporter.section("optional dependencies", yellow=True)
            for line in lines:
                terminalreporter.line(line)

    def judged(self) -> list[Verdict]:
        """The verdicts on the dependencies that mattered, those of the policy in its order first."""
        found = self._tallies
        order = [*self._dependencies.asked, *(tally.name for tally in found)]
        names = {tally.name for tally in found} | set(self._standins.shimmed)
        return [
            verdict_of(
                name,
                (tally for tally in found if tally.name == name),
                self._dependencies,
                self._mode,
                stood_in=name in self._standins.shimmed,
            )
            for name in dict.fromkeys(order)
            if name in names
        ]

    def end(self) -> None:
        """Tell it to whoever started the run; on stderr, too, where there was no terminal to tell it on."""
        if not self._told and self._session is not None:
            for line in self._lines(everything=False):
                print(f"gating: {line}", file=sys.stderr)
        if self._outcomes is not None:
            code = None if self._session is None else int(self._session.exitstatus)
            absent = [one.name for one in self._dependencies.unmet]
            told = document(self._account, exit_code=code, absent=absent, shimmed=self._standins.shimmed)
            if self.partition is not None:
                told["need_set"] = sorted(self.partition.wanted.needs)
                told["need_sets"] = self.partition.as_lists()
            if self.workers:
                told["workers"] = [{"id": name, "pid": pid} for name, pid in sorted(self.workers.items())]
            write(self._outcomes, told)

    @property
    def _tallies(self) -> list[Tally]:
        return tallies(self._account, self._dependencies)

    def _lines(self, *, everything: bool) -> list[str]:
        notes: Sequence[str] = [
            f"{module} was imported before anything could be hidden from it" for module in self._standins.unreached
        ]
        return lines_of(self._tallies, self.judged(), everything=everything, notes=notes)


def _asked_and_found(one: Dependency) -> str:
    """`torch>=2.2`, and how it is where that is not simply absent."""
    found = one.availability
    if found.state is State.ABSENT:
        return str(found.asked)
    return f"{found.asked} ({found.state.value}{f', {found.found}' if found.found else ''})"
