"""Ids sort by time and serve as trace ids; what is handed down is read back, and rubbish is not."""

from __future__ import annotations

import os
import re
import uuid
from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gating.ledger.identity import child_environment, is_run_id, new_run_id, parent_of, trace_of

TIMES_NS = st.integers(min_value=0, max_value=(1 << 48) * 1_000_000 - 1)
ID = "01a1f720b5427c4bb3594417a7889aa0"
TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
SPAN = "00f067aa0ba902b7"


@dataclass(frozen=True, kw_only=True)
class Run:
    id: str
    trace: str | None = None


@given(TIMES_NS, st.binary(min_size=8, max_size=16))
def test_an_id_is_a_uuid_of_version_7_that_holds_the_time(now_ns: int, randomness: bytes) -> None:
    read = uuid.UUID(new_run_id(now_ns, randomness))
    assert (read.version, read.variant) == (7, uuid.RFC_4122)
    assert read.int >> 80 == now_ns // 1_000_000
    assert is_run_id(new_run_id(now_ns, randomness))


@given(TIMES_NS, TIMES_NS, st.binary(min_size=8, max_size=8), st.binary(min_size=8, max_size=8))
def test_ids_sort_by_their_time(one_ns: int, other_ns: int, chance: bytes, other_chance: bytes) -> None:
    early_ns, late_ns = sorted((one_ns, other_ns))
    # 12 bits of a millisecond are steps of 244 ns
    if late_ns - early_ns >= 245:
        assert new_run_id(early_ns, chance) < new_run_id(late_ns, other_chance)


def test_ids_of_one_moment_differ() -> None:
    assert len({new_run_id(0, os.urandom(8)) for _ in range(1000)}) == 1000


def test_too_little_randomness_is_refused() -> None:
    with pytest.raises(ValueError, match="8 random bytes, not 7"):
        new_run_id(0, b"1234567")


@given(TIMES_NS, st.binary(min_size=8, max_size=8))
def test_what_is_handed_down_is_well_formed_and_names_the_parent(now_ns: int, randomness: bytes) -> None:
    run = Run(id=new_run_id(now_ns, randomness))
    env = child_environment(run)
    # https://www.w3.org/TR/trace-context/: neither the trace nor the span may be all zero
    assert re.fullmatch(r"00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-01", env["TRACEPARENT"])
    assert parent_of(env) == run.id
    assert trace_of(env) == run.id


def test_a_whole_tree_keeps_the_trace_of_its_root() -> None:
    root = Run(id=new_run_id(1, b"a" * 8))
    child_env = child_environment(root)
    child = Run(id=new_run_id(2, b"b" * 8), trace=trace_of(child_env))
    grandchild_env = child_environment(child)
    assert (parent_of(child_env), parent_of(grandchild_env)) == (root.id, child.id)
    assert trace_of(child_env) == trace_of(grandchild_env) == root.id
    assert child_env["TRACEPARENT"] != grandchild_env["TRACEPARENT"]


def test_a_trace_that_another_tool_began_goes_on() -> None:
    outside = {"TRACEPARENT": f"00-{TRACE}-{SPAN}-01"}
    assert (parent_of(outside), trace_of(outside)) == (None, TRACE)
    run = Run(id=ID, trace=trace_of(outside))
    assert child_environment(run)["TRACEPARENT"].startswith(f"00-{TRACE}-")


def test_without_any_variable_a_run_stands_alone() -> None:
    assert (parent_of({}), trace_of({})) == (None, None)


@pytest.mark.parametrize("text", ["", "x", ID[:-1], ID + "0", ID.upper(), "0" * 32, ID[:-1] + "g", "../" + ID])
def test_a_malformed_parent_is_ignored(text: str) -> None:
    assert parent_of({"GATING_RUN": text}) is None


@pytest.mark.parametrize(
    "text",
    [
        "",
        "rubbish",
        f"00-{TRACE}-{SPAN}",
        f"ff-{TRACE}-{SPAN}-01",
        f"00-{TRACE}-{SPAN}-01-more",
        f"00-{TRACE.upper()}-{SPAN}-01",
        f"00-{'0' * 32}-{SPAN}-01",
        f"00-{TRACE}-{'0' * 16}-01",
        f"00-{TRACE[1:]}-{SPAN}-01",
        f"00-{TRACE}-{SPAN}-xy",
        f"000-{TRACE}-{SPAN}-01",
    ],
)
def test_a_malformed_traceparent_is_ignored(text: str) -> None:
    assert trace_of({"TRACEPARENT": text}) is None
    assert trace_of({"TRACEPARENT": text, "GATING_RUN": ID}) == ID


def test_a_later_version_of_traceparent_may_say_more() -> None:
    assert trace_of({"TRACEPARENT": f"01-{TRACE}-{SPAN}-01-more"}) == TRACE


@given(st.text())
def test_no_text_in_the_variables_is_an_error(text: str) -> None:
    env = {"GATING_RUN": text, "TRACEPARENT": text}
    assert parent_of(env) in (None, text.strip())
    trace_of(env)
