"""What judging coverage data costs beside the `coverage json` that told it: packages of the standard library."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Mapping
from pathlib import Path

from benchmarks.measure import Claim, command, medians
from gating.coverage.keys import Keys
from gating.coverage.reach import Entry, FileReach, Reach, Reference, write_reach
from gating.coverage.statements import statements

__all__ = ["judging"]

_PACKAGES = ("asyncio", "email", "http", "json", "logging", "multiprocessing", "unittest", "xml")
_POLICY = """\
[tool.gating]
ledger = "off"
[tool.gating.coverage]
source = ["src"]
fail-under = 50
[tool.gating.optional]
nothing-of-that-name = "nothing-of-that-name>=1"
"""


def judging(folder: Path, *, env: Mapping[str, str], rounds: int) -> Claim:
    """The claim; both are whole commands, and the judged run lacks a dependency that the reference knows."""
    root = folder / "judging"
    files = _project(root)
    report = root / "report.json"
    measure = (sys.executable, "-m", "coverage", "json", "--quiet", "--data-file=data", "-o", str(report))
    judge = (sys.executable, "-m", "gating", "coverage.check", "--data", str(report))
    found = medians(
        max(3, rounds // 3),
        theirs=command(measure, env=env, cwd=root),
        ours=command(judge, env=env, cwd=root),
    )
    lines = sum(text.count("\n") for text in files.values())
    return Claim(
        what="`gating coverage.check` of a report, with a reference",
        beside="the `coverage json` that wrote it",
        ratio=found["ours"] / found["theirs"],
        bound=0.5,
        detail=f"{lines} lines in {len(files)} files: {found['ours']:.2f} s beside {found['theirs']:.2f} s",
    )


def _project(root: Path) -> dict[str, str]:
    """Sources, data in which every fifth statement did not run, and a reference that says so."""
    from coverage import CoverageData

    files = {}
    for package in _PACKAGES:
        for theirs in sorted((Path(os.__file__).parent / package).rglob("*.py")):
            made = root / "src" / theirs.relative_to(Path(os.__file__).parent)
            made.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(theirs, made)
            files[made.relative_to(root).as_posix()] = made.read_text(encoding="utf-8")
    (root / "pyproject.toml").write_text(_POLICY, encoding="utf-8")
    data = CoverageData(str(root / "data"))
    known = {}
    for path, text in files.items():
        lines = sorted(statements(text, name=path).lines)
        keys = Keys.of(text)
        data.add_lines({str(root / path): [line for place, line in enumerate(lines) if place % 5]})
        needs = Entry(by=frozenset({frozenset({"nothing-of-that-name"})}))
        known[path] = FileReach(uncovered=keys.keys(lines[::10]), entries=dict.fromkeys(keys.keys(lines[5::10]), needs))
    data.write()
    python = f"{sys.version_info[0]}.{sys.version_info[1]}"
    write_reach(
        root / ".gating" / "reach.json", Reach(reference=Reference(python=python, platform=sys.platform), files=known)
    )
    return files
