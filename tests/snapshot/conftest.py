"""Real environments, distributions and checkouts to look at."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import venv
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

MINOR = f"python{sys.version_info[0]}.{sys.version_info[1]}"


@pytest.fixture
def clean_env(tmp_path: Path) -> dict[str, str]:
    """Our environment without what would speak of another Python, checkout or user."""
    env = {name: text for name, text in os.environ.items() if not name.startswith(("PYTHON", "GIT_", "CUDA"))}
    identity = {f"GIT_{who}_{what}": "a@b.example" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
    return {**env, **identity, "GIT_CONFIG_NOSYSTEM": "1", "GIT_CONFIG_GLOBAL": os.devnull, "HOME": str(tmp_path)}


@pytest.fixture
def make_env(tmp_path: Path) -> Callable[[str], tuple[str, Path]]:
    """Make a virtual environment without pip; its Python and its site folder."""

    def make(name: str) -> tuple[str, Path]:
        folder = tmp_path / name
        venv.EnvBuilder(symlinks=True, with_pip=False).create(folder)
        return str(folder / "bin" / "python"), folder / "lib" / MINOR / "site-packages"

    return make


@pytest.fixture
def add() -> Callable[..., Path]:
    """Write a distribution's dist-info into a site folder, as an installer does."""

    def write(
        site: Path,
        name: str,
        version: str | None = "1.0",
        *,
        requires: Sequence[str] = (),
        extras: Sequence[str] = (),
        direct: object = None,
    ) -> Path:
        folder = site / f"{name.replace('-', '_')}-{version}.dist-info"
        folder.mkdir(parents=True)
        lines = ["Metadata-Version: 2.1", f"Name: {name}", *([f"Version: {version}"] if version else [])]
        lines += [f"Requires-Dist: {line}" for line in requires] + [f"Provides-Extra: {extra}" for extra in extras]
        (folder / "METADATA").write_text("\n".join([*lines, "", "Name: not-a-header", ""]))
        if direct is not None:
            (folder / "direct_url.json").write_text(direct if isinstance(direct, str) else json.dumps(direct))
        return folder

    return write


@pytest.fixture
def run_git(clean_env: dict[str, str]) -> Callable[..., str]:
    """Run git in a folder; what it printed."""

    def run(folder: Path, *arguments: str) -> str:
        argv = ["git", "-c", "init.defaultBranch=main", *arguments]
        return subprocess.check_output(argv, cwd=folder, env=clean_env, text=True, stderr=subprocess.STDOUT).strip()

    return run


@pytest.fixture
def checkout(tmp_path: Path, run_git: Callable[..., str]) -> Path:
    """A repository with one commit, on the branch main."""
    folder = tmp_path / "checkout"
    folder.mkdir()
    run_git(folder, "init")
    (folder / "file").write_text("1\n")
    run_git(folder, "add", "file")
    run_git(folder, "commit", "-m", "first")
    return folder
