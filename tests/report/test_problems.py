from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st

from gating.errors import GatingError, PolicyError, Problem, UsageError
from gating.report import problems
from tests.ci_runner import commands, forged
from tests.strategies import nasty_texts

MISSPELT = Problem(
    file="pyproject.toml",
    message="unknown key 'verison'",
    line=14,
    column=12,
    text='docker = { verison = ">=24" }',
    nearest="version",
)
VARIABLE = Problem(file="GATING_MODE", message="'strictly' is no mode", allowed="auto, strict, lenient")


def test_mistakes_are_shown_with_their_lines_and_counted_last() -> None:
    assert problems.render(PolicyError([MISSPELT, VARIABLE]), "text") == (
        """\
pyproject.toml:14:12: unknown key 'verison'
    docker = { verison = ">=24" }
               ^
    did you mean 'version'?

GATING_MODE: 'strictly' is no mode
    allowed: auto, strict, lenient

gating: ERROR  2 mistakes in the policy; nothing was checked (exit 2)
"""
    )


def test_a_wrong_use_is_one_line() -> None:
    assert problems.render(UsageError("there is no tool 'x'"), "junit") == (
        "gating: ERROR  there is no tool 'x' (exit 2)\n"
    )


def test_the_document_has_every_problem() -> None:
    document = json.loads(problems.render(PolicyError([MISSPELT, VARIABLE]), "json"))
    assert (document["schema"], document["exit_code"]) == ("gating.error/1", 2)
    assert document["problems"] == [MISSPELT.as_dict(), VARIABLE.as_dict()]
    assert json.loads(problems.render(GatingError("broke"), "json")) == {
        "schema": "gating.error/1",
        "exit_code": 3,
        "message": "broke",
        "problems": [],
    }


def test_github_annotates_the_line_of_the_policy_and_names_a_variable() -> None:
    policy, variable = commands(problems.render(PolicyError([MISSPELT, VARIABLE]), "github"))
    assert policy.properties == {"file": "pyproject.toml", "line": "14", "col": "12", "title": "gating policy"}
    assert policy.data == "unknown key 'verison'\ndid you mean 'version'?"
    assert variable.properties == {"title": "GATING_MODE"}


def test_github_gets_ten_annotations_and_the_number_of_the_others() -> None:
    said = problems.render(PolicyError([MISSPELT] * 12), "github")
    assert len(commands(said)) == 10
    assert "gating: 2 more errors than GitHub shows" in said
    assert commands(problems.render(UsageError("no"), "github"))[0].data == "no"


@given(
    st.builds(
        Problem,
        file=nasty_texts(),
        message=nasty_texts(),
        text=nasty_texts(),
        line=st.just(1),
        column=st.integers(1, 9),
    )
)
def test_a_hostile_policy_paints_nothing_and_its_caret_stays_in_place(problem: Problem) -> None:
    said = problems.render(PolicyError([problem]), "text")
    assert all(mark.isprintable() or mark in "\n\t\u200c\u200d" for mark in said)
    assert forged(said) == []
    _, line, caret, _, last, end = said.split("\n")
    assert caret.index("^") == 4 + min(problem.column or 0, len(problem.text or "") + 1) - 1
    assert len(line) == 4 + len(problem.text or "")
    assert last.startswith("gating: ERROR  1 mistake in the policy")
    assert end == ""
