"""A run's line is plain JSON without secrets, and a torn line is never taken for a run."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gating.ledger.event import decode, encode, finished, killed, started, storable

RUN = {"id": "1" * 32, "started_ns": 1, "argv": ["--token", "abc"]}
START = started(RUN, {"host": "here", "boot": None, "pid": 1, "process_started": None})


def end(report: Any, **more: Any) -> dict[str, Any]:
    return finished(START, report, **{"exit_code": 1, "ended_ns": 2, "snapshot": None, "probes": [], **more})


def test_a_report_and_its_verdicts_alone_make_the_same_verdicts() -> None:
    verdicts = [{"id": "tool:git", "outcome": "fail"}]
    whole = end({"schema": "gating.report/1", "mode": "strict", "notes": ["x"], "verdicts": verdicts})
    assert whole["verdicts"] == end(verdicts)["verdicts"] == verdicts
    assert (whole["run"]["mode"], whole["run"]["notes"], whole["run"]["exit_code"]) == ("strict", ["x"], 1)


def test_no_secret_is_in_it() -> None:
    event = end(
        [{"id": "a", "reason": "API_KEY=abc"}], snapshot=("k", {"url": "https://u:pw@h"}), probes=[{"token": "t"}]
    )
    assert event["run"]["argv"] == ["--token", "***"]
    assert event["verdicts"][0]["reason"] == "API_KEY=***"
    assert event["snapshot"]["data"] == {"url": "https://u:***@h"}
    assert event["probes"] == [{"token": "***"}]


def test_equal_snapshots_have_one_id() -> None:
    one = end([], snapshot=("a", {"x": 1, "y": [2]}))["snapshot"]
    other = end([], snapshot=("b", {"y": [2], "x": 1}))["snapshot"]
    assert one["id"] == other["id"]
    assert len(one["id"]) == 64
    assert end([], snapshot=("a", {"x": 2}))["snapshot"]["id"] != one["id"]


def test_a_killed_run_has_no_end() -> None:
    run = killed(START)["run"]
    assert (run["status"], run["exit_code"], run["ended_ns"]) == ("killed", None, None)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (float("nan"), None),
        (float("-inf"), None),
        (Path("a/b"), "a/b"),
        ((1, 2), [1, 2]),
        ({1: {True: None}}, {"1": {"True": None}}),
        ("caf\udce9", "caf\\udce9"),
        ("a\0b", "a\\x00b"),
        ("Größe → \N{SNAKE}", "Größe → \N{SNAKE}"),
    ],
)
def test_what_json_or_sql_cannot_carry_is_spelled_out(value: object, expected: object) -> None:
    assert storable(value) == expected


JSON = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(st.characters(exclude_categories=()))),
    lambda inner: st.one_of(st.lists(inner), st.dictionaries(st.text(), inner)),
    max_leaves=10,
)


@given(JSON)
def test_any_value_comes_through_a_line(value: Any) -> None:
    event = end([{"id": "x:y", "details": {"value": value}}])
    json.dumps(event, allow_nan=False).encode().decode("utf-8")
    assert decode(encode(event)) == ([event], b"")


@given(st.integers(min_value=0, max_value=2000))
def test_a_torn_line_is_kept_and_not_read(cut: int) -> None:
    whole = encode(START)
    torn = encode(end([]))[:-1][:cut]
    assert decode(whole + torn) == ([START], torn)


def test_reserved_room_is_no_line() -> None:
    assert decode(encode(START) + b"\0" * 100) == ([START], b"")
    assert decode(encode(START) + encode(end([])) + b"\0" * 100) == ([START, end([])], b"")


@pytest.mark.parametrize(
    "line", [b"{}\n", b"[]\n", b"nonsense\n", b'{"schema": "gating.event/1"}\n', b'{"schema":1,"run":{}}\n']
)
def test_a_line_that_is_no_run_is_kept(line: bytes) -> None:
    assert decode(line + encode(START)) == ([START], line)
