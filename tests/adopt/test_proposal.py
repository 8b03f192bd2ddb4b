"""A policy proposed for whole projects: what it says, where it goes, what it leaves alone."""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest

from gating.adopt import Proposal, propose
from gating.errors import PolicyError, UsageError
from gating.policy import load_policy
from tests.projects import Project

Propose = Callable[..., Proposal]

PYPROJECT = """\
# A library.
[project]
name = "sample"
requires-python = ">=3.11"

[project.optional-dependencies]
fast = ["orjson>=3.9"]
test = ["pytest"]

[dependency-groups]
dev = ["mypy>=1.10", "ruff"]

[tool.mypy]
files = ["src"]     # all of it

[tool.ruff]
fix = true

[tool.coverage.report]
fail_under = 87.5
"""
NOXFILE = """\
import nox

nox.needs_version = ">=2024.3"

@nox.session
def docs(session):
    session.install("mkdocs")
    session.run("mkdocs", "build")
    session.run("docker", "build", ".", external=True)
"""
HOOKS = """\
minimum_pre_commit_version: "3.5"
repos:
  - repo: local
    hooks:
      - id: licences
        language: system
        entry: reuse lint
"""
EXPECTED = """\
[tool.gating]                        # what the checks of this project need; `gating explain` prints all of it
requires = ">=0.1"                   # of gating itself

[tool.gating.tools]                  # need = "ci": its absence fails in CI, and degrades elsewhere
python     = ">=3.11"                               # [project] requires-python
git        = "*"
nox        = { version = ">=2024.3", need = "ci" }  # nox.needs_version
pre-commit = { version = ">=3.5", need = "ci" }     # minimum_pre_commit_version
docker     = { need = "ci", why = "noxfile.py: docs" }
reuse      = { need = "ci", why = "hook licences" }

[tool.gating.optional]               # where one is absent, checks degrade and say so
orjson = { requires = "orjson>=3.9", extra = "fast" }

[tool.gating.coverage]
fail-under = 87.5                    # from [tool.coverage.report] fail_under

[tool.gating.gates.lint]             # a gate that cannot judge fails, unless its need says otherwise
run      = ["ruff", "check", "--no-fix", "."]  # [tool.ruff] says fix, and a gate changes nothing
tools    = ["ruff"]
findings = [1]                                 # 2 means that ruff could not judge

[tool.gating.gates.typing]
run      = ["mypy"]
tools    = ["mypy"]
findings = [1]                       # 2 means that mypy could not judge

[tool.gating.gates.pre-commit]
run      = ["pre-commit", "run", "--all-files"]
tools    = ["pre-commit", "git"]
findings = [1]                       # 3 means that pre-commit could not judge
need     = "ci"                      # without a judgement: fails in CI, degrades elsewhere
"""


@pytest.fixture
def whole(project: Project) -> Project:
    project.write("pyproject.toml", PYPROJECT)
    project.write("noxfile.py", NOXFILE)
    project.write(".pre-commit-config.yaml", HOOKS)
    (project.root / ".git").mkdir()
    return project


def test_a_whole_project_gets_a_policy_that_reads_well(whole: Project, proposal: Propose) -> None:
    found = proposal(has=("git", "pre-commit"))
    assert found.table == EXPECTED
    assert found.text == f"{PYPROJECT}\n{EXPECTED}"
    assert (found.file, found.exists) == (whole.root / "pyproject.toml", False)


def test_what_is_proposed_is_a_policy(whole: Project, proposal: Propose) -> None:
    found = proposal()
    (whole.home / "pyproject.toml").write_text(found.text)
    policy = load_policy(whole.home, env={})
    assert list(policy.tools) == ["python", "git", "nox", "pre-commit", "docker", "reuse"]
    assert str(policy.coverage.fail_under) == "87.5"
    assert policy.gates["typing"].findings == (1,)


def test_nothing_is_written_before_it_is_asked_for(whole: Project, proposal: Propose) -> None:
    proposal()
    assert (whole.root / "pyproject.toml").read_text() == PYPROJECT
    assert not (whole.root / "gating.toml").exists()


def test_no_code_of_the_project_runs_and_no_tool_either(project: Project, proposal: Propose) -> None:
    trap = "import pathlib, invoke, nox\npathlib.Path(__file__).with_suffix('.ran').touch()\n"
    project.tool("git", "touch ran")
    project.write("conftest.py", trap)
    proposal(files={"noxfile.py": trap, "tasks.py": trap, "setup.py": trap})
    assert not list(project.root.rglob("*ran"))


def test_each_entry_has_a_note_that_says_why(whole: Project, proposal: Propose) -> None:
    notes = proposal(has=("git",)).notes
    assert "tools.python: [project] requires-python is >=3.11" in notes
    assert "tools.git: the project lies in a git repository" in notes
    assert "tools.docker: run by noxfile.py: docs; not found here" in notes
    assert "tools.reuse: called by hook licences of .pre-commit-config.yaml; not found here" in notes
    assert "gates.typing: [tool.mypy] is there, and [dependency-groups] dev brings mypy; not found here" in notes
    assert "left out: the extra test, which is for developers" in notes
    assert not [note for note in notes if "\n" in note]


def test_what_cannot_be_read_is_said_and_the_rest_is_proposed(proposal: Propose) -> None:
    files = {"noxfile.py": "def (", "tasks.py": "x = '", ".pre-commit-config.yaml": "repos: [{\n"}
    found = proposal(PYPROJECT, files)
    assert [note.partition(":")[0] for note in found.notes if "cannot be read" in note] == [
        "noxfile.py",
        "tasks.py",
        ".pre-commit-config.yaml",
    ]
    assert "orjson" in found.table


def test_the_installed_version_of_a_tool_is_no_floor(project: Project, proposal: Propose) -> None:
    project.tool("pre-commit", "echo pre-commit 4.2.0")
    assert "pre-commit = { need" in proposal(files={".pre-commit-config.yaml": "repos: []\n"}).table


@pytest.mark.parametrize("start", ["", "src/sample", "pyproject.toml"])
def test_the_project_is_found_from_anywhere_in_it(whole: Project, start: str) -> None:
    (whole.root / "src/sample").mkdir(parents=True)
    assert propose(whole.root / start, env=whole.env).file == whole.root / "pyproject.toml"


def test_without_a_pyproject_the_policy_is_a_file_of_its_own(project: Project, proposal: Propose) -> None:
    (project.root / "pyproject.toml").unlink()
    found = proposal(files={"noxfile.py": NOXFILE})
    assert (found.file, found.exists, found.before) == (project.root / "gating.toml", False, None)
    assert found.text == found.table
    assert tomllib.loads(found.text)["tools"]["nox"] == {"version": ">=2024.3", "need": "ci"}
    (project.root / "gating.toml").write_text(found.text)
    assert "docker" in load_policy(project.root, env={}).tools


def test_a_pyproject_that_takes_no_table_is_left_alone(project: Project, proposal: Propose) -> None:
    found = proposal('tool = { ruff = { line-length = 99 } }\n[project]\nname = "sample"\n')
    assert found.file == project.root / "gating.toml"
    assert "pyproject.toml has its [tool] in a form that takes no further table, so gating.toml is used" in found.notes
    (project.root / "gating.toml").write_text(found.text)
    assert load_policy(project.root, env={}).gates["lint"].run == ("ruff", "check", ".")


@pytest.mark.parametrize(
    ("name", "text", "line"),
    [
        ("pyproject.toml", "[project]\nname = 'a'\n[tool.gating]\n", 3),
        ("pyproject.toml", "[tool.gating.tools]\ngit = '*'\n", 1),
        ("gating.toml", "mode = 'strict'\n", 1),
    ],
)
def test_a_policy_that_is_there_is_not_proposed_again(
    project: Project, proposal: Propose, name: str, text: str, line: int
) -> None:
    found = proposal(files={name: text})
    assert (found.file, found.exists) == (project.root / name, True)
    assert (found.text, found.table, found.diff()) == (text, "", "")
    assert found.notes == (f"{name}:{line}: there is a policy already; `gating explain` prints it",)


def test_a_policy_above_holds_here_too(project: Project, proposal: Propose) -> None:
    project.policy("[tool.gating]")
    project.write("member/pyproject.toml", "[project]\nname = 'member'\n")
    found = propose(project.root / "member", env=project.env)
    assert (found.file, found.exists) == (project.root / "pyproject.toml", True)
    own = project.root / "member" / "pyproject.toml"
    assert found.notes == (
        "../pyproject.toml:5: there is a policy already; `gating explain` prints it",
        f"it holds here too; a [tool.gating] table in {own} would replace it",
    )


def test_a_file_that_is_no_toml_is_refused_with_its_place(project: Project, proposal: Propose) -> None:
    with pytest.raises(PolicyError, match=r"pyproject\.toml:2:\d+"):
        proposal("[project]\nname = \n")


def test_a_byte_order_mark_is_refused_as_by_everything_else_that_reads_the_file(project: Project) -> None:
    (project.root / "pyproject.toml").write_text("\ufeff[project]\n", encoding="utf-8")
    with pytest.raises(PolicyError, match="byte-order mark"):
        propose(project.root, env=project.env)


def test_a_folder_that_is_not_there_is_a_wrong_use(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no folder"):
        propose(tmp_path / "nowhere", env={})


def test_the_diff_is_what_git_would_show(proposal: Propose) -> None:
    found = proposal("[project]\nname = 'sample'\nrequires-python = '>=3.11'\n")
    lines = found.diff().splitlines()
    assert lines[:2] == ["--- a/pyproject.toml", "+++ b/pyproject.toml"]
    assert "+[tool.gating.tools]" in lines
    assert not [line for line in lines if line.startswith("-") and not line.startswith("---")]


@pytest.mark.parametrize("text", ["[project]\nname = 'a'", "[project]\r\nname = 'a'\r\n", "a = '\u2028'\n"])
def test_the_diff_can_be_applied_by_git(project: Project, proposal: Propose, text: str) -> None:
    (project.root / "pyproject.toml").write_bytes(text.encode())
    found = proposal()
    (project.home / "change.diff").write_bytes(found.diff().encode())
    done = project.git("apply", str(project.home / "change.diff"))
    assert done.returncode == 0, done.stderr
    assert (project.root / "pyproject.toml").read_bytes() == found.text.encode()


def test_the_diff_of_a_new_file_makes_it(project: Project, proposal: Propose) -> None:
    (project.root / "pyproject.toml").unlink()
    found = proposal(files={"noxfile.py": NOXFILE})
    assert found.diff().startswith("--- /dev/null\n+++ b/gating.toml\n")
    (project.home / "change.diff").write_bytes(found.diff().encode())
    done = project.git("apply", str(project.home / "change.diff"))
    assert done.returncode == 0, done.stderr
    assert (project.root / "gating.toml").read_text() == found.text
