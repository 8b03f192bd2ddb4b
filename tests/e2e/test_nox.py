"""gating in other people's noxfiles, by the real nox: which Python is judged, and how a session ends."""

from __future__ import annotations

import json
import sys

import pytest

from tests.projects import Project

pytestmark = pytest.mark.needs("nox")

NOXFILE = """
    import nox
    from gating import sessions

    @nox.session(venv_backend="virtualenv", venv_params=["--no-pip", "--no-setuptools", "--no-wheel"])
    def check(session):
        sessions.preflight(session, *session.posargs)

    @nox.session(venv_backend="none")
    def bare(session):
        sessions.preflight(session, *session.posargs)

    @nox.session(venv_backend="none")
    def docs(session):
        sessions.gate(session, "docs")

    @nox.session(venv_backend="none")
    def command(session):
        sessions.run(session, *session.posargs)

    @nox.session(venv_backend="none", default=False)
    def other(session):
        session.log("untouched")
"""


@pytest.fixture
def noxed(project: Project) -> Project:
    project.write("noxfile.py", NOXFILE)
    project.policy("""
        [tool.gating.tools]
        python = ">=3.8"
        git = ">=1"
        own = { distribution = "nox", need = "optional" }
        gone = { need = "ci" }
        never = {}

        [tool.gating.gates]
        docs = { run = ["sh", "-c", "echo building"] }
    """)
    return project


def runs(project: Project) -> list[dict[str, object]]:
    listed: list[dict[str, object]] = project.gating("ledger.runs", "--format", "json").document["runs"]
    return listed


def test_a_session_passes_and_is_recorded(noxed: Project) -> None:
    done = noxed.nox("-s", "bare", "--", "git", "gone")
    assert done.returncode == 0, done.stderr
    assert "degraded" in (done.stdout + done.stderr)
    assert [run["command"] for run in runs(noxed)] == ["preflight"]


def test_a_failed_verdict_fails_the_session_and_no_other(noxed: Project) -> None:
    done = noxed.nox("-s", "bare", "other", "--", "never")
    assert done.returncode == 1
    assert "tool:never" in done.stderr
    assert "Traceback" not in done.stderr
    assert "untouched" in done.stderr  # the next session ran


def test_the_sessions_python_is_judged_and_not_noxs(noxed: Project) -> None:
    """nox is installed for the Python that runs it, and not in the session's environment."""
    done = noxed.nox("-s", "check", "--", "own", "python", "git")
    assert done.returncode == 0, done.stderr
    (run,) = runs(noxed)
    shown = noxed.gating("ledger.show", "--format", "json").document
    verdicts = {one["id"]: one for one in shown["verdicts"]}
    assert verdicts["tool:own"]["state"] == "absent"
    assert verdicts["tool:python"]["path"].startswith(str(noxed.root / ".nox"))
    assert shown["run"]["python"].startswith(str(noxed.root / ".nox"))
    bare = noxed.nox("-s", "bare", "--", "own")
    assert bare.returncode == 0
    shown = noxed.gating("ledger.show", "--format", "json").document
    assert shown["verdicts"][0]["state"] == "ok"
    assert run["exit_code"] == 0


def test_a_gate_in_a_session(noxed: Project) -> None:
    done = noxed.nox("-s", "docs")
    assert done.returncode == 0, done.stderr
    assert "building" in done.stdout


def test_a_command_is_run_recorded_and_fails_the_session(noxed: Project) -> None:
    assert noxed.nox("-s", "command", "--", "sh", "-c", "echo $GATING_RUN; exit 0").returncode == 0
    done = noxed.nox("-s", "command", "--", "sh", "-c", "exit 5")
    assert done.returncode == 1
    assert "it ended with 5" in done.stderr
    assert [(run["command"], run["exit_code"]) for run in runs(noxed)] == [("run", 1), ("run", 0)]


def test_sessions_side_by_side_lose_no_run(noxed: Project) -> None:
    done = noxed.nox("-j", "4", "-s", "bare", "docs", "check", "--", "git")
    assert done.returncode == 0, done.stderr
    assert sorted(str(run["command"]) for run in runs(noxed)) == ["gate", "preflight", "preflight"]


def test_install_only_runs_nothing(noxed: Project) -> None:
    done = noxed.nox("--install-only", "-s", "bare", "docs", "--", "never")
    assert done.returncode == 0, done.stderr
    assert runs(noxed) == []


def test_no_install_and_a_sub_folder_change_nothing(noxed: Project) -> None:
    inner = noxed.root / "src"
    inner.mkdir()
    done = noxed.nox("--no-install", "-f", "../noxfile.py", "-s", "bare", "--", "git", cwd=inner)
    assert done.returncode == 0, done.stderr
    assert (noxed.root / ".gating").exists()
    assert not (inner / ".gating").exists()


def test_a_wrong_policy_ends_the_session_in_words(noxed: Project) -> None:
    noxed.policy('[tool.gating]\nmode = "strickt"')
    done = noxed.nox("-s", "bare")
    assert done.returncode == 1
    assert "pyproject.toml:6:8" in done.stderr
    assert "Traceback" not in done.stderr


def test_runs_of_inv_and_nox_stand_as_one_tree(noxed: Project) -> None:
    noxed.policy(f"""
        [tool.gating.tools]
        git = ">=1"
        [tool.gating.gates]
        all = {{ run = [{json.dumps(sys.executable)}, "-m", "nox", "-s", "bare", "--", "git"] }}
    """)
    done = noxed.inv("gate", "all")
    assert done.returncode == 0, done.stdout + done.stderr
    tree = {str(run["command"]): run for run in runs(noxed)}
    assert tree["preflight"]["parent"] == tree["gate"]["id"]
