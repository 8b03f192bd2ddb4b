"""Catching: whether a handler, or `suppress`, takes an exception that is known by its class."""

from __future__ import annotations

import ast
import builtins
from collections.abc import Callable

__all__ = ["ANY", "catches"]

ANY = "?"  # an exception of which nothing is known

# those that are not built in, and the built-in class that each is made of
_BASES = {
    "MissingDependency": ImportError,
    "PackageNotFoundError": ModuleNotFoundError,
    "Skipped": BaseException,
}


def catches(handled: ast.expr | None, raised: str, *, is_builtin: Callable[[str], bool]) -> bool | None:
    """Whether the class, or the tuple of them, takes the exception; None where that is not known.

    `is_builtin` says whether a name is still Python's own there.
    """
    if handled is None:
        return True
    if isinstance(handled, ast.Tuple):
        found = [catches(each, raised, is_builtin=is_builtin) for each in handled.elts]
        return True if True in found else None if None in found else False
    if not isinstance(handled, ast.Name) or not is_builtin(handled.id):
        return None
    taken = getattr(builtins, handled.id, None)
    if not (isinstance(taken, type) and issubclass(taken, BaseException)):
        return None
    if taken is BaseException:
        return True
    if raised == ANY:
        return None
    made = _BASES.get(raised) or getattr(builtins, raised)
    return issubclass(made, taken)
