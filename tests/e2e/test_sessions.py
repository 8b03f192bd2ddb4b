"""The nox door where noxfile, policy and current folder are not one place, and what of tools reaches nox's log."""

from __future__ import annotations

import pytest

from tests.projects import Project

pytestmark = pytest.mark.needs("nox")

NOXFILE = """
    import nox
    from gating import sessions

    @nox.session(venv_backend="none")
    def check(session):
        sessions.preflight(session, *session.posargs)

    @nox.session(venv_backend="none")
    def gate(session):
        sessions.gate(session, *session.posargs, more=["passed on"])

    @nox.session(venv_backend="none")
    def elsewhere(session):
        session.chdir("inner")
        sessions.gate(session, "here")

    @nox.session(venv_backend="none")
    def odd(session):
        sessions.run(session, "sh", "-c", "exit 3", success_codes=[3])
        sessions.run(session, "sh", "-c", "echo $A $B", env={"A": "set", "B": None})
        sessions.run(session, "nowhere-to-be-found")
"""


@pytest.fixture
def noxed(project: Project) -> Project:
    project.write("noxfile.py", NOXFILE)
    (project.root / "inner").mkdir()
    project.policy("""
        [tool.gating.tools]
        loud = {}
        [tool.gating.gates]
        here = { run = ["test", "-f", "noxfile.py"] }
        say = { run = ["echo"] }
    """)
    return project


def test_a_gate_runs_in_the_policys_folder(noxed: Project) -> None:
    done = noxed.nox("-s", "elsewhere")
    assert done.returncode == 0, done.stderr
    noxed.write("inner/noxfile.py", NOXFILE)
    done = noxed.nox("-f", "inner/noxfile.py", "-s", "gate", "--", "here")
    assert done.returncode == 1  # `test` has one word too many, and says so
    done = noxed.nox("-f", "inner/noxfile.py", "-s", "gate", "--", "say")
    assert (done.returncode, done.stdout.splitlines()[0]) == (0, "passed on")


def test_no_gate_is_no_pass(noxed: Project) -> None:
    done = noxed.nox("-s", "gate")
    assert done.returncode == 1
    assert "no gate is named" in done.stderr
    assert "Traceback" not in done.stderr


def test_what_a_tool_says_cannot_paint_noxs_log(noxed: Project) -> None:
    noxed.tool("loud", "printf '\\033[31mred\\033[0m\\033[2J' >&2; exit 1")
    done = noxed.nox("-s", "check", "--", "loud")
    assert done.returncode == 1
    assert "tool:loud" in done.stderr
    assert "\x1b" not in done.stderr + done.stdout


def test_commands_with_codes_and_variables_of_their_own(noxed: Project) -> None:
    done = noxed.nox("-s", "odd", env={"B": "from outside"})
    assert done.returncode == 1
    assert done.stdout.splitlines()[0] == "set"
    assert "run:nowhere-to-be-found (it cannot be started" in done.stderr
