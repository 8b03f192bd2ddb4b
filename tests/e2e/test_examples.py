"""The examples, copied away and run by the real nox, invoke and gating as their readers would."""

from __future__ import annotations

import re
import shlex
import shutil
from pathlib import Path

import pytest

from tests.installs import no_network, wheel
from tests.projects import Project

pytestmark = pytest.mark.usefixtures("unmeasured")

EXAMPLES = Path(__file__).parents[2] / "examples"


@pytest.fixture
def example(project: Project, request: pytest.FixtureRequest) -> Project:
    """The example that the test's parameter names, in the place of the empty project."""
    shutil.rmtree(project.root)
    shutil.copytree(EXAMPLES / request.param, project.root, ignore=shutil.ignore_patterns(".*cache*", "__pycache__"))
    return project


def copied(name: str) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("example", [name], indirect=True)


def test_every_example_is_run_here() -> None:
    told = Path(__file__).read_text(encoding="utf-8")
    folders = [folder.name for folder in EXAMPLES.iterdir() if folder.is_dir() and not folder.name.startswith(".")]
    assert {"ci-github", "invoke-project", "nox-project"} <= set(folders)
    assert [name for name in folders if f'@copied("{name}")' not in told] == []


@copied("nox-project")
@pytest.mark.needs("nox")
def test_the_nox_project_degrades_where_its_policy_allows_it(example: Project) -> None:
    for tool in ("git", "hadolint"):
        example.tool(tool, f"echo {tool} 9.9.9")
    full = example.nox("-s", "preflight")
    assert full.returncode == 0, full.stderr
    assert "gating: PASS  4 passed" in full.stdout
    (example.bin / "hadolint").unlink()
    less = example.nox("-s", "preflight", env={"PATH": f"{example.bin}"})
    assert less.returncode == 0, less.stderr
    assert "not a full run" in less.stdout
    named = example.nox("-s", "preflight", "--", "git")
    assert "gating: PASS  1 passed" in named.stdout


@copied("nox-project")
@pytest.mark.needs("nox")
def test_the_nox_projects_gates_tell_findings_from_no_judgement(example: Project) -> None:
    assert example.nox("-s", "gates").returncode == 0
    example.write("greeter.py", "import os\n\n\ndef greet(name: str) -> str:\n    return name\n")
    dead = example.nox("-s", "gates")
    assert dead.returncode == 1
    assert "gate:dead-code (it found something (exit 3))" in dead.stderr
    example.write("greeter.py", "def greet(:\n")
    broken = example.nox("-s", "gates")
    assert "gate:typing (could not judge: it ended with 2)" in broken.stderr


@copied("nox-project")
@pytest.mark.needs("nox")
def test_the_nox_project_greets_with_what_can_be_had(example: Project, tmp_path: Path) -> None:
    example.env |= no_network(example.home)
    plain = example.nox("-s", "show")
    assert plain.returncode == 0, plain.stderr
    assert "Hello, Ada!" in plain.stdout
    assert "install:rich" in plain.stdout
    assert "not a full run" in plain.stdout
    made = wheel(
        tmp_path, "rich", "14.0", modules={"rich.py": "def print(text): __builtins__['print']('rich', text)\n"}
    )
    pretty = example.nox("-s", "show", "--reuse-venv", "yes", env={"PIP_FIND_LINKS": str(made.parent)})
    assert "rich [bold green]Hello, Ada![/]" in pretty.stdout, pretty.stderr


@copied("nox-project")
@pytest.mark.needs("nox")
def test_the_nox_projects_tests_are_run_and_recorded(example: Project) -> None:
    done = example.nox("-s", "tests")
    assert done.returncode == 0, done.stderr
    runs = example.gating("ledger.runs", "--format", "json").document["runs"]
    assert [run["command"] for run in runs] == ["run", "preflight"]
    shown = example.gating("ledger.show", "--format", "json").document
    assert shown["run"]["python"].startswith(str(example.root / ".nox"))


@copied("invoke-project")
def test_the_invoke_project_publishes_after_a_full_check_only(example: Project) -> None:
    example.tool("git", "echo git version 9.9.9")
    assert example.inv("publish").stdout == "published\n"
    example.tool("git", "echo git version 1.0")
    refused = example.inv("publish")
    assert (refused.returncode, refused.stderr.strip()) == (1, "not published: tool:git")


@copied("invoke-project")
def test_the_invoke_projects_gate_tells_a_finding_from_no_judgement(example: Project) -> None:
    assert example.inv("gating.gate", "spelling").returncode == 0
    example.write("notes.txt", "teh end\n")
    found = example.inv("gating.gate", "spelling")
    assert (found.returncode, "it found something (exit 1)" in found.stdout) == (1, True)
    (example.root / "notes.txt").unlink()
    assert "could not judge" in example.inv("gating.gate", "spelling").stdout


@copied("ci-github")
def test_the_workflow_checks_and_annotates(example: Project, tmp_path: Path) -> None:
    summary = tmp_path / "summary.md"
    ci = {"CI": "true", "GITHUB_STEP_SUMMARY": str(summary)}
    workflow = (example.root / ".github/workflows/gates.yml").read_text(encoding="utf-8")
    lines = re.findall(r"- run: gating (.*)", workflow)
    assert len(lines) == 2
    for line in lines:
        done = example.gating(*shlex.split(line), env=ci)
        assert done.returncode == 0, done.stdout
    assert "gate:typing" in summary.read_text(encoding="utf-8")
    with (example.root / "pyproject.toml").open("a", encoding="utf-8") as file:
        file.write('\n[tool.gating.tools.no-such-tool]\nneed = "ci"\n')
    annotated = example.gating(*shlex.split(lines[0]), env=ci)
    assert annotated.returncode == 1
    assert "::error file=pyproject.toml,line=" in annotated.stdout
