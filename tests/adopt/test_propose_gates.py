"""Gates that a project's configuration makes plain."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from gating.adopt import Proposal
from tests.projects import Project

Propose = Callable[..., Proposal]
Table = Callable[..., dict[str, Any]]

HOOKS = ".pre-commit-config.yaml"
NAMED = "[project]\nname = 'My.App'\n"
DEV = "[dependency-groups]\ndev = ['mypy', 'ruff', 'vulture']\n"


def hooks(*ids: str) -> dict[str, str]:
    listed = "".join(f"  - id: {one}\n" for one in ids)
    return {HOOKS: f"repos:\n- repo: https://example.org/x\n  hooks:\n{listed}"}


def nox(command: str) -> dict[str, str]:
    return {"noxfile.py": f"import nox\ndef types(session):\n    session.install('mypy')\n    session.run({command})\n"}


@pytest.mark.parametrize("files", [{"pyproject.toml": DEV + "[tool.ruff]\n"}, {"pyproject.toml": DEV, "ruff.toml": ""}])
def test_ruff_checks_the_whole_folder(table: Table, files: dict[str, str]) -> None:
    assert table(files=files)["gates"] == {"lint": {"run": ["ruff", "check", "."], "tools": ["ruff"], "findings": [1]}}


@pytest.mark.parametrize(
    ("ruff", "own_file", "fixes"),
    [
        ("[tool.ruff]\nfix = true\n", None, True),
        ("[tool.ruff]\nfix = false\n", None, False),
        ("[tool.ruff]\nfix = true\n", "line-length = 99\n", False),  # ruff reads its own file alone
        ("", "fix = true\n", True),
        ("", "fix = \n", False),
    ],
)
def test_a_gate_does_not_fix(table: Table, ruff: str, own_file: str | None, *, fixes: bool) -> None:
    files = {} if own_file is None else {"ruff.toml": own_file}
    run = table(DEV + ruff, files)["gates"]["lint"]["run"]
    assert run == ["ruff", "check", *(["--no-fix"] if fixes else []), "."]


@pytest.mark.parametrize(
    ("files", "run"),
    [
        ({"pyproject.toml": DEV + "[tool.mypy]\nfiles = ['src']\n"}, ["mypy"]),
        ({"pyproject.toml": DEV, "mypy.ini": "[mypy]\npackages = a\n"}, ["mypy"]),
        ({"pyproject.toml": DEV, "setup.cfg": "[mypy]\nfiles = a\n"}, ["mypy"]),
        ({"pyproject.toml": "[tool.mypy]\n", **nox("'mypy', '-v', 'src', *session.posargs")}, ["mypy", "-v", "src"]),
        ({"pyproject.toml": "[tool.mypy]\n", **nox("'python', '-m', 'mypy', 'src'")}, ["mypy", "src"]),
        ({"pyproject.toml": DEV + "[tool.mypy]\n", "src/a/__init__.py": ""}, ["mypy", "src"]),
        ({"pyproject.toml": NAMED + DEV + "[tool.mypy]\n", "my_app/__init__.py": ""}, ["mypy", "my_app"]),
        ({"pyproject.toml": DEV + "[tool.mypy]\n", "src/notes.txt": ""}, None),
        ({"pyproject.toml": DEV + "[tool.mypy]\n"}, None),
        ({"pyproject.toml": "[tool.mypy]\nfiles = ['src']\n"}, None),
        ({"pyproject.toml": DEV + "[tool.other]\n"}, None),
    ],
)  # fmt: skip
def test_mypy_checks_what_the_project_says(table: Table, files: dict[str, str], run: list[str] | None) -> None:
    gates = table(files=files).get("gates", {})
    assert gates == ({"typing": {"run": run, "tools": ["mypy"], "findings": [1]}} if run else {})


@pytest.mark.parametrize(
    ("pyproject", "reason"),
    [
        ("[tool.mypy]\n", "no group, session, task or hook brings it"),
        (DEV + "[tool.mypy]\n", "does not say which files it is to check"),
    ],
)
def test_why_there_is_no_gate_is_said(proposal: Propose, pyproject: str, reason: str) -> None:
    assert [
        note for note in proposal(pyproject).notes if note.startswith("left out: a gate for mypy") and reason in note
    ]


@pytest.mark.parametrize(
    ("files", "run"),
    [
        ({"pyproject.toml": "[tool.vulture]\npaths = ['src']\n"}, ["vulture"]),
        ({"pyproject.toml": "[tool.vulture]\nmin_confidence = 80\n", "src/a/__init__.py": ""}, ["vulture", "src"]),
        ({"pyproject.toml": "[tool.vulture]\n"}, None),
    ],
)
def test_vulture_s_3_is_a_finding_and_its_1_is_not(table: Table, files: dict[str, str], run: list[str] | None) -> None:
    gates = table(files=files).get("gates", {})
    assert gates == ({"dead-code": {"run": run, "tools": ["vulture"], "findings": [3]}} if run else {})


def test_hooks_are_a_gate_in_a_repository(project: Project, table: Table, proposal: Propose) -> None:
    assert "gates" not in table(files=hooks("x"))
    assert [note for note in proposal().notes if "this is no git repository, and hooks run in no other" in note]
    (project.root / ".git").mkdir()
    assert table()["gates"] == {
        "pre-commit": {
            "run": ["pre-commit", "run", "--all-files"],
            "tools": ["pre-commit", "git"],
            "findings": [1],
            "need": "ci",
        }
    }


def test_prek_has_codes_of_its_own(project: Project, proposal: Propose) -> None:
    (project.root / ".git").mkdir()
    found = proposal(files=hooks("x"), has=("prek",))
    assert 'run      = ["prek", "run", "--all-files"]' in found.table
    assert "# 2 means that prek could not judge" in found.table


@pytest.mark.parametrize("ids", [("ruff", "mypy"), ("ruff-check", "ruff-format", "mypy")])
def test_what_only_pre_commit_runs_is_left_to_its_gate(
    project: Project, table: Table, proposal: Propose, ids: tuple[str, ...]
) -> None:
    pyproject = "[tool.ruff]\n[tool.mypy]\nfiles = ['a']\n"
    assert set(table(pyproject, hooks(*ids))["gates"]) == {"lint", "typing"}  # where the hooks cannot run
    (project.root / ".git").mkdir()
    assert set(table()["gates"]) == {"pre-commit"}
    notes = [note for note in proposal().notes if "only pre-commit runs it, and its gate does so" in note]
    assert len(notes) == 2
    assert set(table(DEV + pyproject)["gates"]) == {"lint", "typing", "pre-commit"}


def test_ruff_alone_needs_nobody_to_bring_it(table: Table) -> None:
    assert "lint" in table("[project.optional-dependencies]\nfast = ['orjson']\n[tool.ruff]\n")["gates"]


@pytest.mark.parametrize(
    ("pyproject", "files"),
    [
        ("[dependency-groups]\ndev = ['flake8']\n", {}),
        ("[project.optional-dependencies]\ndev = ['flake8']\n", {}),
        ("[project]\nname = 'a'\n", {"requirements-dev.txt": "flake8\n"}),
        ("[project]\nname = 'a'\n", nox("'flake8'")),
        ("[project]\nname = 'a'\n", hooks("flake8")),
    ],
)
def test_a_project_that_lists_its_tools_without_ruff_does_not_check_with_it(
    table: Table, pyproject: str, files: dict[str, str]
) -> None:
    assert "gates" not in table(pyproject + "[tool.ruff]\nline-length = 99\n", files)


def test_a_requirement_file_brings_a_tool(proposal: Propose) -> None:
    found = proposal("[tool.mypy]\nfiles = ['a']\n", {"requirements.txt": "mypy==1.13.0\n"})
    assert "gates.typing: [tool.mypy] is there, and requirements.txt brings mypy; not found here" in found.notes
