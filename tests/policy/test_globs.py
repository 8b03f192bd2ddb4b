"""What a glob of test ids fits, told twice: by examples, and by a slow matcher that has no regular expression."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gating.policy.globs import escaped, fits, fits_all_of

ID = "tests/io/test_x.py::TestRead::test_y[a/b::c]"
TEXTS = st.text(st.sampled_from("ab/:[]*?!-^\\.\n"), max_size=12)


@pytest.mark.parametrize(
    "glob",
    [
        ID,
        "tests/io/test_x.py::TestRead::test_y",
        "tests/io/test_x.py::TestRead::test_*",
        "tests/io/test_x.py::TestRead",
        "tests/io/test_x.py::*",
        "tests/io/test_x.py",
        "tests/io/*",
        "tests/io",
        "tests",
        "*",
        "*test_x.py",
        "**/test_x.py",
        "**/tests/**/test_x.py",
        "tests/**/io/**/test_x.py::*",
        "*::test_?",
        "tests/io/test_[w-z].py",
        "tests/io/test_[!abc].py",
        "tests/io/test_x.py::TestRead::test_y[[]a*]",
    ],
)
def test_fits(glob: str) -> None:
    assert fits(glob, ID)


@pytest.mark.parametrize(
    "glob",
    [
        "",
        "test",
        "tests/",
        "tests/io/test_x",
        "tests/io/test_x.py::Test",
        "TESTS/*",
        "tests/io/test_[!x].py",
        "tests/io/test_[z-a].py",
        "*::test_y[[]a]",
        "**/x.py",
        "tests**/test_x.py::test_y",
        "io/test_x.py",
    ],
)
def test_does_not_fit(glob: str) -> None:
    assert not fits(glob, ID)


def test_what_is_no_set_stands_for_itself() -> None:
    assert fits("test_y[", "test_y[a]") is False
    assert fits("test_y[a", "test_y[a/b]")
    assert fits("a[]]", "a]")
    assert fits("a[!]]", "ab")
    assert not fits("a[!]]", "a]")
    assert fits("a[^b]", "a^")


def test_a_glob_fits_all_of_a_module() -> None:
    module = "tests/test_x.py"
    for glob in (module, f"{module}::*", "tests/*", "tests", "*::*", "*.py"):
        assert fits_all_of(glob, module), glob
    for glob in (f"{module}::test_*", f"{module}::", "tests/test_y.py", f"{module}::*a*", f"{module}::TestA::*"):
        assert not fits_all_of(glob, module), glob
    assert fits_all_of(f"{module}::TestA::*", f"{module}::TestA")


def slow(glob: str, text: str, before: str = "") -> bool:
    """The whole text, sign by sign."""
    if not glob:
        return not text
    if glob.startswith("**/") and before in {"", "/"}:
        after = [index + 1 for index, sign in enumerate(text) if sign == "/"]
        return any(slow(glob[3:], text[index:], "/") for index in (0, *after))
    if glob[0] == "*":
        return any(slow(glob[1:], text[index:], "*") for index in range(len(text) + 1))
    if not text:
        return False
    if glob[0] == "[" and (end := glob.find("]", 3 if glob[1:2] == "!" else 2)) != -1:
        return one_of(glob[1:end], text[0]) and slow(glob[end + 1 :], text[1:], "]")
    return glob[0] in {"?", text[0]} and slow(glob[1:], text[1:], glob[0])


def one_of(signs: str, sign: str) -> bool:
    negated = signs.startswith("!")
    ranges = re.findall(r"(.)-(.)|(.)", signs[1:] if negated else signs, re.DOTALL)
    return any(low <= sign <= high if low else sign == one for low, high, one in ranges) is not negated


@given(TEXTS, TEXTS)
def test_agrees_with_a_slow_matcher(glob: str, text: str) -> None:
    ends = [len(text), *(found.start() for found in re.finditer(r"/|\[|::", text))]
    expected = any(slow(glob, text[:end]) or glob == text[:end] for end in ends)
    assert fits(glob, text) is expected


@given(TEXTS, TEXTS)
def test_an_escaped_id_fits_what_is_in_it_and_nothing_else(one: str, other: str) -> None:
    assert fits(escaped(one), one)
    assert fits(escaped(one), other) is (other == one or other.startswith((f"{one}/", f"{one}[", f"{one}::")))


@given(TEXTS, TEXTS, st.text(st.sampled_from("ab:[]/"), max_size=4))
def test_what_fits_all_of_a_module_fits_each_of_its_tests(glob: str, module: str, name: str) -> None:
    if fits_all_of(glob, module):
        assert fits(glob, f"{module}::{name}")


def test_many_stars_do_not_try_every_way() -> None:
    assert not fits("*a" * 30 + "*b", "a" * 3000)  # with a matcher that does, this never ends
