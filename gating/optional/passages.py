"""Passages: the way of an import statement through a package that is there to a stand-in that only it may see.

`from google.cloud import storage` asks the real `google.cloud` for its `storage`, which nobody else may find there. So
the statement is given a view of the package that has the stand-in as well.
"""

from __future__ import annotations

import builtins
import importlib
import sys
from types import ModuleType

from gating.optional import layers, statements

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

__all__ = ["View", "install", "uninstall"]

_FROZEN = "<frozen importlib._bootstrap>"
_import: Any = None  # what is in the place of Python's own, as long as it is ours
_before: Any = None


class View(ModuleType):
    """A package as it is, None for one that is not there, with more names in it; `found` are all stand-ins below it."""

    def __init__(
        self, name: str, package: ModuleType | None, more: Mapping[str, ModuleType], found: Mapping[str, ModuleType]
    ) -> None:
        super().__init__(name, getattr(package, "__doc__", None))
        vars(self).update(more, _package=package, _found=found)
        if package is not None:
            vars(self).update(__spec__=package.__spec__, __loader__=getattr(package, "__loader__", None))

    def __getattr__(self, name: str) -> Any:
        package = vars(self)["_package"]
        if package is None:
            raise AttributeError(f"module {self.__name__!r} has no attribute {name!r}", name=name, obj=self)
        return getattr(package, name)

    def __dir__(self) -> list[str]:
        return sorted({*vars(self), *dir(vars(self)["_package"])} - {"_package", "_found"})


def install() -> None:
    """Change the import statement where something below a package is stood in for; else there is no need to."""
    global _import, _before
    if _import is None and layers.stood_in_below():
        _before, _import = builtins.__import__, _made(builtins.__import__)
        builtins.__import__ = _import


def uninstall() -> None:
    """Put back what was there, unless somebody has put something else there since."""
    global _import, _before  # noqa: PLW0603 - as above
    if _import is not None and builtins.__import__ is _import:
        builtins.__import__ = _before
    _import = _before = None


def _made(before: Any) -> Any:
    def importing(  # pragma: no cover - goes by another file's name, see below
        name: str,
        globals: Any = None,  # noqa: A002 - as Python's own has it
        locals: Any = None,  # noqa: A002
        fromlist: Any = (),
        level: int = 0,
    ) -> Any:
        if level or not layers.stood_in_below(name):
            return before(name, globals, locals, fromlist, level)
        known = _bound(name, globals, locals) if not fromlist else None
        found = _passage(name, fromlist or (), known)
        if found is not None:
            return found
        imported = before(name, globals, locals, fromlist, level)
        return imported if known is None else known

    # so that a warning is not counted as this file's, and pytest and Python leave the frame out
    importing.__code__ = importing.__code__.replace(co_filename=_FROZEN)
    return importing


def _bound(name: str, *spaces: Any) -> View | None:
    """The view that the statement's module has already by the name that the statement is to bind, None without one."""
    top = name.partition(".")[0]
    values = (space.get(top) for space in spaces if isinstance(space, dict))
    return next((value for value in values if isinstance(value, View)), None)


def _passage(name: str, wanted: Sequence[str], known: View | None) -> ModuleType | None:
    """The view that the import statement gets, None where its way leads to no stand-in.

    It goes on showing what the view that was `known` there shows.
    """
    ends = [one for one in layers.stood_in_below(name) if _leads(name, wanted, one)]
    if not ends:
        return None
    frame = statements.statement(name, sys._getframe(2))  # noqa: SLF001 - the statement's, which called `__import__`
    if frame is None:
        return None
    found: dict[str, ModuleType] = {}
    for module in ends:
        layer = layers.innermost(module)
        made = layer.stand_in(module, frame) if layer is not None else None
        if made is not None:
            statements.note(frame)
            found[module] = made
            if layer is not None and not wanted:
                layer.stand_in(name, frame)  # the statement may name something below it
    if not found:
        return None
    start = name if wanted else name.partition(".")[0]
    if known is not None:
        found = {**vars(known)["_found"], **found}
    others = [one for one in wanted if not any(f"{module}.".startswith(f"{name}.{one}.") for module in found)]
    return _view(start, found, others)


def _leads(name: str, wanted: Sequence[str], module: str) -> bool:
    """Whether an import of `name`, or of what is `wanted` from it, leads through a package to `module`."""
    if not wanted:
        return f"{name}.".startswith(f"{module}.")
    return any(f"{module}.".startswith(f"{name}.{one}.") for one in wanted)


def _view(name: str, found: Mapping[str, ModuleType], others: Sequence[str] = ()) -> ModuleType:
    more: dict[str, ModuleType] = {}
    for module, made in found.items():
        child, _, deeper = module.removeprefix(f"{name}.").partition(".")
        if module.startswith(f"{name}."):
            more[child] = _view(f"{name}.{child}", found) if deeper else made
    return View(name, _package(name, others), more, found)


def _package(name: str, others: Sequence[str]) -> ModuleType | None:
    """The package itself, with those of its modules imported that the statement wants beside; None without one."""
    try:
        package = importlib.import_module(name)
    except ModuleNotFoundError as error:
        if error.name is not None and f"{name}.".startswith(f"{error.name}.") and not others:
            return None
        raise
    for one in others:
        if not hasattr(package, one):
            try:
                importlib.import_module(f"{name}.{one}")
            except ModuleNotFoundError as error:
                if error.name != f"{name}.{one}":
                    raise
    return package
