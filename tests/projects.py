"""Temporary projects that tests run the real nox, inv, gating, git and pytest in."""

from __future__ import annotations

import importlib
import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from textwrap import dedent
from typing import Any

__all__ = ["MEASURING", "Done", "Project", "clean_environment"]

SCRIPTS = Path(sys.executable).parent
# what makes coverage.py measure a child; taken here, as conftest hides it from all other children
MEASURING = {name: text for name, text in os.environ.items() if name.startswith("COVERAGE_")}


def clean_environment(home: Path, *, path: Sequence[str | Path] = (), measured: bool = True) -> dict[str, str]:
    """An environment without CI, gating, nox and colours; `path` comes before this interpreter's scripts.

    Where this suite is measured, commands are too unless `measured` is False.
    """
    folders = [*map(str, path), str(SCRIPTS), "/usr/local/bin", "/usr/bin", "/bin"]
    return {
        **(MEASURING if measured else {}),
        "PATH": os.pathsep.join(folders),
        "HOME": str(home),
        "GATING_CACHE": str(home / "cache"),
        "LANG": "C.UTF-8",
        "GIT_CONFIG_GLOBAL": str(home / "gitconfig"),
        "GIT_CONFIG_NOSYSTEM": "1",
        "PYTHONDONTWRITEBYTECODE": "1",
        # the whole of hypothesis at each start of pytest, for projects that do not use it
        "PYTEST_ADDOPTS": "-p no:hypothesispytest",
    }


class Done(subprocess.CompletedProcess[str]):
    """A finished command; `document` is what it printed as JSON."""

    @property
    def document(self) -> dict[str, Any]:
        made: dict[str, Any] = json.loads(self.stdout)
        return made

    def verdict(self, name: str) -> dict[str, Any]:
        """The one verdict of that id in a printed report."""
        (found,) = [one for one in self.document["verdicts"] if one["id"] == name]
        return dict(found)


class Project:
    """A folder with a policy, tools of its own first on PATH, and a home of its own."""

    def __init__(self, folder: Path) -> None:
        self.root = folder / "project"
        self.bin = folder / "bin"
        self.home = folder / "home"
        for made in (self.root, self.bin, self.home):
            made.mkdir()
        self.env = clean_environment(self.home, path=[self.bin])
        self.write("pyproject.toml", "[project]\nname = 'sample'\nversion = '1'\n")

    def unmeasured(self) -> None:
        """Keep this suite's own measuring out of its commands, which then start in half the time.

        For projects whose own tests are measured, and for commands that reach nothing which others do not.
        """
        self.env = {name: text for name, text in self.env.items() if name not in MEASURING}

    def write(self, name: str, text: str) -> Path:
        """Write a file of the project, dedented."""
        made = self.root / name
        made.parent.mkdir(parents=True, exist_ok=True)
        made.write_text(dedent(text).lstrip("\n"), encoding="utf-8")
        return made

    def policy(self, text: str) -> None:
        """Write the project's pyproject.toml with this `[tool.gating]` policy."""
        self.write("pyproject.toml", f"[project]\nname = 'sample'\nversion = '1'\n\n{dedent(text).strip()}\n")

    def tool(self, name: str, body: str, *, shebang: str = "#!/bin/sh", mode: int = 0o755) -> Path:
        """Put a tool first on PATH."""
        made = self.bin / name
        made.write_text(f"{shebang}\n{dedent(body).strip()}\n", encoding="utf-8")
        made.chmod(mode)
        return made

    def run(
        self, *argv: str, env: Mapping[str, str] | None = None, cwd: Path | None = None, timeout: float = 60
    ) -> Done:
        """Run a command in the project."""
        done = subprocess.run(
            argv,
            cwd=cwd or self.root,
            env={**self.env, **(env or {})},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=timeout,
            check=False,
        )
        return Done(done.args, done.returncode, done.stdout, done.stderr)

    def gating(self, *arguments: str, env: Mapping[str, str] | None = None, cwd: Path | None = None) -> Done:
        """Run the `gating` command."""
        return self.run(sys.executable, "-m", "gating", *arguments, env=env, cwd=cwd)

    def inv(self, *arguments: str, env: Mapping[str, str] | None = None, cwd: Path | None = None) -> Done:
        """Run invoke with the project's tasks.py, which has gating's tasks unless one was written."""
        if not (self.root / "tasks.py").exists():
            self.write("tasks.py", "from gating.tasks import ns\n")
        return self.run(sys.executable, "-m", "invoke", *arguments, env=env, cwd=cwd)

    def nox(self, *arguments: str, env: Mapping[str, str] | None = None, cwd: Path | None = None) -> Done:
        """Run nox with the project's noxfile; coverage of nox's own process only."""
        importlib.import_module("nox")  # nothing is hidden from a child: who gets here without saying so breaks
        return self.run(sys.executable, "-m", "nox", *arguments, env=env, cwd=cwd)

    def git(self, *arguments: str) -> Done:
        """Run git as somebody."""
        return self.run("git", "-c", "user.name=A", "-c", "user.email=a@example.org", *arguments)
