"""Errors: what each costs, and how a mistake in a policy is shown."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gating.errors import (
    EXIT_BROKEN,
    EXIT_INTERRUPTED,
    EXIT_USAGE,
    GatingError,
    PolicyError,
    Problem,
    UsageError,
    meant,
)


def test_each_error_has_its_exit_code() -> None:
    assert (EXIT_USAGE, EXIT_BROKEN, EXIT_INTERRUPTED) == (2, 3, 130)
    assert GatingError().exit_code == 3
    assert UsageError("x").exit_code == 2
    assert PolicyError([]).exit_code == 2
    assert issubclass(UsageError, GatingError)
    assert issubclass(PolicyError, GatingError)


def test_a_problem_shows_its_place_its_line_and_what_would_be_right() -> None:
    problem = Problem(
        file="pyproject.toml",
        message="is no version specifier",
        line=14,
        column=9,
        text='git = { version = "x" }',
        allowed="a specifier such as '>=2.30'",
        nearest=">=x",
    )
    assert problem.place == "pyproject.toml:14:9"
    assert str(problem).split("\n") == [
        "pyproject.toml:14:9: is no version specifier",
        '    git = { version = "x" }',
        "            ^",
        "    did you mean '>=x'?",
        "    allowed: a specifier such as '>=2.30'",
    ]


def test_one_outside_of_a_file_has_its_name_for_a_place() -> None:
    problem = Problem(file="GATING_MODE", message="is no mode")
    assert (problem.place, str(problem)) == ("GATING_MODE", "GATING_MODE: is no mode")


@pytest.mark.parametrize("text", ["\tgit = 1", " \t git = 1", "日本 = 1"])
def test_the_caret_stands_under_the_value_whatever_a_tab_is(text: str) -> None:
    column = len(text)
    _, shown, caret = str(Problem(file="f", message="m", line=1, column=column, text=text)).split("\n")
    assert len(caret) == len(shown)
    assert caret.lstrip() == "^"
    assert caret.count("\t") == text.count("\t")


def test_all_problems_are_told_in_order() -> None:
    first, second = Problem(file="a", message="1"), Problem(file="b", message="2", line=3, column=4)
    error = PolicyError(iter([first, second]))  # type: ignore[arg-type]  # any iterable will do
    assert error.problems == (first, second)
    assert str(error) == "a: 1\nb:3:4: 2"


@given(
    st.builds(
        Problem,
        file=st.text(max_size=5),
        message=st.text(max_size=5),
        line=st.none() | st.integers(1, 99),
        column=st.none() | st.integers(1, 99),
        text=st.none() | st.text(max_size=9),
        allowed=st.none() | st.text(max_size=5),
        nearest=st.none() | st.text(max_size=5),
    )
)
def test_any_problem_can_be_shown_and_read_back(problem: Problem) -> None:
    assert str(problem).startswith(problem.place)
    assert Problem(**problem.as_dict()) == problem


def test_an_unknown_name_is_answered_by_the_nearest_that_is_known_or_by_all() -> None:
    assert meant("tets", {"tests": 1, "lint": 2}, "it has tests, lint") == "did you mean 'tests'?"
    assert meant("docs", ["tests", "lint"], "it has tests, lint") == "it has tests, lint"
    assert meant("docs", [], "it has none") == "it has none"
