"""Source: what a test module says of itself before it is imported: its `pytestmark`, and the tests it names."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

__all__ = ["Said", "read"]


class Said(NamedTuple):
    """`needs` are the requirements of its `pytestmark` that can be read; `tests` its functions and methods, by id."""

    needs: tuple[str, ...] = ()
    tests: tuple[str, ...] = ()


def read(path: str, *, functions: Sequence[str] = ("test",), classes: Sequence[str] = ("Test",)) -> Said:
    """Read a Python file; one that cannot be read or parsed says nothing.

    `functions` and `classes` are what the names of tests and of their classes begin with, or globs of them, as
    pytest's settings `python_functions` and `python_classes` have them.
    """
    try:
        with open(path, "rb") as stream:
            tree = ast.parse(stream.read())
    except (OSError, SyntaxError, ValueError, RecursionError, MemoryError):
        return Said()
    return Said(_pytestmark(tree.body), tuple(_tests(tree.body, functions, classes)))


def _pytestmark(body: Iterable[ast.stmt]) -> tuple[str, ...]:
    """The needs that `pytestmark` has when the module's own statements are done, branches left aside."""
    known: dict[str, tuple[str, ...]] = {}
    for statement in body:
        match statement:
            case ast.Assign(targets=[ast.Name(id=name)], value=value):
                known[name] = _needs(value, known)
            case ast.AnnAssign(target=ast.Name(id=name), value=ast.expr() as value):
                known[name] = _needs(value, known)
            case ast.AugAssign(target=ast.Name(id=name), value=value):
                known[name] = (*known.get(name, ()), *_needs(value, known))
    return tuple(dict.fromkeys(known.get("pytestmark", ())))


def _needs(value: ast.expr, known: dict[str, tuple[str, ...]]) -> tuple[str, ...]:
    match value:
        case ast.Name(id=name):
            return known.get(name, ())
        case ast.List(elts=elements) | ast.Tuple(elts=elements):
            return tuple(line for one in elements for line in _needs(one, known))
        case ast.BinOp(left=left, op=ast.Add(), right=right):
            return (*_needs(left, known), *_needs(right, known))
        case ast.Call(func=ast.Attribute(attr="needs", value=ast.Attribute(attr="mark") | ast.Name(id="mark"))):
            return tuple(one.value for one in value.args if isinstance(one, ast.Constant) and type(one.value) is str)
    return ()


def _tests(
    body: Iterable[ast.stmt], functions: Sequence[str], classes: Sequence[str], *, unittest: bool = False
) -> Iterator[str]:
    for one in body:
        if isinstance(one, ast.FunctionDef | ast.AsyncFunctionDef):
            if _is_named(one.name, ("test",) if unittest else functions):
                yield one.name
        elif isinstance(one, ast.ClassDef):
            cases = any(ast.unparse(base).endswith("TestCase") for base in one.bases)
            if cases or _is_named(one.name, classes):
                yield from (
                    f"{one.name}::{below}"
                    for below in _tests(one.body, functions, () if cases else classes, unittest=cases)
                )
        elif isinstance(one, ast.If | ast.Try | ast.With):
            yield from _tests(one.body, functions, classes, unittest=unittest)


def _is_named(name: str, wanted: Sequence[str]) -> bool:
    from fnmatch import fnmatchcase

    return any(
        name.startswith(one) or (any(mark in one for mark in "*?[") and fnmatchcase(name, one)) for one in wanted
    )
