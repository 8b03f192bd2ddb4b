"""Hollow: the plain base that a class gets in the place of a stand-in's thing; it cannot be instantiated."""

from __future__ import annotations

import types
from collections.abc import Mapping
from typing import Any, Protocol, cast

from gating.optional.about import MARK, About

__all__ = ["hollows"]

_HEAP = 1 << 9  # Py_TPFLAGS_HEAPTYPE: made by a class statement, or by its equal in C


def hollows(bases: tuple[type, ...], things: Mapping[type, tuple[About, str]]) -> tuple[type, ...]:
    """The bases with a hollow one in the place of each of the `things`, which say what they stand for."""
    others = [base for base in bases if base not in things]
    made = [_hollow(*things[base], _under(things[base][1], others)) if base in things else base for base in bases]
    return tuple(dict.fromkeys(made))


def _under(path: str, others: list[Any]) -> Any:
    """What a hollow base derives from beside these: protocols take only protocols, one layout takes no other."""
    if Protocol in others:
        return Protocol
    if path.endswith("TestCase"):  # test runners find the tests of the classes that derive from it, and each is loud
        from unittest import TestCase

        return object if any(TestCase in base.__mro__ for base in others) else TestCase
    return Exception if all(map(_goes_with_exceptions, others)) else object


def _hollow(about: About, path: str, under: type) -> type:
    path = path.partition("[")[0]  # `S.Dataset[T]` is a base as `S.Dataset` is
    made: type = about.once((path, "hollow", under), lambda: _make(about, path, under))
    return made


def _make(about: About, path: str, under: type) -> type:
    made: Any

    def new(cls: type, *_: Any, **__: Any) -> Any:
        raise about.missing(path, f"is a base of {cls.__module__}.{cls.__qualname__}, which was instantiated")

    def init_subclass(cls: type, **options: Any) -> None:
        after = super(made, cls).__init_subclass__
        # the options may be the absent class's own, so that they are handed on only where somebody is there for them
        after(**options if getattr(after, "__func__", None) else {})
        # another base's `__new__` comes first in `class Settings(dict, S.Settings)`
        first = next(base for base in cls.__mro__ if "__new__" in vars(base))
        if made not in first.__mro__:
            cls.__new__ = new  # type: ignore[method-assign,assignment]

    space = {
        MARK: (about, path),
        "__module__": about.at(path.rpartition(".")[0]),
        "__doc__": f"A base in the place of {about.at(path)}, which is not available here.",
        "__new__": new,
        "__init_subclass__": init_subclass,
        "__class_getitem__": classmethod(types.GenericAlias),
        "__slots__": (),
    }
    made = types.new_class(path.rpartition(".")[2], (under,), exec_body=lambda body: body.update(space))
    return cast("type", made)


def _goes_with_exceptions(base: type) -> bool:
    """Whether a class may derive from this one and from an exception: only one of its bases may have a layout."""
    return all(issubclass(one, BaseException) or not _has_layout(one) for one in base.__mro__ if one is not object)


def _has_layout(one: type) -> bool:
    slots = vars(one).get("__slots__", ())
    if {slots} - {"__dict__", "__weakref__"} if isinstance(slots, str) else set(slots) - {"__dict__", "__weakref__"}:
        return True
    under = one.__base__ or object
    # a class statement adds room for `__dict__` and `__weakref__`
    more = 16 if one.__flags__ & _HEAP else 0
    return one.__basicsize__ - under.__basicsize__ > more or one.__itemsize__ != under.__itemsize__
