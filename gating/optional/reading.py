"""Reading: what one source file says of imports, read once as long as the file is the same."""

from __future__ import annotations

import ast
import os
import re
import warnings
from _thread import RLock
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from typing import NamedTuple

from gating.optional.bindings import IMPORTERS, Bindings, called, literal
from gating.optional.handlers import guarded_lines
from gating.optional.stars import brought

__all__ = ["Import", "Said", "said_by"]

# a text that may be an annotation or the target of a patch, `torch.Tensor | None`
_EXPRESSION = re.compile(r"[A-Za-z_][\w.\[\], |]{0,200}\.[\w.\[\], |]+")
_SPEAKING = frozenset(
    {
        ast.Import,
        ast.ImportFrom,
        ast.Assign,
        ast.AnnAssign,
        ast.AugAssign,
        ast.NamedExpr,
        ast.Try,
        ast.TryStar,
        ast.With,
    }
    | {ast.Call, ast.Attribute, ast.Constant}
)
# fields that hold nothing of interest
_LEAVES = frozenset({"ctx", "op", "ops", "kind", "type_comment", "id", "arg", "name", "names", "attr"})
_FIELDS: dict[type[ast.AST], tuple[str, ...]] = {}
# one thread at a time: the filters of warnings are those of all, and before 3.11.8 so is what the parser counts
_lock = RLock()


class Import(NamedTuple):
    """An import of a file: the lines that it stands in, the dotted names that it imports, and whether it is guarded."""

    first: int
    last: int
    names: tuple[str, ...]
    guarded: bool


class Said(NamedTuple):
    """What a file says: its imports, and the absolute dotted names of everything that it uses of a module."""

    imports: tuple[Import, ...]
    names: frozenset[str]


def said_by(path: str) -> Said | None:
    """What the file at a real path says, None where it cannot be read or is no Python."""
    try:
        one = os.stat(path)
    except (OSError, ValueError):
        return None
    with _lock:
        return _said(path, one.st_mtime_ns, one.st_size, one.st_ino)


@lru_cache(maxsize=4096)
def _said(path: str, *_: int) -> Said | None:
    try:
        with open(path, "rb") as file, warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of escapes in strings; they are the project's own affair
            tree = ast.parse(file.read())
    except (OSError, SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    try:
        nodes = list(_nodes(tree))
        stars = brought(tree, nodes)
        bindings = Bindings(nodes, stars)
        return Said(tuple(_imports(nodes, bindings)), frozenset(_names(nodes, bindings)).union(*stars.values()))
    except RecursionError:
        return None


def _nodes(tree: ast.AST) -> Iterator[ast.AST]:
    """The nodes that say something of imports and names; of a chain of attributes the outermost alone.

    `ast.walk` takes longer than the parser does.
    """
    waiting = [tree]
    while waiting:
        node = waiting.pop()
        kind = type(node)
        if kind in _SPEAKING:
            yield node
        if kind is ast.Attribute:
            while isinstance(node, ast.Attribute):
                node = node.value
            waiting.append(node)
            continue
        for field in _fields(kind):
            value = getattr(node, field, None)
            if type(value) is list:
                waiting.extend(one for one in value if isinstance(one, ast.AST))
            elif isinstance(value, ast.AST):
                waiting.append(value)


def _fields(kind: type[ast.AST]) -> tuple[str, ...]:
    known = _FIELDS.get(kind)
    if known is None:
        known = _FIELDS[kind] = tuple(field for field in kind._fields if field not in _LEAVES)
    return known


def _imports(nodes: Sequence[ast.AST], bindings: Bindings) -> Iterator[Import]:
    bodies = guarded_lines(nodes, bindings)
    for node in nodes:
        names = tuple(_imported(node))
        if names and isinstance(node, ast.stmt | ast.expr):
            guarded = any(first <= node.lineno <= last for first, last in bodies)
            yield Import(node.lineno, node.end_lineno or node.lineno, names, guarded)


def _imported(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names)
    elif isinstance(node, ast.ImportFrom):
        if not node.level and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
    elif isinstance(node, ast.Call) and called(node) in IMPORTERS and (name := literal(node)):
        yield name


def _names(nodes: Iterable[ast.AST], bindings: Bindings) -> Iterator[str]:
    for node in nodes:
        yield from _imported(node)
        if isinstance(node, ast.Attribute):
            yield from bindings.dotted(node)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and _EXPRESSION.fullmatch(node.value):
            yield from _quoted(node.value, bindings)


def _quoted(text: str, bindings: Bindings) -> Iterator[str]:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = ast.parse(text, mode="eval")
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return
    for node in _nodes(tree):
        if isinstance(node, ast.Attribute):
            yield from bindings.dotted(node)
