"""gating in environments that have little beside it: only nox, and neither nox nor pytest."""

from __future__ import annotations

import re
import sys
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

import pytest
from packaging.requirements import Requirement

import gating
from tests.projects import Project


def needed(name: str, seen: set[str] | None = None) -> set[str]:
    """A distribution and everything that it needs here, by normalised name."""
    seen = set() if seen is None else seen
    name = re.sub(r"[-_.]+", "-", name).lower()
    if name not in seen:
        try:
            wanted = distribution(name).requires or []
        except PackageNotFoundError:
            return seen
        seen.add(name)
        for one in map(Requirement, wanted):
            if one.marker is None or one.marker.evaluate({"extra": ""}):
                needed(one.name, seen)
    return seen


def environment(folder: Path, *names: str) -> Path:
    """A bare interpreter that sees gating's checkout and, of what is installed here, these distributions alone."""
    import virtualenv

    virtualenv.cli_run(
        [str(folder), "--without-pip", "--no-setuptools"]
        if sys.version_info < (3, 12)
        else [str(folder), "--without-pip"]
    )
    site = next(folder.glob("lib/python3*/site-packages"))
    (site / "checkout.pth").write_text(f"{Path(gating.__file__).parent.parent}\n")
    for name in {one for wanted in names for one in needed(wanted)}:
        for file in distribution(name).files or []:
            top = file.parts[0]
            target = site / top
            if top not in {"..", "__pycache__"} and not target.exists():
                target.symlink_to(Path(str(distribution(name).locate_file(top))))
    return folder / "bin" / "python"


def absent(project: Project, python: Path, *modules: str) -> bool:
    code = f"import importlib.util as u; raise SystemExit(any(u.find_spec(name) for name in {modules!r}))"
    return project.run(str(python), "-c", code).returncode == 0


@pytest.fixture
def sample(project: Project) -> Project:
    project.policy('[tool.gating.tools]\ngit = ">=1"\npython = ">=3.8"\n[tool.gating.gates]\nok = { run = ["true"] }')
    return project


def test_with_neither_nox_nor_pytest(sample: Project, tmp_path: Path) -> None:
    python = environment(tmp_path / "bare", "packaging", "invoke")
    assert absent(sample, python, "nox", "pytest", "tomlkit", "psutil", "rich")
    done = sample.run(str(python), "-c", "import gating; print(gating.preflight().exit_code)")
    assert (done.returncode, done.stdout) == (0, "0\n"), done.stderr
    for arguments in (["preflight"], ["gate", "ok"], ["explain"], ["snapshot"], ["ledger.runs"], ["init", "--dry-run"]):
        done = sample.run(str(python), "-m", "gating", *arguments)
        assert "Traceback" not in done.stderr
        assert done.returncode == 0, done.stderr


@pytest.mark.needs("nox")
def test_with_only_nox(sample: Project, tmp_path: Path) -> None:
    python = environment(tmp_path / "noxed", "nox")
    assert absent(sample, python, "invoke", "pytest", "tomlkit", "psutil", "rich")
    sample.write(
        "noxfile.py",
        """
        import nox
        from gating import sessions

        @nox.session(venv_backend="none")
        def check(session):
            sessions.preflight(session)
            sessions.gate(session, "ok")
            sessions.run(session, "true")
        """,
    )
    done = sample.run(str(python), "-m", "nox", "-s", "check")
    assert done.returncode == 0, done.stderr
    assert "tool:git" in done.stdout
