"""The coverage floor, from each place where projects keep one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from gating.adopt import Proposal

Propose = Callable[..., Proposal]
Table = Callable[..., dict[str, Any]]

INI = "[tool.pytest.ini_options]"
NOX = "import nox\n@nox.session\ndef tests(session):\n    session.run({})\n"
TASK = "from invoke import task\n@task\ndef test(c):\n    c.run({})\n"


@pytest.mark.parametrize(
    ("name", "text", "where"),
    [
        ("pyproject.toml", "[tool.coverage.report]\nfail_under = 85\n", "[tool.coverage.report] fail_under"),
        ("pyproject.toml", f"{INI}\naddopts = '-ra --cov-fail-under=85'\n", f"{INI} addopts"),
        ("pyproject.toml", "[tool.pytest]\naddopts = ['--cov-fail-under', '85']\n", "[tool.pytest] addopts"),
        ("pytest.ini", "[pytest]\naddopts =\n  -ra\n  --cov-fail-under=85\n", "pytest.ini [pytest] addopts"),
        ("setup.cfg", "[tool:pytest]\naddopts = --cov-fail-under=85\n", "setup.cfg [tool:pytest] addopts"),
        ("tox.ini", "[pytest]\naddopts = --cov-fail-under=85\n", "tox.ini [pytest] addopts"),
        (".coveragerc", "[report]\nfail_under = 85\n", ".coveragerc [report] fail_under"),
        ("setup.cfg", "[coverage:report]\nfail_under = 85\n", "setup.cfg [coverage:report] fail_under"),
        ("noxfile.py", NOX.format("'pytest', '--cov-fail-under=85', *session.posargs"), "noxfile.py:4"),
        ("noxfile.py", NOX.format("'coverage', 'report', '--fail-under', '85'"), "noxfile.py:4"),
        ("tasks.py", TASK.format("f'python -m pytest {x} --cov-fail-under=85'"), "tasks.py:4"),
    ],
)  # fmt: skip
def test_a_floor_is_found_where_it_stands(proposal: Propose, table: Table, name: str, text: str, where: str) -> None:
    files = {"pyproject.toml": "[project]\nname = 'a'\n", name: text}
    assert table(files=files)["coverage"] == {"fail-under": 85}
    found = proposal(files=files)
    assert f"coverage.fail-under: 85 is the floor in {where}" in found.notes
    assert f"from {where}" in found.table
    to_go = [note for note in found.notes if "take --cov-fail-under out" in note]
    assert len(to_go) == ("addopts" in where)


@pytest.mark.parametrize("text", ["85", "87.50", "0.5", "100"])
def test_a_floor_stands_as_it_was_written(proposal: Propose, text: str) -> None:
    assert f"fail-under = {text} " in proposal(f"[tool.coverage.report]\nfail_under = {text}\n").table


@pytest.mark.parametrize("text", ["0", "'85'", "true", "101", "-1", "nan", "[]"])
def test_what_is_no_floor_is_none(table: Table, text: str) -> None:
    assert "fail-under" not in table(f"[tool.coverage.report]\nfail_under = {text}\n").get("coverage", {})


@pytest.mark.parametrize(
    "command", ["'interrogate', '--fail-under=100'", "'pytest', '--cov-fail-under=085'", "'pytest', x"]
)
def test_another_tool_s_floor_is_not_coverage_s(table: Table, command: str) -> None:
    assert "coverage" not in table(files={"noxfile.py": NOX.format(command)})


def test_the_highest_of_several_floors_counts_and_the_others_are_named(proposal: Propose) -> None:
    text = "[tool.coverage.report]\nfail_under = 80\n[tool.pytest.ini_options]\naddopts = '--cov-fail-under=90'\n"
    found = proposal(text)
    assert "fail-under = 90 " in found.table
    assert "coverage.fail-under: [tool.coverage.report] fail_under says 80" in found.notes


def test_pytest_s_own_file_wins_over_pyproject(table: Table) -> None:
    found = table(
        "[tool.pytest.ini_options]\naddopts = '--cov-fail-under=90'\n",
        {"pytest.ini": "[pytest]\naddopts = --cov-fail-under=70\n"},
    )
    assert found["coverage"]["fail-under"] == 70


def test_what_is_measured_comes_along(table: Table) -> None:
    found = table("[tool.coverage.run]\nsource_pkgs = ['a']\nsource = ['b']\n[tool.coverage.report]\nfail_under = 80\n")
    assert found["coverage"] == {"source": ["a"], "fail-under": 80}


def test_an_ini_file_that_cannot_be_read_says_nothing(table: Table) -> None:
    assert "coverage" not in table(files={".coveragerc": "fail_under = 1\n", "pytest.ini": "[pytest\n"})
