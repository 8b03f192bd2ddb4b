"""Adapter: a module of the project's own that is loaded in the place of an absent one.

It goes by a private name, in whatever folder of the project it lies, so that it neither takes the absent module's
name nor is there under its own. Nothing of it stays in `sys.modules`.
"""

from __future__ import annotations

import importlib.util
import os
import sys
import traceback
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import Any

from gating.errors import UsageError
from gating.optional.standin import mark

__all__ = ["load_adapter"]

_loading: set[str] = set()


def load_adapter(dotted: str, for_module: str, roots: Sequence[str | Path] = ()) -> ModuleType:
    """Load the module `dotted` as the stand-in for `for_module`, afresh.

    It is searched for below `roots`, then below the folders of `sys.path`. It may be a package: its submodules are
    loaded when they are first asked for. Raises `UsageError`, with the file and the line, where there is none or it
    cannot be loaded; and ModuleNotFoundError where it imports `for_module` itself.
    """
    if dotted in _loading:
        raise ModuleNotFoundError(f"No module named {for_module!r}; {dotted} stands in for it", name=for_module)
    folders = [os.path.realpath(folder) for folder in (*roots, *sys.path)]
    file = next(filter(None, (_file(folder, dotted) for folder in folders)), None)
    if file is None:
        raise UsageError(f"there is no module {dotted!r} in the project that could stand in for {for_module!r}")
    package, _, last = dotted.rpartition(".")
    private = f"_gating_stand_in_{last}"
    _loading.add(dotted)
    try:
        return _load(file, f"{package}.{private}" if package else private, for_module)
    finally:
        _loading.discard(dotted)


class _Adapter(ModuleType):
    """A loaded adapter; what it does not define may be a submodule of it."""

    def __getattr__(self, name: str) -> Any:
        where = vars(self)
        for folder in where.get("__path__") or ():
            file = _file(folder, name) if name.isidentifier() and not name.startswith("__") else None
            if file is not None:
                # what its siblings import of it while it is loaded is found under the private names
                with _present({self.__name__: self}):
                    made = _load(file, f"{self.__name__}.{name}", f"{where['__gating_for__']}.{name}")
                return where.setdefault(name, made)
        raise AttributeError(
            f"{where.get('__file__')}, which stands in for {where.get('__gating_for__')}, has no {name!r}",
            name=name,
            obj=self,
        )


def _file(folder: str, dotted: str) -> str | None:
    base = os.path.join(folder, *dotted.split("."))
    return next(filter(os.path.isfile, (os.path.join(base, "__init__.py"), f"{base}.py")), None)


def _load(file: str, name: str, for_module: str) -> ModuleType:
    within = [os.path.dirname(file)] if os.path.basename(file) == "__init__.py" else None
    spec = importlib.util.spec_from_file_location(name, file, submodule_search_locations=within)
    if spec is None or spec.loader is None:
        raise UsageError(f"{file} is no Python module that could stand in for {for_module!r}")
    made = importlib.util.module_from_spec(spec)
    made.__class__ = _Adapter
    vars(made)["__gating_for__"] = for_module
    try:
        with _present({name: made}):
            spec.loader.exec_module(made)
    except (Exception, SystemExit) as error:
        place = f"{file}:{_line(error, file)}"
        told = f"{type(error).__name__}: {error}".partition("\n")[0]
        raise UsageError(f"{place}: what stands in for {for_module!r} cannot be loaded: {told}") from error
    return mark(made)


@contextmanager
def _present(modules: dict[str, ModuleType]) -> Iterator[None]:
    """Put modules into `sys.modules` for a while, and take their submodules out as well afterwards."""
    added = {name: one for name, one in modules.items() if name not in sys.modules}
    sys.modules.update(added)
    try:
        yield
    finally:
        for name in [one for one in sys.modules if any(one == top or one.startswith(f"{top}.") for top in added)]:
            del sys.modules[name]


def _line(error: BaseException, file: str) -> int:
    if isinstance(error, SyntaxError) and error.filename == file:
        return error.lineno or 1
    steps = traceback.extract_tb(error.__traceback__)
    return next((step.lineno or 1 for step in reversed(steps) if step.filename == file), 1)
