"""Bindings: which names a piece of source gives a value, looking at statements only."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator

__all__ = ["bound", "imported_as", "local_names", "names_in_target", "volatile"]

_DECLARED = re.compile(r"\b(?:global|nonlocal)\b((?:[\w,]|[ \t]|\\\r?\n)+)")
_NAME = re.compile(r"\w+")
_ASSIGNED = re.compile(r"(\w+)\s*:=")


def bound(statements: Iterable[ast.stmt]) -> set[str]:
    """The names that these statements bind in their own scope, however deep the blocks are."""
    found: set[str] = set()
    _bound(statements, found)
    return found


def local_names(node: ast.FunctionDef | ast.AsyncFunctionDef) -> set[str]:
    """The names that are local to a function: its parameters, and what its body binds."""
    found = bound(node.body)
    arguments = node.args
    for each in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs, arguments.vararg, arguments.kwarg):
        if each is not None:
            found.add(each.arg)
    return found


def volatile(text: str) -> set[str]:
    """The names of which nothing is taken for known: `global`, `nonlocal`, and those of `:=`.

    They are found in the text, which is fast; what stands in a string or a comment is among them.
    """
    declared = {name for names in _DECLARED.findall(text) for name in _NAME.findall(names)}
    return declared | set(_ASSIGNED.findall(text)) if ":=" in text else declared


def imported_as(alias: ast.alias, *, plain: bool) -> str:
    """The name that an import binds: `import a.b` binds `a`, `from a import b` binds `b`."""
    return alias.asname or (alias.name.partition(".")[0] if plain else alias.name)


def names_in_target(target: ast.expr) -> Iterator[str]:
    """The names in the target of an assignment."""
    if isinstance(target, ast.Name):
        yield target.id
    elif isinstance(target, ast.Tuple | ast.List):
        for each in target.elts:
            yield from names_in_target(each)
    elif isinstance(target, ast.Starred):
        yield from names_in_target(target.value)


def _bound(statements: Iterable[ast.stmt], found: set[str]) -> None:
    for node in statements:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            found.add(node.name)
        elif isinstance(node, ast.Import | ast.ImportFrom):
            found.update(imported_as(alias, plain=isinstance(node, ast.Import)) for alias in node.names)
        else:
            for target in _targets(node):
                found.update(names_in_target(target))
            _bound_within(node, found)


def _bound_within(node: ast.stmt, found: set[str]) -> None:
    """What the blocks of a compound statement bind."""
    for name in ("body", "orelse", "finalbody"):
        if block := getattr(node, name, None):
            _bound(block, found)
    for handler in getattr(node, "handlers", ()):
        if handler.name:
            found.add(handler.name)
        _bound(handler.body, found)
    for case in getattr(node, "cases", ()):
        found.update(_captures(case.pattern))
        _bound(case.body, found)


def _targets(node: ast.stmt) -> Iterable[ast.expr]:
    if isinstance(node, ast.Assign | ast.Delete):
        return node.targets
    if isinstance(node, ast.AnnAssign | ast.AugAssign | ast.For | ast.AsyncFor):
        return (node.target,)
    if isinstance(node, ast.With | ast.AsyncWith):
        return [item.optional_vars for item in node.items if item.optional_vars is not None]
    alias = getattr(node, "name", None)  # `type X = …`
    return (alias,) if isinstance(alias, ast.expr) else ()


def _captures(pattern: ast.pattern) -> Iterator[str]:
    for node in ast.walk(pattern):
        name = getattr(node, "name", None) or getattr(node, "rest", None)
        if isinstance(name, str):
            yield name
