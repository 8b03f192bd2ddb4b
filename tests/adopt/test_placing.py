"""The table's place in a file: what was there stays byte for byte, and says what it said."""

from __future__ import annotations

import tomllib
from typing import Any

import pytest
import tomlkit
from hypothesis import example, given
from hypothesis import strategies as st

from gating.adopt.placing import placed

TABLE = '[tool.gating]\nrequires = ">=0.1"\n\n[tool.gating.gates.docs]\nrun = ["mkdocs"]  # why\n'
GATING = {"requires": ">=0.1", "gates": {"docs": {"run": ["mkdocs"]}}}


def the_same(before: str, after: str) -> dict[str, Any]:
    """What the new text says without the table, which must be there; numbers as they are written."""
    data = tomllib.loads(after, parse_float=str)
    tool = data["tool"]
    assert tool.pop("gating") == GATING
    if not tool and "tool" not in tomllib.loads(before):
        del data["tool"]
    return data


def is_added(before: str, after: str) -> bool:
    """Whether the new text is the old one with the table and line breaks put in at one place, and nothing else."""
    table = TABLE.replace("\n", "\r\n" if "\r\n" in before else "\n").strip()
    more = len(after) - len(before)
    return any(
        after.startswith(before[:at]) and after.endswith(before[at:]) and after[at : at + more].strip("\r\n") == table
        for at in range(len(before) + 1)
    )


BLOCKS = [
    "[project]\nname = 'a'\ndependencies = [\n    'b',  # why b\n    'c',\n]\n",
    "[build-system]\nrequires = ['hatchling']\n",
    "# about ruff\n[tool.ruff]\nline-length = 79 # narrow\n",
    '[tool.ruff.lint]\nselect = [\n  "A",\n  # "B"\n]\n',
    "[[tool.mypy.overrides]]\nmodule = ['x.*']\n\n[[tool.mypy.overrides]]\nmodule = ['y.*']\n",
    '[tool.text]\nlong = """\n[not.a.table]\n# not a comment\n"""\n',
    "[tool.text2]\nlong = '''\n# [tool.gating]'''\n",
    "[[tool.sources]]\nurl = 'x'\n[tool.sources.deep]\na.b.c = 1.50\n",
    "[dependency-groups]\ndev = [{ include-group = 'test' }, 'x']\ntest = []\n",
    "[project.scripts]\na = 'a:b'\n",
    '[ tool . "spaced" ]\nnumber = nan\nother = 1e3\ndate = 2020-01-01 10:00:00\n',
    "[tool]\nbare.dotted = true\n",
    '["tool".quoted]\n',
    "[extra]\nlists = [[1, 2], [{ a = 1 }]]\n",
]


@st.composite
def documents(draw: st.DrawFn) -> str:
    """Tables of a pyproject.toml in any order, with any gaps between them, in either line break."""
    blocks = draw(st.lists(st.sampled_from(BLOCKS), unique=True, max_size=6))
    head = draw(st.sampled_from(["", "# SPDX-License-Identifier: MIT\n\n", "title = 'x'\n", "tool.dotted.a = 1\n"]))
    text = head + "".join(
        draw(st.sampled_from(["", "\n", "\n\n", "  \n", "# a remark\n", "\n# a remark\n\n"])) + block
        for block in blocks
    )
    text += draw(st.sampled_from(["", "\n", "\n\n\n", "# the end", "# the end\n"]))
    if draw(st.booleans()):
        text = text.rstrip("\n")
    return text.replace("\n", draw(st.sampled_from(["\n", "\r\n"])))


def is_toml(text: str) -> bool:
    try:
        tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return False
    return True


@given(documents().filter(is_toml))
@example("")
@example("\n")
@example("# only a comment")
@example("tool.a = 1\nother = 2\n")
def test_every_byte_that_was_there_stays_and_the_table_is_added(before: str) -> None:
    after = placed(before, TABLE)
    assert after is not None
    assert the_same(before, after) == tomllib.loads(before, parse_float=str)
    assert is_added(before, after)
    assert after.endswith("\n") == (before.endswith("\n") or not before)


@given(documents().filter(is_toml))
def test_another_reader_sees_the_same(before: str) -> None:
    after = placed(before, TABLE)
    assert after is not None
    # its values only: of some layouts tomlkit itself writes other bytes than it has read
    assert tomlkit.parse(after).unwrap()["tool"]["gating"] == GATING


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("", "T"),
        ("[project]\n", "[project]\n\nT"),
        ("[project]\n\n", "[project]\n\nT"),
        ("[project]", "[project]\n\nT"),
        ("[tool.a]\nx = 1\n\n[build-system]\n", "[tool.a]\nx = 1\n\nT\n[build-system]\n"),
        ("[tool.a]\nx = 1\n\n\n[build-system]\n", "[tool.a]\nx = 1\n\n\nT\n\n[build-system]\n"),
        ("[tool.a]\nx = 1\n[build-system]\n", "[tool.a]\nx = 1\n\nT\n[build-system]\n"),
        ("[tool.a]\nx = [\n[1],\n]\n# B\n# b\n[b]\n", "[tool.a]\nx = [\n[1],\n]\n\nT\n# B\n# b\n[b]\n"),
        ("[b]\n[tool.a]\n[c]\n[tool.d]\n", "[b]\n[tool.a]\n[c]\n[tool.d]\n\nT"),
        ("tool.a.b = 1\nc = 2\n", "tool.a.b = 1\nc = 2\n\nT"),
    ],
)
def test_the_table_comes_behind_the_last_one_of_tool(before: str, after: str) -> None:
    made = placed(before, TABLE)
    table = TABLE if before.endswith("\n") or not before else TABLE.removesuffix("\n")
    assert made == after.replace("T", table)


@pytest.mark.parametrize("before", ["tool = { a = 1 }\n", "tool = 1\n", "[[tool]]\na = 1\n", "[tool]\ngating = 1\n"])
def test_no_place_is_made_where_a_header_would_not_do(before: str) -> None:
    assert placed(before, TABLE) is None
