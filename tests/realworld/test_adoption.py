"""Source releases of others, adopted as a newcomer would: `gating init`, `inv preflight`, and a gate."""

from __future__ import annotations

import subprocess
import sys
import tarfile
import tomllib
from pathlib import Path

import pytest

from tests.projects import Project

pytestmark = [pytest.mark.realworld, pytest.mark.timeout(600)]

# name, version, what its project says that init must see
RELEASES = {
    "structlog": ("26.1.0", {"mypy", "pre-commit"}),
    "tablib": ("3.10.0", {"pre-commit"}),
    "nox": ("2026.10.20", {"nox"}),
}


@pytest.fixture(scope="session")
def releases(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The source releases, downloaded once; the user's own pip configuration says from where."""
    folder = tmp_path_factory.mktemp("releases")
    wanted = [f"{name}=={version}" for name, (version, _) in RELEASES.items()]
    command = [
        sys.executable,
        "-m",
        "pip",
        "download",
        "--quiet",
        "--no-deps",
        "--no-binary",
        ":all:",
        "-d",
        str(folder),
    ]
    subprocess.run([*command, *wanted], check=True)
    return folder


@pytest.fixture
def adopted(project: Project, releases: Path, name: str) -> Project:
    (archive,) = releases.glob(f"{name}-*.tar.gz")
    with tarfile.open(archive) as opened:
        opened.extractall(project.root.parent / "unpacked", filter="data")
    (unpacked,) = (project.root.parent / "unpacked").iterdir()
    (project.root / "pyproject.toml").unlink()
    project.root.rmdir()
    unpacked.rename(project.root)
    return project


@pytest.mark.parametrize("name", list(RELEASES))
def test_a_project_of_others_is_adopted(adopted: Project, name: str) -> None:
    before = (adopted.root / "pyproject.toml").read_text(encoding="utf-8")
    tried = adopted.gating("init", "--dry-run")
    assert tried.returncode == 0, tried.stderr
    assert (adopted.root / "pyproject.toml").read_text(encoding="utf-8") == before

    done = adopted.gating("init")
    assert done.returncode == 0, done.stderr
    after = (adopted.root / "pyproject.toml").read_text(encoding="utf-8")
    added = tomllib.loads(after)
    table = added["tool"].pop("gating")
    assert added == tomllib.loads(before)
    assert tried.stdout == done.stdout
    lines = iter(after.splitlines())
    assert all(line in lines for line in before.splitlines()), "every line of the file stands, in its order"
    named = {
        *table.get("tools", {}),
        *(tool for gate in table.get("gates", {}).values() for tool in gate.get("tools", ())),
    }
    assert RELEASES[name][1] <= named, table

    report = adopted.inv("preflight", "--format", "json")
    assert report.returncode in {0, 1}, report.stderr
    ids = {one["id"] for one in report.document["verdicts"]}
    assert {f"tool:{tool}" for tool in table.get("tools", {})} <= ids
    for verdict in report.document["verdicts"]:
        if verdict["outcome"] in {"fail", "degraded"}:
            assert verdict["reason"]
            assert verdict["remedy"]["commands"] or verdict["remedy"]["links"], verdict

    own = adopted.root / "pyproject.toml"
    own.write_text(
        after + '\n[tool.gating.gates.compiles]\nrun = ["python", "-m", "compileall", "-q", "."]\n', encoding="utf-8"
    )
    gate = adopted.inv("gate", "compiles", "--format", "json")
    assert gate.returncode == 0, gate.stdout + gate.stderr
    assert gate.verdict("gate:compiles")["outcome"] == "pass"
    for proposed in table.get("gates", {}):
        gate = adopted.inv("gate", proposed, "--format", "json")
        assert gate.returncode in {0, 1}, gate.stderr
        assert gate.verdict(f"gate:{proposed}")["details"]["result"] in {"pass", "findings", "no judgement", "not run"}
    runs = adopted.gating("ledger.runs", "--format", "json").document["runs"]
    assert [run["status"] for run in runs] == ["finished"] * (2 + len(table.get("gates", {})))
