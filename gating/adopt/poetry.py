"""The same of a project that still declares its dependencies in Poetry's own tables.

Format: python-poetry.org, "Dependency specification".
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from gating.adopt.settings import table

__all__ = ["developers", "extras", "python"]

_PLACE = "[tool.poetry.dependencies] python"


def python(data: Mapping[str, Any]) -> tuple[str, str] | None:
    """The specifier of the interpreter and where it stands, None where there is none that PEP 440 has a word for."""
    wanted = _version(table(data, "tool", "poetry", "dependencies").get("python"))
    return (wanted, _PLACE) if wanted else None


def extras(data: Mapping[str, Any]) -> dict[str, tuple[str, ...]]:
    """The requirements of each extra; a version that cannot be said in PEP 440 is left out."""
    known = table(data, "tool", "poetry", "dependencies")
    return {
        extra: tuple(f"{name}{_version(known.get(name))}" for name in names if isinstance(name, str))
        for extra, names in table(data, "tool", "poetry", "extras").items()
        if isinstance(names, list)
    }


def developers(data: Mapping[str, Any]) -> Iterator[tuple[str, tuple[str, ...]]]:
    """What developers install, by group."""
    yield "[tool.poetry.dev-dependencies]", _lines(table(data, "tool", "poetry", "dev-dependencies"))
    for group, found in table(data, "tool", "poetry", "group").items():
        if isinstance(found, dict) and isinstance(found.get("dependencies"), dict):
            yield f"[tool.poetry.group.{group}.dependencies]", _lines(found["dependencies"])


def _lines(found: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple(f"{name}{_version(wanted)}" for name, wanted in found.items())


def _version(wanted: Any) -> str:
    """A version as PEP 440 writes it, empty where any will do, or where it has no such form."""
    said = wanted.get("version") if isinstance(wanted, dict) else wanted
    text = said.strip() if isinstance(said, str) else ""
    if found := re.fullmatch(r"\^\s*(\d+(?:\.\d+)*)", text):
        return f">={found[1]},<{_next(found[1])}"
    clause = r"(?:[<>=!~]=|[<>])\s*[\w.*+]+"
    return text.replace(" ", "") if re.fullmatch(rf"{clause}(?:\s*,\s*{clause})*", text) else ""


def _next(version: str) -> str:
    """The first version that a caret excludes: the leftmost part that is not 0 grows by one."""
    parts = [int(part) for part in version.split(".")]
    place = next((place for place, part in enumerate(parts) if part), len(parts) - 1)
    return ".".join(map(str, [*parts[:place], parts[place] + 1]))
