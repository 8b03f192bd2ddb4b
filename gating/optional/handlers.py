"""Handlers: the lines of a file in which an ImportError is caught, as its `try` and `with` statements say.

The rule is lexical. What stands in the body of a `try` whose handlers take ImportError or a base of it is guarded,
in functions defined there too; its `else`, `finally` and the handlers themselves are not. So is the body of a `with`
that suppresses or expects one. Whoever calls the function that an import stands in is not looked at.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Sequence

from gating.optional.bindings import Bindings, called

__all__ = ["guarded_lines"]

_TAKES = frozenset({"ImportError", "ModuleNotFoundError", "Exception", "BaseException"})
# of a context manager: `contextlib.suppress`, `pytest.raises`, and unittest's
_CATCHES = frozenset({"suppress", "raises", "assertRaises", "assertRaisesRegex"})


def guarded_lines(nodes: Iterable[ast.AST], bindings: Bindings) -> list[tuple[int, int]]:
    """The guarded bodies, each by its first and its last line."""
    return [
        (_first_line(body[0]), body[-1].end_lineno or body[-1].lineno)
        for node in nodes
        for body in _guarded_bodies(node, bindings)
    ]


def _guarded_bodies(node: ast.AST, bindings: Bindings) -> Iterator[Sequence[ast.stmt]]:
    if isinstance(node, ast.Try | ast.TryStar):
        if any(one.type is None or _takes(one.type, bindings) for one in node.handlers):
            yield node.body
    elif isinstance(node, ast.With) and any(_catches(one.context_expr, bindings) for one in node.items):
        yield node.body


def _first_line(node: ast.stmt) -> int:
    decorators: list[ast.expr] = getattr(node, "decorator_list", [])
    return min([node.lineno, *(one.lineno for one in decorators)])


def _takes(node: ast.expr, bindings: Bindings, seen: frozenset[str] = frozenset()) -> bool:
    """Whether an exception class, or a tuple of them in whatever form, takes an ImportError."""
    if isinstance(node, ast.Name):
        if node.id in seen:
            return False
        values = bindings.assigned.get(node.id, [])
        if any(_takes(value, bindings, seen | {node.id}) for value in values):
            return True
        return not values and any(name.rpartition(".")[2] in _TAKES for name in bindings.dotted(node))
    if isinstance(node, ast.Attribute):
        # `builtins.ImportError` and what hands it on; an `Exception` of another module is that module's own
        return any(
            name.rpartition(".")[2] in {"ImportError", "ModuleNotFoundError"} or name.startswith("builtins.")
            for name in bindings.dotted(node)
            if name.rpartition(".")[2] in _TAKES
        )
    # `(A, *B)`, `A + B`, `A if x else B`, `tuple([A])`
    return any(_takes(child, bindings, seen) for child in ast.iter_child_nodes(node) if isinstance(child, ast.expr))


def _catches(node: ast.expr, bindings: Bindings, seen: frozenset[str] = frozenset()) -> bool:
    """Whether a context manager ends an ImportError."""
    if isinstance(node, ast.Name) and node.id not in seen:
        return any(_catches(value, bindings, seen | {node.id}) for value in bindings.assigned.get(node.id, []))
    if not isinstance(node, ast.Call):
        return False
    names = {name.rpartition(".")[2] for name in bindings.dotted(node.func)} or {called(node)}
    given = [*node.args, *(one.value for one in node.keywords if one.arg in {"expected_exception", "exception"})]
    return bool(names & _CATCHES) and any(_takes(one, bindings) for one in given)
