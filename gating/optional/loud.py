"""Loud: the special methods that a stand-in answers with its error, since any value would be a wrong one."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

__all__ = ["LOUD", "PLAIN", "Quiet", "louder"]

_ARITHMETIC = "add", "sub", "mul", "truediv", "floordiv", "mod", "divmod", "pow", "matmul"
_BITS = "lshift", "rshift", "and", "xor"  # `or` makes unions

# what Python looks up on the type for an operation, and how the error calls that operation
LOUD: dict[str, str] = {
    "__bool__": "was used as a truth value",
    "__len__": "was asked for its length",
    "__iter__": "was iterated over",
    "__reversed__": "was iterated over",
    "__aiter__": "was iterated over",
    "__next__": "was iterated over",
    "__anext__": "was iterated over",
    "__contains__": "was searched",
    "__setitem__": "was written to",
    "__delitem__": "was written to",
    "__await__": "was awaited",
    "__enter__": "was entered",
    "__exit__": "was left",
    "__aenter__": "was entered",
    "__aexit__": "was left",
    **dict.fromkeys(("__lt__", "__le__", "__gt__", "__ge__"), "was compared"),
    **dict.fromkeys(
        ("__int__", "__float__", "__complex__", "__index__", "__round__", "__trunc__"), "was made a number"
    ),
    **dict.fromkeys(("__floor__", "__ceil__", "__neg__", "__pos__", "__abs__", "__invert__"), "was computed with"),
    **dict.fromkeys(("__bytes__", "__fspath__"), "was made a text"),
    **{f"__{side}{name}__": "was computed with" for name in _ARITHMETIC + _BITS for side in ("", "r", "i")},
}

# to be equal to one of these is a value that nobody knows; typing, enum and dict compare with all else at import time
PLAIN = (str, bytes, int, float, complex, tuple, list, dict, set, frozenset)

# they look at what is declared, and ask whether there is something: a TypeVar's `bound`, what is to be documented
_LOOKERS = frozenset({"typing", "typing_extensions", "inspect", "pydoc", "doctest"})


class _Nothing:
    """Says of every loud method that it is not there, as `None` in a class does."""

    __slots__ = ()


for _name in LOUD:
    setattr(_Nothing, _name, None)


class Quiet(type):
    """The class of the classes with loud methods, which are no `Iterable`, `Awaitable` or `Sized` by them.

    Those ask the classes in `__mro__` by name, and operators do not.
    """

    @property
    def __mro__(cls) -> tuple[type, ...]:
        found: tuple[type, ...] = type.__dict__["__mro__"].__get__(cls)
        return (_Nothing, *found)


def louder(fail: Callable[[Any, str], None]) -> Callable[[type], type]:
    """Give a class the loud methods; `fail(self, did)` raises, or returns where `self` is no stand-in."""

    def method(name: str, did: str) -> Callable[..., Any]:
        def loud(self: Any, *_: Any) -> Any:
            if name == "__bool__" and sys._getframe(1).f_globals.get("__name__") in _LOOKERS:  # noqa: SLF001
                return True
            fail(self, did)
            return True if name == "__bool__" else NotImplemented

        loud.__name__ = name
        return loud

    def decorate(cls: type) -> type:
        for name, did in LOUD.items():
            setattr(cls, name, method(name, did))
        return cls

    return decorate
