"""Where each key and value of a TOML document stands; `tomllib` says what they are, but not where.

The scanner trusts its text: `tomllib` has accepted it before. Syntax: TOML 1.0, and what 1.1 adds to
inline tables and escapes.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator
from itertools import count
from typing import NamedTuple

from gating.policy.reading import KeyPath

__all__ = ["Place", "locate"]

_DEEPEST = 64  # no policy is read so deep; without a bound a hostile nesting would cost its square in memory

# groups are atomic, and no quantifier of one possessive: before 3.11.5 Python matches those wrongly (gh-106052)
_BASIC = r'"(?>(?:[^"\\\n]++|\\.)*)"'
_LITERAL = r"'[^'\n]*'"
_LONG_BASIC = r'"""(?>(?:[^"\\]++|\\[\s\S]|"(?!""))*)"{3,5}'
_LONG_LITERAL = r"'''(?>(?:[^']++|'(?!''))*)'{3,5}"
_STRING = rf"{_LONG_BASIC}|{_LONG_LITERAL}|{_BASIC}|{_LITERAL}"
_KEY = re.compile(rf"(?P<key>[A-Za-z0-9_-]+|{_BASIC}|{_LITERAL})[ \t]*(?P<dot>\.?)[ \t]*")
# a date and its time may be parted by a space
_SCALAR = re.compile(rf"{_STRING}|[^\s,\]}}#]+(?: [0-9][^\s,\]}}#]*)?")
_GAP = re.compile(r"(?:[ \t\r\n,]|#[^\n]*)*")
# all that matters to one who only wants to know where the section ends
_LANDMARK = re.compile(rf"(?m:^(?P<head>[ \t]*\[))|(?P<open>[\[{{])|(?P<close>[\]}}])|#[^\n]*|{_STRING}")
_ESCAPE = re.compile(r"\\(?:u(\w{4})|U(\w{8})|x(\w{2})|(.))")
_SHORT_ESCAPES = {"b": "\b", "t": "\t", "n": "\n", "f": "\f", "r": "\r", "e": "\x1b"}


class Place(NamedTuple):
    """Where a key and its value begin. All are 1-based, columns count characters.

    A list's item has no key and a table made by a header has no value: both numbers are then the same.
    """

    line: int
    column: int
    value_line: int
    value_column: int


def locate(text: str, prefix: tuple[str, ...] = ()) -> dict[KeyPath, Place]:
    """Find every key and value under the table `prefix`, and that table itself.

    `text` is a document that `tomllib` accepts. The paths are relative to `prefix` (so `()` is that table,
    where something names it) and hold names for keys, numbers for the items of lists.
    """
    starts = [0, *(mark.end() for mark in re.finditer("\n", text))]

    def line_column(offset: int) -> tuple[int, int]:
        line = bisect_right(starts, offset)
        return line, offset - starts[line - 1] + 1

    marks = _Scanner(text, prefix).scan()
    return {path: Place(*line_column(key), *line_column(value)) for path, (key, value) in marks.items()}


class _Scanner:
    """One walk over one document; collects the offsets of keys and values by path."""

    def __init__(self, text: str, prefix: tuple[str, ...]) -> None:
        self.text = text
        self.prefix = prefix
        self.marks: dict[KeyPath, tuple[int, int]] = {}
        self.last_index: dict[KeyPath, int] = {}  # of each array of tables

    def scan(self) -> dict[KeyPath, tuple[int, int]]:
        table: KeyPath = ()
        if not self.prefix:
            self.marks[()] = (0, 0)
        position = self._gap(0)
        while position < len(self.text):
            if self.text[position] == "[":
                table, position = self._header(position)
                if not self._wanted(table):
                    position = self._next_header(position)
            else:
                position = self._statement(position, table)
            position = self._gap(position)
        return self.marks

    def _header(self, position: int) -> tuple[KeyPath, int]:
        """Read `[a.b]` or `[[a.b]]`: the path of the table that it opens, and where the text goes on."""
        is_list = self.text.startswith("[[", position)
        parts, position = self._keys(self._gap(position + (2 if is_list else 1)))
        path: KeyPath = ()
        for part, start in parts:
            if path in self.last_index:
                path += (self.last_index[path],)
            path += (part,)
            self._mark(path, start, start, implied=True)
        start = parts[-1][1]
        if is_list:
            self.last_index[path] = self.last_index.get(path, -1) + 1
            path += (self.last_index[path],)
        self._mark(path, start, start)
        return path, self.text.index("]", position) + (2 if is_list else 1)

    def _next_header(self, position: int) -> int:
        depth = 0
        for landmark in _LANDMARK.finditer(self.text, position):
            kind = landmark.lastgroup
            if kind == "head" and depth == 0:
                return landmark.start()
            if kind in {"head", "open"}:
                depth += 1
            elif kind == "close":
                depth -= 1
        return len(self.text)

    def _statement(self, position: int, table: KeyPath) -> int:
        """Walk over `key = value`, whatever the value holds."""
        path, position = self._key_of(position, table)
        open_tables: list[tuple[KeyPath, Iterator[int] | None]] = []
        while True:
            mark = self.text[position]
            if mark in "[{":
                open_tables.append((path, count() if mark == "[" else None))
                position += 1
            else:
                position = _end(_SCALAR, self.text, position)
            while True:  # leave what ends here
                if not open_tables:
                    return position
                position = self._gap(position)
                if self.text[position] not in "]}":
                    break
                open_tables.pop()
                position += 1
            holder, indices = open_tables[-1]
            if indices is None:
                path, position = self._key_of(position, holder)
            else:
                path = (*holder, next(indices))
                self._mark(path, position, position)

    def _key_of(self, position: int, table: KeyPath) -> tuple[KeyPath, int]:
        """Read `a.b =`: the path of its value, and where the value begins. Both are noted."""
        parts, position = self._keys(position)
        value = self._gap(self.text.index("=", position) + 1)
        path = table
        for part, start in parts:
            path += (part,)
            self._mark(path, start, start, implied=True)
        self._mark(path, parts[-1][1], value)
        return path, value

    def _keys(self, position: int) -> tuple[list[tuple[str, int]], int]:
        parts = []
        while True:
            found = _KEY.match(self.text, position)
            assert found is not None, "tomllib has accepted the text"
            parts.append((_plain_key(found["key"]), position))
            position = found.end()
            if not found["dot"]:
                return parts, position

    def _mark(self, path: KeyPath, key: int, value: int, *, implied: bool = False) -> None:
        """Note the offsets of `path`; an implied table gives way to the place that defines it."""
        depth = len(self.prefix)
        if path[:depth] != self.prefix or len(path) > _DEEPEST:
            return
        if not (implied and path[depth:] in self.marks):
            self.marks[path[depth:]] = (key, value)

    def _wanted(self, table: KeyPath) -> bool:
        """Whether something under the prefix can stand in `table`."""
        shared = min(len(table), len(self.prefix))
        return table[:shared] == self.prefix[:shared]

    def _gap(self, position: int) -> int:
        return _end(_GAP, self.text, position)


def _end(pattern: re.Pattern[str], text: str, position: int) -> int:
    found = pattern.match(text, position)
    assert found is not None, "tomllib has accepted the text"
    return found.end()


def _plain_key(key: str) -> str:
    if key[0] == "'":
        return key[1:-1]
    if key[0] == '"':
        return _ESCAPE.sub(_character, key[1:-1])
    return key


def _character(escape: re.Match[str]) -> str:
    short, *codes = escape[4], escape[1], escape[2], escape[3]
    if short is not None:
        return _SHORT_ESCAPES.get(short, short)
    return chr(int(next(code for code in codes if code), 16))
