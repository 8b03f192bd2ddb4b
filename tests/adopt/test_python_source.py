"""The text that an expression makes, as far as it can be told without running it."""

from __future__ import annotations

import ast

import pytest

from gating.adopt.commands import HOLE
from gating.adopt.python_source import text_of

KNOWN = {"name": "sample"}


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("'a' 'b'", "ab"),
        ("name", "sample"),
        ("other", HOLE),
        ("f'x {name} {other}!'", f"x sample {HOLE}!"),
        ("f'{name!r} {name:>9}'", f"{HOLE} {HOLE}"),
        ("'a ' + name + ' ' + other", f"a sample {HOLE}"),
        ("'a %s b' % other", f"a {HOLE}"),
        ("'a {} b'.format(other)", f"a {HOLE}"),
        ("'a'.format(other)", "a"),
        ("' '.join(['a', name, other])", f"a sample {HOLE}"),
        ("' '.join(other)", HOLE),
        ("3", HOLE),
        ("name.upper()", HOLE),
    ],
)
def test_a_part_that_only_running_tells_is_a_hole(source: str, text: str) -> None:
    assert text_of(ast.parse(source, mode="eval").body, KNOWN) == text


def test_a_text_made_of_very_many_texts_ends_in_a_hole() -> None:
    assert HOLE in text_of(ast.parse(" + ".join(["'a'"] * 100), mode="eval").body, {})
