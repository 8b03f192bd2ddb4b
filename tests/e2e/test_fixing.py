"""`--fix`, for real: pip installs into a virtual environment, without a network, and all is looked at afresh."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.installs import wheel
from tests.projects import Project


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The Python of a virtual environment with pip in it, made without a network."""
    folder = tmp_path_factory.mktemp("environment")
    command = [sys.executable, "-m", "virtualenv", "--no-download", "--no-periodic-update", "--quiet"]
    app_data = ["--app-data", str(folder / "data")]
    subprocess.run([*command, *app_data, str(folder / "venv")], check=True, timeout=60)
    return folder / "venv" / "bin" / "python"


@pytest.fixture
def wheels(tmp_path: Path) -> Path:
    for version in ("0.5", "1.5"):
        wheel(tmp_path / "wheels", "tiny-tool", version, script="tiny")
    wheel(tmp_path / "wheels", "tiny-lib", "2.0")
    return tmp_path / "wheels"


def test_a_fix_is_planned_then_run_then_looked_at_afresh(project: Project, environment: Path, wheels: Path) -> None:
    offline = f"pip install --no-index --disable-pip-version-check --find-links {wheels}"
    project.policy(f"""
        [tool.gating.tools]
        tiny = {{ version = ">=1", remedy = "{offline} tiny-tool>=1" }}
        git = {{ version = ">=999", need = "optional" }}
        good = ">=1"
        [tool.gating.optional]
        tiny-lib = {{ requires = "tiny-lib>=2", need = "always", remedy = "{offline} tiny-lib" }}
    """)
    project.tool("good", "echo good 1.0")
    judged = ("--python", str(environment), "--format", "json")
    before = project.inv("preflight", *judged)
    assert [one["state"] for one in before.document["verdicts"]] == ["absent", "outdated", "ok", "absent"]

    planned = project.inv("preflight", "--fix", "--dry-run", *judged).document
    assert [one["id"] for one in planned["fixes"]] == ["tool:tiny", "optional:tiny-lib"]
    assert planned["fixes"][0]["command"][:4] == [str(environment), "-m", "pip", "install"]
    assert any("tool:git is not fixed by gating" in note for note in planned["notes"])
    assert not (environment.parent / "tiny").exists()

    done = project.inv("preflight", "--fix", *judged)
    assert done.returncode == 0, done.stderr
    tiny = done.verdict("tool:tiny")
    assert (tiny["outcome"], tiny["found"], tiny["path"]) == ("pass", "1.5", str(environment.parent / "tiny"))
    assert not any(one["cached"] for one in done.document["verdicts"])
    assert done.verdict("optional:tiny-lib")["outcome"] == "pass"
    assert done.verdict("tool:git")["outcome"] == "degraded"  # the system's own are left to people
    lines = done.stderr.splitlines()
    plans = [place for place, line in enumerate(lines) if line.startswith("gating: to fix")]
    acts = [place for place, line in enumerate(lines) if line.startswith(("Looking in links", "Processing"))]
    assert len(plans) == 2
    assert max(plans) < min(acts)
    assert sum(note.startswith("ran for") for note in done.document["notes"]) == 2

    again = project.inv("preflight", *judged)
    assert again.verdict("tool:tiny")["outcome"] == "pass"


def test_one_that_is_too_old_is_upgraded_where_it_is(project: Project, environment: Path, wheels: Path) -> None:
    """The found tool's own channel goes first: pip's, whatever the policy's words are."""
    install = [str(environment), "-m", "pip", "install", "--no-index", "--find-links", str(wheels), "-q"]
    subprocess.run([*install, "--disable-pip-version-check", "tiny-tool==0.5"], check=True, timeout=60)
    project.policy("""
        [tool.gating.tools]
        tiny = { version = ">=1", remedy = "false" }
    """)
    env = {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(wheels), "PIP_DISABLE_PIP_VERSION_CHECK": "1"}
    done = project.inv("preflight", "--fix", "--python", str(environment), "--format", "json", env=env)
    assert (done.returncode, done.verdict("tool:tiny")["found"]) == (0, "1.5")


def test_the_systems_python_is_never_changed(project: Project) -> None:
    project.policy("[tool.gating.optional]\nno-such-distribution = { need = 'always' }")
    done = project.inv("preflight", "--fix", "--python", "/usr/bin/python3", "--format", "json")
    assert done.returncode == 1
    assert any("not that of a virtual environment" in note for note in done.document["notes"])
    assert "to fix" not in done.stderr


def test_words_for_a_shell_are_printed_and_never_run(project: Project) -> None:
    project.policy('[tool.gating.tools]\nnowhere = { remedy = "touch ran && touch ran-too" }')
    done = project.inv("preflight", "--fix")
    assert done.returncode == 1
    assert "touch ran && touch ran-too" in done.stdout
    assert not (project.root / "ran").exists()


def test_a_fix_that_does_not_help_leaves_the_verdict(project: Project, environment: Path, tmp_path: Path) -> None:
    project.policy(
        f'[tool.gating.tools]\nnowhere = {{ remedy = "pip install --no-index --find-links {tmp_path} nowhere" }}'
    )
    done = project.inv("preflight", "--fix", "--python", str(environment), "--format", "json")
    assert (done.returncode, done.verdict("tool:nowhere")["state"]) == (1, "absent")
    assert any("did not work" in note for note in done.document["notes"])
    assert "Traceback" not in done.stderr


SESSIONS = """
    import os

    import nox

    from gating import sessions

    @nox.session(venv_backend="none")
    def bare(session):
        sessions.preflight(session, fix=True)

    @nox.session(venv_backend="none")
    def own(session):
        session.env["PATH"] = session.posargs[0] + os.pathsep + os.environ["PATH"]
        sessions.preflight(session, fix=True)
"""


@pytest.mark.needs("nox")
def test_a_session_is_fixed_in_its_own_environment(project: Project, environment: Path, wheels: Path) -> None:
    project.write("noxfile.py", SESSIONS)
    words = f"pip install --no-index --find-links {wheels} tiny-session"
    project.policy(f"[tool.gating.optional]\ntiny-session = {{ need = 'always', remedy = '{words}' }}")
    wheel(wheels, "tiny-session", "1.0")
    done = project.nox("-s", "own", "--", str(environment.parent))
    assert done.returncode == 0, done.stderr
    assert "Successfully installed tiny-session" in done.stderr


@pytest.mark.needs("nox")
def test_the_environment_that_nox_runs_in_is_never_changed(project: Project, tmp_path: Path) -> None:
    project.write("noxfile.py", SESSIONS)
    words = f"pip install --no-index --find-links {tmp_path} there-is-no-such-wheel"
    project.policy(f"[tool.gating.optional]\nno-such = {{ need = 'always', remedy = '{words}' }}")
    done = project.nox("-s", "bare")
    assert done.returncode == 1
    assert "is the environment that nox runs in" in done.stdout
    assert "to fix" not in done.stderr
