"""What README and docs/ show is what happens: transcripts, code and queries, with real processes."""

from __future__ import annotations

import re
import sqlite3
import sys
from typing import Any

import pytest

from tests.pages import ROOT, Block, blocks, inline_code
from tests.projects import Project

pytestmark = pytest.mark.usefixtures("unmeasured")

README = "README.md"


def test_the_readmes_transcript_is_what_is_printed(project: Project) -> None:
    """In an environment of the project's own, as its reader would have it: an old ruff, and no docker on PATH."""
    policy, *_ = blocks("toml", page=README)
    (shown,) = [block for block in blocks("console", page=README) if "✓" in block.text]
    environment = project.root / ".venv"
    project.run(sys.executable, "-m", "venv", "--without-pip", str(environment))
    (site,) = environment.glob("lib/python*/site-packages")
    ours = [path for path in sys.path if path.endswith("site-packages")]
    (site / "gating-and-invoke.pth").write_text("\n".join([str(ROOT), *ours]))
    scripts = environment / "bin"
    for name, said in {"git": "git version 2.39.5", "ruff": "ruff 0.6.9"}.items():
        tool = scripts / name
        tool.write_text(f"#!/bin/sh\necho {said}\n")
        tool.chmod(0o755)
    project.policy(policy.text)
    project.write("tasks.py", "from gating.tasks import ns\n")
    done = project.run(str(scripts / "python3"), "-m", "invoke", "preflight", env={"PATH": str(scripts)})
    assert done.returncode == 1, done.stderr
    printed = done.stdout.replace(str(project.root), "/srv/shop")
    link = r"see https://\S+"
    assert re.sub(link, "", f"$ inv preflight\n{printed}$ echo $?\n1\n") == re.sub(link, "", shown.text)


def test_the_readme_quotes_the_last_line_of_a_degraded_run(project: Project) -> None:
    quoted = next(code for code in inline_code(README) if code.startswith("gating: DEGRADED"))
    project.policy('[tool.gating.tools]\na = "*"\nb = "*"\nnowhere = { need = "ci" }')
    for name in "ab":
        project.tool(name, f"echo {name} 1.0")
    done = project.gating("preflight")
    assert done.returncode == 0
    assert " ".join(done.stdout.splitlines()[-1].split()) == quoted
    assert project.gating("preflight", env={"CI": "true"}).returncode == 1


def test_the_policy_page_shows_mistakes_as_they_are_printed(project: Project) -> None:
    (shown,) = blocks("text", page="docs/policy.md")
    project.write(
        "pyproject.toml",
        """
        [project]
        name = "shop"

        [tool.gating]
        mode = "strickt"

        [tool.gating.tools]
        git = "2.30"
        """,
    )
    done = project.gating("preflight")
    assert (done.returncode, done.stdout, done.stderr) == (2, "", shown.text)


def running(block: Block) -> Any:
    marks = [pytest.mark.needs("nox")] if "import nox" in block.text else []
    return pytest.param(block, marks=marks, id=str(block))


@pytest.mark.parametrize("block", [running(each) for each in blocks("python") if not each.shows])
def test_code_does_what_it_says(block: Block, project: Project) -> None:
    compile(block.text, str(block), "exec")
    project.policy('[tool.gating.tools]\ngit = "*"')
    project.tool("git", "echo git version 2.40.1")
    if "import nox" in block.text:
        project.write("noxfile.py", block.text)
        assert "* lint" in project.nox("--list").stdout
    elif "from gating.tasks import ns" in block.text:
        project.write("tasks.py", block.text)
        listed = project.inv("--list").stdout
        assert "preflight" in listed
        assert ("build" in listed) == ("def build" in block.text)
    elif "import gating" in block.text:
        project.gating("preflight")
        done = project.run(sys.executable, "-c", block.text)
        assert (done.returncode, done.stderr) == (0, "")
        if re.search(r"preflight|ledger", block.text):
            assert re.search(r"tool:git pass 2\.40\.1|preflight finished 0", done.stdout)


def test_every_query_of_the_ledger_has_an_answer(project: Project) -> None:
    project.policy('[tool.gating.tools]\ngit = ">=3"')
    project.tool("git", "echo git version 2.40.1")
    project.gating("preflight")
    connection = sqlite3.connect(project.root / ".gating" / "ledger.db")
    try:
        answers = [connection.execute(block.text).fetchall() for block in blocks("sql", page="docs/ledger.md")]
    finally:
        connection.close()
    assert [len(answer) for answer in answers] == [1, 1, 1]
