"""A test run from Python: what is judged of it, now, later or not at all."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from gating.checks.tested import run_tests
from gating.toolchain.host import Host
from gating.verdict import Outcome, Report, State, Verdict
from tests.projects import Project

POLICY = """
    [tool.gating.coverage]
    source = ["src/app"]
    fail-under = 66

    [tool.pytest.ini_options]
    pythonpath = ["src"]
    testpaths = ["tests"]
"""


@pytest.fixture
def root(project: Project) -> Path:
    """Three of four statements are covered."""
    project.unmeasured()
    project.policy(POLICY)
    project.write("src/app/__init__.py", "def used():\n    return 1\n\n\ndef unused():\n    return 2\n")
    project.write("tests/test_app.py", "import app\n\n\ndef test_used():\n    assert app.used() == 1\n")
    return project.root


@pytest.fixture
def tested(root: Path, project: Project, monkeypatch: pytest.MonkeyPatch) -> Suite:
    monkeypatch.chdir(root)
    return Suite(project.env, root)


class Suite:
    """The project's tests, run once more."""

    def __init__(self, env: Mapping[str, str], root: Path) -> None:
        self.host = Host.of(env, root=str(root))
        self.root = root

    def __call__(self, *, measure: bool | None = None, judge: bool = True) -> Report:
        words = ["-q", "-p", "no:cacheprovider"]
        host = self.host
        return run_tests(words, host=host, start=self.root, env=host.env, measure=measure, judge=judge)


def verdict(report: Report) -> Verdict:
    (found,) = [one for one in report.verdicts if one.id == "coverage:total"]
    return found


def test_what_was_measured_is_judged(tested: Suite) -> None:
    report = tested()
    assert verdict(report).outcome is Outcome.PASS
    assert "75.00 % (3 of 4)" in verdict(report).reason
    assert report.exit_code == 0


def test_what_is_to_be_judged_later_is_kept(tested: Suite) -> None:
    kept = verdict(tested(judge=False))
    assert (kept.outcome, kept.state) == (Outcome.DEGRADED, State.OK)
    assert Path(str(kept.details["report"])).exists()


def test_what_was_not_to_be_measured_is_said(tested: Suite) -> None:
    unmeasured = verdict(tested(measure=False))
    assert unmeasured.outcome is Outcome.DEGRADED
    assert "not to be measured" in unmeasured.reason
    assert not (tested.root / ".gating" / "coverage").exists()
