"""The plugin object of a pytest run, by itself; `tests/e2e/test_pytest.py` has it in real runs."""

from __future__ import annotations

import os

import pytest

from gating.ledger import open_ledger
from gating.policy import load_policy
from gating.testing.recording import TestRun
from tests.projects import Project

PARENT = "0" * 31 + "1"


@pytest.fixture(autouse=True)
def gated(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    """As inside a gated command."""
    project.policy("[tool.gating]")
    monkeypatch.setenv("GATING_RUN", PARENT)
    monkeypatch.setenv("TRACEPARENT", "from outside")


def test_the_environment_is_handed_down_and_given_back(project: Project) -> None:
    made = TestRun.begin(load_policy(project.root))
    assert made.run is not None
    assert os.environ["GATING_RUN"] == made.run.record.id
    assert made.run.record.parent == PARENT
    made.pytest_unconfigure()
    assert (os.environ["GATING_RUN"], os.environ["TRACEPARENT"]) == (PARENT, "from outside")


def test_a_variable_that_was_not_there_is_gone_again(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TRACEPARENT")
    made = TestRun.begin(load_policy(project.root))
    assert "TRACEPARENT" in os.environ
    made.pytest_unconfigure()
    assert "TRACEPARENT" not in os.environ


def test_one_that_ended_before_its_tests_began_has_not_passed(project: Project) -> None:
    TestRun.begin(load_policy(project.root)).pytest_unconfigure()
    shown = open_ledger(project=project.root).show().as_dict()
    (verdict,) = shown["verdicts"]
    assert (verdict["outcome"], verdict["reason"]) == ("degraded", "it ended before the tests began")


def test_a_mistake_of_ours_does_not_cost_the_tests(
    project: Project, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("gating.testing.recording.recorded", None)
    made = TestRun.begin(load_policy(project.root))
    assert (made.run, made.pytest_report_header()) == (None, None)
    made.pytest_unconfigure()
    assert os.environ["GATING_RUN"] == PARENT
    assert "this test run is not recorded: TypeError" in capfd.readouterr().err


def test_nor_does_one_at_the_end(
    project: Project, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    made = TestRun.begin(load_policy(project.root))
    monkeypatch.setattr("gating.testing.recording.Verdict", None)
    made.pytest_unconfigure()
    assert os.environ["GATING_RUN"] == PARENT
    assert "is not recorded: TypeError" in capfd.readouterr().err
    made.stack.close()
