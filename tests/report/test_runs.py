from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from gating.report import runs
from tests.strategies import run_rows

START = 1_763_610_000_000_000_000


def run(name: str, **given: object) -> dict[str, object]:
    row: dict[str, object] = {"id": name, "parent": None, "command": "preflight", "status": "finished", "exit_code": 0}
    return row | {"started_ns": START, "ended_ns": START + 200_000_000, "counts": {"pass": 2}} | given


def test_runs_stand_under_the_run_that_started_them() -> None:
    listed = [
        run("r4", started_ns=START + 9_000_000_000, ended_ns=None, status="running", exit_code=None, counts={}),
        run("r3", parent="r1", command="gate docs", started_ns=START + 2, status="killed", exit_code=None, counts={}),
        run("r2", parent="r1", command="tests", started_ns=START + 1, ended_ns=START + 75_000_000_000),
        run("r1", exit_code=1, counts={"pass": 3, "degraded": 1, "skip": 0, "fail": 1}, parent="elsewhere"),
    ]
    assert runs.render(listed) == (
        """\
started (UTC)        command      ended    verdicts                        took   run
2025-11-20 03:40:09  preflight    running                                         r4
2025-11-20 03:40:00  preflight    exit 1   1 failed, 1 degraded, 3 passed  0.2 s  r1
2025-11-20 03:40:00  └ tests      exit 0   2 passed                        1:15   r2
2025-11-20 03:40:00  └ gate docs  killed                                   0.2 s  r3
"""
    )


def test_an_empty_ledger_is_said_to_be_empty() -> None:
    assert runs.render([]) == "no runs in the ledger\n"
    assert json.loads(runs.render([], "json")) == {"schema": "gating.runs/1", "runs": []}


def test_an_ascii_stream_gets_ascii() -> None:
    said = runs.render([run("a"), run("b", parent="a", command="é")], encoding="ascii", colour=True)
    assert said.isascii()
    assert "- \\xe9" in said


def test_colour_tells_green_runs_from_others() -> None:
    green, red = runs.render([run("a"), run("b", exit_code=2)], colour=True).splitlines()[1:]
    assert "\x1b[32mexit 0" in green
    assert "\x1b[31mexit 2" in red


def test_times_and_durations_read_well() -> None:
    assert runs.utc(None) == ""
    assert runs.utc(2**70) == "9999-12-31 23:59:59"
    assert runs.took({"started_ns": 0, "ended_ns": 59_940_000_000}) == "59.9 s"
    assert runs.took({"started_ns": 0, "ended_ns": 3_723_000_000_000}) == "1:02:03"
    assert runs.took({"started_ns": 5, "ended_ns": 0}) == "0.0 s"


@given(st.lists(run_rows(), max_size=6, unique_by=lambda row: str(row["id"])))
def test_every_run_is_listed_once_whatever_its_parents(rows: list[dict[str, object]]) -> None:
    text = runs.render(rows).splitlines()[1:]
    assert sorted(line.split()[-1] for line in text) == sorted(str(row["id"]) for row in rows)

    tokens = MarkdownIt().enable("table").parse(runs.render(rows, "markdown"))
    assert sum(token.type == "tr_open" for token in tokens) == len(rows) + 1
    assert json.loads(runs.render(rows, "json"))["schema"] == "gating.runs/1"
