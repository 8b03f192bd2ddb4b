"""What the plan of a measured test run says, for environments that have this and lack that."""

from __future__ import annotations

from pathlib import Path

import pytest

from gating.coverage.ladder import Tool
from gating.coverage.plan import Plan, plan, source_packages
from gating.policy import Policy, load_policy
from gating.toolchain.cache import Cache
from gating.toolchain.host import Host
from gating.toolchain.judged import JudgedPython
from tests.installs import Environment
from tests.projects import Project

POLICY = """
    [tool.gating.coverage]
    source = ["src/app"]
"""


@pytest.fixture
def there(tmp_path: Path) -> Environment:
    made = Environment(tmp_path / "venv")
    made.install("coverage", "7.11.0")
    return made


def planned(project: Project, environment: Environment, *words: str, **env: str) -> Plan:
    judged = JudgedPython(Host.of({"PATH": ""}, python=str(environment.python)), Cache(None, about=["plan"]))
    return plan(load_policy(project.root, env={}), judged, words, env=env, label="3.11")


def test_pytest_cov_measures_and_its_own_floor_is_off(project: Project, there: Environment) -> None:
    project.policy(POLICY)
    there.install("pytest-cov", "7.0.0")
    made = planned(project, there, "-q")
    assert made.command == (
        *("python", "-m", "pytest", "--cov=src/app", "--cov-report=", "--cov-fail-under=0"),
        "-q",
    )
    assert made.data_file == made.environment["COVERAGE_FILE"] == str(project.root / ".gating/coverage/data-3.11")
    assert made.steps_after == (
        ("python", "-m", "coverage", "json", "--quiet", "--fail-under=0", "-o", str(made.report)),
    )
    assert planned(project, there, "--cov=other", "--cov-report=term").command[3:] == (
        *("--cov-fail-under=0", "--cov=other", "--cov-report=term"),
    )


def test_coverage_runs_pytest_where_there_is_no_plugin(project: Project, there: Environment) -> None:
    project.policy(POLICY)
    made = planned(project, there)
    assert made.command == ("python", "-m", "coverage", "run", "--source=src/app", "-m", "pytest")
    project.write(".coveragerc", "[run]\nparallel = true\n")
    assert planned(project, there).steps_after[0] == ("python", "-m", "coverage", "combine", "--quiet")


def test_nothing_is_added_where_nothing_measures(project: Project, tmp_path: Path) -> None:
    bare = Environment(tmp_path / "bare")
    made = planned(project, bare, "-q")
    assert (made.command, made.environment, made.report) == (("python", "-m", "pytest", "-q"), {}, None)
    assert made.rung.tool is Tool.UNMEASURED
    assert made.steps_after == ()


def test_a_command_that_measures_is_left_as_it_is(project: Project, there: Environment) -> None:
    there.install("pytest-cov", "7.0.0")
    judged = JudgedPython(Host.of({"PATH": ""}, python=str(there.python)), Cache(None, about=["plan"]))
    runner = ("coverage", "run", "-m", "pytest")
    made = plan(load_policy(project.root, env={}), judged, ["-q"], env={}, runner=runner)
    assert made.command == (*runner, "-q")
    assert made.rung.tool is Tool.COVERAGE


@pytest.mark.parametrize("words", [["-n", "2"], ["-n2"], ["--numprocesses=auto"], ["-nauto"]])
def test_workers_that_are_not_measured_disarm_the_total(project: Project, there: Environment, words: list[str]) -> None:
    assert "xdist's workers are not measured" in planned(project, there, *words).disarmed[0]
    project.write(".coveragerc", "[run]\npatch = subprocess\n")
    assert planned(project, there, *words).disarmed == ()
    (project.root / ".coveragerc").unlink()
    project.write("pytest.ini", f"[pytest]\naddopts = {' '.join(words)}\n")
    assert "xdist's workers are not measured" in planned(project, there).disarmed[0]
    assert planned(project, there, "-n", "0").disarmed == ()
    there.install("pytest-cov", "7.0.0")
    assert planned(project, there, *words).disarmed == ()


@pytest.mark.parametrize("words", [[], ["-n", "0"], ["-n0"], ["-nno"], ["-n"], ["-n", "2", "--numprocesses=0"]])
def test_without_workers_there_is_a_total(project: Project, there: Environment, words: list[str]) -> None:
    assert planned(project, there, *words).disarmed == ()


def test_a_part_of_the_suite_disarms_the_total(project: Project, there: Environment) -> None:
    assert planned(project, there, "-k", "one").disarmed == ("-k one selects tests by name",)
    assert planned(project, there, PYTEST_ADDOPTS="-x").disarmed == ("-x stops at the first failure",)


def test_the_plan_is_plain_values(project: Project, there: Environment) -> None:
    told = planned(project, there).as_dict()
    assert (told["tool"], told["coverage"], told["disarmed"]) == ("coverage", "7.11.0", [])
    assert told["why"][0] == "pytest-cov is not installed"


def test_where_somebody_keeps_data_is_respected(project: Project, there: Environment) -> None:
    assert planned(project, there, COVERAGE_FILE="/somewhere/data").data_file == "/somewhere/data"


def test_the_floor_and_where_it_comes_from(project: Project, there: Environment) -> None:
    project.policy("[tool.gating.coverage]\nfail-under = 90\n[tool.coverage.report]\nfail_under = 80.5\n")
    told = planned(project, there).as_dict()["floor"]
    assert (told["value"], [one["value"] for one in told["rejected"]]) == ("90", ["80.5"])


def test_the_packages_behind_a_source(project: Project) -> None:
    project.policy('[tool.gating.coverage]\nsource = ["src", "lib/one", "two.three"]\n')
    project.write("src/app/__init__.py", "")
    project.write("src/tool/__init__.py", "")
    policy = load_policy(project.root, env={})
    from gating.coverage.configured import Configured

    assert source_packages(policy, Configured()) == ("app", "tool", "one", "two")
    assert source_packages(Policy(root=project.root), Configured(run={"source_pkgs": ["mine"]})) == ("mine",)
