"""Collecting: a module whose tests need what is absent is not imported, and one that dies of it is accounted for."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from typing import TYPE_CHECKING, Any

from gating.errors import UsageError
from gating.policy.model import Fallback
from gating.testing.causes import reached, spoken_of
from gating.testing.note import Kind, Note
from gating.testing.words import error_of_need, undeclared

if TYPE_CHECKING:
    import pytest

    from gating.testing.attempts import Attempts
    from gating.testing.dependencies import Dependencies, Dependency
    from gating.testing.naming import Naming

__all__ = ["Collecting"]


class Collecting:
    """The plugin object that stands around each module's collection, wherever that happens."""

    def __init__(self, dependencies: Dependencies, naming: Naming, attempts: Attempts) -> None:
        self._dependencies = dependencies
        self._naming = naming
        self._attempts = attempts

    def pytest_make_collect_report(
        self, collector: pytest.Collector
    ) -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
        unmet = self._refuse(collector)
        self._attempts.take()
        report = yield
        tried = self._attempts.take()
        error = _error_of(report)
        if error is None:
            return report
        if unmet:
            if report.skipped:
                self._leave_out(report, collector, unmet, _reason(unmet))
        elif report.failed:
            if found := reached(error, self._dependencies.bringing):
                self._died(report, collector, found)
        elif report.skipped:
            said = str(error)
            found = (
                reached(error, self._dependencies.bringing)
                or spoken_of(said, self._dependencies.unmet, self._dependencies.bringing)
                or tried
            )
            if found:
                self._leave_out(report, collector, found, said)
        return report

    def _refuse(self, collector: pytest.Collector) -> tuple[Dependency, ...]:
        """Have a file not be imported whose tests all need what is not there; what it is that they need."""
        import pytest

        if not isinstance(collector, pytest.File):
            return ()
        try:
            unmet = self._dependencies.unmet_of(self._naming.of_module(collector))
        except UsageError as problem:
            _replace(collector, collector.CollectError(f"{collector.nodeid}: {problem}"))
            return ()
        failing = [one for one in unmet if one.fallback is Fallback.FAIL and one.applies]
        if failing:
            _replace(collector, collector.CollectError("\n".join(map(error_of_need, failing))))
        elif unmet:
            _replace(collector, pytest.skip.Exception(_reason(unmet), allow_module_level=True))
        return unmet

    def _died(self, report: pytest.CollectReport, collector: pytest.Collector, found: Sequence[Dependency]) -> None:
        """It could not be imported, for what is absent here: not run where the policy allows it, else an error."""
        if any(one.fallback is Fallback.FAIL for one in found):
            Note.of(Kind.UNDECLARED, found).put_on(report)
            undeclared(report, collector.nodeid, found)
            return
        report.outcome = "skipped"
        report.result = []
        report.__dict__.pop("call", None)  # nobody is to be shown the exception of what is no failure
        self._leave_out(report, collector, found, f"its import {_reason(found)}", died=True)

    def _leave_out(
        self,
        report: pytest.CollectReport,
        collector: pytest.Collector,
        found: Sequence[Dependency],
        reason: str,
        *,
        died: bool = False,
    ) -> None:
        Note.left_out(found, reason, tests=self._naming.tests_of(collector), died=died).put_on(report)
        report.longrepr = (str(collector.path), 1, f"Skipped: {reason}")


def _replace(collector: pytest.Collector, error: BaseException) -> None:
    def collect() -> Any:
        raise error

    collector.__dict__["collect"] = collect


def _error_of(report: pytest.CollectReport) -> BaseException | None:
    call = getattr(report, "call", None)  # pytest's own, for pytest_exception_interact
    return call.excinfo.value if call is not None and call.excinfo is not None else None


def _reason(found: Sequence[Dependency]) -> str:
    return "; ".join(one.reason for one in found)
