"""The proposed sections as text: TOML that says what they say, and is aligned."""

from __future__ import annotations

import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gating.adopt.layout import toml
from gating.adopt.sections import Line, Section, as_table
from gating.policy.quantities import Real

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)
VALUES = (
    TEXTS
    | st.integers(0, 255)
    | st.lists(TEXTS, max_size=3)
    | st.lists(st.integers(0, 255), max_size=3)
    | st.dictionaries(TEXTS, TEXTS, max_size=3)
)


@given(st.dictionaries(TEXTS, st.dictionaries(TEXTS, VALUES, min_size=1, max_size=4), max_size=4))
def test_whatever_the_names_and_texts_are_the_text_says_them(tables: dict[str, dict[str, object]]) -> None:
    sections = [
        Section(
            path=(name,),
            lines=tuple(Line(key=key, value=value, comment="why") for key, value in lines.items()),  # type: ignore[arg-type]  # drawn from what a Value may be
            comment="about it",
        )
        for name, lines in tables.items()
    ]
    assert tomllib.loads(toml(sections, ("tool", "gating"))).get("tool", {}).get("gating", {}) == as_table(sections)


def test_keys_and_comments_are_aligned() -> None:
    lines = (
        Line(key="a", value="*", comment="first"),
        Line(key="longer", value=("x", 'y"z'), comment="second"),
        Line(key="c.d", value={"e": "f"}),
    )
    assert toml([Section(path=("tools",), lines=lines, comment="head")], ()).splitlines() == [
        "[tools]                              # head",
        'a      = "*"                         # first',
        'longer = ["x", \'y"z\']                # second',
        '"c.d"  = { e = "f" }',
    ]


@pytest.mark.parametrize(
    "text", ["'", '"', "'\"", "\\", "\\'", "\n\t\r", "\x7f", "\u2028", "\U0001f600", "\U0001f600\n"]
)
def test_every_kind_of_quote_and_escape_is_read_back(text: str) -> None:
    section = Section(path=(), lines=(Line(key=text, value=(text, f"a{text}b")),))
    assert tomllib.loads(toml([section], ())) == {text: [text, f"a{text}b"]}


def test_a_number_stands_as_it_was_written() -> None:
    section = Section(path=("coverage",), lines=(Line(key="fail-under", value=Real("99.50")),))
    assert toml([section], ()) == "[coverage]\nfail-under = 99.50\n"


def test_the_table_itself_has_no_header_in_a_file_of_its_own() -> None:
    sections = [
        Section(path=(), lines=(Line(key="requires", value=">=1"),), comment="head"),
        Section(path=("tools",), lines=()),
    ]
    assert toml(sections, ()) == '# head\nrequires = ">=1"\n'
