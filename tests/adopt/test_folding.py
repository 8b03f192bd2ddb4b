"""Globs that name a set of tests and no test beside them: by examples, and over any ids."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gating.adopt.folding import fold, is_module, within
from gating.policy.globs import fits

A = [f"tests/io/test_a.py::test_{one}" for one in "xyz"]
B = [
    "tests/io/test_b.py::TestOne::test_x",
    "tests/io/test_b.py::TestOne::test_y",
    "tests/io/test_b.py::TestTwo::test_x",
]
C = [f"tests/test_c.py::test_p[{one}]" for one in ("a", "b", "[c]")]
ALL = [*A, *B, *C, "tests/test_c.py::test_other"]


@pytest.mark.parametrize(
    ("wanted", "globs"),
    [
        (A, ["tests/io/test_a.py::*"]),
        (A[:2], A[:2]),
        (B[:2], ["tests/io/test_b.py::TestOne::*"]),
        (B[2:], B[2:]),
        ([*A, *B], ["tests/io/*"]),
        (C, ["tests/test_c.py::test_p"]),
        (C[:2], C[:2]),
        (ALL, ["tests/io/*", "tests/test_c.py::*"]),
        ([], []),
    ],
)
def test_folds(wanted: list[str], globs: list[str]) -> None:
    assert list(fold(wanted, (), ALL)) == globs


def test_what_is_left_out_anyway_does_not_stand_in_the_way() -> None:
    assert list(fold(A[:2], A[2:], ALL)) == ["tests/io/test_a.py::*"]
    assert fold((), A, ALL) == {}, "nothing is wanted of it"


def test_all_there_is_is_no_folder() -> None:
    two = ["tests/test_a.py::test_x", "tests/test_b.py::test_x"]
    assert list(fold(two, (), two)) == ["tests/test_a.py::*", "tests/test_b.py::*"]


def test_a_glob_that_would_fit_more_is_escaped() -> None:
    known = ["t.py::test_y[ab]", "t.py::test_ya", "t.py::test_z[a*]", "t.py::test_z[ab]", "t.py::test_z[ac]"]
    assert list(fold(["t.py::test_y[ab]"], (), known)) == ["t.py::test_y[[]ab]"]
    assert list(fold(["t.py::test_z[a*]"], (), known)) == ["t.py::test_z[a*]"], "it reads as it is, where it can"


def test_what_was_not_collected_is_a_module_or_a_folder() -> None:
    assert is_module("tests/a.b/test_x.py")
    assert not is_module("tests/a.b/sub")
    assert within("tests/sub/test_x.py::test", "tests/sub")
    assert not within("tests/sub2/test_x.py::test", "tests/sub")


parts = st.text(st.sampled_from("ab[]*?!-."), min_size=1, max_size=4)
ids = st.builds(
    lambda folders, names, parameter: "/".join(folders) + "::" + "::".join(names) + parameter,
    st.lists(parts, min_size=1, max_size=3),
    st.lists(st.text("ab", min_size=1, max_size=2), min_size=1, max_size=2),
    st.just("") | parts.map(lambda one: f"[{one}]"),
)


@given(st.data())
def test_every_wanted_test_is_named_and_no_other(data: st.DataObject) -> None:
    known = data.draw(st.lists(ids, min_size=1, max_size=8, unique=True))
    wanted = set(data.draw(st.lists(st.sampled_from(known), unique=True)))
    allowed = set(data.draw(st.lists(st.sampled_from(known), unique=True)))
    made = fold(wanted, allowed, known)
    assert {one for tests in made.values() for one in tests} == wanted
    for glob, tests in made.items():
        assert tests
        assert all(fits(glob, one) for one in tests)
        assert {one for one in known if fits(glob, one)} <= wanted | allowed, glob
