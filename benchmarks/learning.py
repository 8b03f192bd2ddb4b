"""What learning costs: how often each test runs, and how many processes of pytest are started for it."""

from __future__ import annotations

import subprocess
import sys
import time
from collections import Counter
from collections.abc import Mapping
from pathlib import Path

from benchmarks.measure import Claim

__all__ = ["learning"]

_SETS = 4  # need-sets: nothing, each of two dependencies, and both
_PASSES = 2
_TESTS = 200
_POLICY = """
[project]
name = "learned"

[tool.gating.optional]
alpha = "alpha"
beta = "beta"

[tool.gating.needs]
"test_alpha.py" = ["alpha"]
"test_beta.py" = ["beta"]
"test_both.py" = ["alpha", "beta"]

[tool.gating.coverage]
source = ["app"]
"""
_CONFTEST = """
import os
import pytest

def _told(word):
    with open(os.environ["TOLD"], "a", encoding="utf-8") as file:
        file.write(word + "\\n")

def pytest_configure(config):
    _told("start")

@pytest.fixture(autouse=True)
def told(request):
    _told(request.node.nodeid)
"""
_TEST = """
import time
import app
import pytest

@pytest.mark.parametrize("number", range({tests}))
def test_some(number):
    time.sleep(0.01)
    assert app.work(number) == number
"""


def learning(folder: Path, *, env: Mapping[str, str], rounds: int) -> list[Claim]:
    """The claims: what is run and started is counted, and what that adds is measured beside the suite itself."""
    root, site, told = folder / "learned", folder / "learned-site", folder / "told"
    _write(root, site)
    own = {**env, "PYTHONPATH": str(site), "TOLD": str(told)}
    learn = (sys.executable, "-m", "invoke", "coverage.learn", "--", "-q", "-p", "no:cacheprovider")
    suite = (sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--cov=app", "--cov-report=")

    def seconds(argv: tuple[str, ...]) -> float:
        started = time.perf_counter()
        done = subprocess.run(argv, env=own, cwd=root, capture_output=True, text=True, check=False)
        if done.returncode:
            sys.exit(f"{' '.join(argv)} ended with {done.returncode}:\n{done.stdout}{done.stderr}")
        return time.perf_counter() - started

    turns = max(1, rounds // 5)
    learns, suites, starts = [], [], []
    for _ in range(turns):
        told.unlink(missing_ok=True)
        learns.append(seconds(learn))
        ran = Counter(told.read_text(encoding="utf-8").splitlines())
        suites.append(seconds(suite))
        starts.append(seconds((*suite, "--collect-only")))
    begun = ran.pop("start")
    took, whole, start = min(learns), min(suites), min(starts)
    promised = _PASSES * (whole - start) + _PASSES * _SETS * start
    return [
        Claim(
            what="learning: the most often that a test is run",
            beside="once a pass",
            ratio=max(ran.values()),
            bound=_PASSES,
            detail=f"{len(ran)} tests, none less than {min(ran.values())} times",
        ),
        Claim(
            what="learning: processes of pytest",
            beside="need-sets and passes",
            ratio=begun / (_SETS * _PASSES),
            bound=1,
            detail=f"{begun} for {_SETS} need-sets and {_PASSES} passes",
        ),
        Claim(
            what="`inv coverage.learn`",
            beside="the suite a pass, and a start and collection a need-set and pass",
            ratio=took / promised,
            bound=2.0,
            detail=f"{took:.1f} s beside {promised:.1f} s; the suite alone takes {whole:.1f} s",
        ),
    ]


def _write(root: Path, site: Path) -> None:
    root.mkdir()
    (root / "pyproject.toml").write_text(_POLICY, encoding="utf-8")
    (root / "tasks.py").write_text("from gating.tasks import ns\n", encoding="utf-8")
    (root / "conftest.py").write_text(_CONFTEST, encoding="utf-8")
    (root / "app.py").write_text("def work(number):\n    return number\n", encoding="utf-8")
    for name in ("plain", "alpha", "beta", "both"):
        (root / f"test_{name}.py").write_text(_TEST.format(tests=_TESTS // _SETS), encoding="utf-8")
    for name in ("alpha", "beta"):
        info = site / f"{name}-1.0.dist-info"
        info.mkdir(parents=True)
        (site / f"{name}.py").touch()
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n", encoding="utf-8")
        (info / "RECORD").write_text(f"{name}.py,,\n{info.name}/METADATA,,\n", encoding="utf-8")
