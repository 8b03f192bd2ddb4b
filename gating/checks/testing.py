"""Testing: a pytest run as a run of its own, with the outcomes of its tests counted."""

from __future__ import annotations

import os
import sys
import time
from collections import Counter
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, Self

from gating.checks.recording import Run, Subject, recorded
from gating.environ import RUN, TRACEPARENT
from gating.errors import GatingError
from gating.policy import load_policy
from gating.verdict import Evidence, Outcome, State, Verdict

if TYPE_CHECKING:
    import pytest

__all__ = ["TestRun"]

# pytest's exit codes (pytest.ExitCode), in words; 0 and 1 speak for themselves
_ENDS = {2: "it was interrupted", 3: "pytest itself broke", 4: "pytest was used wrongly", 5: "no test was collected"}


class TestRun:
    """The plugin object of one pytest run. Recording never changes what the run says.

    Outcomes are counted here, since the terminal's own counts are not there under `-p no:terminal`.
    """

    __test__ = False
    under_way: ClassVar[bool] = False  # a pytest in this process, such as one that a plugin's tests start inside

    def __init__(self, run: Run | None, stack: ExitStack) -> None:
        self.run = run
        self.stack = stack
        self.started = time.monotonic()
        self.before: dict[str, str | None] = {}
        self.counts: Counter[str] = Counter()
        self.session: pytest.Session | None = None

    @classmethod
    def begin(cls, root: Path) -> Self:
        """Begin the run under the one that `GATING_RUN` names; what is in the way leaves it unrecorded, and is said."""
        stack = ExitStack()
        try:
            made = cls(_begin(root, stack), stack)
        except GatingError as error:
            _say(f"this test run is not recorded: {error}")
            return cls(None, stack)
        except Exception as error:  # noqa: BLE001 - a mistake of ours must not cost the tests
            _say(f"this test run is not recorded: {type(error).__name__}: {error}")
            return cls(None, stack)
        made._hand_down()
        return made

    def pytest_report_header(self) -> str | None:
        return f"gating: run {self.run.record.id} of {self.run.record.parent}" if self.run else None

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        if not report.passed:
            self.counts["error" if report.failed else "skipped"] += 1

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if name := _category(report):
            self.counts[name] += 1

    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        self.session = session

    def pytest_unconfigure(self) -> None:
        """Record how it ended, by the last word of all plugins, and give the environment back."""
        for name, text in self.before.items():
            if text is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = text
        type(self).under_way = False
        try:
            if self.run is not None:
                self.run.conclude([self._verdict()])
            self.stack.close()
        except Exception as error:  # noqa: BLE001 - a mistake of ours must not cost the tests
            _say(f"this test run is not recorded: {type(error).__name__}: {error}")

    def _verdict(self) -> Verdict:
        code = None if self.session is None else int(self.session.exitstatus)
        failed = self.counts["failed"] + self.counts["error"]
        reason = (
            "it ended before the tests began" if code is None else _ENDS.get(code, f"{failed} failed" if code else "")
        )
        return Verdict(
            id="tests:pytest",
            outcome=Outcome.DEGRADED if code is None else Outcome.FAIL if code else Outcome.PASS,
            state=State.OK if code in {0, 1} else State.BROKEN,
            evidence=Evidence.EXECUTED,
            reason=reason,
            duration_s=time.monotonic() - self.started,
            details={"exit_code": code, "tests": dict(self.counts)},
        )

    def _hand_down(self) -> None:
        """What the tests start belongs to this run."""
        type(self).under_way = True
        for name in (RUN, TRACEPARENT):
            self.before[name] = os.environ.get(name)
            if self.run is not None:
                os.environ[name] = self.run.environment[name]


def _begin(root: Path, stack: ExitStack) -> Run:
    env = dict(os.environ)
    policy = load_policy(root, env=env)
    mode = policy.resolved_mode(env)
    subject = Subject.of(policy)
    return stack.enter_context(
        recorded(subject, "pytest", env=env, mode=mode, python=sys.executable, argv=sys.argv, thorough=True)
    )


def _category(report: pytest.TestReport) -> str | None:
    """What a report adds to the counts, in pytest's words; None for a phase that only did its part."""
    if report.skipped:
        return "xfailed" if hasattr(report, "wasxfail") else "skipped"
    if report.when != "call":
        return "error" if report.failed else None
    if report.failed:
        return "failed"
    if hasattr(report, "context"):
        return None  # a subtest that passed belongs to its test
    return "xpassed" if hasattr(report, "wasxfail") else "passed"


def _say(text: str) -> None:
    print(f"gating: {text}", file=sys.stderr)
