"""The table of needs in a policy file: lines put into it, or the table itself; every byte that was there stays."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from gating.adopt.layout import toml
from gating.adopt.sections import Line, Section
from gating.policy.positions import locate
from gating.policy.reading import KeyPath

__all__ = ["lines_of", "with_needs"]

_NEEDS = "needs"
_COMMENT = "learned by `optional.learn`: which tests need which optional dependency"


def lines_of(needs: Mapping[str, Sequence[str]], prefix: tuple[str, ...]) -> str:
    """The table as it would stand in a file that has none; `prefix` is where the policy stands in that file."""
    return toml([_section(needs)], prefix)


def with_needs(before: str, needs: Mapping[str, Sequence[str]], prefix: tuple[str, ...]) -> str | None:
    """The file's text with these lines in its table of needs, None where no place will do.

    `before` is TOML with a policy under `prefix`. The lines come last in the table; a table of its own comes behind
    the policy's last. Line breaks are the file's own.
    """
    newline = "\r\n" if "\r\n" in before else "\n"
    for text in _ways(before, needs, prefix, newline):
        if _says_so(before, text, needs, prefix):
            return text
    return None


def _ways(before: str, needs: Mapping[str, Sequence[str]], prefix: tuple[str, ...], newline: str) -> Iterator[str]:
    table = lines_of(needs, prefix).replace("\n", newline)
    places = {path: place[:2] for path, place in locate(before).items() if path}
    path = (*prefix, _NEEDS)
    end = "" if not before or before.endswith("\n") else newline
    if path in places:
        at = _end_of(before, path, places)
        lines = table.partition("\n")[2]
        yield before[:at] + ("" if before[:at].endswith("\n") else newline) + lines + before[at:]
        return
    at = _end_of(before, prefix, places)
    start = before[:at] + ("" if before[:at].endswith("\n") else newline)
    yield start + newline + table + before[at:]
    yield before + end + newline + table


def _end_of(text: str, table: tuple[str, ...], places: Mapping[KeyPath, tuple[int, int]]) -> int:
    """Where the last line of the table, or of one in it, ends; blank lines and comments below it are not its own."""
    inside = {place for path, place in places.items() if path[: len(table)] == table}
    last = max(inside, default=(0, 0))
    following = min((place for place in places.values() if place > last and place not in inside), default=None)
    lines = re.findall(r"[^\n]*\n|[^\n]+", text)
    line = len(lines) if following is None else following[0] - 1
    least = last[0]
    while line > least and (not lines[line - 1].strip() or lines[line - 1].startswith("#")):
        line -= 1
    return sum(map(len, lines[:line]))


def _section(needs: Mapping[str, Sequence[str]]) -> Section:
    lines = tuple(Line(key=glob, value=tuple(names)) for glob, names in sorted(needs.items()))
    return Section(path=(_NEEDS,), lines=lines, comment=_COMMENT)


def _says_so(before: str, text: str, needs: Mapping[str, Sequence[str]], prefix: tuple[str, ...]) -> bool:
    """Whether the text says what it said before, and these needs, and nothing else."""
    import tomllib

    def loaded(source: str) -> dict[str, Any]:
        return tomllib.loads(source, parse_float=str)  # as written: a nan is equal to nothing

    try:
        old, new = loaded(before), loaded(text)
    except tomllib.TOMLDecodeError:
        return False
    policy: Any = old
    for key in prefix:
        policy = policy.setdefault(key, {})
    table = policy.setdefault(_NEEDS, {})
    if not isinstance(table, dict) or not table.keys().isdisjoint(needs):
        return False
    table.update({glob: list(names) for glob, names in needs.items()})
    return new == old
