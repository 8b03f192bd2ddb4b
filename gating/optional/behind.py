"""Behind: the modules that hidden code imports of its own, so that what was imported before goes on working."""

from __future__ import annotations

from _thread import _local

from gating.optional import layers

TYPE_CHECKING = False
if TYPE_CHECKING:
    from importlib.machinery import ModuleSpec
    from types import ModuleType

__all__ = ["looking", "module"]

_looks = _local()


def module(name: str) -> ModuleType | None:
    """A module of something hidden, as it was imported or as it is found now; None where nothing of it was imported.

    One that is found now is loaded out of sight: it comes to `sys.modules` when all is shown again. Raises
    ModuleNotFoundError where the package has none of that name.
    """
    known = layers.taken(name)
    if known is not None:
        return known
    above, _, own = name.rpartition(".")
    parent = module(above) if above else None
    if parent is None:
        return None
    from importlib.util import module_from_spec

    spec = _spec(name, getattr(parent, "__path__", None))
    if spec is None or spec.loader is None:
        raise ModuleNotFoundError(f"No module named {name!r}", name=name)
    made = module_from_spec(spec)
    layers.keep(name, made)
    try:
        spec.loader.exec_module(made)
    except BaseException:
        layers.forget(name)
        raise
    setattr(parent, own, made)
    return made


def looking() -> bool:
    """Whether this thread looks for such a module now, so that finders find it."""
    return getattr(_looks, "under_way", False)


def _spec(name: str, path: object) -> ModuleSpec | None:
    from gating.optional.machinery import found_spec

    _looks.under_way = True
    try:
        return found_spec(name, path)
    finally:
        _looks.under_way = False
