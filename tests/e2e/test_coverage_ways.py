"""`coverage.run` and `coverage.check` in every way that tests are measured: what the verdict and the exit code are."""

from __future__ import annotations

import importlib.metadata
import json
import os
import re
import sys
from pathlib import Path
from typing import Any

import pytest

from gating.coverage.reach import FileReach, Reach, Reference, write_reach
from tests.installs import Environment
from tests.projects import Done, Project

POLICY = """
    [tool.gating.coverage]
    source = ["src/app"]
    fail-under = 75
    [tool.pytest.ini_options]
    pythonpath = ["src"]
    testpaths = ["tests"]
    addopts = ["-p", "no:cacheprovider"]
"""
PYTEST = ("pytest", "pluggy", "iniconfig", "packaging", "pygments")


@pytest.fixture
def measured(project: Project) -> Project:
    """Three of four statements are covered."""
    project.unmeasured()
    project.policy(POLICY)
    project.write("src/app/__init__.py", "def used():\n    return 1\n\n\ndef unused():\n    return 2\n")
    project.write("tests/test_app.py", "import app\n\n\ndef test_used():\n    assert app.used() == 1\n")
    return project


def with_only(folder: Path, *names: str) -> Environment:
    """A Python that has these distributions of ours, and no others."""
    made = Environment(folder / "venv")
    for name in names:
        for file in importlib.metadata.files(name) or ():
            top = file.parts[0]
            if top != ".." and not (made.site / top).exists() and "__pycache__" not in top:
                place = Path(str(file.locate()))
                os.symlink(place.parents[len(file.parts) - 2] if len(file.parts) > 1 else place, made.site / top)
    return made


def told(done: Done) -> dict[str, dict[str, Any]]:
    assert "Traceback" not in done.stdout + done.stderr, done.stderr
    return {one["id"]: one for one in done.document["verdicts"]}


def run(project: Project, *words: str, python: str = sys.executable, env: dict[str, str] | None = None) -> Done:
    return project.gating("coverage.run", "--format", "json", "--python", python, "--", *words, env=env)


def without_times(verdicts: dict[str, dict[str, Any]]) -> Any:
    """The verdicts without what is of one run: its times, and its report's and command's words."""
    kept = []
    for name, one in verdicts.items():
        details = {key: value for key, value in one["details"].items() if key not in {"sha256", "plan", "command"}}
        kept.append((name, {**one, "duration_s": 0, "cached": False, "details": details}))
    return kept


def test_without_pytest_cov_coverage_itself_measures(measured: Project, tmp_path: Path) -> None:
    done = run(measured, python=str(with_only(tmp_path, *PYTEST, "coverage").python))
    found = told(done)["coverage:total"]
    assert (done.returncode, found["outcome"], found["found"]) == (0, "pass", "75.00"), done.stderr
    assert found["details"]["plan"]["tool"] == "coverage"


def test_without_coverage_it_is_unmeasured_and_never_nothing(measured: Project, tmp_path: Path) -> None:
    python = str(with_only(tmp_path, *PYTEST).python)
    done = run(measured, python=python)
    found = told(done)["coverage:total"]
    assert (done.returncode, found["outcome"], found["state"], found["found"]) == (1, "fail", "absent", None)
    assert found["reason"].startswith("unmeasured: ")
    assert found["remedy"]["commands"][0][:4] == [python, "-m", "pip", "install"]


def test_with_an_old_coverage_it_is_unmeasured(measured: Project, tmp_path: Path) -> None:
    made = with_only(tmp_path, *PYTEST)
    made.install("coverage", "6.5")
    done = run(measured, python=str(made.python))
    found = told(done)["coverage:total"]
    assert (done.returncode, found["outcome"]) == (1, "fail")
    assert "6.5" in found["reason"]


@pytest.mark.needs("pytest-cov")
def test_the_verdicts_are_the_same_whatever_spreads_and_measures_the_tests(measured: Project) -> None:
    first = told(run(measured))
    done = run(measured, "-n", "2", env={"PYTHONHASHSEED": "1", "COVERAGE_CORE": "pytrace"})
    again = told(done)
    assert (done.returncode, again["coverage:total"]["found"], list(again)) == (
        0,
        "75.00",
        ["tests:pytest", "coverage:total"],
    )
    assert without_times(first) == without_times(again)
    plan = again["coverage:total"]["details"]["plan"]
    assert "COVERAGE_CORE chooses the core pytrace" in plan["why"]
    assert "COVERAGE_CORE" not in plan["environment"]


def test_what_a_patched_subprocess_runs_counts(measured: Project) -> None:
    more = '\n    [tool.coverage.run]\n    patch = ["subprocess"]\n'
    measured.policy(POLICY.replace("75", "100") + more)
    measured.write(
        "tests/test_child.py",
        """
        import subprocess, sys

        def test_child():
            code = "import sys; sys.path.insert(0, 'src'); import app; app.unused()"
            subprocess.run([sys.executable, "-c", code], check=True)
    """,
    )
    done = run(measured)
    assert (done.returncode, told(done)["coverage:total"]["found"]) == (0, "100.00"), done.stderr


def test_data_is_judged_after_its_run_with_the_words_that_it_needs(measured: Project) -> None:
    def check(*words: str, forms: str = "json") -> Done:
        return measured.gating("coverage.check", "--format", forms, *words)

    nothing = check()
    assert (nothing.returncode, told(nothing)["coverage:total"]["state"]) == (1, "absent")
    assert run(measured).returncode == 0
    good = check()
    assert (good.returncode, told(good)["coverage:total"]["found"]) == (0, "75.00")
    assert check("--fail-under", "75.01").returncode == 1
    measured.write("corrupt.data", "SQLite format 3\0and no more")
    corrupt = check("--data", "corrupt.data")
    assert (corrupt.returncode, told(corrupt)["coverage:data:corrupt.data"]["outcome"]) == (1, "fail")
    measured.write(".gating/reach.json", json.dumps({"schema": "gating.reach/2"}))
    foreign = check()
    assert (foreign.returncode, told(foreign)["coverage:reach"]["outcome"]) == (1, "fail")
    assert told(foreign)["coverage:total"]["outcome"] == "pass"
    reference = Reference(python="3.9", platform=sys.platform)
    reach = Reach(reference=reference, files={"src/app/__init__.py": FileReach()})
    write_reach(measured.root / ".gating" / "reach.json", reach)
    said = check(forms="text")
    assert said.returncode == 1
    assert "1 line lost: src/app/__init__.py:6; the reference is of Python 3.9" in said.stdout
    assert "accept it by: gating coverage.learn --accept src/app/__init__.py --reason WHY" in said.stdout


@pytest.mark.needs("nox")
def test_sessions_are_judged_once_and_together(measured: Project) -> None:
    measured.policy(POLICY.replace("75", "100"))
    measured.write("tests/test_more.py", "import app\n\n\ndef test_unused():\n    assert app.unused() == 2\n")
    measured.write(
        "noxfile.py",
        """
        import nox
        from gating import sessions

        @nox.session(venv_backend="none")
        @nox.parametrize("part", ["app", "more"])
        def tests(session, part):
            sessions.tests(session, "-q", judge=False, env={"PYTEST_ADDOPTS": None})

        @nox.session(venv_backend="none")
        def coverage(session):
            sessions.coverage(session)
    """,
    )
    done = measured.nox("-s", "tests", "coverage")
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("kept, to be judged together with others") == 2
    assert "coverage is 100.00 % (4 of 4), not under the floor of 100 %" in done.stdout
    (measured.root / "src" / "app" / "__init__.py").write_text("def used():\n    return 1\n")
    done = measured.nox("-s", "coverage")
    assert done.returncode == 1
    assert "left out, it is older than src/app/__init__.py" in done.stdout


OWN = """
    import app
    import coverage

    def test_own():
        assert app.used() == 1
        {}
"""


@pytest.mark.parametrize("apart", [True, False])
def test_a_worker_that_throws_its_data_away_is_named(measured: Project, tmp_path: Path, *, apart: bool) -> None:
    measured.policy(POLICY + '\n    [tool.coverage.run]\n    patch = ["subprocess"]\n')
    measured.write("tests/test_own.py", OWN.format("coverage.Coverage(data_file=None)" if apart else "pass"))
    python = str(with_only(tmp_path, *PYTEST, "coverage", "pytest-xdist", "execnet").python)
    done = run(measured, "-n", "2", "--dist", "loadfile", python=python)
    total = told(done)["coverage:total"]
    if apart:
        assert (done.returncode, total["outcome"]) == (0, "degraded"), done.stderr
        assert re.match(r"not judged: gw[01] of xdist's workers left no coverage data", total["reason"])
        words = ("--format", "json", "--python", python, "--", "-n", "2", "--dist", "loadfile")
        learned = told(measured.gating("coverage.learn", *words))["coverage:learn"]
        assert (learned["outcome"], "left no coverage data" in learned["reason"]) == ("fail", True), learned
    else:
        assert (done.returncode, total["outcome"], total["found"]) == (0, "pass", "75.00"), total


@pytest.mark.needs("pytest-cov")
def test_what_a_crashed_worker_covered_is_not_called_lost(measured: Project) -> None:
    measured.write("tests/test_dies.py", "import os\n\n\ndef test_dies():\n    os._exit(1)\n")
    done = run(measured, "-n", "2")
    found = told(done)
    assert (done.returncode, found["tests:pytest"]["outcome"], found["coverage:total"]["outcome"]) == (
        1,
        "fail",
        "degraded",
    ), done.stderr
    assert re.match(r"not judged: gw\d of xdist's workers crashed", found["coverage:total"]["reason"])
