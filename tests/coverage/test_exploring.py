"""Every absence of a suite is known after few runs: against suites of which all is known."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping

from hypothesis import given
from hypothesis import strategies as st

from gating.coverage.exploring import Explored, explore, pairs
from gating.coverage.learn import NeedSet

Needs = Mapping[str, Iterable[NeedSet]]  # by point: it is reached where one of these sets is there

NAMES = tuple("abcde")
NEED_SETS = st.frozensets(st.sampled_from(NAMES), max_size=3)
SUITES = st.dictionaries(st.sampled_from("pqrstuvw"), st.sets(NEED_SETS, min_size=1, max_size=4))


def sets(*names: str) -> list[NeedSet]:
    return [NeedSet(one) for one in names]


def subsets(names: Iterable[str]) -> list[NeedSet]:
    known = list(names)
    return [NeedSet(one) for size in range(len(known) + 1) for one in itertools.combinations(known, size)]


def reached(needs: Needs, absent: NeedSet) -> frozenset[str]:
    return frozenset(point for point, ways in needs.items() if any(not way & absent for way in ways))


def explored(needs: Needs, names: Iterable[str] = NAMES, most: int | None = None) -> Explored[str]:
    tried: list[NeedSet] = []

    def run(absent: NeedSet) -> frozenset[str]:
        assert absent, "the run with everything is the reference"
        assert absent not in tried, "each absence is run once"
        tried.append(absent)
        return reached(needs, absent)

    found = explore(list(names), needs, run, most=most)
    assert found.tried == tuple(tried)
    return found


@given(SUITES)
def test_every_absence_is_known_whatever_the_tests_need(needs: Needs) -> None:
    found = explored(needs, most=2 ** len(NAMES))
    assert not found.open
    for absent in subsets(NAMES):
        told = {point for point in needs if not any(one <= absent for one in found.smallest[point])}
        assert told == reached(needs, absent), absent


@given(SUITES)
def test_nothing_is_said_that_no_run_showed(needs: Needs) -> None:
    found = explored(needs, most=7)
    assert len(found.tried) <= 7
    for point, smallest in found.smallest.items():
        for absent in smallest:
            assert absent in found.tried
            assert point not in reached(needs, absent)


def test_what_one_decides_takes_each_all_and_each_alone() -> None:
    names = [f"dependency{number}" for number in range(12)]
    found = explored({"": sets(""), **{name: [NeedSet({name})] for name in names}}, names)
    assert len(found.tried) == 2 * 12 + 1 < pairs(12) == 79


def test_a_suite_that_needs_nothing_takes_each_and_all() -> None:
    assert len(explored({"p": sets("")}).tried) == len(NAMES) + 1


def test_what_either_of_two_reaches_takes_both_to_be_away() -> None:
    found = explored({"p": sets("b", "d"), "q": sets("")})
    assert found.smallest == {"p": frozenset({NeedSet("bd")}), "q": frozenset()}
    assert len(found.tried) < pairs(len(NAMES))


def test_two_take_three_runs_at_most() -> None:
    assert pairs(1) == 1
    assert pairs(2) == 3
    assert pairs(3) == 7
    assert len(explored({"p": sets("a", "b"), "q": sets("a"), "r": sets("ab")}, "ab").tried) == 3


def test_a_run_that_shows_nothing_leaves_open_what_it_would_have_told() -> None:
    needs = {"p": sets("a", "b"), "q": sets("")}
    found = explore("abc", needs, lambda absent: None if len(absent) == 3 else reached(needs, absent))
    assert found.open == {"p", "q"}
    assert found.smallest == {"p": frozenset(), "q": frozenset()}
