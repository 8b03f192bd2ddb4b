"""The tools that a project's files ask of a host."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from gating.adopt import Proposal
from tests.projects import Project

Propose = Callable[..., Proposal]
Table = Callable[..., dict[str, Any]]

HOOKS = ".pre-commit-config.yaml"
NO_HOOKS = "repos: []\n"


def noxfile(*lines: str) -> dict[str, str]:
    return {"noxfile.py": "\n    ".join(["import nox, shutil\n@nox.session\ndef docs(session):", *lines, ""])}


def tasks(*lines: str) -> dict[str, str]:
    return {"tasks.py": "\n    ".join(["from invoke import task\n@task\ndef up(c):", *lines, ""])}


@pytest.mark.parametrize(
    ("wanted", "tools"),
    [('">=3.11"', {"python": ">=3.11"}), ('" >=3.9, <4 "', {"python": ">=3.9, <4"}), ('"3.11"', {}), ("3.11", {})],
)
def test_python_is_what_the_project_requires(table: Table, wanted: str, tools: dict[str, str]) -> None:
    assert table(f"[project]\nname = 'a'\nrequires-python = {wanted}\n").get("tools", {}) == tools


@pytest.mark.parametrize("kind", ["folder", "file"])
def test_git_where_there_is_a_repository_above(project: Project, table: Table, kind: str) -> None:
    assert "tools" not in table()
    place = project.root.parent / ".git"
    place.mkdir() if kind == "folder" else place.write_text("gitdir: x\n")
    assert table()["tools"] == {"git": "*"}


@pytest.mark.parametrize(
    ("files", "tool"),
    [
        (noxfile("pass"), {"need": "ci"}),
        ({"noxfile.py": "import nox\nnox.needs_version = '>=2025.2.9'\n"}, {"version": ">=2025.2.9", "need": "ci"}),
        ({"noxfile.py": "import nox\nnox.needs_version = VERSION\n"}, {"need": "ci"}),
    ],
)
def test_nox_in_the_version_that_the_noxfile_needs(table: Table, files: dict[str, str], tool: dict[str, str]) -> None:
    assert table(files=files)["tools"]["nox"] == tool


@pytest.mark.parametrize(
    ("hooks", "groups", "tool"),
    [
        (NO_HOOKS, "[]", {"need": "ci"}),
        ("minimum_pre_commit_version: 3.7.0\n" + NO_HOOKS, "['pre-commit>=4']", {"version": ">=3.7.0", "need": "ci"}),
        (NO_HOOKS, "['pre-commit>=4']", {"version": ">=4", "need": "ci"}),
        (NO_HOOKS, "['pre-commit==4.2']", {"need": "ci"}),
    ],
)
def test_pre_commit_in_the_version_that_the_project_names(
    table: Table, hooks: str, groups: str, tool: dict[str, str]
) -> None:
    assert table(f"[dependency-groups]\ndev = {groups}\n", {HOOKS: hooks})["tools"]["pre-commit"] == tool


@pytest.mark.parametrize(
    ("files", "has", "runner"),
    [
        ({}, (), "pre-commit"),
        ({}, ("prek",), "prek"),
        ({}, ("prek", "pre-commit"), "pre-commit"),
        (noxfile("session.install('prek')"), ("pre-commit",), "prek"),
        (noxfile("session.install('pre-commit>=3')"), ("prek",), "pre-commit"),
        (noxfile("session.install('prekish', 'pre-commit-uv')"), ("prek",), "prek"),
    ],
)
def test_hooks_are_run_by_what_the_project_names_else_by_what_is_here(
    table: Table, files: dict[str, str], has: tuple[str, ...], runner: str
) -> None:
    assert set(table(files={HOOKS: NO_HOOKS, **files}, has=has)["tools"]) - {"nox"} == {runner}


def test_what_sessions_run_from_outside_is_the_host_s(table: Table) -> None:
    found = table(
        files=noxfile(
            "session.install('mkdocs')",
            "session.run('mkdocs', 'build', external=True)",
            "session.run('pytest')",
            "session.run('hugo', external=True)",
            "session.run('python', 'x.py', external=True)",
        )
    )
    assert {name: one for name, one in found["tools"].items() if name != "nox"} == {
        "hugo": {"need": "ci", "why": "noxfile.py: docs"}
    }


def test_what_a_noxfile_looks_for_and_runs_is_optional(table: Table) -> None:
    found = table(files=noxfile("if shutil.which('docker'):", "    session.run('docker', 'ps', external=True)"))
    assert found["tools"]["docker"] == {"need": "optional", "why": "noxfile.py: docs"}


def test_what_a_noxfile_only_looks_for_is_for_its_author_to_say(proposal: Propose) -> None:
    found = proposal(files=noxfile("shutil.which('conda') or shutil.which('mamba')"))
    assert "conda" not in found.table
    assert [note for note in found.notes if "shutil.which for conda, mamba;" in note]


def test_what_tasks_run_is_the_host_s(table: Table) -> None:
    assert table(files=tasks("c.run('docker compose up && npm ci')", "c.run('cd x; docker ps')"))["tools"] == {
        "docker": {"need": "ci", "why": "tasks.py: up"},
        "npm": {"need": "ci", "why": "tasks.py: up"},
    }


def test_a_tool_that_developers_install_has_their_floor(table: Table) -> None:
    found = table("[dependency-groups]\ndev = ['mkdocs>=1.6']\n", tasks("c.run('mkdocs build')"))
    assert found["tools"]["mkdocs"] == {"version": ">=1.6", "need": "ci", "why": "tasks.py: up"}


def test_a_command_of_the_project_s_own_is_no_tool(table: Table) -> None:
    assert "tools" not in table(
        "[project]\nname = 'a'\n[project.scripts]\na-serve = 'a:b'\n", tasks("c.run('a-serve')")
    )


def test_hooks_that_pre_commit_installs_nothing_for(table: Table) -> None:
    hooks = """\
repos:
- repo: local
  hooks:
  - {id: a, language: system, entry: reuse lint}
  - {id: b, language: unsupported, entry: reuse spdx}
  - {id: c, language: script, entry: check.sh}
  - {id: d, language: system, entry: ./bin/check}
  - {id: e, language: system, entry: python -m x}
  - {id: f, language: python, entry: cog}
  - {id: g, language: docker_image, entry: hadolint/hadolint}
- repo: https://example.org/x
  hooks:
  - id: h
"""
    found = table(files={HOOKS: hooks})["tools"]
    assert {name: one["why"] for name, one in found.items() if name != "pre-commit"} == {
        "reuse": "hooks a, b",
        "docker": "hook g",
    }


def test_many_tasks_are_not_all_named(table: Table) -> None:
    body = "".join(f"@task\ndef t{number}(c):\n    c.run('hugo')\n" for number in range(5))
    found = table(files={"tasks.py": f"from invoke import task\n{body}"})
    assert found["tools"]["hugo"]["why"] == "tasks.py: t0, t1, t2, …"


def test_a_tool_that_is_not_here_is_marked_and_proposed_all_the_same(proposal: Propose) -> None:
    found = proposal(files=tasks("c.run('hugo')", "c.run('helm lint')"), has=("helm",))
    assert "tools.hugo: run by tasks.py: up; not found here" in found.notes
    assert "tools.helm: run by tasks.py: up" in found.notes
    assert "hugo" in found.table


def test_a_file_that_cannot_be_executed_is_not_here(project: Project, proposal: Propose) -> None:
    project.tool("hugo", "exit 0", mode=0o644)
    assert "tools.hugo: run by tasks.py: up; not found here" in proposal(files=tasks("c.run('hugo')")).notes
