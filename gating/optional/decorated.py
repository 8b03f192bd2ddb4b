"""Decorated: a function or class that an absent decorator was put on, there to be named, loud when it is called."""

from __future__ import annotations

import functools
import types
from collections.abc import Callable
from typing import Any

from gating.optional.about import About

__all__ = ["decorated"]


def decorated(about: About, path: str, one: Any) -> Any:
    """What stands for `one` under the decorator at `path`; what is neither function nor class stays as it is."""
    if isinstance(one, staticmethod | classmethod):
        return type(one)(decorated(about, path, one.__func__))
    if isinstance(one, property):
        read, write, delete = (part and decorated(about, path, part) for part in (one.fget, one.fset, one.fdel))
        return property(read, write, delete, one.__doc__)
    if isinstance(one, type):
        one.__new__ = _loud(about, path, one, "instantiated")  # type: ignore[method-assign]
        return one
    if not callable(one):
        return one
    made: Any = _loud(about, path, one, "called")
    # doctest tells by the globals where a function was defined
    there = getattr(one, "__globals__", made.__globals__)
    return functools.wraps(one)(types.FunctionType(made.__code__, there, made.__name__, None, made.__closure__))


def _loud(about: About, path: str, one: Any, done: str) -> Callable[..., Any]:
    told = ".".join(str(part) for name in ("__module__", "__qualname__") if (part := getattr(one, name, None)))

    def loud(*_: Any, **__: Any) -> Any:
        raise about.missing(path, f"decorates {told or repr(one)}, which was {done}")

    return loud
