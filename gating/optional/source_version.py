"""The `__version__` of a module, read from its source without running it; or from the module, where it is loaded."""

from __future__ import annotations

import os
import re
import sys

from gating.toolchain import metadata

TYPE_CHECKING = False
if TYPE_CHECKING:
    import ast
    from collections.abc import Callable

__all__ = ["contradiction", "loaded_version", "source_version"]

_NAME = "__version__"
_HOPS = 3  # from one file of a package to another that it takes its version from
_PLAIN = re.compile(r"""^__version__[ \t]*(?::[^=\n]+)?=[ \t]*["']([^"'\n]+)["']""", re.MULTILINE)
_known: dict[str, tuple[int, int, str | None]] = {}
_glanced: dict[str, tuple[int, int, str | None]] = {}


def loaded_version(module: str) -> str | None:
    """The `__version__` of a module that this process has loaded, None where there is none that is a text."""
    try:
        told = object.__getattribute__(sys.modules[module], "__dict__").get(_NAME)
    except Exception:  # noqa: BLE001 - anything may stand in sys.modules
        return None
    return told if type(told) is str else None


def source_version(path: str | None) -> str | None:
    """The text that a module's file assigns to `__version__`, or takes from a file beside it; None for none.

    Only what is plainly written counts; a version that is worked out when the module runs is not known.
    """
    return _remembered(path, _known, lambda file: _read(file, _NAME, _HOPS))


def contradiction(found: str, *, path: str | None, told: str | None = None) -> str | None:
    """The `__version__` of a module where it is another than `found`, its metadata's; None where it is not.

    `told` is what the module itself said, None where it was not asked. The source is glanced at before it is
    parsed, since nearly all agree and some are long.
    """
    if told is not None:
        return told if _differ(told, found) else None
    glance = _remembered(path, _glanced, _glance)
    if glance is None or not _differ(glance, found):
        return None
    told = source_version(path)
    return told if told is not None and _differ(told, found) else None


def _differ(told: str, found: str) -> bool:
    """Whether they are two versions; a local part (`+cu121`) on one side alone makes no other."""
    one, other = (text.strip().lower().removeprefix("v") for text in (told, found))
    if one == other:
        return False
    from packaging.version import InvalidVersion, Version

    try:
        first, second = Version(one), Version(other)
    except InvalidVersion:
        return False  # a word, or a placeholder; nothing that could be held against the metadata
    if first.local is None or second.local is None:
        return Version(first.public) != Version(second.public)
    return first != second


def _remembered(
    path: str | None, known: dict[str, tuple[int, int, str | None]], read: Callable[[str], str | None]
) -> str | None:
    if path is None or not path.endswith(".py"):
        return None
    try:
        status = os.stat(path)
    except (OSError, ValueError):  # ValueError: a NUL in it
        return None
    one = known.get(path)
    if one is None or one[:2] != (status.st_mtime_ns, status.st_size):
        one = known[path] = (status.st_mtime_ns, status.st_size, read(path))
    return one[2]


def _glance(path: str) -> str | None:
    told = _PLAIN.findall(metadata.text(path) or "")
    return told[-1] if told else None


def _read(path: str, name: str, hops: int) -> str | None:
    source = metadata.text(path)
    if source is None or name not in source:
        return None
    import ast
    import warnings

    try:
        with warnings.catch_warnings(action="ignore"):
            tree = ast.parse(source)
    except (MemoryError, RecursionError, SyntaxError, ValueError):
        return None
    told: str | None = None
    for statement in tree.body:
        told = _told(statement, path, name, hops) or told
    return told


def _told(statement: ast.stmt, path: str, name: str, hops: int) -> str | None:
    import ast

    match statement:
        case ast.Assign(targets=targets, value=ast.Constant(value=str(told))):
            return told if any(isinstance(one, ast.Name) and one.id == name for one in targets) else None
        case ast.AnnAssign(target=ast.Name(id=target), value=ast.Constant(value=str(told))) if target == name:
            return told
        case ast.ImportFrom(module=str(module), names=names, level=1) if hops > 1:
            for alias in names:
                if (alias.asname or alias.name) == name:
                    file = os.path.join(os.path.dirname(path), *module.split("."))
                    return _read(f"{file}.py", alias.name, hops - 1)
    return None
