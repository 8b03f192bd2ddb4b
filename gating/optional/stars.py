"""Stars: what `from module import *` has to bring, which is what a file uses and nothing in it binds."""

from __future__ import annotations

import ast
import builtins
from collections.abc import Iterable

__all__ = ["brought"]

_BUILTIN = frozenset(dir(builtins)) | {"__file__", "__path__"}


def brought(tree: ast.AST, nodes: Iterable[ast.AST]) -> dict[str, set[str]]:
    """The unbound names of a file and the dotted names that they may be, empty where it has no star import."""
    stars = {
        node.module
        for node in nodes
        if isinstance(node, ast.ImportFrom) and not node.level and any(alias.name == "*" for alias in node.names)
    }
    names = _unbound(tree) if stars else frozenset()
    return {name: {f"{star}.{name}" for star in stars} for name in names}


def _unbound(tree: ast.AST) -> frozenset[str]:
    used: set[str] = set()
    bound = set(_BUILTIN)
    for node in ast.walk(tree):
        if isinstance(node, ast.Name):
            (used if isinstance(node.ctx, ast.Load) else bound).add(node.id)
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.ExceptHandler):
            bound.add(node.name or "")
        elif isinstance(node, ast.arg):
            bound.add(node.arg)
        elif isinstance(node, ast.alias):
            bound.add(node.asname or node.name.partition(".")[0])
    return frozenset(used - bound)
