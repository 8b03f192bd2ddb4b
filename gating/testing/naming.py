"""Naming: what a test or a module says that it needs, by its marks, its source, and the policy's globs."""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Iterable, Iterator
from functools import lru_cache
from typing import TYPE_CHECKING

from gating.errors import UsageError
from gating.policy.globs import fits, fits_all_of
from gating.testing.source import names_of_tests, needs_in

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
        self._from_root = lru_cache(maxsize=4096)(self._from_root_now)
        self._said_in = lru_cache(maxsize=4096)(_said_in)

    def of_item(self, item: pytest.Item) -> tuple[str, ...]:
        """What a test needs. Raises `UsageError` for a mark that is none."""
        lines = dict.fromkeys(lines_of(item.iter_markers("needs")))
        if not hasattr(item, "function"):  # a doctest has none of its module's marks
            lines |= dict.fromkeys(self._said_in(os.fspath(item.path)))
        if self._globs:
            module, colons, rest = item.nodeid.partition("::")
            from_root = self._from_root(os.fspath(item.path)) or module
            lines |= dict.fromkeys(self._by_glob(fits, {item.nodeid, f"{from_root}{colons}{rest}"}))
        return tuple(lines)

    def of_module(self, node: pytest.Collector) -> tuple[str, ...]:
        """What every test of a file that has not been imported needs."""
        path = os.fspath(node.path)
        ids = {one for one in (node.nodeid, self._from_root(path)) if one}
        return tuple(dict.fromkeys((*self._said_in(path), *self._by_glob(fits_all_of, ids))))

    def tests_of(self, node: pytest.Collector) -> tuple[str, ...]:
        """The ids of the tests that a file names, as far as they are known without importing it."""
        source = _content(os.fspath(node.path))
        names = names_of_tests(source, functions=self._functions, classes=self._classes)
        return tuple(f"{node.nodeid}::{name}" for name in names)

    def _by_glob(self, fitting: Callable[[str, str], bool], ids: Collection[str]) -> Iterator[str]:
        for glob, lines in self._globs.items():
            if any(fitting(glob, one) for one in ids):
                yield from lines

    def _from_root_now(self, path: str) -> str | None:
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


def _said_in(path: str) -> tuple[str, ...]:
    return needs_in(_content(path))


def _content(path: str) -> bytes:
    """A Python file's bytes, none where it is something else or cannot be read."""
    if not path.endswith(".py"):
        return b""
    try:
        with open(path, "rb") as stream:
            return stream.read()
    except OSError:
        return b""
