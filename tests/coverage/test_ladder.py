"""The tool that measures and its core, for environments that have this and lack that."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from gating.coverage.configured import Configured
from gating.coverage.ini import Asked
from gating.coverage.ladder import Tool, climb
from gating.toolchain.cache import Cache
from gating.toolchain.host import Host
from gating.toolchain.judged import JudgedPython
from tests.installs import Environment


@pytest.fixture
def there(tmp_path: Path) -> Environment:
    return Environment(tmp_path / "venv")


def judged(environment: Environment, version: str | None = None) -> JudgedPython:
    made = JudgedPython(Host.of({"PATH": ""}, python=str(environment.python)), Cache(None, about=["ladder"]))
    if version is not None:  # as that Python would say
        made.__dict__["interpreter"] = replace(made.interpreter, version=version)
    return made


def test_without_coverage_nothing_is_measured_and_the_reason_is_said(there: Environment) -> None:
    found = climb(judged(there), Configured(), env={})
    assert (found.tool, found.core) == (Tool.UNMEASURED, None)
    assert "coverage is not installed" in found.why[0]


def test_an_old_coverage_measures_nothing(there: Environment) -> None:
    there.install("coverage", "4.5.4")
    found = climb(judged(there), Configured(), env={})
    assert (found.tool, found.version) == (Tool.UNMEASURED, "4.5.4")
    assert "4.5.4 is too old" in found.why[0]


def test_the_rungs(there: Environment) -> None:
    there.install("coverage", "7.11.0")
    assert climb(judged(there), Configured(), env={}).tool is Tool.COVERAGE
    there.install("pytest-cov", "7.0.0")
    assert climb(judged(there), Configured(), env={}).tool is Tool.PYTEST_COV


@pytest.mark.parametrize(
    ("words", "env"),
    [
        ([], {}),
        (["-p", "mine.early"], {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}),
        (["-pmine.early"], {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}),
        ([], {"PYTEST_PLUGINS": "other,mine", "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}),
    ],
)
def test_what_plugins_import_first_is_measured_from_before(
    there: Environment, words: list[str], env: Mapping[str, str]
) -> None:
    there.install("coverage", "7.11.0")
    there.install("pytest-cov", "7.0.0")
    info = there.install("mine", "1")
    (info / "entry_points.txt").write_text("[console_scripts]\nx = other:main\n\n[pytest11]\nmine = mine.plugin\n")
    found = climb(judged(there), Configured(), packages=["mine"], asked=Asked({}, words, {}), env=env)
    assert found.tool is Tool.COVERAGE
    assert found.why[0] == "mine is imported before pytest-cov could measure it"
    assert (
        climb(judged(there), Configured(), packages=["other"], asked=Asked({}, words, {}), env={}).tool
        is Tool.PYTEST_COV
    )
    off = {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    assert (
        climb(judged(there), Configured(), packages=["mine"], asked=Asked({}, ["-p", "no:mine"], {}), env=off).tool
        is Tool.PYTEST_COV
    )


def test_what_warning_filters_name_is_measured_from_before(there: Environment) -> None:
    there.install("coverage", "7.11.0")
    there.install("pytest-cov", "7.0.0")
    asked = Asked({"filterwarnings": ["error", "ignore::mine.warnings.Mine"]}, [], {})
    found = climb(judged(there), Configured(), packages=["mine"], asked=asked, env={})
    why = "mine is imported, for a class that pytest's warning filters name, before pytest-cov could measure it"
    assert (found.tool, found.why[0]) == (Tool.COVERAGE, why)
    assert climb(judged(there), Configured(), packages=["other"], asked=asked, env={}).tool is Tool.PYTEST_COV


@pytest.mark.parametrize(
    ("python", "coverage", "run", "words", "core"),
    [
        ("3.13.0", "7.11.0", {}, [], "sysmon"),
        ("3.12.1", "7.11.0", {}, [], "sysmon"),
        ("3.11.7", "7.11.0", {}, [], None),
        ("3.13.0", "7.5.0", {}, [], None),
        ("3.13.0", "7.11.0", {"branch": True}, [], None),
        ("3.13.0", "7.11.0", {}, ["--cov-branch"], None),
        ("3.14.0", "7.11.0", {"branch": True}, [], "sysmon"),
        ("3.14.0", "7.11.0", {"dynamic_context": "test_function"}, [], None),
        ("3.14.0", "7.11.0", {}, ["--cov-context=test"], None),
        ("3.14.0", "7.11.0", {"plugins": ["django"]}, [], None),
        ("3.14.0", "7.11.0", {"concurrency": "thread, greenlet"}, [], None),
        ("3.14.0", "7.11.0", {"concurrency": "thread"}, [], "sysmon"),
        ("3.14.0", "7.11.0", {"timid": "yes"}, [], None),
        ("3.14.0", "7.11.0", {"core": "ctrace"}, [], None),
    ],
)
def test_the_fastest_core_that_is_exact(
    there: Environment, python: str, coverage: str, *, run: dict[str, Any], words: list[str], core: str | None
) -> None:
    there.install("coverage", coverage)
    assert climb(judged(there, python), Configured(run=run), asked=Asked({}, words, {}), env={}).core == core


def test_a_core_that_somebody_chose_is_left(there: Environment) -> None:
    there.install("coverage", "7.11.0")
    found = climb(judged(there, "3.14.0"), Configured(), env={"COVERAGE_CORE": "pytrace"})
    assert (found.core, found.why[1]) == (None, "COVERAGE_CORE chooses the core pytrace")
