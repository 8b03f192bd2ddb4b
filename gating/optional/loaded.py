"""Loaded: what stands in `sys.modules` under a name, and whether it is what an import should give."""

from __future__ import annotations

import sys
from types import ModuleType

from gating.tuples import NamedTuple
from gating.words import State

__all__ = ["Refused", "refused"]

_MOCKS = ("unittest.mock", "mock")


class Refused(NamedTuple):
    """The state that what stands there makes, and why."""

    state: State
    cause: str


def refused(name: str, *, known: bool) -> Refused | None:
    """What is wrong with the module that this process has loaded; None where nothing is, or none is loaded.

    `known` says that metadata of its distribution is installed, so that an odd module may well be that package's own.
    """
    parts = name.split(".")
    for depth in range(1, len(parts) + 1):
        above = ".".join(parts[:depth])
        if above in sys.modules and (bad := _judged(above, sys.modules[above], known=known)) is not None:
            return bad
    return None


def _judged(name: str, there: object, *, known: bool) -> Refused | None:
    if there is None:
        return Refused(State.ABSENT, f"blocked: sys.modules[{name!r}] is None")
    if _is_stand_in(there):
        return Refused(State.ABSENT, "a stand-in is in its place")
    kind = type(there)
    if kind.__module__ in _MOCKS:
        return Refused(State.IMPOSTOR, f"a {kind.__name__} is in its place in sys.modules")
    inside = _inside(there)
    if inside.get("__spec__") is not None:
        return None
    if known and (kind is not ModuleType or "__file__" in inside):
        return None  # packages replace themselves by all sorts of objects
    if issubclass(kind, ModuleType):
        return Refused(State.IMPOSTOR, "what is in its place in sys.modules was never imported from anywhere")
    return Refused(State.IMPOSTOR, f"a {kind.__name__} is in its place in sys.modules")


def _inside(there: object) -> dict[str, object]:
    """The attributes, without waking a module that is loaded only when it is used."""
    try:
        inside = object.__getattribute__(there, "__dict__")
    except AttributeError:
        return {}
    return inside if isinstance(inside, dict) else {}


def _is_stand_in(there: object) -> bool:
    module = sys.modules.get("gating.optional.standin")  # where it was never loaded there is no stand-in either
    return module is not None and bool(module.is_stand_in(there))
