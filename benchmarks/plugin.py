"""What the pytest plugin costs a project that has no policy: its import, and its part in the start of a run."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from statistics import median

from benchmarks.measure import Claim

__all__ = ["plugin"]

# as pytest does it, with its own import hook before Python's; whole processes differ by more than it takes
_IMPORT = """
import contextlib, importlib.metadata, io, time, pytest

load = importlib.metadata.EntryPoint.load
taken = []

def timed(entry):
    started = time.perf_counter()
    loaded = load(entry)
    if entry.name == "gating":
        taken.append(time.perf_counter() - started)
    return loaded

importlib.metadata.EntryPoint.load = timed
with contextlib.redirect_stdout(io.StringIO()):
    assert pytest.main(["-q", "-p", "no:cacheprovider"]) == 0
print(*taken)
"""
# runs in one process, without the collector of garbage, which strikes where it likes; with the plugin in the middle
# of four and without it around them, so that what else the machine does weighs on both
_RUNS = """
import contextlib, gc, io, statistics, sys, time, pytest

def run(*arguments):
    with contextlib.redirect_stdout(io.StringIO()):
        gc.collect()
        started = time.process_time()
        assert pytest.main(["-q", "-p", "no:cacheprovider", *arguments]) == 0
        return time.process_time() - started

run()
gc.disable()
differences = []
for turn in range(int(sys.argv[1])):
    first, second, third, fourth = (run("-p", f"no:{name}") for name in ("gating", "other", "other", "gating"))
    differences.append((second + third - first - fourth) / 2)
print(statistics.median(differences))
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
    importing = median(imports) * 1e3
    running = float(told(_RUNS, str(rounds * 6)).splitlines()[-1]) * 1e3
    return Claim(
        what="the pytest plugin without a policy",
        beside="pytest without it",
        ratio=importing + running,
        bound=2.0,
        unit="ms",
        detail=f"its import {importing:.2f} ms, its part in a run {running:.2f} ms",
    )
