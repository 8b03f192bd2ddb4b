"""Source: what a test module says of itself before it is imported: its `pytestmark`, and the tests it names."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Sequence

__all__ = ["names_of_tests", "needs_in"]


def needs_in(source: bytes) -> tuple[str, ...]:
    """The requirements of a module's `pytestmark`, as far as they are written there; () for what cannot be parsed."""
    if b"pytestmark" not in source or b"needs" not in source:  # nearly all: parsing takes a while
        return ()
    return _pytestmark(_parsed(source))


def names_of_tests(source: bytes, *, functions: Sequence[str], classes: Sequence[str]) -> tuple[str, ...]:
    """The names of a module's tests, `test_x` and `TestA::test_y`; parameters make more tests of one.

    `functions` and `classes` are what these names begin with, or globs of them, as pytest's settings
    `python_functions` and `python_classes` have them.
    """
    return tuple(_tests(_parsed(source), functions, classes))


def _parsed(source: bytes) -> list[ast.stmt]:
    import warnings

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # pytest's own parsing gives them
        try:
            return ast.parse(source).body
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            return []


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
