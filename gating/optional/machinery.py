"""Machinery: Python's own import functions, made to find nothing of what is hidden, and put back as they were.

The import statement, `import_module`, `reload`, `find_spec`, `runpy` and the lazy loader all ask one function of
`importlib` for a module's spec, whatever finders there are. So that one is replaced rather than a finder added:
`sys.meta_path` stays as it is, and Python itself says "No module named …" in its own words.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable

from gating.optional import behind, late, layers, passages, statements

TYPE_CHECKING = False
if TYPE_CHECKING:
    from importlib.machinery import ModuleSpec
    from types import ModuleType
    from typing import Any

__all__ = ["found_spec", "hiding_spec", "install", "listeners", "look_again", "uninstall", "wait_for"]

listeners: list[Callable[[str], object]] = []  # told the name of each hidden module that is looked for in vain

_bootstrap: Any = sys.modules["_frozen_importlib"]
_external: Any = sys.modules["_frozen_importlib_external"]
found_spec: Callable[..., ModuleSpec | None] = _bootstrap._find_spec  # noqa: SLF001 - see above; there is no public one
_loaded: Callable[..., ModuleType] = _bootstrap._find_and_load  # noqa: SLF001
_on_path = vars(_external.PathFinder)["find_spec"]


def install() -> None:
    """Put the functions below in the place of Python's own; what is there already stays."""
    _bootstrap._find_spec = hiding_spec  # noqa: SLF001
    _bootstrap._find_and_load = _find_and_load  # noqa: SLF001
    _external.PathFinder.find_spec = classmethod(_find_on_path)
    late.install()
    passages.install()


def wait_for(modules: Iterable[str]) -> None:
    """Wait until other threads have finished to import these, as an import of them would."""
    for name in modules:
        _bootstrap._lock_unlock_module(name)  # noqa: SLF001 - there is no public one


def look_again() -> None:
    """Something else is hidden now: what was listed once is listed anew."""
    passages.uninstall()
    late.uninstall()
    late.install()
    passages.install()


def uninstall() -> None:
    """Put Python's own functions back."""
    passages.uninstall()
    late.uninstall()
    _external.PathFinder.find_spec = _on_path
    _bootstrap._find_and_load = _loaded  # noqa: SLF001
    _bootstrap._find_spec = found_spec  # noqa: SLF001


def hiding_spec(  # pragma: no cover - goes by another file's name, see below
    name: str, path: Any, target: ModuleType | None = None
) -> ModuleSpec | None:
    """What Python's own function finds, but nothing of what is hidden."""
    if layers.hides(name) and not behind.looking():
        statements.met()
        for told in listeners:
            told(name)
        return None
    spec = found_spec(name, path, target)
    return spec if spec is None or not late.awaits(name) else late.watched(spec)


def _find_and_load(name: str, import_: Any) -> ModuleType:  # pragma: no cover - as above
    if layers.hides(name) and not behind.looking():
        answered = statements.answer(name)
        if answered is not None:
            return answered
    return _loaded(name, import_)


def _find_on_path(cls: Any, fullname: str, path: Any = None, target: Any = None) -> ModuleSpec | None:
    if layers.hides(fullname) and not behind.looking():
        return None
    found: ModuleSpec | None = _on_path.__func__(cls, fullname, path, target)
    return found


# Python leaves frames of this file's name out of tracebacks of failed imports, and warnings are not counted as theirs
for _ours in (hiding_spec, _find_and_load):
    _ours.__code__ = _ours.__code__.replace(co_filename=_loaded.__code__.co_filename)
