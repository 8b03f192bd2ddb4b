"""`sessions.tests` through the real nox: preflight, pytest with the plugin, one verdict on the tests, the ledger."""

from __future__ import annotations

import importlib.metadata
import os
from pathlib import Path

import pytest

from tests.installs import Environment
from tests.projects import Project

pytestmark = pytest.mark.needs("nox")

NOXFILE = """
    import nox
    from gating import sessions

    @nox.session(venv_backend="none")
    def tests(session):
        report = sessions.tests(session, "-q", "-p", "no:cacheprovider")
        session.log(f"the whole is {report and report.outcome}")

    @nox.session(venv_backend="none")
    def strictly(session):
        sessions.tests(session, "-q", "-p", "no:cacheprovider", strict=True, install=())
"""
POLICY = """
    [tool.gating.tools]
    git = ">=2"
    [tool.gating.optional]
    hollow = { requires = "hollow>=1" }
"""


@pytest.fixture
def tested(project: Project) -> Project:
    project.write("noxfile.py", NOXFILE)
    project.policy(POLICY)
    project.write("tests/test_sums.py", "def test_sum():\n    assert 1 + 1 == 2\n")
    return project


def verdicts(project: Project) -> dict[str, dict[str, object]]:
    """The verdicts of the newest run of the command `tests`, from the ledger."""
    listed = project.gating("ledger.runs", "--format", "json").document["runs"]
    newest = next(one["id"] for one in listed if one["command"] == "tests")
    shown = project.gating("ledger.show", "--run", newest, "--format", "json").document
    return {one["id"]: one for one in shown["verdicts"]}


def test_the_suite_is_judged_with_its_tools_and_its_dependencies(tested: Project) -> None:
    done = tested.nox("-s", "tests")
    assert done.returncode == 0, done.stderr
    assert "the whole is degraded" in done.stderr  # hollow is absent, and this is no full run
    found = verdicts(tested)
    assert {name: one["outcome"] for name, one in found.items()} == {
        "tool:git": "pass",
        "optional:hollow": "degraded",
        "tests:pytest": "pass",
    }
    assert found["tests:pytest"]["details"]["tests"] == {"passed": 1}  # type: ignore[index]


def test_a_failing_test_fails_the_session_and_posargs_are_passed_on(tested: Project) -> None:
    tested.write("tests/test_wrong.py", "def test_wrong():\n    assert 1 + 1 == 3\n")
    done = tested.nox("-s", "tests")
    assert done.returncode == 1
    assert "tests:pytest (1 failed)" in done.stderr
    done = tested.nox("-s", "tests", "--", "-k", "sum and not wrong")
    assert done.returncode == 0, done.stderr


def test_no_test_at_all_is_no_pass(tested: Project) -> None:
    done = tested.nox("-s", "tests", "--", "-k", "nothing_like_it")
    assert done.returncode == 1
    assert "no test was run" in done.stderr


@pytest.fixture
def bare(tmp_path: Path) -> Environment:
    """A Python with pytest and without gating."""
    made = Environment(tmp_path / "venv")
    for name in ("pytest", "pluggy", "iniconfig", "packaging", "pygments"):
        for file in importlib.metadata.files(name) or ():
            top = file.parts[0]
            if top != ".." and not (made.site / top).exists() and "__pycache__" not in top:
                os.symlink(
                    Path(str(file.locate())).parents[len(file.parts) - 2] if len(file.parts) > 1 else file.locate(),
                    made.site / top,
                )
    return made


def test_a_python_that_lacks_gating_is_lent_it(tested: Project, bare: Environment) -> None:
    path = f"{bare.bin}{os.pathsep}{tested.env['PATH']}"
    done = tested.nox("-s", "tests", env={"PATH": path})
    assert done.returncode == 0, done.stderr
    found = verdicts(tested)
    assert found["tool:gating"]["outcome"] == "degraded"
    assert found["tests:pytest"]["details"]["tests"] == {"passed": 1}  # type: ignore[index]
    listed = tested.gating("ledger.runs", "--format", "json").document["runs"]
    assert [one["command"] for one in listed][:2] == ["pytest", "tests"]  # the plugin was there, and recorded its run


def test_strict_is_strict_in_the_tests_too(tested: Project) -> None:
    tested.policy('[tool.gating.optional]\nhollow = { requires = "hollow>=1", need = "ci" }\n')
    tested.write(
        "tests/test_needy.py",
        """
        import pytest

        @pytest.mark.needs("hollow")
        def test_needy(): ...
    """,
    )
    assert tested.nox("-s", "tests").returncode == 0
    assert tested.nox("-s", "strictly").returncode == 1
    assert verdicts(tested)["tests:pytest"]["outcome"] == "fail"
