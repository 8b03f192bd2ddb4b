"""The ends that a run of the suite can have, and the account that its plugin leaves."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from gating.checks.suite import Row, pytest_command, read_outcomes, run_suite
from gating.process import Ending, Streamed

TOLD: dict[str, Any] = {
    "schema": "gating.tests/1",
    "exit_code": 1,
    "absent": ["torch"],
    "shimmed": [],
    "tests": [
        {"id": "t.py::a", "outcome": "passed"},
        {
            "id": "t.py::b",
            "outcome": "failed",
            "reason": "E: no\nmore",
            "needs": ["x"],
            "undeclared": ["torch"],
            "new": 1,
        },
    ],
    "modules": [
        {"id": "u.py", "outcome": "not-run", "needs": ["torch"], "state": "absent", "reason": "torch is absent"}
    ],
}


def outcomes(tmp_path: Path, told: object) -> Path:
    path = tmp_path / "outcomes.json"
    path.write_text(told if isinstance(told, str) else json.dumps(told), encoding="utf-8")
    return path


def test_the_account_is_read(tmp_path: Path) -> None:
    made = read_outcomes(
        Streamed(ending=Ending.EXITED, code=1, duration_s=2), outcomes(tmp_path, TOLD), without=["torch"]
    )
    assert made.problem == ""
    assert (made.exit_code, made.duration_s, made.without) == (1, 2, ("torch",))
    assert made.tests["t.py::b"] == Row("t.py::b", "failed", "E: no", ("x",), ("torch",))
    assert made.modules["u.py"] == Row("u.py", "not-run", "torch is absent", ("torch",))


@pytest.mark.parametrize(
    ("ended", "problem"),
    [
        (Streamed(ending=Ending.NOT_STARTED, error="No such file"), "it cannot be started: No such file"),
        (Streamed(ending=Ending.TIMED_OUT, code=-9), "no end within 7 s"),
        (Streamed(ending=Ending.SIGNALLED, code=-11), "it was killed by SIGSEGV"),
        (Streamed(ending=Ending.SIGNALLED, code=-250), "it was killed by signal 250"),
        (Streamed(ending=Ending.EXITED, code=2), "it was interrupted (exit 2)"),
        (Streamed(ending=Ending.EXITED, code=3), "pytest itself broke (exit 3)"),
        (
            Streamed(ending=Ending.EXITED, code=4),
            "pytest was used wrongly, or a conftest.py cannot be imported (exit 4)",
        ),
        (Streamed(ending=Ending.EXITED, code=77), "it ended early (exit 77)"),
    ],
)
def test_an_end_without_an_account_has_a_name(ended: Streamed, problem: str, tmp_path: Path) -> None:
    made = read_outcomes(ended, outcomes(tmp_path, TOLD), without=["torch"], timeout=7)
    assert made.problem == problem
    assert not made.tests
    assert made.started is (ended.ending is not Ending.NOT_STARTED)


@pytest.mark.parametrize("told", ["", "{", "[]", "{}", {**TOLD, "schema": "gating.tests/2"}])
def test_a_run_without_the_plugin_tells_nothing(told: object, tmp_path: Path) -> None:
    made = read_outcomes(Streamed(ending=Ending.EXITED, code=0), outcomes(tmp_path, told))
    assert made.problem == "it left no account of its tests: gating's pytest plugin did not run"
    assert read_outcomes(Streamed(ending=Ending.EXITED, code=0), tmp_path / "none").problem


def test_a_dependency_that_stayed_is_a_problem(tmp_path: Path) -> None:
    ended = Streamed(ending=Ending.EXITED, code=0)
    made = read_outcomes(ended, outcomes(tmp_path, TOLD), without=["torch", "hydra"])
    assert made.problem == "it ran with torch, hydra there: they were not made to look absent"


def test_the_caller_has_the_last_word() -> None:
    command = pytest_command("/py", ["-k", "a b", "--maxfail=3"], ["torch", "hydra"])
    assert command[:3] == ("/py", "-m", "pytest")
    assert command[-7:] == ("--gating-without", "torch", "--gating-without", "hydra", "-k", "a b", "--maxfail=3")


def test_ids_to_run_take_the_place_of_paths(tmp_path: Path) -> None:
    (tmp_path / "tests").mkdir()
    (tmp_path / "python").write_text(
        '#!/bin/sh\nprintf "%s\\n" "$@" > words\nfor one; do last=$one; done\ncat "${last#@}" > ids\n'
    )
    (tmp_path / "python").chmod(0o755)
    words = ["-p", "tests", "tests", "tests::x", "-k", "a b"]
    made = run_suite(
        words, python="./python", env={"PATH": "/usr/bin:/bin"}, cwd=str(tmp_path), only=["t.py::a b", "u.py"]
    )
    given = (tmp_path / "words").read_text().splitlines()
    assert given[-5:-1] == ["-p", "tests", "-k", "a b"]
    assert (tmp_path / "ids").read_text() == "t.py::a b\nu.py\n"
    assert made.problem.startswith("it left no account")
