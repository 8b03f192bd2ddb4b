"""Guards on the installed distributions: none of the lines that are called unreachable runs when their commands do."""

from __future__ import annotations

import importlib.util
import os
import re
import subprocess
import sys
from pathlib import Path

import coverage
import pytest

from gating.coverage.guards import unreachable

COMMANDS = (
    ("pip", "list"),
    ("pip", "download", "--no-index", "no-such-distribution"),
    ("nox", "--list"),
    ("pytest", "--help"),
    ("virtualenv", "--help"),
    ("pygments", "-l", "python", "noxfile.py"),
    ("vulture", "noxfile.py"),
    ("invoke", "--help"),
)


def is_missing(module: str) -> bool:
    try:
        return importlib.util.find_spec(module) is None
    except (ImportError, ValueError):
        return False


@pytest.mark.realworld
def test_nothing_that_is_called_unreachable_runs(tmp_path: Path) -> None:
    rcfile, data_file = tmp_path / "rc", tmp_path / "data"
    rcfile.write_text("[run]\ninclude = */site-packages/*\n")
    for command in COMMANDS:
        argv = [sys.executable, "-m", "coverage", "run", "--append", f"--rcfile={rcfile}", "-m", *command]
        subprocess.run(argv, env={**os.environ, "COVERAGE_FILE": str(data_file)}, capture_output=True)
    data = coverage.CoverageData(str(data_file))
    data.read()
    site = Path(coverage.__file__).parent.parent
    measured = [Path(name) for name in data.measured_files()]
    files = {
        path.relative_to(site).as_posix(): path.read_text(encoding="utf-8")
        for path in measured
        if path.suffix == ".py" and path.is_relative_to(site)
    }
    ran = {(path, line) for path in files for line in data.lines(str(site / path)) or ()}
    data.close()
    named = {name for text in files.values() for name in re.findall(r"^\s*(?:from|import)\s+(\w+)", text, re.MULTILINE)}
    found = unreachable(
        files,
        {name for name in named if is_missing(name)},
        python=sys.version_info[:2],
        platform=sys.platform,
        os_name=os.name,
    )
    dead = {(path, line) for path, lines in found.items() for line in lines}
    assert len(files) > 200
    assert len(dead) > 500
    assert sorted(dead & ran) == []
