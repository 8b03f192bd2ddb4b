"""Recording: a pytest run as a run of its own in the ledger, with the outcomes of its tests counted."""

from __future__ import annotations

import os
import sys
import time
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from typing import TYPE_CHECKING, Self

from gating.checks.recording import Run, Subject, recorded
from gating.environ import RUN, TRACEPARENT
from gating.errors import GatingError
from gating.testing.account import NOT_RUN, outcome_of
from gating.testing.importing import plainly
from gating.testing.note import Kind, noted
from gating.verdict import Evidence, Outcome, State, Verdict

if TYPE_CHECKING:
    import pytest

    from gating.policy import Policy

__all__ = ["TestRun"]

# pytest's exit codes (pytest.ExitCode), in words; 0 and 1 speak for themselves
_ENDS = {2: "it was interrupted", 3: "pytest itself broke", 4: "pytest was used wrongly", 5: "no test was run"}


def _none() -> Sequence[Verdict]:
    return ()


class TestRun:
    """The plugin object of one pytest run. Recording never changes what the run says.

    Outcomes are counted here, since the terminal's own counts are not there under `-p no:terminal`. `judged` gives
    the verdicts that are recorded beside the run's own.
    """

    __test__ = False

    def __init__(self, run: Run | None, stack: ExitStack) -> None:
        self.run = run
        self.stack = stack
        self.judged: Callable[[], Sequence[Verdict]] = _none
        self.started = time.monotonic()
        self.before: dict[str, str | None] = {}
        self.counts: Counter[str] = Counter()
        self.left_out: Counter[str] = Counter()
        self.session: pytest.Session | None = None

    @classmethod
    def begin(cls, policy: Policy) -> Self:
        """Begin it under the one that `GATING_RUN` names; what is in the way leaves it unrecorded, and is said."""
        stack = ExitStack()
        try:
            made = cls(_begin(policy, stack), stack)
        except GatingError as error:
            _say(f"this test run is not recorded: {error}")
            return cls(None, stack)
        except Exception as error:  # noqa: BLE001 - a mistake of ours must not cost the tests
            _say(f"this test run is not recorded: {type(error).__name__}: {error}")
            return cls(None, stack)
        made._hand_down()
        return made

    def pytest_report_header(self) -> str | None:
        if self.run is None:
            return None
        above = self.run.record.parent
        return f"gating: run {self.run.record.id}{f' of {above}' if above else ''}"

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        if not report.passed:
            note = noted(report)
            left_out = report.skipped and note is not None and note.kind is Kind.NOT_RUN
            self.left_out["module"] += left_out
            self.counts["error" if report.failed else NOT_RUN if left_out else "skipped"] += 1

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if name := outcome_of(report):
            self.left_out["test"] += name == NOT_RUN
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
        try:
            with plainly():
                if self.run is not None:
                    self.run.conclude([self._verdict(), *self.judged()])
                self.stack.close()
        except Exception as error:  # noqa: BLE001 - a mistake of ours must not cost the tests
            _say(f"this test run is not recorded: {type(error).__name__}: {error}")

    def _verdict(self) -> Verdict:
        code = None if self.session is None else int(self.session.exitstatus)
        failed, left_out = self.counts["failed"] + self.counts["error"], self.counts[NOT_RUN]
        outcome, reason = Outcome.FAIL, _ENDS.get(code or 0, f"{failed} failed")
        if code is None:
            outcome, reason = Outcome.DEGRADED, "it ended before the tests began"
        elif code == 0:
            outcome, reason = Outcome.PASS, ""
        if left_out and code is not None:
            outcome = Outcome.DEGRADED if code == 0 else outcome
            parts = [f"{count} {word}{'' if count == 1 else 's'}" for word, count in self.left_out.items() if count]
            reason = f"{reason and reason + '; '}{' and '.join(parts)} not run, for what is absent here"
        return Verdict(
            id="tests:pytest",
            outcome=outcome,
            state=State.OK if code in {0, 1} else State.BROKEN,
            evidence=Evidence.EXECUTED,
            reason=reason,
            duration_s=time.monotonic() - self.started,
            details={"exit_code": code, "tests": {name: count for name, count in self.counts.items() if count}},
        )

    def _hand_down(self) -> None:
        """What the tests start belongs to this run."""
        for name in (RUN, TRACEPARENT):
            self.before[name] = os.environ.get(name)
            if self.run is not None:
                os.environ[name] = self.run.environment[name]


def _begin(policy: Policy, stack: ExitStack) -> Run:
    env = dict(os.environ)
    mode, subject = policy.resolved_mode(env), Subject.of(policy)
    return stack.enter_context(
        recorded(subject, "pytest", env=env, mode=mode, python=sys.executable, argv=sys.argv, thorough=True)
    )


def _say(text: str) -> None:
    print(f"gating: {text}", file=sys.stderr)
