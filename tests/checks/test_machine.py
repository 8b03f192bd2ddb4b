"""A snapshot on demand: thorough, printed, and stored with its run."""

from __future__ import annotations

import sys

from gating.checks.machine import take_snapshot
from gating.ledger import open_ledger
from tests.installs import Environment
from tests.projects import Project


def test_it_is_taken_of_the_project_and_stored(project: Project) -> None:
    project.policy("[tool.gating]")
    project.git("init", "-q")
    made = take_snapshot(project.root, env=project.env)
    assert made["schema"] == "gating.snapshot/1"
    assert made["python"]["executable"] == sys.executable
    shown = open_ledger(project=project.root).show().as_dict()
    assert (shown["run"]["command"], shown["run"]["exit_code"]) == ("snapshot", 0)
    assert shown["snapshot"] == made


def test_another_interpreter_can_be_described(project: Project) -> None:
    project.policy("[tool.gating]")
    other = Environment(project.root.parent / "venv")
    other.install("only-there", "1.5")
    env = {**project.env, "PATH": f"{other.bin}:{project.env['PATH']}"}
    for python in (str(other.python), "python"):
        made = take_snapshot(project.root, python=python, env=env)
        assert made["python"]["prefix"] == str(other.prefix)
        assert "only-there" in str(made["distributions"])
        assert open_ledger(project=project.root).show().as_dict()["run"]["python"] == str(other.python)


def test_each_one_is_taken_anew(project: Project) -> None:
    project.policy("[tool.gating]")
    project.git("init", "-q")
    project.git("add", "-A")
    project.git("commit", "-qm", "first")
    clean = take_snapshot(project.root, env=project.env)
    project.write("pyproject.toml", "[tool.gating]\n")
    dirty = take_snapshot(project.root, env=project.env)
    assert (clean["git"]["dirty"], dirty["git"]["dirty"]) == (False, True)
