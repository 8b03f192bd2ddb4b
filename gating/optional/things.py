"""Things: what a stand-in has by name; each is a class, to derive from, to decorate with, to annotate by, to except.

`abc` and `except` ask for a real class, and `except` for an exception's. The metaclass makes it loud, and stays out of
the classes that derive from a thing: those get a plain base in its place, which has no metaclass that could be in
conflict with theirs, and is an exception only where their other bases allow it.
"""

from __future__ import annotations

import copyreg
import re
import sys
import types
from abc import ABCMeta
from collections.abc import Hashable
from typing import TYPE_CHECKING, Any, Protocol

from gating.optional.about import MARK, About
from gating.optional.decorated import decorated
from gating.optional.definition import Place, place
from gating.optional.hollow import hollows
from gating.optional.loud import LOUD, PLAIN, Quiet, louder

if TYPE_CHECKING:
    _Meta = ABCMeta
else:
    _Meta = type(Protocol)  # a child of ABCMeta

__all__ = ["Thing", "thing"]

# special names that the metaclass or the exception would show; asked for as attributes, they are not there
_HIDDEN = ({*LOUD, *dir(BaseException), "__getitem__"}) - set(dir(type))


def thing(about: About, path: str, key: Hashable = None) -> Any:
    """The thing at a path of a stand-in, always the same one; `key` tells apart what has the same path."""
    return about.once((path, key), lambda: _make(about, path))


def _make(about: About, path: str) -> Thing:
    owner = re.split(r"[\[(]", path)[0].rpartition(".")[0]
    name = path[len(owner) :].removeprefix(".")
    space = {
        MARK: (about, path),
        "__module__": about.at(owner),
        "__qualname__": name,
        "__doc__": f"Stands in for {about.at(path)}, which is not available here.",
        "__test__": False,  # whatever it is called
    }
    # filters of warnings, too, are set while a module is imported
    return type.__new__(Thing, name, (Warning if name.endswith("Warning") else Exception,), space)


def _of(one: type) -> tuple[About, str] | None:
    """What a thing stands for; None for a class whose metaclass somebody derived from the things' own."""
    found: tuple[About, str] | None = type.__getattribute__(one, "__dict__").get(MARK)
    return found


def _fail(one: Any, did: str) -> None:
    if known := _of(one):
        about, path = known
        raise about.missing(path, did)


@louder(_fail)
class Thing(_Meta, metaclass=Quiet):
    """The class of all things; a child of ABC's and Protocol's metaclass, so that both may stand beside a thing."""

    def __new__(mcs, name: str, bases: tuple[type, ...], space: dict[str, Any], **options: Any) -> Any:
        """Make a class that derives from a thing, of plain bases and by the metaclass that those ask for."""
        plain = hollows(bases, {base: known for base in bases if isinstance(base, Thing) and (known := _of(base))})
        if mcs is not Thing:  # a metaclass that the project derived from `type(S.T)`
            return super().__new__(mcs, name, plain, space, **options)
        # `metaclass=ABCMeta` cannot be seen any more; an abstract method says that it was meant
        abstract = any(getattr(value, "__isabstractmethod__", False) for value in space.values())
        made, _, _ = types.prepare_class(name, plain, {"metaclass": ABCMeta if abstract else type})
        return made(name, plain, space, **options)

    def __getattribute__(cls, name: str) -> Any:
        known = _of(cls)
        if known is None:
            return super().__getattribute__(name)
        about, path = known
        if name.startswith("__") and name.endswith("__"):
            if name in _HIDDEN:
                raise about.unnamed(path, name, cls)
            return type.__getattribute__(cls, name)
        if name in type.__getattribute__(cls, "__dict__"):  # somebody put it there
            return type.__getattribute__(cls, name)
        if f"{path}.{name}" in about.names:
            return thing(about, f"{path}.{name}")
        raise about.unnamed(path, name, cls)

    def __call__(cls, *args: Any, **options: Any) -> Any:
        known = _of(cls)
        if known is None:
            return super().__call__(*args, **options)
        about, path = known
        at, name = place(sys._getframe(1))  # noqa: SLF001 - who calls decides
        sole = args[0] if len(args) == 1 and not options else None
        if at is Place.APPLIED and sole is not None and not (isinstance(sole, type) and sole.__name__ != name):
            return decorated(about, path, sole)
        wrapped = isinstance(sole, types.FunctionType | type) and not isinstance(sole, Thing)
        if at in {Place.HEADER, Place.APPLIED} or (at is Place.BOUND and wrapped):
            return thing(about, f"{path}()")
        raise about.missing(path, "was called")

    def __getitem__(cls, item: Any) -> Any:
        known = _of(cls)
        if known is None:
            raise TypeError(f"type {cls.__name__!r} is not subscriptable")
        about, path = known
        told = getattr(item, "__qualname__", None) or repr(item)
        return thing(about, f"{path}[{told}]", _hashable(item))

    def __or__(cls, other: Any) -> Any:
        if isinstance(other, PLAIN):
            _fail(cls, "was computed with")
        return type.__or__(cls, other)

    def __ror__(cls, other: Any) -> Any:
        if isinstance(other, PLAIN):
            _fail(cls, "was computed with")
        return type.__ror__(cls, other)

    def __eq__(cls, other: object) -> Any:
        if cls is other:
            return True
        if isinstance(other, PLAIN):
            _fail(cls, "was compared")
        return NotImplemented

    def __hash__(cls) -> int:
        return type.__hash__(cls)

    def __instancecheck__(cls, one: object) -> bool:
        return cls.__subclasscheck__(type(one))

    def __subclasscheck__(cls, other: type) -> bool:
        known = _of(cls)
        if known is None:
            return super().__subclasscheck__(other)
        return other is cls or any(vars(base).get(MARK) == known for base in type.__dict__["__mro__"].__get__(other))

    def __dir__(cls) -> list[str]:
        known = _of(cls)
        own = [name for name in type.__dir__(cls) if known is None or (name[:2] == "__" and name not in _HIDDEN)]
        return own if known is None else sorted({*own, *known[0].below(known[1])})

    def __repr__(cls) -> str:
        known = _of(cls)
        return f"<stand-in for {known[0].at(known[1])}>" if known else super().__repr__()


def _hashable(item: Any) -> Hashable:
    try:
        hash(item)
    except TypeError:
        return id(item)
    return (type(item), item)


def _reduce(one: Thing) -> Any:
    known = _of(one)
    return (thing, known) if known else one.__qualname__  # a class is found by its name


copyreg.pickle(Thing, _reduce)
