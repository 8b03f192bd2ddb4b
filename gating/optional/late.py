"""Late: what else lists modules and distributions, changed as soon as it is imported, and put back as it was.

Nothing is imported for its sake: `importlib.metadata` alone takes longer than all the rest of a start.
"""

from __future__ import annotations

import functools
import importlib
import os
import sys

from gating.optional import layers

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from importlib.machinery import ModuleSpec
    from types import ModuleType
    from typing import Any

__all__ = ["awaits", "install", "uninstall", "watched"]

_MISSING: Any = object()
_changes: list[Callable[[], object]] = []


def install() -> None:
    """Change those that are imported already."""
    for name, module in list(sys.modules.items()):
        if awaits(name) and module is not None:
            _change(name, module)


def uninstall() -> None:
    """Put everything back; what somebody else has changed since stays as they have it."""
    while _changes:
        _changes.pop()()


def awaits(name: str) -> bool:
    """Whether a module of this name is to be changed, also where it is another's own copy (`pip._vendor.…`)."""
    return name in _CHANGED or name.rpartition(".")[2] in _COPIED


def watched(spec: ModuleSpec) -> ModuleSpec:
    """The spec with a loader that changes the module once it is loaded."""
    if spec.loader is not None and hasattr(spec.loader, "exec_module"):
        spec.loader = _Watching(spec.loader)  # type: ignore[assignment]  # a loader by what it does
    return spec


class _Watching:
    """A loader that steps back before it loads, so that the module knows its own one only."""

    def __init__(self, loader: Any) -> None:
        self._loader = loader

    def create_module(self, spec: ModuleSpec) -> ModuleType | None:
        made: ModuleType | None = self._loader.create_module(spec)
        return made

    def exec_module(self, module: ModuleType) -> None:
        if module.__spec__ is not None:
            module.__spec__.loader = self._loader
        module.__loader__ = self._loader
        self._loader.exec_module(module)
        with layers.LOCK:
            if layers.hidden():
                _change(module.__name__, module)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._loader, name)


def _change(name: str, module: ModuleType) -> None:
    (_CHANGED.get(name) or _COPIED[name.rpartition(".")[2]])(module)


def _set(owner: Any, name: str, value: object) -> None:
    before = vars(owner)[name]

    def undo() -> None:
        if vars(owner).get(name) is value:
            setattr(owner, name, before)

    _changes.append(undo)
    setattr(owner, name, value)


def _util(module: Any) -> None:
    """`find_spec` has a name of its own for the function that the machinery has replaced, or for its replacement."""
    from gating.optional import machinery

    def undo() -> None:
        module._find_spec = machinery.found_spec  # noqa: SLF001 - as there

    _changes.append(undo)
    module._find_spec = machinery.hiding_spec  # noqa: SLF001


def _metadata(module: Any) -> None:
    """Distributions are listed without the hidden ones; whatever asks for one lists them first."""
    listed = vars(module.Distribution)["discover"]

    def discover(cls: Any, /, **asked: Any) -> Iterator[Any]:
        return (one for one in listed.__func__(cls, **asked) if not layers.hides_distribution(_name(one)))

    _set(module.Distribution, "discover", classmethod(discover))


def _name(distribution: Any) -> str:
    # the file's name tells it without reading the metadata
    known = getattr(distribution, "_normalized_name", None)
    return known if isinstance(known, str) and known else str(distribution.metadata["Name"] or "")


def _pkgutil(module: Any) -> None:
    """Modules are listed without the hidden ones; those below another folder than an import would take stay."""
    listed = module.iter_importer_modules

    @functools.wraps(listed)
    def iter_importer_modules(importer: Any, prefix: str = "") -> Iterator[tuple[str, bool]]:
        for name, is_package in listed(importer, prefix):
            if not _lists(importer, prefix, name):
                yield name, is_package

    _set(module, "iter_importer_modules", iter_importer_modules)


def _lists(importer: Any, prefix: str, name: str) -> bool:
    """Whether it is a hidden module that an importer lists, and not a namesake in a folder of its own."""
    if "." in prefix:
        return layers.hides(name)
    folder, own = getattr(importer, "path", None) or getattr(importer, "archive", None), name.removeprefix(prefix)
    if not isinstance(folder, str):
        return False
    if layers.hides(own) and folder in map(os.path.abspath, sys.path):
        return True
    return any(layers.hides(f"{parent}.{own}") and folder in _places(parent) for parent in layers.parents())


def _places(package: str) -> list[str]:
    return list(getattr(sys.modules.get(package), "__path__", ()))


def _pkg_resources(module: Any) -> None:
    """Its working set was listed when it was imported; what is looked for later, it lists by a function of its own."""
    listed = module.find_distributions

    def find_distributions(*given: Any, **named: Any) -> Iterator[Any]:
        return (one for one in listed(*given, **named) if not layers.hides_distribution(one.key))

    _set(module, "find_distributions", find_distributions)
    known = module.working_set
    _set(known, "by_key", {key: one for key, one in known.by_key.items() if not layers.hides_distribution(key)})
    shown = {
        entry: [key for key in keys if not layers.hides_distribution(key)] for entry, keys in known.entry_keys.items()
    }
    _set(known, "entry_keys", shown)


def _state(module: Any) -> None:
    """Gating's own look at what is installed reads plain files, and is told."""
    causes = {"absent": "it is made to look absent", "shimmed": "a stand-in is in its place"}
    for layer in layers.standing():
        for kind, cause in causes.items():
            for target in getattr(layer, kind):
                hidden = module.hide(target.distribution, target.modules, cause)
                _changes.append(functools.partial(module.show, hidden))


def _look(_: Any) -> None:
    importlib.import_module("gating.optional.hidden")  # it asks that one if it is there


_CHANGED: dict[str, Callable[[Any], None]] = {
    "gating.optional.hidden": _state,
    "gating.optional.state": _look,
    "importlib.metadata": _metadata,
    "importlib.util": _util,
    "pkgutil": _pkgutil,
}
_COPIED: dict[str, Callable[[Any], None]] = {"importlib_metadata": _metadata, "pkg_resources": _pkg_resources}
