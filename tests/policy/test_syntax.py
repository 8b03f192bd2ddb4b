"""The fast answers about specifiers, requirements and markers are packaging's own, and only given where it is sure."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st
from packaging.markers import Marker
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet

from gating.errors import Problem
from gating.policy import syntax

Problems = Callable[..., tuple[Problem, ...]]


@given(st.from_regex(syntax.PLAIN_SPECIFIER, fullmatch=True))
def test_what_is_plainly_a_specifier_is_one(text: str) -> None:
    assert len(SpecifierSet(text)) >= 1


@given(st.from_regex(syntax.PLAIN_REQUIREMENT, fullmatch=True))
def test_what_is_plainly_a_requirement_is_one(text: str) -> None:
    assert Requirement(text).name


@given(st.from_regex(syntax.PLAIN_MARKER, fullmatch=True))
def test_what_is_plainly_a_marker_is_one_that_can_be_judged(text: str) -> None:
    assert Marker(text).evaluate() in {True, False}


ORDINARY = {
    syntax.PLAIN_SPECIFIER: [">=2.30", ">=3,<4", "==1.*", "~=1.4.2", ">=24", "!=2.0, >=1"],
    syntax.PLAIN_REQUIREMENT: ["torch>=2.2", "hydra-core>=1.3", "torch", "x[a,b]>=1", "a >=1; python_version<'3.12'"],
    syntax.PLAIN_MARKER: ["sys_platform == 'linux'", 'python_version >= "3.11" and os_name != "nt"'],
}


@pytest.mark.parametrize(("pattern", "text"), [(pattern, text) for pattern in ORDINARY for text in ORDINARY[pattern]])
def test_the_ordinary_needs_no_packaging(pattern: str, text: str) -> None:
    assert re.fullmatch(pattern, text)


WRITTEN = st.text(
    st.sampled_from("0123456789.,<>=~! *abv+-_[]();@'\"python sys_platform and or not in extra"), max_size=30
)


@given(WRITTEN)
def test_any_text_gets_an_answer(text: str) -> None:
    for flaw in (syntax.specifier_flaw, syntax.requirement_flaw, syntax.marker_flaw):
        answer = flaw(text)
        assert answer is None or (answer and "\n" not in answer)


@pytest.mark.parametrize("text", [">=1.0rc1", "===weird", ">=1!2", "<2.0+cu121"])
def test_packaging_is_asked_about_the_rest_of_the_specifiers(text: str) -> None:
    try:
        expected = len(SpecifierSet(text)) > 0
    except ValueError:
        expected = False
    assert (syntax.specifier_flaw(text) is None) == expected


@pytest.mark.parametrize(
    ("line", "column", "message", "nearest"),
    [
        ("tools.x = '2.30'", 11, "tools.x is '2.30', not a version specifier", ">=2.30"),
        ("tools.x = ''", 11, "tools.x is '', which is empty", None),
        ("tools.x = '=>2'", 11, "tools.x is '=>2', not a version specifier", ">=2"),
        ("tools.x = '^1.2'", 11, "tools.x is '^1.2', not a version specifier", ">=1.2"),
        ("tools.x = '~1.2'", 11, "tools.x is '~1.2', not a version specifier", "~=1.2"),
        ("tools.x = '~2'", 11, "tools.x is '~2', not a version specifier", ">=2"),
        ("tools.x = '=2'", 11, "tools.x is '=2', not a version specifier", "==2"),
        ("tools.x = '>=two'", 11, "tools.x is '>=two', not a version specifier", None),
        ("tools.x = ','", 11, "tools.x is ',', not a version specifier", None),
        (f"tools.x = '>={'9' * 5000}'", 11, "tools.x is '>=999", None),
        ("optional.torch = '>=2.2'", 18, "optional.torch is '>=2.2', not a requirement: ", "torch>=2.2"),
        ("optional.x = 'torch=2'", 14, "optional.x is 'torch=2', not a requirement: ", "torch>=2"),
        ("optional.x.requires = 'a b'", 23, "optional.x.requires is 'a b', not a requirement: ", None),
        ("tools.x.when = 'linux'", 16, "tools.x.when is 'linux', not a marker: ", None),
        ("tools.x.when = \"extra == 'a'\"", 16, "tools.x.when is \"extra == 'a'\", and extra says nothing about", None),
        ("tools.x.when = \"os_name ~= 'a'\"", 16, "tools.x.when is \"os_name ~= 'a'\", which cannot be judged: ", None),
        ("tools.x.when = ''", 16, "tools.x.when is '', which is empty", None),
    ],
)
def test_what_is_wrong_is_said_with_what_was_meant(
    problems: Problems, line: str, column: int, message: str, nearest: str | None
) -> None:
    (problem,) = problems(f"[tool.gating]\n{line}\n")
    assert (problem.line, problem.column) == (2, column)
    assert problem.message.startswith(message)
    assert problem.nearest == nearest
    assert problem.allowed
