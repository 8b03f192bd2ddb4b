"""What is proposed: lines of policy in sections, and the notes that say why each is there."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from gating.policy.model import POLICY
from gating.policy.quantities import Real
from gating.policy.reading import Cursor, KeyPath, Reading

__all__ = ["Line", "Part", "Section", "Value", "as_table", "sifted"]

Value = str | int | Real | Sequence[str] | Sequence[int] | dict[str, "Value"]


@dataclass(frozen=True, kw_only=True)
class Line:
    """One key of the policy with its value and the comment that stands behind it, if any."""

    key: str
    value: Value
    comment: str = ""


@dataclass(frozen=True, kw_only=True)
class Section:
    """One table of the policy: `path` is where it stands below `[tool.gating]`, empty for that table itself."""

    path: tuple[str, ...]
    lines: tuple[Line, ...]
    comment: str = ""


@dataclass(frozen=True, kw_only=True)
class Part:
    """What one reader of the project has to propose, and what it has to say about it, a line each."""

    sections: tuple[Section, ...] = ()
    notes: tuple[str, ...] = ()


def as_table(sections: Iterable[Section]) -> dict[str, Any]:
    """The sections as the table that they spell."""
    made: dict[str, Any] = {}
    for section in sections:
        table = made
        for key in section.path:
            table = table.setdefault(key, {})
        table.update({line.key: line.value for line in section.lines})
    return made


def sifted(sections: Iterable[Section]) -> Part:
    """The sections without what the policy itself would refuse; each refusal is a note.

    A tool, an optional dependency or a gate goes as a whole. What a project declares may be too strange for a
    policy (a marker that no machine can judge), and then the rest must not suffer from it.
    """
    kept = tuple(sections)
    notes: list[str] = []
    while True:
        reading = Reading()
        POLICY.read(as_table(kept), Cursor(reading))
        if not reading.mistakes:
            return Part(sections=kept, notes=tuple(notes))
        notes += [f"left out: {mistake.message}" for mistake in reading.mistakes]
        refused = {mistake.path[:2] for mistake in reading.mistakes}
        kept = tuple(one for section in kept if (one := _without(refused, section)).lines)


def _without(refused: set[KeyPath], section: Section) -> Section:
    return replace(section, lines=tuple(line for line in section.lines if (*section.path, line.key)[:2] not in refused))
