"""Suite: the project's pytest started once in the judged interpreter, and what its plugin tells of each test.

A run that leaves no account (it crashed, hung, was used wrongly) is a named result and no exception.
"""

from __future__ import annotations

import json
import os
import signal
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from gating.environ import OUTCOMES
from gating.process import Ending, Streamed, stream

__all__ = ["TESTS_SCHEMA", "Row", "Suite", "pytest_command", "read_outcomes", "run_suite"]

TESTS_SCHEMA = "gating.tests/1"
# exit codes with which the outcomes stand: passed, failed, and nothing left to be run
_COUNTS = frozenset({0, 1, 5})
_ENDS = {
    2: "it was interrupted",
    3: "pytest itself broke",
    4: "pytest was used wrongly, or a conftest.py cannot be imported",
}
_ALIKE = (
    "-q",
    "--tb=line",
    "--continue-on-collection-errors",  # one module that cannot be imported hides no other
    "--maxfail=0",  # nor does a project's own `-x`
)


class Row(NamedTuple):
    """What became of a test, or of a module that was not collected. `outcome` is a word of `gating.tests/1`.

    `needs` are the optional dependencies that it was not run for, `undeclared` those that it reached without
    saying so.
    """

    id: str
    outcome: str
    reason: str = ""
    needs: tuple[str, ...] = ()
    undeclared: tuple[str, ...] = ()

    @classmethod
    def of(cls, told: Mapping[str, Any]) -> Row:
        return cls(
            id=str(told.get("id", "")),
            outcome=str(told.get("outcome", "")),
            reason=str(told.get("reason") or "").strip().partition("\n")[0],
            needs=tuple(map(str, told.get("needs") or ())),
            undeclared=tuple(map(str, told.get("undeclared") or ())),
        )


@dataclass(frozen=True, kw_only=True)
class Suite:
    """One run of the suite. `problem` says why there is no account of its tests, empty where there is one.

    `exit_code` is pytest's, None where it did not end by itself; `started` is False where it could not be started.
    `tests` and `modules` are by id; a module is there where it was not collected. `absent` are the policy's keys of
    what could not be used, `shimmed` those of them that a stand-in was there for. `need_sets` are those that a run
    found which was told to run one of them, each with the files that hold such tests; None where it was not.
    `workers` are xdist's by name, each with its process id, None for one that ended without a word.
    """

    without: tuple[str, ...] = ()
    problem: str = ""
    exit_code: int | None = None
    started: bool = True
    duration_s: float = 0.0
    tests: Mapping[str, Row] = field(default_factory=dict)
    modules: Mapping[str, Row] = field(default_factory=dict)
    absent: tuple[str, ...] = ()
    shimmed: tuple[str, ...] = ()
    need_sets: Mapping[frozenset[str], frozenset[str]] | None = None
    workers: Mapping[str, int | None] = field(default_factory=dict)


def pytest_command(python: str, words: Sequence[str], without: Sequence[str] = ()) -> tuple[str, ...]:
    """The command of a run without the optional dependencies `without`; `words` are the caller's and come last."""
    hidden = (word for name in without for word in ("--gating-without", name))
    return (python, "-m", "pytest", *_ALIKE, *hidden, *words)


def run_suite(
    words: Sequence[str],
    *,
    python: str,
    env: Mapping[str, str],
    cwd: str,
    without: Sequence[str] = (),
    only: Sequence[str] = (),
    timeout: float | None = None,
    stdout: int | None = None,
) -> Suite:
    """Run the suite in the folder `cwd`; `only` are ids of tests and modules, to run these instead of all.

    `timeout` is in seconds, None for no limit. Its output goes to ours, its standard output to the descriptor
    `stdout` where one is given.
    """
    with tempfile.TemporaryDirectory(prefix="gating-suite-") as folder:
        outcomes = Path(folder, "outcomes.json")
        # what failed without a dependency must not become what the user's next `--lf` runs
        words = ["-o", f"cache_dir={folder}/cache", *words]
        if only:
            chosen = Path(folder, "chosen.txt")
            chosen.write_text("".join(f"{one}\n" for one in only), encoding="utf-8")
            words = [*_without_paths(words, cwd), f"@{chosen}"]
        ended = stream(
            pytest_command(python, words, without),
            env={**env, OUTCOMES: str(outcomes)},
            cwd=cwd,
            timeout=timeout,
            stdout=stdout,
        )
        return read_outcomes(ended, outcomes, without=without, timeout=timeout)


def read_outcomes(
    ended: Streamed, outcomes: Path, *, without: Sequence[str] = (), timeout: float | None = None
) -> Suite:
    """The run from its end and from the document that the plugin wrote, where it did."""
    told = _document(outcomes)
    problem = _problem(ended, told, timeout)
    if not problem and told is not None and not set(without) <= set(map(str, told.get("absent") or ())):
        problem = f"it ran with {', '.join(without)} there: they were not made to look absent"
    rows = told if told is not None and not problem else {}
    return Suite(
        without=tuple(without),
        problem=problem,
        exit_code=ended.code if ended.ending is Ending.EXITED else None,
        started=ended.ending is not Ending.NOT_STARTED,
        duration_s=ended.duration_s,
        tests=_rows(rows.get("tests")),
        modules=_rows(rows.get("modules")),
        absent=tuple(map(str, rows.get("absent") or ())),
        shimmed=tuple(map(str, rows.get("shimmed") or ())),
        need_sets=_sets(rows.get("need_sets")),
        workers={str(one.get("id")): one.get("pid") for one in rows.get("workers") or ()},
    )


def _problem(ended: Streamed, told: Mapping[str, Any] | None, timeout: float | None) -> str:
    if ended.ending is Ending.NOT_STARTED:
        return f"it cannot be started: {ended.error}"
    if ended.ending is Ending.TIMED_OUT:
        return f"no end within {timeout or 0:g} s"
    if ended.ending is not Ending.EXITED:
        return f"it was killed by {_signal(-(ended.code or 0))}"
    if ended.code in _COUNTS and told is not None:
        return ""
    if ended.code in _COUNTS:
        return "it left no account of its tests: gating's pytest plugin did not run"
    said = str((told or {}).get("reason") or "")
    return f"{_ENDS.get(ended.code or 0, 'it ended early')} (exit {ended.code}){said and ': '}{said}"


def _signal(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"


def _document(outcomes: Path) -> dict[str, Any] | None:
    try:
        told = json.loads(outcomes.read_bytes())
    except (OSError, ValueError):
        return None
    return told if isinstance(told, dict) and told.get("schema") == TESTS_SCHEMA else None


def _rows(told: Any) -> dict[str, Row]:
    rows = (Row.of(one) for one in told or () if isinstance(one, dict))
    return {row.id: row for row in rows}


def _sets(told: Any) -> dict[frozenset[str], frozenset[str]] | None:
    try:
        return None if told is None else {frozenset(one["needs"]): frozenset(one["files"]) for one in told}
    except (KeyError, TypeError):  # another gating's
        return None


def _without_paths(words: Sequence[str], cwd: str) -> list[str]:
    """The words but for the paths that say what is run; one behind an option may be its value, and stays."""
    kept: list[str] = []
    for word in words:
        behind = bool(kept) and kept[-1].startswith("-") and "=" not in kept[-1]
        if behind or word.startswith("-") or not os.path.exists(os.path.join(cwd, word.partition("::")[0])):
            kept.append(word)
    return kept
