"""Coverage judged by `sessions.tests` through the real nox, pytest and coverage: exactly, or said not to be."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.projects import Project

pytestmark = pytest.mark.needs("nox")

NOXFILE = """
    import nox
    from gating import sessions

    @nox.session(venv_backend="none")
    def tests(session):
        sessions.tests(session, "-q", "-p", "no:cacheprovider")

    @nox.session(venv_backend="none")
    def unmeasured(session):
        sessions.tests(session, "-q", "-p", "no:cacheprovider", measure=False)

    @nox.session(venv_backend="none")
    def learn(session):
        sessions.learn(session, "-q", "-p", "no:cacheprovider")
"""
POLICY = """
    [tool.gating.coverage]
    source = ["src/app"]
    fail-under = {floor}
    {more}
    [tool.pytest.ini_options]
    pythonpath = ["src"]
    testpaths = ["tests"]
"""


@pytest.fixture
def measured(project: Project) -> Project:
    """Two of three statements are covered."""
    project.unmeasured()
    project.write("noxfile.py", NOXFILE)
    project.policy(POLICY.format(floor="66", more=""))
    project.write("src/app/__init__.py", "def used():\n    return 1\n\n\ndef unused():\n    return 2\n")
    project.write("tests/test_app.py", "import app\n\n\ndef test_used():\n    assert app.used() == 1\n")
    return project


def verdict(project: Project, name: str) -> dict[str, Any]:
    """A verdict of the newest run of the command `tests`."""
    listed = project.gating("ledger.runs", "--format", "json").document["runs"]
    newest = next(one["id"] for one in listed if one["command"] == "tests")
    shown = project.gating("ledger.show", "--run", newest, "--format", "json").document
    (found,) = [one for one in shown["verdicts"] if one["id"] == name]
    return dict(found)


def test_the_total_is_exact_and_its_report_is_in_the_ledger(measured: Project) -> None:
    done = measured.nox("-s", "tests")
    assert done.returncode == 0, done.stderr
    found = verdict(measured, "coverage:total")
    assert (found["outcome"], found["found"], found["wanted"]) == ("pass", "75.00", ">=66")
    details = found["details"]
    assert (details["covered"], details["total"], len(details["sha256"])) == (3, 4, 64)
    assert (measured.root / ".gating" / "coverage" / "report-tests.json").is_file()
    assert details["report"].endswith(".gating/coverage/report-tests.json")


def test_just_under_the_floor_fails_and_a_file_has_its_own(measured: Project) -> None:
    more = '[tool.gating.coverage.paths]\n"src/app/**" = 75.01'
    measured.policy(POLICY.format(floor="75.001", more=more))
    done = measured.nox("-s", "tests")
    assert done.returncode == 1
    assert "coverage is 75.000 % (3 of 4), under the floor of 75.001 %" in done.stderr
    assert verdict(measured, "coverage:file:src/app/__init__.py")["outcome"] == "fail"


def test_a_part_of_the_suite_is_not_judged(measured: Project) -> None:
    measured.policy(POLICY.format(floor="100", more=""))
    done = measured.nox("-s", "tests", "--", "-k", "used")
    assert done.returncode == 0, done.stderr
    found = verdict(measured, "coverage:total")
    assert found["outcome"] == "degraded"
    assert found["reason"] == "not judged: -k used selects tests by name"


def test_no_test_is_said_as_such_and_not_as_a_low_figure(measured: Project) -> None:
    (measured.root / "tests" / "test_app.py").unlink()
    done = measured.nox("-s", "tests")
    assert done.returncode == 1
    assert verdict(measured, "tests:pytest")["reason"] == "no test was run"
    assert "no test was run" in verdict(measured, "coverage:total")["reason"]


def test_a_floor_that_is_none_is_a_mistake_with_its_place(measured: Project) -> None:
    done = measured.nox("-s", "tests", env={"GATING_COVERAGE_FAIL_UNDER": "nan"})
    assert done.returncode == 1
    assert "GATING_COVERAGE_FAIL_UNDER" in done.stderr
    assert "Traceback" not in done.stderr


def test_what_a_session_does_not_measure_is_said_to_be_unjudged(measured: Project) -> None:
    measured.policy(POLICY.format(floor="100", more=""))
    done = measured.nox("-s", "unmeasured", env={"CI": "true"})
    assert done.returncode == 0, done.stderr
    found = verdict(measured, "coverage:total")
    assert (found["outcome"], found["reason"]) == ("degraded", "not judged in this run: it was not to be measured")
    assert not (measured.root / ".gating" / "coverage").exists()


def test_a_session_learns_what_the_next_is_judged_by(measured: Project) -> None:
    done = measured.nox("-s", "learn")
    assert done.returncode == 0, done.stderr
    assert "learn: pass 2 of 2: tests that need nothing" in done.stderr
    reach = json.loads((measured.root / ".gating" / "reach.json").read_bytes())
    assert reach["files"]["src/app/__init__.py"]["uncovered"] == [{"at": ["unused", "return 2", 0]}]
    measured.write("tests/test_app.py", "def test_nothing(): ...\n")
    done = measured.nox("-s", "tests")
    assert done.returncode == 1
    assert "coverage:reach" in done.stderr
    # a suite that fails teaches nothing, and what was known stays as it is
    measured.write("tests/test_app.py", "def test_wrong():\n    assert False\n")
    assert measured.nox("-s", "learn").returncode == 1
    assert json.loads((measured.root / ".gating" / "reach.json").read_bytes()) == reach
