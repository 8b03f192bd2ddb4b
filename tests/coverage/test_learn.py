"""What is learned from made-up sets: by whom a line was reached, and what is unsteady."""

from __future__ import annotations

import os
import random
import subprocess
import sys
from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gating.coverage.learn import Learnt, Reached, learn, minimal
from gating.coverage.measured import Branch, Measured, MeasuredFile

NONE = frozenset[str]()
A, B, AB = frozenset({"a"}), frozenset({"b"}), frozenset({"a", "b"})
LINES = frozenset(range(1, 10))


def covered(*lines: int, taken: tuple[Branch, ...] = ()) -> Measured:
    """One file of nine statements and two branches, of which these ran."""
    one = MeasuredFile(
        statements=LINES,
        covered=frozenset(lines),
        branches=frozenset({(1, 2), (1, 3)}),
        taken=frozenset(taken),
    )
    return Measured(files={"app.py": one}, with_branches=True, version="7.17")


def both(one: Mapping[frozenset[str], Measured]) -> Learnt:
    return learn([one, one])


def unreachable(learnt: Learnt, *absent: str) -> list[int]:
    return sorted(learnt.reached["app.py"].unreachable(absent)[0])


def test_a_line_that_only_tests_with_a_need_reached_needs_it() -> None:
    learnt = both({NONE: covered(1, 2), A: covered(1, 3), B: covered(1, 4)})
    assert learnt.reference.files["app.py"].covered == {1, 2, 3, 4}
    assert unreachable(learnt, "a") == [3]
    assert unreachable(learnt, "b") == [4]
    assert unreachable(learnt, "a", "b") == [3, 4]
    assert unreachable(learnt, "c") == []


def test_a_line_with_two_ways_to_it_is_lost_when_both_are_gone() -> None:
    learnt = both({NONE: covered(1), A: covered(5), B: covered(5), AB: covered(5, 6)})
    assert learnt.reached["app.py"].lines[5] == {A, B}
    assert unreachable(learnt, "a") == [6]
    assert unreachable(learnt, "b") == [6]
    assert unreachable(learnt, "a", "b") == [5, 6]


def test_branches_are_learned_like_lines() -> None:
    learnt = both({NONE: covered(1, taken=((1, 2),)), A: covered(1, taken=((1, 3),))})
    assert learnt.reached["app.py"].unreachable(["a"]) == (frozenset(), frozenset({(1, 3)}))


def test_what_one_pass_alone_covered_is_unsteady_and_not_in_the_reference() -> None:
    learnt = learn([{NONE: covered(1, 2)}, {NONE: covered(1, 3, taken=((1, 3),))}])
    assert learnt.reference.files["app.py"].covered == {1}
    assert learnt.unsteady["app.py"].statements == {2, 3}
    assert learnt.unsteady["app.py"].branches == {(1, 3)}


def test_whoever_reached_a_line_in_any_pass_can_reach_it() -> None:
    learnt = learn([{NONE: covered(7), A: covered(7)}, {NONE: covered(1), A: covered(7)}])
    assert learnt.reference.files["app.py"].covered == {7}
    assert learnt.reached == {}


def test_a_pass_without_a_set_has_covered_nothing_for_it() -> None:
    learnt = learn([{NONE: covered(1), A: covered(2)}, {NONE: covered(1)}])
    assert learnt.reference.files["app.py"].covered == {1}
    assert learnt.unsteady["app.py"].statements == {2}


def test_nothing_is_learned_from_nothing() -> None:
    assert learn([]).reference.files == {}
    assert learn([{}, {}]).reached == {}


names = st.sampled_from("abc")
need_sets = st.frozensets(names, max_size=3)
measured = st.builds(lambda lines: covered(*lines), st.frozensets(st.sampled_from(sorted(LINES))))
passes = st.dictionaries(need_sets, measured, max_size=5)


@given(several=st.lists(passes, min_size=1, max_size=3), seed=st.randoms(use_true_random=False))
def test_the_order_of_runs_and_of_passes_does_not_matter(
    several: list[dict[frozenset[str], Measured]], seed: random.Random
) -> None:
    shuffled = [dict(seed.sample(list(one.items()), len(one))) for one in several]
    seed.shuffle(shuffled)
    assert learn(shuffled) == learn(several)


@given(one=passes, absent=st.frozensets(names))
def test_a_line_is_unreachable_exactly_where_no_run_that_is_left_covered_it(
    one: dict[frozenset[str], Measured], absent: frozenset[str]
) -> None:
    learnt = both(one)
    everything = frozenset[int]().union(*(each.files["app.py"].covered for each in one.values()))
    left = frozenset[int]().union(*(each.files["app.py"].covered for needs, each in one.items() if not needs & absent))
    assert learnt.reached.get("app.py", Reached()).unreachable(absent)[0] == everything - left


@given(sets=st.frozensets(need_sets, max_size=6), absent=st.frozensets(names))
def test_the_smallest_sets_say_what_all_of_them_say(sets: frozenset[frozenset[str]], absent: frozenset[str]) -> None:
    assert all(one & absent for one in minimal(sets)) == all(one & absent for one in sets)


@pytest.mark.parametrize("seed", ["0", "4711"])
def test_the_hash_seed_does_not_matter(seed: str) -> None:
    code = (
        "from tests.coverage.test_learn import *; "
        "print(both({NONE: covered(1), A: covered(5), B: covered(5), AB: covered(6)}).reached['app.py'].lines.keys())"
    )
    env = {**os.environ, "PYTHONHASHSEED": seed}
    done = subprocess.run([sys.executable, "-c", code], env=env, capture_output=True, text=True, check=True)
    assert done.stdout == "dict_keys([5, 6])\n"
