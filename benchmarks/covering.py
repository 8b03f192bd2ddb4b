"""What a measured and judged test session costs beside pytest alone and beside pytest-cov: calls in a nox session."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Mapping
from pathlib import Path

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


def covering(folder: Path, *, env: Mapping[str, str], rounds: int) -> list[Claim]:
    """The claims: with lines alone, where sys.monitoring measures them exactly from 3.12 on, and with branches."""
    return [claim for branch in (False, True) for claim in _claims(folder, branch, env=env, rounds=rounds)]


def _claims(folder: Path, branch: bool, *, env: Mapping[str, str], rounds: int) -> list[Claim]:
    root = folder / ("covered-branches" if branch else "covered-lines")
    lines = _write(root, branch=branch)
    plans: dict[str, Mapping[str, object]] = {}

    def session(name: str) -> float:
        argv = (sys.executable, "-m", "nox", "-s", name)
        done = subprocess.run(argv, env=dict(env), cwd=root, capture_output=True, text=True, check=False)
        if done.returncode:
            sys.exit(f"nox -s {name} ended with {done.returncode}:\n{done.stdout}{done.stderr}")
        told = json.loads((root / "took.json").read_text(encoding="utf-8"))
        plans[name] = told["plan"]
        return float(told["took"])

    found = medians(
        max(3, rounds // 3),
        plain=lambda: session("plain"),
        theirs=lambda: session("theirs"),
        ours=lambda: session("ours"),
    )
    plan = plans["ours"]
    what = f"`sessions.tests`, {'branches' if branch else 'lines'} measured and judged"
    why = plan["why"][-1] if isinstance(plan["why"], list) else ""
    told = f"{why}; {lines} lines of source: {found['ours']:.2f} s beside"
    beside = [
        Claim(
            what=what,
            beside="pytest with pytest-cov as it is by default",
            ratio=found["ours"] / found["theirs"],
            bound=1.02,
            detail=f"{told} {found['theirs']:.2f} s",
        )
    ]
    if plan["core"] == "sysmon":
        alone = found["plain"]
        beside.insert(
            0,
            Claim(
                what=what,
                beside="pytest alone",
                ratio=found["ours"] / alone,
                bound=1.10,
                detail=f"{told} {alone:.2f} s",
            ),
        )
    return beside


def _write(root: Path, *, branch: bool) -> int:
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
    (root / "tests" / "test_work.py").write_text(_TESTS.format(turns=_TURNS), encoding="utf-8")
    return sum(path.read_text(encoding="utf-8").count("\n") for path in root.glob("app/**/*.py"))
