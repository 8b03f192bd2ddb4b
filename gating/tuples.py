"""Tuples: `NamedTuple` as `typing` has it, for modules that are loaded before `typing` is worth its 10 ms.

A type checker sees `typing`'s own.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import NamedTuple
else:
    from collections import namedtuple

    class _Maker(type):
        """Makes a named tuple of a class statement: its annotations are the fields, its values their defaults."""

        def __new__(cls, name: str, bases: tuple[type, ...], space: dict[str, object]) -> type:
            if not bases:
                return super().__new__(cls, name, bases, space)
            fields = space.get("__annotations__", {})
            defaults = [space[field] for field in fields if field in space]
            made = namedtuple(name, fields, defaults=defaults, module=space["__module__"])  # noqa: PYI024 - the typed one is made of it
            for key, value in space.items():
                if key not in fields and key not in {"__module__", "__dict__", "__weakref__"}:
                    setattr(made, key, value)
            return made

    class NamedTuple(metaclass=_Maker):
        """The base of a class statement that makes a named tuple; the class that is made does not inherit from it."""


__all__ = ["NamedTuple"]
