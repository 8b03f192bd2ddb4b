"""Behind: hidden modules for those who get them all the same, so that what was imported before goes on working.

One that was not imported before is imported now. For that time what is hidden lies open to this thread's imports, and
is in `sys.modules` again, where modules look for themselves while they are loaded.
"""

from __future__ import annotations

from _thread import _local
from importlib import import_module

from gating.optional import layers

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import ModuleType

__all__ = ["looking", "module"]

_looks = _local()


def module(name: str) -> ModuleType:
    """A module of something hidden; it comes to `sys.modules` to stay when all is shown again.

    Raises what its import raises, ModuleNotFoundError where there is none of that name.
    """
    known = layers.taken(name)
    if known is not None:
        return known
    _looks.under_way = True
    layers.lay_open()
    try:
        return import_module(name)
    finally:
        layers.close()
        _looks.under_way = False


def looking() -> bool:
    """Whether this thread imports such a module now."""
    return getattr(_looks, "under_way", False)
