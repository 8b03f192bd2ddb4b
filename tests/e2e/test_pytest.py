"""A test run stands in the ledger, under the gated command that started it, and is what it would be without."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest

from gating.ledger import open_ledger
from tests.projects import Done, Project

PARENT = "0" * 31 + "1"
TESTS = """
    import os
    import pytest

    def test_passes():
        assert os.environ["GATING_RUN"] != "PARENT"

    def test_passes_too():
        pass

    @pytest.mark.skip(reason="not today")
    def test_skipped():
        pass

    @pytest.mark.xfail(reason="known")
    def test_known():
        assert False

    @pytest.fixture
    def broken():
        yield
        raise RuntimeError("in the teardown")
"""
FAILING = """
    def test_fails():
        assert False

    def test_errs(broken):
        pass
"""


@pytest.fixture
def suite(project: Project) -> Project:
    project.policy("[tool.gating]\n[tool.pytest.ini_options]\naddopts = ['-p', 'no:cacheprovider']")
    project.write("test_sample.py", TESTS.replace("PARENT", PARENT))
    return project


def pytested(project: Project, *arguments: str, run: str | None = PARENT, **env: str) -> Done:
    """Run the real pytest as a gated command would."""
    return project.run(sys.executable, "-m", "pytest", *arguments, env={**({"GATING_RUN": run} if run else {}), **env})


def runs(project: Project) -> list[dict[str, Any]]:
    return [run.as_dict() for run in open_ledger(project=project.root).runs()]


def recorded(project: Project) -> tuple[dict[str, Any], dict[str, Any]]:
    """The one run of the ledger, and its one verdict."""
    (run,) = runs(project)
    (verdict,) = open_ledger(project=project.root).show(run["id"]).as_dict()["verdicts"]
    return run, verdict


def test_it_is_recorded_as_a_child_with_its_counts(suite: Project) -> None:
    done = pytested(suite)
    assert done.returncode == 0, done.stdout
    run, verdict = recorded(suite)
    assert (run["command"], run["parent"], run["exit_code"], run["status"]) == ("pytest", PARENT, 0, "finished")
    assert (verdict["id"], verdict["outcome"]) == ("tests:pytest", "pass")
    assert verdict["details"] == {"exit_code": 0, "tests": {"passed": 2, "skipped": 1, "xfailed": 1}}
    assert f"gating: run {run['id']} of {PARENT}" in done.stdout


def test_without_a_gated_command_it_stands_by_itself(suite: Project) -> None:
    suite.write("test_sample.py", "def test_passes():\n    pass\n")
    done = pytested(suite, run=None)
    assert done.returncode == 0, done.stdout
    run, verdict = recorded(suite)
    assert (run["parent"], verdict["outcome"]) == (None, "pass")
    assert f"gating: run {run['id']}\n" in done.stdout


def test_without_a_policy_nothing_is_made(suite: Project) -> None:
    suite.write("pyproject.toml", "[project]\nname = 'gating-user'\ndependencies = ['gating']\n")
    suite.write("test_sample.py", "def test_passes():\n    pass\n")
    done = pytested(suite, run=None)
    assert done.returncode == 0
    assert "gating" not in done.stdout.partition("plugins:")[2].partition("\n")[2]
    assert not (suite.root / ".gating").exists()


def test_a_failing_suite_fails_with_pytests_own_code(suite: Project) -> None:
    suite.write("test_sample.py", TESTS.replace("PARENT", PARENT) + FAILING)
    assert pytested(suite).returncode == 1
    run, verdict = recorded(suite)
    assert (run["exit_code"], verdict["outcome"], verdict["state"]) == (1, "fail", "ok")
    counts = {"passed": 3, "failed": 1, "error": 1, "skipped": 1, "xfailed": 1}
    assert verdict["details"] == {"exit_code": 1, "tests": counts}
    assert verdict["reason"] == "2 failed"


@pytest.mark.parametrize(
    ("body", "code", "reason", "state"),
    [
        ("x = 1\n", 5, "no test was run", "broken"),
        ("import nowhere_to_be_found\n", 2, "it was interrupted", "broken"),
        ("def test_x():\n    raise KeyboardInterrupt\n", 2, "it was interrupted", "broken"),
    ],
)
def test_what_is_no_result_is_said(suite: Project, body: str, code: int, reason: str, state: str) -> None:
    suite.write("test_sample.py", body)
    assert pytested(suite).returncode == code
    _, verdict = recorded(suite)
    assert (verdict["outcome"], verdict["state"], verdict["reason"]) == ("fail", state, reason)
    assert verdict["details"]["exit_code"] == code


def test_many_workers_are_one_run(suite: Project) -> None:
    suite.write("test_sample.py", TESTS.replace("PARENT", PARENT) + FAILING)
    assert pytested(suite, "-n", "2").returncode == 1
    _, verdict = recorded(suite)
    assert verdict["details"]["tests"] == {"passed": 3, "failed": 1, "error": 1, "skipped": 1, "xfailed": 1}


def test_counts_do_not_need_the_terminal(suite: Project) -> None:
    suite.write("test_sample.py", TESTS.replace("PARENT", PARENT) + FAILING)
    assert pytested(suite, "-p", "no:terminal").returncode == 1
    _, verdict = recorded(suite)
    assert verdict["details"]["tests"]["failed"] == 1


@pytest.mark.parametrize(
    "arguments", [("--collect-only",), ("--fixtures",), ("--markers",), ("--help",), ("--version",), ("--setup-plan",)]
)
def test_what_runs_no_test_is_no_run(suite: Project, arguments: tuple[str, ...]) -> None:
    assert pytested(suite, *arguments).returncode == 0
    assert not (suite.root / ".gating").exists()


def test_a_wrong_policy_is_a_wrong_use_of_pytest(suite: Project) -> None:
    suite.write("gating.toml", "mode = 5\n")
    suite.write("pyproject.toml", "")
    done = pytested(suite)
    assert done.returncode == 4
    assert "ERROR: gating: gating.toml:1:8" in done.stderr
    assert "allowed: auto, strict, lenient" in done.stderr
    assert pytested(suite, "--version").returncode == 0


def test_a_ledger_that_cannot_be_written_does_not_break_the_tests(suite: Project) -> None:
    (suite.root / ".gating").write_text("in the way")
    done = pytested(suite)
    assert done.returncode == 0
    assert "gating: " in done.stderr


def test_a_plugin_that_has_the_last_word_on_the_exit_code_is_heard(suite: Project) -> None:
    suite.write("test_sample.py", "def test_fails():\n    assert False\n")
    suite.write("conftest.py", "def pytest_sessionfinish(session):\n    session.exitstatus = 0\n")
    assert pytested(suite).returncode == 0
    _, verdict = recorded(suite)
    assert (verdict["outcome"], verdict["details"]["exit_code"]) == ("pass", 0)


def test_one_that_runs_inside_another_is_not_counted_apart(suite: Project) -> None:
    suite.write("conftest.py", "pytest_plugins = ['pytester']\n")
    suite.write(
        "test_sample.py",
        """
        import os

        def test_inner(pytester):
            before = os.environ["GATING_RUN"]
            pytester.makepyfile("def test_x(): pass")
            pytester.makepyprojecttoml("[tool.gating]")
            pytester.runpytest_inprocess("-p", "no:cacheprovider").assert_outcomes(passed=1)
            assert os.environ["GATING_RUN"] == before
            assert not (pytester.path / ".gating").exists()
        """,
    )
    done = pytested(suite)
    assert done.returncode == 0, done.stdout
    _, verdict = recorded(suite)
    assert verdict["details"]["tests"] == {"passed": 1}


def test_a_gate_and_its_tests_are_one_tree(suite: Project, tmp_path: Path) -> None:
    suite.policy(f"""
        [tool.gating.gates.tests]
        run = ["{sys.executable}", "-m", "pytest", "-q", "-p", "no:cacheprovider"]
    """)
    assert suite.inv("gate", "tests").returncode == 0
    tree = {run["command"]: run for run in runs(suite)}
    assert tree["pytest"]["parent"] == tree["gate"]["id"]
