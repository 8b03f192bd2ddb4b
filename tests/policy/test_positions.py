"""Positions: for any document that tomllib accepts, every key and value stands where `locate` says."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gating.policy.positions import Place, locate
from gating.policy.reading import KeyPath


def paths_of(value: Any, path: KeyPath = ()) -> Iterator[tuple[KeyPath, Any]]:
    yield path, value
    if isinstance(value, dict):
        for key, below in value.items():
            yield from paths_of(below, (*path, key))
    elif isinstance(value, list):
        for index, below in enumerate(value):
            yield from paths_of(below, (*path, index))


def offset(text: str, line: int, column: int) -> int:
    return sum(len(each) + 1 for each in text.split("\n")[: line - 1]) + column - 1


def test_every_shape_of_a_table() -> None:
    text = (
        "# a comment with [brackets] and 'quotes\n"
        "top = 1\n"
        "[tool.gating]\n"
        '\tmode = "auto"  # tab\n'
        "tools.git.version = '>=2'\n"
        '[ tool . "gating" . optional ]\n'
        "torch = { requires = 'torch', names = [ 'a',\n"
        "   # [not.a.header]\n"
        "   'b' ] }\n"
        "[[tool.gating.things]]\n"
        "x = 1\n"
        "[[tool.gating.things]]\n"
        "[tool.gating.things.deep]\n"
        "y = 2\n"
    )
    found = locate(text, ("tool", "gating"))
    assert found == {
        (): Place(3, 7, 3, 7),
        ("mode",): Place(4, 2, 4, 9),
        ("tools",): Place(5, 1, 5, 1),
        ("tools", "git"): Place(5, 7, 5, 7),
        ("tools", "git", "version"): Place(5, 11, 5, 21),
        ("optional",): Place(6, 21, 6, 21),
        ("optional", "torch"): Place(7, 1, 7, 9),
        ("optional", "torch", "requires"): Place(7, 11, 7, 22),
        ("optional", "torch", "names"): Place(7, 31, 7, 39),
        ("optional", "torch", "names", 0): Place(7, 41, 7, 41),
        ("optional", "torch", "names", 1): Place(9, 4, 9, 4),
        ("things",): Place(10, 15, 10, 15),
        ("things", 0): Place(10, 15, 10, 15),
        ("things", 0, "x"): Place(11, 1, 11, 5),
        ("things", 1): Place(12, 15, 12, 15),
        ("things", 1, "deep"): Place(13, 21, 13, 21),
        ("things", 1, "deep", "y"): Place(14, 1, 14, 5),
    }


@pytest.mark.parametrize(
    "text",
    [
        "[tool]\ngating.mode = 'auto'\n",
        "tool.gating.mode = 'auto'\n",
        "tool = { gating = { mode = 'auto' } }\n",
        "[tool.'gating']\n'mode' = 'auto'\n",
        '[tool."g\\u0061ting"]\n"m\\u006fde" = \'auto\'\n',
        "a = '''\n[tool.gating]\n'''\n[tool.gating]\nmode = 'auto'\n",
        'a = """\n[tool.gating]\n\\""" quoted ""\\"\n"""""\n[tool.gating]\nmode = \'auto\'\n',
        "[x]\na = [\n[1],\n[tool.gating]\n]\n[tool.gating]\nmode = 'auto'\n".replace("[tool.gating]\n]", "['tool']\n]"),
        "[x] # ]\nb = 1979-05-27 07:32:00\n[tool.gating] # [\nmode = 'auto'",
        "[x]\r\na = 1\r\n[tool.gating]\r\nmode = 'auto'\r\n",
        "[x]\n[[x.y]]\nz = [{ a = '[' }, { b = ']' }]\n[tool.gating]\nmode = 'auto'\n",
    ],
)
def test_a_key_is_found_however_its_table_is_written(text: str) -> None:
    assert tomllib.loads(text)["tool"]["gating"] == {"mode": "auto"}
    place = locate(text, ("tool", "gating"))[("mode",)]
    assert text[offset(text, place.value_line, place.value_column) :].startswith("'auto'")
    assert set(locate(text, ("tool", "gating"))) == {(), ("mode",)}


def test_columns_count_characters() -> None:
    assert locate("'ключ 🔑' = '值'")[("ключ 🔑",)] == Place(1, 1, 1, 12)


def test_what_looks_like_a_header_is_none_in_a_long_text() -> None:
    section = "[tool.x{0}]\ntext = '''\n[tool.gating]\n'''\n[[tool.y{0}]]\na = [\n['tool.gating'],\n]\n"
    text = "".join(section.format(number) for number in range(45)) + "[tool.gating]\nmode = 'auto'\n"
    assert locate(text, ("tool", "gating")) == {(): Place(361, 7, 361, 7), ("mode",): Place(362, 1, 362, 8)}


def test_a_hostile_depth_neither_fails_nor_takes_all_memory() -> None:
    text = ".".join(["a"] * 2000) + " = 1\n"
    assert len(locate(text)) <= 65
    assert max(map(len, locate("x = " + "[" * 80 + "]" * 80))) <= 64


# --- documents of our own making: what was written where is known, so nothing is read back by the code under test

WORDS = st.sampled_from(
    ["a", "b", "key-1", "k_2", "3", "é", "two words", 'qu"ote', "it's", "back\\slash", "[x]", "#", "", "a.b"]
)
SCALARS = st.one_of(
    st.integers(-(10**20), 10**20).map(str),
    st.sampled_from(["true", "false", "1.5", "-inf", "+nan", "1e5", "0xff", "1_000"]),
    st.sampled_from(["1979-05-27", "07:32:00", "1979-05-27 07:32:00", "1979-05-27T07:32:00.999-07:00"]),
    st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"])).map(
        lambda text: json.dumps(text, ensure_ascii=False)
    ),
    st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"], exclude_characters="'")).map("'{}'".format),
    st.sampled_from(
        ['"""\n[a]\nb = 1 # no\n"""', "'''\n[[a]]\n\"\"\" '' '''''", '"""\\""" "" \\\\"""""', '"\\u00e9\\t\\U0001F511"']
    ),
)
TREES: st.SearchStrategy[Any] = st.recursive(
    SCALARS,
    lambda below: st.one_of(st.lists(below, max_size=3), st.dictionaries(WORDS, below, max_size=3)),
    max_leaves=12,
)


class Writer:
    """Writes a tree as TOML in a random layout, and remembers what it wrote for each scalar."""

    def __init__(self, data: st.DataObject) -> None:
        self.draw = data.draw
        self.newline: str = data.draw(st.sampled_from(["\n", "\r\n"]))
        self.scalars: dict[KeyPath, str] = {}

    def choose(self, *options: Any) -> Any:
        return self.draw(st.sampled_from(options))

    def key(self, key: str) -> str:
        bare = key.isascii() and key.replace("-", "").replace("_", "").isalnum()
        forms = [
            json.dumps(key, ensure_ascii=False),
            *([key] if bare else []),
            *([f"'{key}'"] if "'" not in key else []),
        ]
        return str(self.choose(*forms))

    def document(self, tree: dict[str, Any]) -> str:
        return self.table(tree, (), "")

    def table(self, tree: dict[str, Any], path: KeyPath, header: str) -> str:
        """The keys of a table, and then the tables below it that get headers of their own."""
        lines, later = [], []
        for key, value in tree.items():
            here = (*path, key)
            below = f"{header}{self.choose('.', ' . ') if header else ''}{self.key(key)}"
            if isinstance(value, dict) and self.choose(True, False):
                later.append(f"[{below}]{self.comment()}{self.table(value, here, below)}")
            elif (
                isinstance(value, list)
                and value
                and all(isinstance(each, dict) for each in value)
                and self.choose(True, False)
            ):
                later += [
                    f"[[ {below} ]]{self.comment()}{self.table(each, (*here, index), below)}"
                    for index, each in enumerate(value)
                ]
            elif isinstance(value, dict) and value and self.choose(True, False):
                lines += self.dotted(value, here, self.key(key))
            else:
                lines.append(
                    f"{self.gap()}{self.key(key)}{self.gap()}={self.gap()}{self.value(value, here)}{self.comment()}"
                )
        return "".join(lines + later)

    def dotted(self, tree: dict[str, Any], path: KeyPath, start: str) -> list[str]:
        return [
            f"{start}{self.choose('.', ' .  ')}{self.key(key)} = {self.value(value, (*path, key))}{self.comment()}"
            for key, value in tree.items()
        ]

    def value(self, value: Any, path: KeyPath) -> str:
        if isinstance(value, dict):
            pairs = [f"{self.key(key)} = {self.value(each, (*path, key))}" for key, each in value.items()]
            return "{" + self.gap() + f"{self.gap()},{self.gap()}".join(pairs) + self.gap() + "}"
        if isinstance(value, list):
            items = [self.value(each, (*path, index)) + self.space() for index, each in enumerate(value)]
            end = self.choose("", ",") if items else ""
            return f"[{self.space()}{f',{self.space()}'.join(items)}{end}{self.space()}]"
        written = str(value).replace("\n", self.newline)
        self.scalars[path] = written
        return written

    def gap(self) -> str:
        return str(self.choose("", " ", "\t "))

    def space(self) -> str:
        return str(self.choose("", " ", self.newline, f" # ] , ' \"{self.newline}\t"))

    def comment(self) -> str:
        return str(self.choose("", " ", " # [a.b] = 'x", f'{self.newline}# """ é {self.newline}')) + self.newline


@given(data=st.data())
def test_every_path_of_a_document_is_found_at_what_was_written(data: st.DataObject) -> None:
    tree = data.draw(st.dictionaries(WORDS, TREES, max_size=4))
    writer = Writer(data)
    text = writer.document(tree)
    parsed = tomllib.loads(text)
    found = locate(text)

    expected = dict(paths_of(parsed))
    assert set(found) == set(expected)
    for path, place in found.items():
        here = text[offset(text, place.value_line, place.value_column) :]
        if path in writer.scalars:
            assert here.startswith(writer.scalars[path]), path
        if path and isinstance(key := path[-1], str):
            there = text[offset(text, place.line, place.column) :]
            assert there.startswith((key, json.dumps(key, ensure_ascii=False), f"'{key}'")), path


@given(data=st.data())
def test_a_prefix_gives_the_same_places_as_the_whole(data: st.DataObject) -> None:
    tree = {"tool": {"gating": data.draw(st.dictionaries(WORDS, TREES, max_size=3)), "x": data.draw(TREES)}}
    text = Writer(data).document(tree)
    whole = locate(text)
    assert locate(text, ("tool", "gating")) == {
        path[2:]: place for path, place in whole.items() if path[:2] == ("tool", "gating")
    }
