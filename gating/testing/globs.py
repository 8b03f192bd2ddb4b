"""Globs: which tests a pattern of `[tool.gating.needs]` means, such as `tests/test_frames.py::*`.

Before the first `::` stands a path, in which `*` stays within one folder and `**` does not; a lone `*` there is any
path. Behind it `*` is anything. Brackets stand for themselves, as they do in the ids of parametrised tests. A pattern
means what it names and all that is below: a folder's modules, a module's classes, a test's parameters.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import NamedTuple

__all__ = ["Glob", "Globs"]


class Glob(NamedTuple):
    """One pattern; `ids` matches the ids that it means, `whole` the paths of which it means every test."""

    ids: re.Pattern[str]
    whole: re.Pattern[str] | None

    @classmethod
    def of(cls, text: str) -> Glob:
        path, colons, rest = text.partition("::")
        in_path = ".*" if path == "*" else _path(path)
        if not colons:
            below = re.compile(rf"{in_path}(?:/.*|::.*)?", re.DOTALL)
            return cls(below, below)
        behind = re.escape(rest).replace(r"\*", ".*").replace(r"\?", ".")
        ids = re.compile(rf"{in_path}::{behind}(?:\[.*|::.*)?", re.DOTALL)
        return cls(ids, re.compile(in_path, re.DOTALL) if set(rest) <= {"*"} else None)


class Globs:
    """The policy's table, each pattern with the requirements of its tests."""

    def __init__(self, needs: Mapping[str, Sequence[str]]) -> None:
        self._needs = [(Glob.of(text), tuple(lines)) for text, lines in needs.items()]

    def of_test(self, *ids: str) -> tuple[str, ...]:
        """The requirements of a test that goes by these ids."""
        return tuple(line for one, lines in self._needs for line in lines if any(map(one.ids.fullmatch, ids)))

    def of_module(self, *paths: str) -> tuple[str, ...]:
        """The requirements of every test in a module that goes by these paths."""
        return tuple(
            line
            for one, lines in self._needs
            for line in lines
            if one.whole is not None and any(map(one.whole.fullmatch, paths))
        )


def _path(text: str) -> str:
    parts = re.split(r"(\*\*/?|\*|\?)", text.rstrip("/"))
    made = {"**": ".*", "**/": "(?:.*/)?", "*": "[^/]*", "?": "[^/]"}
    return "".join(made.get(part) or re.escape(part) for part in parts)
