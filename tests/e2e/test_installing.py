"""Optional dependencies installed for real, by inv and in sessions of nox: uv, pip, and where nothing may be."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.installs import by_uv, no_network, wheel
from tests.projects import Project

NOXFILE = """
    import nox
    from gating import sessions

    @nox.session(venv_backend="uv")
    def by_uv(session):
        sessions.install_optional(session, *session.posargs)

    @nox.session(venv_backend="virtualenv")
    def by_pip(session):
        sessions.install_optional(session)
        session.run("python", "-c", "import tiny_lib; tiny_lib.main()")

    @nox.session(venv_backend="none")
    def nowhere(session):
        sessions.install_optional(session)
"""
POLICY = """
    [tool.gating.optional]
    tiny-lib = { requires = "tiny-lib>=1", extra = "tiny" }
    absent = { need = "ci" }
"""


@pytest.fixture
def sample(project: Project, tmp_path: Path) -> Project:
    project.write("noxfile.py", NOXFILE)
    project.policy(POLICY)
    text = (project.root / "pyproject.toml").read_text(encoding="utf-8")
    project.write("pyproject.toml", text + "\n[project.optional-dependencies]\ntiny = ['tiny-lib<2']\n")
    for version in ("0.5", "1.5", "2.5"):
        wheel(tmp_path / "wheels", "tiny-lib", version)
    project.env |= no_network(project.home)
    project.env |= {"PIP_FIND_LINKS": str(tmp_path / "wheels"), "VIRTUALENV_NO_PERIODIC_UPDATE": "1"}
    return project


@pytest.mark.needs("nox")
def test_a_session_with_uv_and_then_without_installations(sample: Project) -> None:
    done = sample.nox("-s", "by_uv")
    assert done.returncode == 0, done.stderr
    assert "install:tiny-lib  1.5" in done.stdout
    assert "installed from this machine by uv" in done.stdout
    assert "gating: degraded: 1 of 2 verdicts" in done.stderr
    assert not (sample.root / ".nox" / "by_uv" / "bin" / "pip").exists()
    again = sample.nox("-R", "-s", "by_uv")  # as --reuse-venv yes --no-install
    assert again.returncode == 0, again.stderr
    assert "it was there" in again.stdout
    assert "not installed: nox was told --no-install" in again.stdout
    strict = sample.nox("-s", "by_uv", "--reuse-venv", "yes", env={"CI": "true"})
    assert strict.returncode == 1
    assert "gating: failed: install:absent" in strict.stderr
    assert "Traceback" not in strict.stderr
    wrong = sample.nox("-R", "-s", "by_uv", "--", "tinylib")
    assert wrong.returncode == 1
    assert "did you mean 'tiny-lib'" in wrong.stderr


@pytest.mark.needs("nox")
def test_a_session_with_pip_that_only_installs(sample: Project) -> None:
    done = sample.nox("-s", "by_pip", "--install-only")
    assert done.returncode == 0, done.stderr
    assert "installed from this machine by pip" in done.stdout
    assert "tiny-lib 1.5" not in done.stdout.splitlines()  # the session's own command was not run
    python = sample.root / ".nox" / "by_pip" / "bin" / "python"
    assert sample.run(str(python), "-c", "import tiny_lib; tiny_lib.main()").stdout == "tiny-lib 1.5\n"
    shown = sample.gating("ledger.show", "--format", "json").document
    assert (shown["run"]["command"], shown["run"]["python"]) == ("install", str(python))


@pytest.mark.needs("nox")
def test_a_session_without_an_environment_changes_nothing(sample: Project) -> None:
    done = sample.nox("-s", "nowhere")
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("not installed: the session has no environment of its own") == 2
    assert "to install" not in done.stderr


def test_inv_plans_then_installs(sample: Project, tmp_path: Path) -> None:
    python = by_uv(tmp_path / "venv")
    asked = ("optional.install", "--python", str(python))
    planned = sample.inv(*asked, "--dry-run")
    assert planned.returncode == 0, planned.stderr
    assert f"install:tiny-lib  to be installed for {python}" in planned.stdout
    assert planned.stdout.count("run: ") == 2
    assert "--offline 'tiny-lib<2,>=1' absent" in planned.stdout
    done = sample.inv(*asked, "--only", "tiny", "--format", "json")
    assert done.returncode == 0, done.stderr
    assert done.verdict("install:tiny-lib")["found"] == "1.5"
    left = sample.inv(*asked, "--strict")
    assert left.returncode == 1
    assert "it was there" in left.stdout
    wrong = sample.inv(*asked, "--only", "torhc")
    assert (wrong.returncode, "no optional dependency 'torhc'" in wrong.stderr) == (2, True)
