"""The proposed table's place in an existing file: every byte that was there stays, which is checked by parsing.

The table is added as text. A file whose `tool` takes no further table by a header (an inline table) gets none.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from gating.policy.positions import locate

__all__ = ["placed"]


def placed(before: str, table: str) -> str | None:
    """The file's text with the table in it, None where no place will do.

    `before` is TOML. The table comes behind the last table of `[tool]`, or at the end, in the file's own line
    breaks; a file that ends without one still does.
    """
    newline = "\r\n" if "\r\n" in before else "\n"
    table = table.replace("\n", newline)
    for text in _ways(before, table, newline):
        if _says_the_same(before, text, table):
            return text
    return None


def _ways(before: str, table: str, newline: str) -> Iterator[str]:
    at = _behind_tools(before)
    if at is not None:
        gap = _blank_lines_at_end(before[:at])
        yield before[:at] + newline * (not gap) + table + newline * max(gap, 1) + before[at:]
    if before and not before.endswith("\n"):
        yield before + newline * 2 + table.removesuffix(newline)
    else:
        is_apart = not before or _blank_lines_at_end(before)
        yield before + newline * (not is_apart) + table


def _behind_tools(text: str) -> int | None:
    """Where the header stands that ends the last of the `[tool]` tables, comments above it included."""
    places = sorted((place[:2], path) for path, place in locate(text).items() if path)
    last = max((place for place, path in places if path[0] == "tool"), default=None)
    following = next((place for place, _ in places if last is not None and place > last), None)
    if following is None:
        return None
    lines = re.findall(r"[^\n]*\n|[^\n]+", text)
    line = following[0] - 1
    while line and lines[line - 1].startswith("#"):
        line -= 1
    return sum(map(len, lines[:line]))


def _blank_lines_at_end(text: str) -> int:
    found = re.search(r"(?:(?<=\n)|\A)(?:[ \t]*\r?\n)+\Z", text)
    return found[0].count("\n") if found else 0


def _says_the_same(before: str, text: str, table: str) -> bool:
    """Whether the text says what it said before, and what the table says, and nothing else."""
    import tomllib

    def loaded(source: str) -> dict[str, Any]:
        return tomllib.loads(source, parse_float=str)  # as written: a nan is equal to nothing

    try:
        old, new, added = loaded(before), loaded(text), loaded(table)
    except tomllib.TOMLDecodeError:
        return False
    tools = new.get("tool")
    if not isinstance(tools, dict) or tools.pop("gating", None) != added["tool"]["gating"]:
        return False
    if not tools and "tool" not in old:
        del new["tool"]
    return new == old
