"""Select: which of the candidates counts, and what is said of the others."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gating.toolchain.candidates import Candidate
from gating.toolchain.probe import Probe
from gating.toolchain.select import Alternative, compare, fits, select
from gating.verdict import Evidence, State


def at(path: str) -> Candidate:
    return Candidate(path=path, real=path, identity=(path, 1, 1, 1, 1))


def probe(path: str, version: str | None, state: State | None = None, reason: str = "") -> Probe:
    state = state or (State.OK if version else State.UNKNOWN)
    return Probe(state=state, evidence=Evidence.EXECUTED, candidate=at(path), version=version, reason=reason)


def named(name: str, *probes: Probe) -> Alternative:
    there = tuple(one.candidate for one in probes if one.candidate)
    return Alternative(name=name, candidates=there, probes=probes)


@pytest.mark.parametrize(
    ("version", "wanted", "state"),
    [
        ("1.0", None, State.OK),
        (None, None, State.UNKNOWN),
        (None, ">=1", State.UNKNOWN),
        ("words", ">=1", State.UNKNOWN),
        ("3.3a", ">=3.3", State.OK),
        ("17.0.15+6", "==17.0.15", State.OK),
        ("590", ">=580", State.OK),
        ("2.0rc1", ">=2.0", State.OK),  # a tool compares by its leading numbers
        ("1.9.9", ">=2", State.OUTDATED),
        ("3.0", ">=2,<3", State.OUTDATED),
    ],
)
def test_a_tool_is_compared_by_its_leading_numbers(version: str | None, wanted: str | None, state: State) -> None:
    assert compare(probe("/a/t", version), wanted) is state


def test_a_broken_tool_is_broken_whatever_it_printed() -> None:
    assert compare(probe("/a/t", "9.9", State.BROKEN), ">=1") is State.BROKEN


def test_an_unknown_version_fits_only_where_none_is_wanted() -> None:
    assert fits(probe("/a/t", None), None)
    assert not fits(probe("/a/t", None), ">=1")
    assert not fits(probe("/a/t", "1.0", State.BROKEN), None)


def test_the_first_on_path_counts_and_the_others_are_shadowed() -> None:
    made = select([named("t", probe("/a/t", "1.0"), probe("/b/t", "9.0"))], ">=1")
    assert (made.state, made.path, made.version, made.shadowed) == (State.OK, "/a/t", "1.0", ("/b/t",))
    assert made.fitting is None
    assert made.reason == ""


def test_a_first_that_is_too_old_names_a_later_one_that_fits() -> None:
    made = select([named("t", probe("/a/t", "1.0"), probe("/b/t", "1.5"), probe("/c/t", "2.1"))], ">=2")
    assert (made.state, made.path, made.version, made.fitting) == (State.OUTDATED, "/a/t", "1.0", "/c/t")
    assert made.reason == "found 1.0, wanted >=2; /c/t would fit, but stands later on PATH"
    assert made.shadowed == ("/b/t", "/c/t")


def test_a_first_that_is_broken_names_one_that_runs() -> None:
    made = select([named("t", probe("/a/t", None, State.BROKEN, "it ends with 1"), probe("/b/t", None))], None)
    assert (made.state, made.fitting) == (State.BROKEN, "/b/t")
    assert made.reason.startswith("it ends with 1; /b/t")


def test_any_of_takes_the_first_name_that_fits() -> None:
    gmake, make = named("gmake", probe("/a/gmake", "3.81")), named("make", probe("/a/make", "4.4"))
    assert select([gmake, make], ">=4").path == "/a/make"
    assert select([gmake, make], ">=3").path == "/a/gmake"
    assert select([named("gmake"), make], ">=3").path == "/a/make"


def test_any_of_without_one_that_fits_tells_of_the_first_that_is_there() -> None:
    gmake, make = named("gmake", probe("/a/gmake", "3.81")), named("make", probe("/a/make", "3.8"))
    made = select([named("nmake"), gmake, make], ">=4")
    assert (made.state, made.path, made.reason) == (State.OUTDATED, "/a/gmake", "found 3.81, wanted >=4")


def test_any_of_names_a_later_file_of_another_name_too() -> None:
    gmake = named("gmake", probe("/a/gmake", "3.81"))
    make = named("make", probe("/a/make", "3.8"), probe("/b/make", "4.4"))
    assert select([gmake, make], ">=4").fitting == "/b/make"


def test_absent_says_where_was_looked() -> None:
    assert select([named("git")], None).reason == "git is not on PATH"
    assert select([named("gmake"), named("make")], None).reason == "none of gmake, make is on PATH"
    assert select([named("scripts/check")], None).reason == "scripts/check is not there"
    assert select([named("git")], ">=2").state is State.ABSENT


def test_an_unreadable_version_says_what_was_wanted() -> None:
    made = select([named("t", probe("/a/t", None, reason="it runs, but"))], ">=2")
    assert (made.state, made.reason) == (State.UNKNOWN, "it runs, but; wanted >=2")
    made = select([named("t", probe("/a/t", "words"))], ">=2")
    assert made.reason == "words is no version to compare; wanted >=2"


STATES = st.sampled_from([State.OK, State.UNKNOWN, State.BROKEN])
PROBES = st.builds(
    lambda path, version, state: probe(f"/{path}/t", version if state is State.OK else None, state),
    st.integers(0, 9),
    st.sampled_from(["0.9", "1.0", "2.5", "words"]),
    STATES,
)


@given(st.lists(st.lists(PROBES, max_size=4), min_size=1, max_size=3), st.sampled_from([None, ">=1", ">=2,<3"]))
def test_the_answer_is_one_of_the_first_candidates_and_fits_if_any_of_them_does(
    lists: list[list[Probe]], wanted: str | None
) -> None:
    made = select([named(f"n{place}", *probes) for place, probes in enumerate(lists)], wanted)
    firsts = [probes[0] for probes in lists if probes]
    met = made.state is State.OK or (made.state is State.UNKNOWN and wanted is None)
    assert met == any(fits(first, wanted) for first in firsts)
    assert (made.state is State.ABSENT) == (not firsts)
    if made.path is not None:
        assert made.path in {first.candidate.path for first in firsts if first.candidate}
    if met:
        assert made.fitting is None
