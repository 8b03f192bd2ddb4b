"""Sources: what the project's own source says of an import, so that the import site decides what it gets."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from enum import StrEnum, auto
from pathlib import Path

from gating.optional.reading import said_by

__all__ = ["Site", "Sources"]

# folders that hold other people's code, or none, wherever they are
_INSTALLED = {"site-packages", "dist-packages", "node_modules", ".venv", ".nox", ".tox", ".eggs"}
_KEPT = {"__pycache__", ".git", ".hg", ".svn", ".gating", ".hypothesis", ".mypy_cache", ".pytest_cache", ".ruff_cache"}
_BUILT = frozenset({"build", "dist"})  # at the top of a tree; a package may have these names


class Site(StrEnum):
    """An import site: of the project's own code without a guard, with one, or of other code."""

    BARE = auto()
    GUARDED = auto()
    FOREIGN = auto()


class Sources:
    """The Python files below some folders, without those of virtual environments, caches and builds in them."""

    def __init__(self, roots: Sequence[str | Path]) -> None:
        self._roots = tuple(dict.fromkeys(os.path.realpath(root) for root in roots))
        self._own: dict[str, bool] = {}

    def site(self, filename: str, lineno: int, module: str) -> Site:
        """What the import of `module` is that runs at a line of a file; `FOREIGN` where the file does not tell.

        `module` may be dotted; an import of one of its parents or children is one of it.
        """
        try:
            path = os.path.realpath(filename)
        except (OSError, ValueError):
            return Site.FOREIGN
        said = said_by(path) if self.is_own(path) else None
        if said is None:
            return Site.FOREIGN
        for one in said.imports:
            if one.first <= lineno <= one.last and any(_related(name, module) for name in one.names):
                return Site.GUARDED if one.guarded else Site.BARE
        return Site.FOREIGN

    def names(self, module: str) -> frozenset[str]:
        """The dotted names, relative to `module`, of what the sources use of it: `nn`, `nn.Module`, `float32`."""
        lead = f"{module}."
        mention = module.partition(".")[0].encode()
        found = (
            name.removeprefix(lead)
            for path in self._files()
            if _mentions(path, mention) and (said := said_by(path)) is not None
            for name in said.names
            if name.startswith(lead)
        )
        return frozenset(part for name in found for part in _prefixes(name))

    def is_own(self, path: str) -> bool:
        """Whether a real path is one of the project's own."""
        return any(self._within(os.path.dirname(path), root) for root in self._roots)

    def _within(self, folder: str, root: str) -> bool:
        """Whether a folder is the root, or lies below it with nothing of others in between."""
        if folder == root:
            return True
        above = os.path.dirname(folder)
        if above == folder or not folder.startswith(root.rstrip(os.sep) + os.sep):
            return False
        key = f"{root}\0{folder}"
        if key not in self._own:
            self._own[key] = self._within(above, root) and not _is_others(folder, top=above == root)
        return self._own[key]

    def _files(self) -> Iterator[str]:
        waiting = list(self._roots)
        while waiting:
            folder = waiting.pop()
            try:
                entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
            except OSError:
                continue
            for entry in entries:
                if entry.is_dir(follow_symlinks=False):
                    if not _is_others(entry.path, top=folder in self._roots):
                        waiting.append(entry.path)
                elif entry.name.endswith(".py"):
                    yield entry.path


def _is_others(folder: str, *, top: bool) -> bool:
    name = os.path.basename(folder)
    if name in _INSTALLED | _KEPT or (
        top and name in _BUILT and not os.path.exists(os.path.join(folder, "__init__.py"))
    ):
        return True
    return os.path.exists(os.path.join(folder, "pyvenv.cfg"))


def _mentions(path: str, mention: bytes) -> bool:
    try:
        with open(path, "rb") as file:
            return mention in file.read()
    except OSError:
        return False


def _related(name: str, module: str) -> bool:
    return name == module or name.startswith(f"{module}.") or module.startswith(f"{name}.")


def _prefixes(name: str) -> Iterator[str]:
    parts = name.split(".")
    for end, part in enumerate(parts, 1):
        if not part.isidentifier() or (part.startswith("__") and part.endswith("__")):
            return
        yield ".".join(parts[:end])
