"""Keys: what a line is called by its content, so that a record of it survives edits elsewhere in its file.

A line's key is the dotted name of the function or class that it stands in, its text without the space around it, and
how many lines with the same name and text stand before it. A statement of several lines goes by its first.
"""

from __future__ import annotations

import ast
import re
import warnings
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from typing import NamedTuple, Self

__all__ = ["BranchKey", "Key", "Keys"]

_LINE = re.compile(r"\r\n|\r|\n")
_Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef


class Key(NamedTuple):
    """The key of a line within its file. `name` is empty at the top of a module; `ordinal` counts from 0."""

    name: str
    text: str
    ordinal: int = 0


class BranchKey(NamedTuple):
    """The key of a branch: of the line that it leaves, and that it goes to; None where it leaves the function."""

    start: Key
    end: Key | None


class Keys:
    """The keys of one file's lines, both ways. Lines count from 1; blank lines and comments have no key.

    A source that cannot be parsed has keys too: every line is then one of the module's top.
    """

    def __init__(self, source: str) -> None:
        self._texts = [text.strip() for text in _LINE.split(source)]
        self._names: list[str] = [""] * (len(self._texts) + 2)
        self._firsts: dict[int, int] = {}
        tree = parsed(source)
        if tree is not None:
            self._name(tree)

    @classmethod
    def of(cls, source: str | bytes) -> Self:
        """The keys of a file's content: text, or bytes in the encoding that they name."""
        return cls(source if isinstance(source, str) else decoded(source))

    def first(self, line: int) -> int:
        """The first line of the statement, or of the head of a compound one, that a line belongs to."""
        return self._firsts.get(line, line)

    def key(self, line: int) -> Key | None:
        """The key of a line; None for one that is blank, a comment, or not in the file."""
        return self._by_line.get(self.first(line))

    def line(self, key: Key) -> int | None:
        """The line that has the key today, None where there is none any more."""
        return self._by_key.get(key)

    def keys(self, lines: Iterable[int]) -> frozenset[Key]:
        """The keys of those lines that have one."""
        return frozenset(key for line in lines if (key := self.key(line)) is not None)

    def lines(self, keys: Iterable[Key]) -> frozenset[int]:
        """The lines that have these keys today."""
        return frozenset(line for key in keys if (line := self.line(key)) is not None)

    def branch_key(self, start: int, end: int) -> BranchKey | None:
        """The key of a branch as coverage.py has it, whose `end` is below 0 where it leaves the function."""
        here, there = self.key(start), self.key(end) if end > 0 else None
        return None if here is None or (end > 0 and there is None) else BranchKey(here, there)

    def branch_keys(self, branches: Iterable[tuple[int, int]]) -> Mapping[tuple[int, int], BranchKey]:
        """The key of each branch that has one."""
        return {each: key for each in branches if (key := self.branch_key(*each)) is not None}

    @cached_property
    def _by_line(self) -> Mapping[int, Key]:
        seen: Counter[tuple[str, str]] = Counter()
        found = {}
        for number, text in enumerate(self._texts, 1):
            if text and not text.startswith("#") and number not in self._firsts:
                name = self._names[number]
                found[number] = Key(name, text, seen[name, text])
                seen[name, text] += 1
        return found

    @cached_property
    def _by_key(self) -> Mapping[Key, int]:
        return {key: line for line, key in self._by_line.items()}

    def _name(self, tree: ast.Module) -> None:
        # by a list and not by calls: a thousand `elif` are a thousand blocks, each in the one before
        waiting = [(node, "") for node in reversed(tree.body)]
        while waiting:
            node, name = waiting.pop()
            inner, bodies = name, list(_bodies(node))
            if isinstance(node, _Definition):
                inner = f"{name}.{node.name}" if name else node.name
                # the head too: what stands above a definition moves with it
                start = min([node.lineno, *(each.lineno for each in node.decorator_list)])
                end = node.end_lineno or start
                self._names[start : end + 1] = [inner] * (end + 1 - start)
                for each in node.decorator_list:
                    self._join(each.lineno, each.end_lineno)
            self._join(node.lineno, _head_end(node) if bodies else node.end_lineno)
            waiting += [(each, inner) for block in reversed(bodies) for each in reversed(block)]

    def _join(self, first: int, last: int | None) -> None:
        for line in range(first + 1, (last or first) + 1):
            self._firsts[line] = self._firsts.get(first, first)


def parsed(source: str) -> ast.Module | None:
    """The syntax tree, None where this Python cannot parse the source; its warnings are not ours to repeat."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return ast.parse(source)
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            return None


def decoded(content: bytes) -> str:
    """The text of a source file, by its byte-order mark or its coding line, else UTF-8."""
    import io
    import tokenize

    try:
        encoding, _ = tokenize.detect_encoding(io.BytesIO(content).readline)
        return content.decode(encoding)
    except (SyntaxError, UnicodeDecodeError, LookupError):
        return content.decode("utf-8", errors="replace")


def _bodies(node: ast.stmt) -> Iterator[list[ast.stmt]]:
    """The blocks in a compound statement, in their order."""
    for name in ("body", "handlers", "cases", "orelse", "finalbody"):
        found = getattr(node, name, None) or []
        if name in {"handlers", "cases"}:
            yield from (each.body for each in found)
        elif found:
            yield found


def _head_end(node: ast.stmt) -> int:
    """The last line of what stands before the colon, as far as the tree tells it."""
    ends = [node.lineno]
    for field, value in ast.iter_fields(node):
        if field in {"body", "handlers", "cases", "orelse", "finalbody", "decorator_list"}:
            continue
        for each in value if isinstance(value, list) else [value]:
            if isinstance(each, ast.withitem):
                ends += [part.end_lineno or 0 for part in (each.context_expr, each.optional_vars) if part is not None]
            elif isinstance(each, ast.arguments):
                parts = [*each.posonlyargs, *each.args, *each.kwonlyargs, each.vararg, each.kwarg]
                ends += [part.end_lineno or 0 for part in (*parts, *each.defaults, *each.kw_defaults) if part]
            elif isinstance(each, ast.AST):
                ends.append(getattr(each, "end_lineno", None) or 0)
    return max(ends)
