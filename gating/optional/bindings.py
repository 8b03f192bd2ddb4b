"""Bindings: what the names of one file may stand for, by its imports and its plain assignments.

Scopes are not told apart: a name has everything that it is bound to anywhere in the file.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping

__all__ = ["IMPORTERS", "Bindings", "called", "literal"]

# functions that import what their first argument names
IMPORTERS = frozenset({"import_module", "__import__", "importorskip"})
_STEPS = 3  # assignments from the import to the use
_PARTS = 8
_MANY = 32


class Bindings:
    """The names of a file: the dotted names that they are imported as, and the expressions assigned to them."""

    def __init__(self, nodes: Iterable[ast.AST], stars: Mapping[str, set[str]]) -> None:
        self.imported: dict[str, set[str]] = {name: set(found) for name, found in stars.items()}
        self.assigned: dict[str, list[ast.expr]] = {}
        for node in nodes:
            self._bind(node)
        self._meant = {name: set(found) for name, found in self.imported.items()}
        for _ in range(_STEPS):
            self._follow()

    def dotted(self, node: ast.AST) -> set[str]:
        """What a name or a chain of attributes may mean, as absolute dotted names; none for any other expression.

        A name that nothing in the file binds means itself, as builtins do.
        """
        if isinstance(node, ast.Attribute):
            return {f"{one}.{node.attr}" for one in self.dotted(node.value)}
        if isinstance(node, ast.Call):
            imported = literal(node) if called(node) in IMPORTERS else None
            return {imported} if imported else set()
        if not isinstance(node, ast.Name):
            return set()
        return self._meant.get(node.id) or {node.id}

    def _follow(self) -> None:
        """Let what is assigned from a name with a meaning have one: `nn = torch.nn`."""
        for name, values in self.assigned.items():
            for value in values:
                root = _root(value)
                if root in self._meant or isinstance(root, ast.Call):
                    found = self._meant.setdefault(name, set())
                    # `node = node.next` has ever longer ones
                    found.update(one for one in self.dotted(value) if one.count(".") <= _PARTS and len(found) < _MANY)

    def _bind(self, node: ast.AST) -> None:
        if isinstance(node, ast.Import):
            for alias in node.names:
                bound = alias.asname or alias.name.partition(".")[0]
                self.imported.setdefault(bound, set()).add(alias.name if alias.asname else bound)
        elif isinstance(node, ast.ImportFrom) and not node.level:
            for alias in node.names:
                self.imported.setdefault(alias.asname or alias.name, set()).add(f"{node.module}.{alias.name}")
        else:
            for target, value in _assignments(node):
                self.assigned.setdefault(target, []).append(value)


def _root(node: ast.expr) -> str | ast.Call | None:
    """The name that a chain of attributes begins with, or the call."""
    while isinstance(node, ast.Attribute):
        node = node.value
    return node.id if isinstance(node, ast.Name) else node if isinstance(node, ast.Call) else None


def called(node: ast.Call) -> str:
    """The last part of the name of what is called, empty where it has none."""
    if isinstance(node.func, ast.Attribute):
        return node.func.attr
    return node.func.id if isinstance(node.func, ast.Name) else ""


def literal(node: ast.Call) -> str | None:
    """The absolute dotted name that a call has as its first argument, None where it has none."""
    first = node.args[0] if node.args else next((one.value for one in node.keywords if one.arg == "name"), None)
    if isinstance(first, ast.Constant) and isinstance(first.value, str) and not first.value.startswith("."):
        return first.value
    return None


def _assignments(node: ast.AST) -> Iterator[tuple[str, ast.expr]]:
    if isinstance(node, ast.Assign):
        targets = node.targets
    elif isinstance(node, ast.AnnAssign | ast.AugAssign | ast.NamedExpr):
        targets = [node.target]
    else:
        return
    for target in targets:
        if isinstance(target, ast.Name) and node.value is not None:
            yield target.id, node.value
