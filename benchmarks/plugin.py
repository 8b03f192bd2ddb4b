"""What the pytest plugin costs a project that has no policy: its import, and its part in the start of a run."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from statistics import median

from benchmarks.measure import Claim

__all__ = ["plugin"]

# in a process that has pytest, as it is when the plugin is loaded; whole processes differ by more than it takes
_IMPORT = """
import os, re, sys, time, pytest, _pytest.config
started = time.perf_counter()
import gating.pytest_plugin
print(time.perf_counter() - started)
"""
_RUNS = """
import contextlib, io, json, os, sys, time, pytest

def run(*arguments):
    with contextlib.redirect_stdout(io.StringIO()):
        started = time.process_time()
        assert pytest.main(["-q", "-p", "no:cacheprovider", *arguments]) == 0
        return time.process_time() - started

run()
differences = []
for turn in range(int(sys.argv[1])):
    without, with_it, again = run("-p", "no:gating"), run(), run("-p", "no:gating")
    differences.append(with_it - (without + again) / 2)
print(json.dumps(differences))
"""


def plugin(folder: Path, *, env: Mapping[str, str], rounds: int) -> Claim:
    """The claim: what is added to pytest's start where there is no policy."""
    root = folder / "plain"
    root.mkdir()
    (root / ".git").mkdir()
    (root / "pyproject.toml").write_text("[project]\nname = 'plain'\n", encoding="utf-8")
    (root / "test_nothing.py").write_text("def test_nothing():\n    pass\n", encoding="utf-8")

    def told(code: str, *arguments: str) -> str:
        argv = [sys.executable, "-c", code, *arguments]
        return subprocess.run(argv, env=dict(env), cwd=root, capture_output=True, text=True, check=True).stdout

    imports = [float(told(_IMPORT)) for _ in range(rounds + 1)][1:]
    runs: list[float] = json.loads(told(_RUNS, str(rounds * 4)).splitlines()[-1])
    importing, running = median(imports) * 1e3, median(runs) * 1e3
    return Claim(
        what="the pytest plugin without a policy",
        beside="pytest without it",
        ratio=importing + running,
        bound=2.0,
        unit="ms",
        detail=f"its import {importing:.2f} ms, its part in a run {running:.2f} ms",
    )
