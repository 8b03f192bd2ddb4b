"""Modules: where an import would find a module, without importing it or a package above it.

For this process its own finders are asked, as an import would; for another interpreter its folders are looked into
from outside, with what editable installs leave there.
"""

from __future__ import annotations

import os
import sys

from gating.tuples import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from typing import Any

    from gating.process.interpreter import Interpreter

__all__ = ["Module", "Places"]

_SHARED = ("extend_path", "declare_namespace")  # a package above that says so is spread over the path


class Module(NamedTuple):
    """A module that an import would find.

    `path` is its file or, of a namespace (PEP 420), its first folder; None where it has none, as a built-in one.
    `inside` are the folders that its submodules are found in, None where it is no package.
    """

    name: str
    path: str | None
    inside: tuple[str, ...] | None = None
    namespace: bool = False


class Places:
    """Where a Python finds modules and metadata: `interpreter`, or this process where that is None."""

    def __init__(self, interpreter: Interpreter | None) -> None:
        self.interpreter = interpreter
        self.folders: tuple[str, ...] = tuple(sys.path) if interpreter is None else interpreter.site
        self.python = sys.executable if interpreter is None else interpreter.executable

    def find(self, name: str) -> Module | None:
        """The module, None where an import would find none.

        Raises ImportError where a finder of this process refuses it.
        """
        found: Module | None = None
        done = ""
        for part in name.split("."):
            done = f"{done}.{part}" if done else part
            found = self._below(found, done) if found else self._top(done)
            if found is None:
                return None
        return found

    def _below(self, parent: Module, name: str) -> Module | None:
        loaded = sys.modules.get(parent.name) if self.interpreter is None else None
        inside = _own_path(loaded) or parent.inside
        if inside is None:
            return None
        found = self._in(inside, name) or self._in(self._spread(parent), name)
        return found or (_loaded(name) if self.interpreter is None else None)

    def _spread(self, parent: Module) -> tuple[str, ...]:
        """The other folders of a package that gathers itself from the whole path when it is imported."""
        from gating.toolchain.metadata import text

        told = text(parent.path) if parent.path and parent.path.endswith(".py") else None
        if told is None or not any(word in told for word in _SHARED):
            return ()
        return tuple(os.path.join(folder, *parent.name.split(".")) for folder in self.folders)

    def _top(self, name: str) -> Module | None:
        if self.interpreter is None:
            return _by_finders(name, None) or _loaded(name)
        if name in sys.builtin_module_names:
            return Module(name, None)
        return self._in((*self.folders, *_library(self.interpreter)), name) or _editable(name, self.folders)

    def _in(self, folders: Sequence[str], name: str) -> Module | None:
        if self.interpreter is None:
            return _by_finders(name, list(folders)) if folders else None
        return _in_folders(folders, name, self.interpreter.soabi)


def _loaded(name: str) -> Module | None:
    """A module that is loaded although no finder finds it (any more): an import would give it."""
    if sys.modules.get(name) is None:
        return None
    try:
        inside = object.__getattribute__(sys.modules[name], "__dict__")
        file = inside.get("__file__")
    except Exception:  # noqa: BLE001 - anything may stand in sys.modules
        return None
    return Module(name, file if isinstance(file, str) else None, _own_path(sys.modules[name]))


def _own_path(loaded: object) -> tuple[str, ...] | None:
    try:
        return tuple(map(str, object.__getattribute__(loaded, "__dict__")["__path__"])) or None
    except Exception:  # noqa: BLE001 - anything may stand in sys.modules
        return None


def _by_finders(name: str, inside: list[str] | None) -> Module | None:
    """What the finders of this process say, each asked as an import would ask it."""
    for finder in tuple(sys.meta_path):
        # a nested namespace's spec wants its parent imported, unless it is asked for by its last name
        asked = name.rpartition(".")[2] if getattr(finder, "__name__", "") == "PathFinder" else name
        try:
            spec = finder.find_spec(asked, inside, None)
        except ImportError:
            raise
        except Exception:  # noqa: BLE001, S112 - a finder that cannot answer has found nothing
            continue
        if spec is not None:
            return _of_spec(name, spec)
    return None


def _of_spec(name: str, spec: Any) -> Module:
    inside = spec.submodule_search_locations
    origin = spec.origin if spec.has_location else None
    locations = None if inside is None else tuple(map(str, inside))
    by = type(spec.loader).__name__
    if locations is not None and spec.origin is None and by in {"NoneType", "NamespaceLoader", "_NamespaceLoader"}:
        return Module(name, locations[0] if locations else None, locations, namespace=True)
    return Module(name, origin, locations)


def _in_folders(folders: Sequence[str], name: str, soabi: str | None) -> Module | None:
    """What the path finder of that interpreter would find: the first package or module, else all of a namespace."""
    tail = name.rpartition(".")[2]
    portions = []
    for folder in folders:
        if os.path.isfile(folder):
            if (found := _archived(folder, name)) is not None:
                return found
            continue
        package = os.path.join(folder, tail)
        is_folder = os.path.isdir(package)
        if is_folder and (init := _file(os.path.join(package, "__init__"), soabi)):
            return Module(name, init, (package,))
        if file := _file(package, soabi):
            return Module(name, file)
        if is_folder:
            portions.append(package)
    return Module(name, portions[0], tuple(portions), namespace=True) if portions else None


def _file(stem: str, soabi: str | None) -> str | None:
    kinds = ("so", "pyd")
    native = (f".{tag}{kind}" for kind in kinds for tag in (f"{soabi}.", "abi3.", ""))
    return next((stem + end for end in (*native, ".py", ".pyc") if os.path.isfile(stem + end)), None)


def _archived(archive: str, name: str) -> Module | None:
    from gating.optional.installed import members

    inner = name.replace(".", "/")
    held = members(archive)
    for end in ("/__init__.py", "/__init__.pyc", ".py", ".pyc"):
        if inner + end in held:
            # submodules are found by their whole name in the same archive
            return Module(name, f"{archive}/{inner}{end}", (archive,) if "__init__" in end else None)
    return None


def _library(interpreter: Interpreter) -> tuple[str, ...]:
    """The folders of the standard library, as far as the prefix tells them."""
    if os.name == "nt":
        return (os.path.join(interpreter.base_prefix, "Lib"), os.path.join(interpreter.base_prefix, "DLLs"))
    minor = ".".join(interpreter.version.split(".")[:2])
    library = os.path.join(interpreter.base_prefix, "lib", f"python{minor}{'t' if interpreter.free_threaded else ''}")
    return (library, os.path.join(library, "lib-dynload"))


def _editable(name: str, folders: Sequence[str]) -> Module | None:
    """A module that a finder of setuptools' editable installs maps to a place of its own."""
    for place in _mapped(name, folders):
        if os.path.isdir(place):
            init = os.path.join(place, "__init__.py")
            regular = os.path.isfile(init)
            return Module(name, init if regular else place, (place,), namespace=not regular)
        if os.path.isfile(f"{place}.py"):
            return Module(name, f"{place}.py")
    return None


def _mapped(name: str, folders: Sequence[str]) -> Iterator[str]:
    from gating.toolchain.metadata import text

    for folder in folders:
        try:
            names = [one for one in os.listdir(folder) if one.startswith("__editable__") and one.endswith("_finder.py")]
        except OSError:
            continue
        for one in sorted(names):
            yield from _mapping(text(folder, one) or "", name)


def _mapping(source: str, name: str) -> Iterator[str]:
    import ast

    for line in source.splitlines():
        if line.startswith(("MAPPING", "NAMESPACES")):
            try:
                table = ast.literal_eval(line.partition("= ")[2])
            except (SyntaxError, ValueError):
                continue
            place = table.get(name) if isinstance(table, dict) else None
            yield from [place] if isinstance(place, str) else [one for one in place or () if isinstance(one, str)]
