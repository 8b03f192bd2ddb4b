"""Naming: what a test or a module says that it needs, by its marks, its source, and the policy's globs."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache
from typing import TYPE_CHECKING

from gating.errors import UsageError
from gating.policy.globs import fits, fits_all_of
from gating.testing.source import Said, read

if TYPE_CHECKING:
    import pytest

    from gating.policy import Policy

__all__ = ["Naming", "lines_of"]


class Naming:
    """The needs of the tests of one run. Globs are of ids as pytest prints them, or from the policy's folder."""

    def __init__(self, policy: Policy, config: pytest.Config) -> None:
        self._globs = policy.needs
        self._root = os.path.realpath(policy.root)
        self._functions = tuple(config.getini("python_functions"))
        self._classes = tuple(config.getini("python_classes"))
        self._read = lru_cache(maxsize=4096)(self._read_now)

    def of_item(self, item: pytest.Item) -> tuple[str, ...]:
        """What a test needs. Raises `UsageError` for a mark that is none."""
        module, colons, rest = item.nodeid.partition("::")
        from_root = f"{self._from_root(item.path) or module}{colons}{rest}"
        lines = (
            *lines_of(item.iter_markers("needs")),
            *self._by_glob(fits, item.nodeid, from_root),
            *self.said_in(item.path).needs,
        )
        return tuple(dict.fromkeys(lines))

    def of_module(self, node: pytest.Collector) -> tuple[str, ...]:
        """What every test of a file that has not been imported needs."""
        paths = [one for one in (node.nodeid, self._from_root(node.path)) if one]
        return tuple(dict.fromkeys((*self.said_in(node.path).needs, *self._by_glob(fits_all_of, *paths))))

    def said_in(self, path: os.PathLike[str]) -> Said:
        """What a file says before it is imported; only a Python file says anything."""
        return self._read(os.fspath(path)) if os.fspath(path).endswith(".py") else Said()

    def _by_glob(self, fitting: Callable[[str, str], bool], *ids: str) -> Iterator[str]:
        for glob, lines in self._globs.items():
            if any(fitting(glob, one) for one in ids):
                yield from lines

    def _read_now(self, path: str) -> Said:
        return read(path, functions=self._functions, classes=self._classes)

    def _from_root(self, path: os.PathLike[str]) -> str | None:
        """The path from the policy's folder, None where it lies outside."""
        real = os.path.realpath(path)
        return real[len(self._root) + 1 :].replace(os.sep, "/") if real.startswith(self._root + os.sep) else None


def lines_of(marks: Iterable[pytest.Mark]) -> tuple[str, ...]:
    """The requirements of `needs` marks. Raises `UsageError` for one that has none, or something else."""
    lines: list[str] = []
    for mark in marks:
        if mark.kwargs or not mark.args or not all(isinstance(one, str) for one in mark.args):
            given = ", ".join([*map(repr, mark.args), *(f"{key}={value!r}" for key, value in mark.kwargs.items())])
            raise UsageError(f"needs({given}) is no need; it is written as needs('torch>=2.2')")
        lines += mark.args
    return tuple(lines)
