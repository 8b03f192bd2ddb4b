"""Keys: both ways, and through edits elsewhere."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import gating
from gating.coverage.keys import BranchKey, Key, Keys

SOURCE = """\
import os
try:
    import torch
except ImportError:
    torch = None

class Model(
    object,
):
    @property
    def size(self):
        # the number
        return sum(
            1
            for _ in self
        )

    @property
    def depth(self):
        return sum(
            2 for _ in self
        )

def run(a,
        b=None):
    if (a and
            b):
        return None
    return None
"""


def test_a_key_is_the_name_the_text_and_the_ordinal() -> None:
    keys = Keys(SOURCE)
    assert keys.key(1) == Key("", "import os", 0)
    assert keys.key(3) == Key("", "import torch", 0)
    assert keys.key(10) == Key("Model.size", "@property", 0)
    assert keys.key(18) == Key("Model.depth", "@property", 0)
    assert keys.key(28) == Key("run", "return None", 0)
    assert keys.key(29) == Key("run", "return None", 1)
    assert keys.key(6) is None
    assert keys.key(12) is None
    assert keys.key(0) is None
    assert keys.key(99) is None


@pytest.mark.parametrize(("line", "first"), [(8, 7), (14, 13), (16, 13), (24, 24), (25, 24), (27, 26), (28, 28)])
def test_a_statement_of_several_lines_goes_by_its_first(line: int, first: int) -> None:
    keys = Keys(SOURCE)
    assert keys.first(line) == first
    assert keys.key(line) == keys.key(first)


def test_a_long_chain_of_tests_has_keys() -> None:
    """Each `elif` is a block in the one before; Python itself compiles some thousands."""
    source = "def f(x):\n    if x:\n        pass\n" + "    elif x:\n        return 1\n" * 2000
    assert Keys.of(source).key(source.count("\n")) == Key("f", "return 1", 1999)


def test_a_branch_has_a_key_too() -> None:
    keys = Keys(SOURCE)
    inside, after = keys.key(28), keys.key(29)
    here = keys.key(26)
    assert here is not None
    assert keys.branch_keys([(26, 28), (26, 29), (29, -24), (6, 7), (26, 6)]) == {
        (26, 28): BranchKey(here, inside),
        (26, 29): BranchKey(here, after),
        (29, -24): BranchKey(Key("run", "return None", 1), None),
    }


@pytest.mark.parametrize(
    "source", ["def (:\n  x\n", "", "\n\n", "\x00", "x = 1\r\ny = 2\rz = 3", "if x:\n\ty\n        z\n", "x = 1\x0cy"]
)
def test_a_source_that_cannot_be_parsed_has_keys_all_the_same(source: str) -> None:
    keys = Keys(source)
    for line in range(1, 6):
        key = keys.key(line)
        assert key is None or keys.line(key) == keys.first(line)


def test_content_is_read_in_its_encoding() -> None:
    assert Keys.of("# coding: latin-1\nx = 'é'\n".encode("latin-1")).key(2) == Key("", "x = 'é'", 0)
    assert Keys.of(b"\xef\xbb\xbfx = 1\n").key(1) == Key("", "x = 1", 0)
    assert Keys.of(b"# coding: no-such\nx = '\xff'\n").key(1) is None


NAMES = st.sampled_from(["a", "b", "c"])
SIMPLE = st.sampled_from(
    ["pass", "x = 1", "x = [\n    1,\n    2,\n]", "return", "# a comment", "", "y = '''\nq\n  '''"]
)


def joined(parts: list[list[str]]) -> list[str]:
    return [line for part in parts for line in part]


def indented(lines: list[str]) -> list[str]:
    return [f"    {line}" if line else "" for line in lines]


def blocks() -> st.SearchStrategy[list[str]]:
    def compound(inner: st.SearchStrategy[list[str]]) -> st.SearchStrategy[list[str]]:
        head = st.one_of(
            st.builds("def {}(a,\n        b=1):".format, NAMES),
            st.builds("class {}:".format, NAMES),
            st.builds("@deco\ndef {}():".format, NAMES),
            st.sampled_from(["if x:", "if (x and\n    y):", "for i in x:", "while (\n  x\n):", "with x as y:"]),
        )
        return st.builds(lambda one, body: [*one.split("\n"), "    pass", *indented(body)], head, inner)

    simple = SIMPLE.map(lambda text: text.split("\n"))
    one = st.recursive(simple, lambda inner: compound(st.lists(inner, max_size=4).map(joined)))
    return st.lists(one, max_size=6).map(joined)


@given(blocks())
def test_each_key_leads_back_to_its_line(lines: list[str]) -> None:
    source = "\n".join(lines)
    keys = Keys(source)
    for line, text in enumerate(lines, 1):
        key = keys.key(line)
        if key is not None:
            assert keys.line(key) == keys.first(line) <= line
        else:
            assert not text.strip() or text.strip().startswith("#")
    found = [keys.key(line) for line in range(1, len(lines) + 1) if keys.first(line) == line]
    named = [key for key in found if key is not None]
    assert len(named) == len(set(named))
    assert keys.lines(named) == {
        line for line in range(1, len(lines) + 1) if keys.first(line) == line and keys.key(line)
    }


@given(blocks(), blocks(), st.booleans())
def test_keys_survive_edits_of_other_definitions(inside: list[str], other: list[str], above: bool) -> None:
    mine = ["def mine(a,", "         b):", "    pass", *indented(inside)]
    others = ["class Other:", "    pass", *indented(other), "# a comment", ""]
    before = Keys("\n".join([*mine, "z = 1"]))
    shift = len(others) if above else 0
    after = Keys("\n".join([*others, *mine, "z = 1"] if above else [*mine, *others, "z = 1"]))
    for line in range(1, len(mine) + 1):
        key = before.key(line)
        assert after.key(line + shift) == key
        if key is not None:
            assert after.line(key) == before.first(line) + shift


def test_real_files_have_a_key_for_every_line_of_code() -> None:
    for file in sorted(Path(gating.__file__).parent.rglob("p*.py")):
        keys = Keys.of(file.read_bytes())
        for line, text in enumerate(file.read_text(encoding="utf-8").splitlines(), 1):
            assert (keys.key(line) is not None) == (
                keys.first(line) != line or bool(text.strip() and not text.strip().startswith("#"))
            )
