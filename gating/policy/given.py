"""What is given from outside the file: arguments by dotted key, and the `GATING_*` variables.

A variable's name is the key's path in capitals (`GATING_COVERAGE_FAIL_UNDER`). Only keys that the policy's
form knows have one, and below the names that the file itself has: `GATING_TOOLS_GIT_NEED` where it has a `git`.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from typing import Any

from gating.policy.kinds import Kind
from gating.policy.model import POLICY
from gating.policy.reading import Given, KeyPath, Mistake, dotted, nearest
from gating.policy.tables import Map, Table

__all__ = ["arguments", "variable_name", "variables"]

_PART = re.compile(r"\s*(?:\"([^\"]*)\"|'([^']*)'|([^.\"'\s][^.\"']*?))\s*(?:\.|$)")


def arguments(overrides: Mapping[str, object]) -> tuple[dict[KeyPath, Given], list[Mistake]]:
    """Read arguments such as `{"coverage.fail-under": 90, 'tools."g++".need': "ci"}` by the key they set.

    A table sets the keys that it has.
    """
    found: dict[KeyPath, Given] = {}
    mistakes: list[Mistake] = []
    for name, value in overrides.items():
        _place(_split(name), Given("argument", name, _toml(value)), found, mistakes)
    return found, mistakes


def variables(asked: Mapping[str, str], table: Any) -> tuple[dict[KeyPath, Given], list[Mistake], tuple[str, ...]]:
    """Read variables by the key that they set; `table` is the file's, whose names they may use.

    Also gives the mistakes (two keys that share a variable which is set) and a note for each unknown variable.
    """
    found: dict[KeyPath, Given] = {}
    mistakes: list[Mistake] = []
    notes: list[str] = []
    keys: dict[str, list[tuple[KeyPath, KeyPath]]] = {}
    for named, path in _settings(POLICY, table, ()):
        keys.setdefault(variable_name(named), []).append((named, path))
    for variable in sorted(asked):
        given = Given("environment", variable, asked[variable])
        match keys.get(variable, []):
            case []:
                meant = nearest(variable, keys)
                hint = f"; did you mean {meant}?" if meant else ""
                notes.append(f"{variable} is set, but no such variable is known{hint}")
            case [(_, path)]:
                found[path] = given
            case several:
                names = " and ".join(dotted(named) for named, _ in several)
                mistakes.append(Mistake(several[0][1], f"names {names} alike", given=given, allowed="one key's name"))
    return found, mistakes, tuple(notes)


def variable_name(path: KeyPath) -> str:
    """The variable of a key: `("coverage", "fail-under")` is `GATING_COVERAGE_FAIL_UNDER`."""
    return "GATING_" + "_".join(re.sub(r"[^A-Z0-9]", "_", str(key).upper()) for key in path)


def _settings(kind: Kind[Any], raw: Any, path: KeyPath) -> Iterator[tuple[KeyPath, KeyPath]]:
    """Each key that a variable can set: what it is called, and its path. They differ for a shorthand."""
    known = raw if isinstance(raw, dict) else {}
    if isinstance(kind, Table):
        if kind.shorthand:
            yield path, (*path, kind.shorthand)
        for key, each in kind.entries.items():
            yield from _settings(each.kind, known.get(key), (*path, key))
    elif isinstance(kind, Map):
        for name, value in known.items():
            yield from _settings(kind.item, value, (*path, name))
    else:
        yield path, path


def _place(path: KeyPath, given: Given, found: dict[KeyPath, Given], mistakes: list[Mistake]) -> None:
    """Note an argument under its key, or under each key of the table that it is."""
    kind: Kind[Any] | None = POLICY
    for depth, key in enumerate(path):
        known = kind.entries if isinstance(kind, Table) else None
        kind = kind.item if isinstance(kind, Map) else known[str(key)].kind if known and key in known else None
        if kind is None:
            message = f"{dotted(path[: depth + 1])} is no known key"
            meant = nearest(str(key), known) if known else None
            allowed = "the keys " + ", ".join(known) if known else None
            mistakes.append(Mistake(path, message, given=given, allowed=allowed, nearest=meant))
            return
    if isinstance(kind, Table | Map) and isinstance(given.value, Mapping):
        for key, value in given.value.items():
            _place((*path, str(key)), given._replace(value=_toml(value)), found, mistakes)
    elif isinstance(kind, Table) and kind.shorthand:
        found[(*path, kind.shorthand)] = given
    elif isinstance(kind, Table | Map):
        mistakes.append(Mistake(path, f"{dotted(path)} is a table", given=given, allowed="the name of a key in it"))
    else:
        found[path] = given


def _split(name: object) -> KeyPath:
    """The keys of a dotted name; a key with dots in it is quoted, as in TOML."""
    text = str(name)
    parts: list[str] = []
    position = 0
    while position < len(text):
        part = _PART.match(text, position)
        if part is None:
            return (text,)
        parts.append(next(group for group in part.groups() if group is not None))
        position = part.end()
    return tuple(parts) or (text,)


def _toml(value: object) -> object:
    """A Python value as TOML would have it: a path or a Decimal is its text."""
    if isinstance(value, bool | int | float | str | list | tuple | Mapping):
        return value
    return os.fspath(value) if isinstance(value, os.PathLike) else str(value)
