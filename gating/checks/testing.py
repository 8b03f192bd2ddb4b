"""Testing: a pytest run as a run of its own, with the outcomes of its tests counted."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Self

from gating.checks.recording import Run, Subject, recorded
from gating.environ import RUN, TRACEPARENT
from gating.errors import GatingError
from gating.policy import load_policy
from gating.verdict import Evidence, Outcome, State, Verdict

if TYPE_CHECKING:
    import pytest

__all__ = ["TestRun"]

_TOLD = ("passed", "failed", "error", "skipped", "xfailed", "xpassed")
# pytest's exit codes (pytest.ExitCode), in words; 0 and 1 speak for themselves
_ENDS = {2: "it was interrupted", 3: "pytest itself broke", 4: "pytest was used wrongly", 5: "no test was collected"}


class TestRun:
    """The plugin object of one pytest run. Recording never changes what the run says."""

    __test__ = False

    def __init__(self, run: Run | None, stack: ExitStack) -> None:
        self.run = run
        self.stack = stack
        self.started = time.monotonic()
        self.before: dict[str, str | None] = {}

    @classmethod
    def begin(cls, root: Path) -> Self:
        """Begin the run under the one that `GATING_RUN` names; a wrong policy leaves it unrecorded, and says so."""
        stack = ExitStack()
        env = dict(os.environ)
        try:
            policy = load_policy(root, env=env)
        except GatingError as error:
            print(f"gating: this test run is not recorded: {error}", file=sys.stderr)
            return cls(None, stack)
        mode = policy.resolved_mode(env)
        run = stack.enter_context(
            recorded(
                Subject.of(policy), "pytest", env=env, mode=mode, python=sys.executable, argv=sys.argv, thorough=True
            )
        )
        made = cls(run, stack)
        made._hand_down(run.environment)
        return made

    def pytest_report_header(self) -> str | None:
        return f"gating: run {self.run.record.id} of {self.run.record.parent}" if self.run else None

    def pytest_unconfigure(self) -> None:
        """Give the environment back; what was recorded is stored by then, or the run was cut off."""
        for name, text in self.before.items():
            if text is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = text
        self.stack.close()

    def pytest_sessionfinish(self, session: pytest.Session, exitstatus: int) -> None:
        if self.run is not None:
            reporter = session.config.pluginmanager.get_plugin("terminalreporter")
            stats = reporter.stats if reporter is not None else {}
            counts = {name: len(stats[name]) for name in _TOLD if name in stats}
            self.run.conclude([self._verdict(int(exitstatus), counts)])

    def _verdict(self, code: int, counts: Mapping[str, int]) -> Verdict:
        return Verdict(
            id="tests:pytest",
            outcome=Outcome.FAIL if code else Outcome.PASS,
            state=State.OK if code in {0, 1} else State.BROKEN,
            evidence=Evidence.EXECUTED,
            reason=_ENDS.get(code, f"{counts.get('failed', 0) + counts.get('error', 0)} failed" if code else ""),
            duration_s=time.monotonic() - self.started,
            details={"exit_code": code, "tests": dict(counts)},
        )

    def _hand_down(self, environment: Mapping[str, str]) -> None:
        """What the tests start belongs to this run."""
        for name in (RUN, TRACEPARENT):
            self.before[name] = os.environ.get(name)
            os.environ[name] = environment[name]
