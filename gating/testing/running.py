"""Running: a test whose needs are not met is not begun, and one that reaches what is absent unsaid is told so."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from typing import TYPE_CHECKING

from gating.errors import UsageError
from gating.policy.model import Fallback
from gating.testing.causes import reached, spoken_of
from gating.testing.note import Kind, Note
from gating.testing.words import error_of_need, looked_for, undeclared

if TYPE_CHECKING:
    import pytest

    from gating.testing.attempts import Attempts
    from gating.testing.dependencies import Dependencies, Dependency
    from gating.testing.naming import Naming

__all__ = ["Running"]


class Running:
    """The plugin object that stands before and behind each test, in the process that runs it."""

    def __init__(self, dependencies: Dependencies, naming: Naming, attempts: Attempts) -> None:
        self._dependencies = dependencies
        self._naming = naming
        self._attempts = attempts
        self._asked: dict[str, tuple[Dependency, ...]] = {}  # of the test that is under way
        self._refused = False

    def pytest_runtest_setup(self, item: pytest.Item) -> None:
        """Decide before any fixture of the test, its class or its module is set up."""
        import pytest

        self._asked.clear()
        self._refused = False
        self._attempts.take()
        try:
            asked = dict.fromkeys(map(self._dependencies.asked_for, self._naming.of_item(item)))
        except UsageError as problem:
            raise pytest.fail.Exception(str(problem), pytrace=False) from None
        self._asked[item.nodeid] = tuple(asked)
        unmet = [one for one in asked if not one.met]
        if not unmet or item.get_closest_marker("skip") is not None:
            return
        self._refused = True
        failing = [one for one in unmet if one.fallback is Fallback.FAIL and one.applies]
        if failing:
            pytest.fail("\n".join(map(error_of_need, failing)), pytrace=False)
        pytest.skip("; ".join(one.reason for one in unmet))

    def pytest_runtest_makereport(
        self, item: pytest.Item, call: pytest.CallInfo[None]
    ) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        report = yield
        tried = self._attempts.take()
        asked = self._asked.get(item.nodeid, ())
        if self._refused and asked:
            self._note_refusal(report, item, [one for one in asked if not one.met])
        elif call.excinfo is not None:
            self._judge(report, item, call.excinfo.value, tried)
        elif asked and report.when == "call":
            Note.of(Kind.MET, asked).put_on(report)
        return report

    def _note_refusal(self, report: pytest.TestReport, item: pytest.Item, unmet: Sequence[Dependency]) -> None:
        if report.when != "setup":
            return
        reason = "; ".join(one.reason for one in unmet)
        Note.left_out(unmet, reason).put_on(report)
        if report.skipped:
            _, line, _ = item.location
            report.longrepr = (str(item.path), (line or 0) + 1, f"Skipped: {reason}")

    def _judge(
        self, report: pytest.TestReport, item: pytest.Item, error: BaseException, tried: Sequence[Dependency]
    ) -> None:
        found: Sequence[Dependency] = reached(error, self._dependencies.bringing)
        if report.failed:
            if found:
                Note.of(Kind.UNDECLARED, found).put_on(report)
                undeclared(report, item.nodeid, found)
            else:
                looked_for(report, tried)
        elif report.skipped:
            said = str(error)
            if not found and not hasattr(report, "wasxfail"):
                found = spoken_of(said, self._dependencies.unmet, self._dependencies.bringing) or tried
            if found:
                Note.left_out(found, said).put_on(report)
