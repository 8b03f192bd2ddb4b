from __future__ import annotations

import copy
import pickle
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gating.optional.asked import Asked
from gating.optional.availability import Availability
from gating.optional.missing import MissingDependency
from gating.words import State

ASKED = Asked(name="hydra", distribution="hydra-core", wanted=">=1.3", remedy=("pip install hydra-core",))
ABSENT = Availability(asked=ASKED, state=State.ABSENT, cause="nothing is there", module="hydra", python=sys.executable)


def test_it_is_an_import_error_of_the_module_with_the_remedy_in_its_message() -> None:
    error = MissingDependency.of(ABSENT)
    assert isinstance(error, ImportError)
    assert error.name == "hydra"
    assert error.availability is ABSENT
    assert str(error).splitlines() == [
        "hydra-core>=1.3 is absent: nothing is there",
        f"to mend it: {sys.executable} -m pip install hydra-core",
    ]
    assert error.msg == str(error)


def test_a_module_that_is_not_known_is_named_as_it_was_asked_for() -> None:
    assert MissingDependency.of(ABSENT._replace(module=None)).name == "hydra"
    assert MissingDependency("m", availability=ABSENT, name="hydra.core").name == "hydra.core"


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_it_pickles(protocol: int) -> None:
    error = MissingDependency.of(ABSENT._replace(path="/somewhere"))
    error.add_note("a note")
    again = pickle.loads(pickle.dumps(error, protocol))
    assert (type(again), str(again), again.name, again.path) == (MissingDependency, str(error), "hydra", "/somewhere")
    assert again.availability == error.availability
    assert again.availability.state is State.ABSENT
    assert again.__notes__ == ["a note"]


def test_it_copies_and_so_does_a_class_of_ones_own() -> None:
    class Ours(MissingDependency):
        pass

    error = Ours.of(ABSENT)
    for again in (copy.copy(error), copy.deepcopy(error)):
        assert type(again) is Ours
        assert (str(again), again.name, again.availability) == (str(error), "hydra", ABSENT)


@given(st.text())
def test_no_cause_can_paint_or_break_the_line(cause: str) -> None:
    words = str(MissingDependency.of(ABSENT._replace(cause=cause))).splitlines()
    assert len(words) == 2
    assert all(line.isprintable() for line in words)
    assert len(words[0]) < 400


def test_a_cause_of_a_page_is_cut() -> None:
    line = str(MissingDependency.of(ABSENT._replace(cause="x" * 5000))).splitlines()[0]
    assert line.endswith("x…")
    assert len(line) < 400
