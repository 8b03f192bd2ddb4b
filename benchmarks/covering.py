"""What a measured and judged test session costs beside pytest alone and beside pytest-cov: calls in a nox session."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

from benchmarks.measure import Claim, medians

__all__ = ["covering"]

# modules of the standard library that are written in Python, and are worked hard by the tests below
_MODULES = ("difflib", "fractions", "heapq", "shlex", "textwrap")
_PACKAGES = ("json",)
_POLICY = """
[project]
name = "covered"

[tool.gating.tools]
git = ">=2"

[tool.gating.coverage]
source = ["app"]
fail-under = 10

[tool.coverage.run]
branch = {branch}

[tool.pytest.ini_options]
pythonpath = ["."]
addopts = ["-q", "-p", "no:cacheprovider"]
"""
# nox's own start is left out: what is timed is the call that a session makes
_NOXFILE = """
import json, sys, time
import nox
from gating import sessions

nox.options.default_venv_backend = "none"

def timed(session, work):
    started = time.perf_counter()
    report = work()
    taken = time.perf_counter() - started
    with open("took.json", "w", encoding="utf-8") as file:
        details = next((one.details for one in report.verdicts if one.id == "coverage:total"), {}) if report else {}
        json.dump({"took": taken, "plan": details.get("plan", {})}, file)

@nox.session
def plain(session):
    timed(session, lambda: session.run(sys.executable, "-m", "pytest", external=True) and None)

@nox.session
def theirs(session):
    timed(session, lambda: session.run(sys.executable, "-m", "pytest", "--cov=app", external=True) and None)

@nox.session
def ours(session):
    timed(session, lambda: sessions.tests(session))
"""
_TESTS = """
import random

import pytest

from app import difflib, fractions, heapq, shlex, textwrap
from app.json import decoder, encoder, scanner


@pytest.mark.parametrize("seed", range({turns}))
def test_differences(seed):
    chance = random.Random(seed)
    first = [str(chance.randrange(30)) for _ in range(90)]
    second = [line for line in first if chance.random() < 0.8]
    assert list(difflib.restore(difflib.ndiff(first, second), 2)) == second
    assert list(difflib.unified_diff(first, second))


@pytest.mark.parametrize("seed", range({turns}))
def test_json(seed):
    chance = random.Random(seed)
    made = {{str(number): [chance.random(), "text\\\\n", None, {{"a": number}}] for number in range(300)}}
    plain = (encoder.JSONEncoder().default, encoder.py_encode_basestring, None, float.__repr__)
    iterate = encoder._make_iterencode({{}}, *plain, ": ", ", ", True, False, False)
    text = "".join(iterate(made, 0))
    reading = decoder.JSONDecoder()
    reading.parse_object, reading.parse_array = decoder.JSONObject, decoder.JSONArray
    reading.parse_string, reading.scan_once = decoder.py_scanstring, None
    reading.scan_once = scanner.py_make_scanner(reading)
    assert reading.decode(text) == made


@pytest.mark.parametrize("seed", range({turns}))
def test_fractions(seed):
    chance = random.Random(seed)
    whole = fractions.Fraction(0)
    for number in range(1, 250):
        whole += fractions.Fraction(chance.randrange(50), number)
    assert whole * 2 - whole == whole


@pytest.mark.parametrize("seed", range({turns}))
def test_words(seed):
    chance = random.Random(seed)
    words = [str(chance.randrange(10**9)) for _ in range(400)]
    text = " ".join(words)
    assert textwrap.fill(text, 70).split() == words
    assert shlex.split(text) == words


@pytest.mark.parametrize("seed", range({turns}))
def test_heap(seed):
    chance = random.Random(seed)
    several = [sorted(chance.random() for _ in range(200)) for _ in range(8)]
    assert list(heapq.merge(*several)) == sorted(number for one in several for number in one)
"""
_TURNS = 240
_LONGER = 4 * _TURNS


def covering(folder: Path, *, env: Mapping[str, str], rounds: int) -> list[Claim]:
    """The claims: with lines alone, where sys.monitoring measures them exactly from 3.12 on, and with branches.

    Part of the cost is the same for every suite, so the first is shown for a second suite too, which is longer.
    """
    rounds = max(3, rounds // 3)
    lines = _Project(folder / "covered-lines", branch=False, turns=_TURNS, env=env)
    longer = _Project(folder / "covered-longer", branch=False, turns=_LONGER, env=env)
    branches = _Project(folder / "covered-branches", branch=True, turns=_TURNS, env=env)
    return [
        *lines.claims({"plain": 1.10, "theirs": 1.02}, rounds),
        *longer.claims({"plain": 1.10}, rounds),
        *branches.claims({"theirs": 1.02}, rounds),
    ]


_BESIDE = {"plain": "pytest alone", "theirs": "pytest with pytest-cov as it is by default"}


class _Project:
    """Modules of the standard library with tests that take so many turns, and a noxfile of three sessions."""

    def __init__(self, root: Path, *, branch: bool, turns: int, env: Mapping[str, str]) -> None:
        self._root, self._branch, self._env = root, branch, env
        self._lines = _write(root, branch=branch, turns=turns)
        self._plan: Mapping[str, Any] = {}

    def claims(self, bounds: Mapping[str, float], rounds: int) -> list[Claim]:
        """`ours` beside each session that has a bound; beside pytest alone only where sys.monitoring measures."""
        found = medians(rounds, **{name: partial(self._session, name) for name in (*bounds, "ours")})
        what = "branches" if self._branch else "lines"
        return [
            Claim(
                what=f"`sessions.tests`, {what} measured and judged",
                beside=_BESIDE[name],
                ratio=found["ours"] / found[name],
                bound=bound,
                detail=(
                    f"{self._plan['why'][-1]}; {self._lines} lines of source: "
                    f"{found['ours']:.2f} s beside {found[name]:.2f} s"
                ),
            )
            for name, bound in bounds.items()
            if name != "plain" or self._plan["core"] == "sysmon"
        ]

    def _session(self, name: str) -> float:
        argv = (sys.executable, "-m", "nox", "-s", name)
        done = subprocess.run(argv, env=dict(self._env), cwd=self._root, capture_output=True, text=True, check=False)
        if done.returncode:
            sys.exit(f"nox -s {name} ended with {done.returncode}:\n{done.stdout}{done.stderr}")
        told = json.loads((self._root / "took.json").read_text(encoding="utf-8"))
        if name == "ours":
            self._plan = told["plan"]
        return float(told["took"])


def _write(root: Path, *, branch: bool, turns: int) -> int:
    """The project; how many lines its source has."""
    library = Path(sysconfig.get_path("stdlib"))
    (root / "app").mkdir(parents=True)
    (root / "app" / "__init__.py").touch()
    for name in _MODULES:
        shutil.copyfile(library / f"{name}.py", root / "app" / f"{name}.py")
    for name in _PACKAGES:
        shutil.copytree(library / name, root / "app" / name, ignore=shutil.ignore_patterns("__pycache__"))
    (root / "pyproject.toml").write_text(_POLICY.format(branch=str(branch).lower()), encoding="utf-8")
    (root / "noxfile.py").write_text(_NOXFILE, encoding="utf-8")
    (root / "tests").mkdir()
    (root / "tests" / "test_work.py").write_text(_TESTS.format(turns=turns), encoding="utf-8")
    return sum(path.read_text(encoding="utf-8").count("\n") for path in root.glob("app/**/*.py"))
