"""What the end of a command means: 0 passes, a finding fails, anything else could not judge."""

from __future__ import annotations

import itertools

import pytest

from gating.checks.ending import Meaning, meaning
from gating.process import Ending, Streamed
from gating.verdict import Mode, Need, Outcome, State

NEEDS = list(itertools.product(Need, [Mode.LENIENT, Mode.STRICT]))


def of(
    code: int | None,
    ending: Ending = Ending.EXITED,
    *,
    need: Need = Need.ALWAYS,
    mode: Mode = Mode.LENIENT,
    findings: tuple[int, ...] = (1,),
    timeout: float | None = None,
) -> Meaning:
    ended = Streamed(ending=ending, code=code, error="Exec format error")
    return meaning(ended, findings=findings, need=need, mode=mode, timeout=timeout)


@pytest.mark.parametrize(("need", "mode"), NEEDS)
def test_0_passes_and_a_finding_fails_whatever_the_need(need: Need, mode: Mode) -> None:
    passed = of(0, need=need, mode=mode, findings=(0, 1))
    assert (passed.outcome, passed.state, passed.result) == (Outcome.PASS, State.OK, "pass")
    found = of(3, need=need, mode=mode, findings=(3,))
    assert (found.outcome, found.state, found.result) == (Outcome.FAIL, State.OK, "findings")
    assert found.reason == "it found something (exit 3)"


@pytest.mark.parametrize(("need", "mode"), NEEDS)
def test_what_could_not_judge_costs_what_the_need_says(need: Need, mode: Mode) -> None:
    costs = Outcome.FAIL if need is Need.ALWAYS or (need is Need.CI and mode is Mode.STRICT) else Outcome.DEGRADED
    for code, ending in (
        (2, Ending.EXITED),
        (-9, Ending.SIGNALLED),
        (-9, Ending.TIMED_OUT),
        (None, Ending.NOT_STARTED),
    ):
        broken = of(code, ending, need=need, mode=mode)
        assert (broken.outcome, broken.state, broken.result) == (costs, State.BROKEN, "no judgement")


@pytest.mark.parametrize(
    ("meant", "words"),
    [
        (of(2), "it ended with 2"),
        (of(126), "it ended with 126 (what it calls cannot be executed)"),
        (of(127), "it ended with 127 (what it calls is not there)"),
        (of(-11, Ending.SIGNALLED), "it was killed by SIGSEGV"),
        (of(-99, Ending.SIGNALLED), "it was killed by signal 99"),
        (of(-9, Ending.TIMED_OUT, timeout=2.5), "no end within 2.5 s"),
        (of(-9, Ending.TIMED_OUT), "no end in time"),
        (of(None, Ending.NOT_STARTED), "it cannot be started: Exec format error"),
    ],
)
def test_it_says_why(meant: Meaning, words: str) -> None:
    assert meant.reason == f"could not judge: {words}"


def test_a_code_that_is_a_finding_is_none_where_it_was_a_signal() -> None:
    assert of(1, Ending.TIMED_OUT).result == "no judgement"
