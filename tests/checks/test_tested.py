"""A test run from Python: what is judged of it, now, later or not at all."""

from __future__ import annotations

from pathlib import Path

import pytest

from gating.checks.tested import run_tests
from gating.toolchain.host import Host
from gating.verdict import Outcome, State, Verdict
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
def sample(project: Project, monkeypatch: pytest.MonkeyPatch) -> Project:
    """Three of four statements are covered."""
    project.unmeasured()
    project.policy(POLICY)
    project.write("src/app/__init__.py", "def used():\n    return 1\n\n\ndef unused():\n    return 2\n")
    project.write("tests/test_app.py", "import app\n\n\ndef test_used():\n    assert app.used() == 1\n")
    monkeypatch.chdir(project.root)
    return project


def total(project: Project, *, measure: bool | None = None, judge: bool = True) -> Verdict:
    """The verdict on the coverage of one more run of the project's tests, which all pass."""
    host = Host.of(project.env, root=str(project.root))
    words = ["-q", "-p", "no:cacheprovider"]
    report = run_tests(words, host=host, start=project.root, env=host.env, measure=measure, judge=judge)
    assert report.exit_code == 0
    (found,) = [one for one in report.verdicts if one.id == "coverage:total"]
    return found


def test_what_was_measured_is_judged(sample: Project) -> None:
    judged = total(sample)
    assert judged.outcome is Outcome.PASS
    assert "75.00 % (3 of 4)" in judged.reason


def test_what_is_to_be_judged_later_is_kept(sample: Project) -> None:
    kept = total(sample, judge=False)
    assert (kept.outcome, kept.state) == (Outcome.DEGRADED, State.OK)
    assert Path(str(kept.details["report"])).exists()


def test_what_was_not_to_be_measured_is_said(sample: Project) -> None:
    unmeasured = total(sample, measure=False)
    assert unmeasured.outcome is Outcome.DEGRADED
    assert "not to be measured" in unmeasured.reason
    assert not (sample.root / ".gating" / "coverage").exists()
