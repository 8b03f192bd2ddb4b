"""Packages of others, from their source releases: each unpacked beside a virtual environment of its own."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import tarfile
from dataclasses import dataclass
from pathlib import Path

import gating
from tests.projects import Done, Project

__all__ = ["CHECKOUT", "MEASURED", "Adopted", "Package"]

CHECKOUT = Path(gating.__file__).parents[1]


@dataclass(frozen=True, kw_only=True)
class Package:
    """A release, and what its suite needs here. `needed` is installed beside it; `{root}` is its unpacked folder.

    `source` is what is measured and `root` the folder that it is imported from. `optional` are what its source and
    tests import if it is there, beside the extras that `gating init` finds. `words` are for pytest, `beside` more of
    them for runs that are not gating's, and `settings` what is added to its coverage settings: file and text.
    `removable` is a dependency that nothing else here needs, and the distributions that go with it.
    """

    requirement: str
    source: str
    root: str = "."
    needed: tuple[str, ...] = ()
    optional: tuple[str, ...] = ()
    words: tuple[str, ...] = ()
    beside: tuple[str, ...] = ()
    settings: tuple[str, str] | None = None
    removable: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        return self.requirement.partition("==")[0]


_BRANCHES = ("pyproject.toml", "\n[tool.coverage.run]\nbranch = true\n")
_STRUCTLOG = ("twisted", "rich", "greenlet", "simplejson", "colorama", "better-exceptions")

MEASURED = (
    Package(
        requirement="structlog==26.1.0",
        source="src/structlog",
        root="src",
        # the order of its tests is drawn by pytest-randomly: a seed makes runs comparable
        needed=("pytest-asyncio", "pytest-randomly", "time-machine", *_STRUCTLOG),
        words=("-p", "no:randomly"),
        optional=_STRUCTLOG,
    ),
    Package(
        requirement="tablib==3.10.0",
        source="src/tablib",
        root="src",
        needed=("-r", "{root}/tests/requirements.txt", "pandas"),
        settings=(".coveragerc", "\n[run]\nbranch = True\n"),
    ),
    Package(
        requirement="pyjwt==2.15.1",
        source="jwt",
        needed=("cryptography",),
        # its filters name a class of its own, for which pytest imports it before pytest-cov could tell tests apart
        beside=("-o", "filterwarnings="),
        removable=("cryptography", "cffi", "pycparser"),
    ),
    Package(
        requirement="itemadapter==0.13.1",
        source="itemadapter",
        needed=("attrs", "pydantic", "scrapy==2.13.3", "packaging"),
        removable=("pydantic", "pydantic-core"),
        settings=_BRANCHES,
    ),
    Package(
        requirement="tabulate==0.10.0",
        source="tabulate",
        needed=("wcwidth", "numpy", "pandas"),
        optional=("numpy", "pandas"),
        removable=("wcwidth",),
        settings=_BRANCHES,
    ),
)


class Adopted:
    """A source release with an environment of its own, which has the release, gating and what its tests need."""

    def __init__(self, project: Project, requirement: str, *needed: str) -> None:
        self.project = project
        folder = project.root.parent
        self.bin = folder / "venv" / "bin"
        subprocess.run([sys.executable, "-m", "venv", str(folder / "venv")], check=True)
        self.pip("download", "--no-deps", "--no-binary", ":all:", "-d", str(folder), requirement)
        (archive,) = folder.glob("*.tar.gz")
        with tarfile.open(archive) as opened:
            opened.extractall(folder / "unpacked", filter="data")
        (unpacked,) = (folder / "unpacked").iterdir()
        (project.root / "pyproject.toml").unlink()
        project.root.rmdir()
        unpacked.rename(project.root)
        words = [word.format(root=project.root) for word in needed]
        self.pip("install", "-e", str(project.root), "-e", f"{CHECKOUT}[test]", *words)
        project.env["PATH"] = os.pathsep.join([str(self.bin), project.env["PATH"]])
        self.policy = project.root / "pyproject.toml"
        self.files = self.digest()

    def pip(self, *arguments: str) -> None:
        """Call the environment's pip, as its user has set it up."""
        command = [str(self.bin / "python"), "-m", "pip", "--quiet", "--disable-pip-version-check", *arguments]
        subprocess.run(command, check=True)

    def digest(self) -> dict[str, str]:
        """The project's tests and source, as they are now."""
        folders = (self.project.root / "tests", self.project.root / "src")
        files = (path for folder in folders for path in folder.rglob("*.py"))
        return {str(path): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}

    def gating(self, *arguments: str) -> Done:
        return self.project.run(str(self.bin / "gating"), *arguments, timeout=900)
