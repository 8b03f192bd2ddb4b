"""Proposed optional dependencies: what the project's extras bring to its users."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from gating.adopt.declared import Declared, normalised, parsed_requirement
from gating.adopt.developer_extras import is_for_developers
from gating.adopt.sections import Line, Part, Section
from gating.adopt.seen import Seen
from gating.adopt.settings import texts

__all__ = ["propose_optional"]


class _Found(NamedTuple):
    """A distribution as an extra asks for it, in so many `lines`; `size` is the number of all lines of that extra."""

    name: str
    requires: str
    extra: str
    size: int
    lines: int

    @property
    def generality(self) -> tuple[bool, int]:
        """Least for an extra that is called like the distribution, then for one that brings little else."""
        return (normalised(self.extra) != normalised(self.name), self.size)


def propose_optional(seen: Seen) -> Part:
    """Propose a table of the distributions that users may leave out, each with the most specific extra for it."""
    declared = seen.declared
    chosen: dict[str, _Found] = {}
    notes = []
    for extra, lines in declared.extras.items():
        if is_for_developers(extra, lines, project=declared.name):
            notes.append(f"left out: the extra {extra}, which is for developers")
            continue
        for found in _distributions(extra, lines, declared):
            key = normalised(found.name)
            if key not in chosen or found.generality < chosen[key].generality:
                chosen[key] = found
    if "optional-dependencies" in texts(seen.table("project").get("dynamic")):
        notes.append("not read: the extras, which the build makes ([project] dynamic)")
    notes += [
        f"optional.{one.name}: the extra {one.extra} has {one.lines} lines for it, so no version is asked"
        for one in chosen.values()
        if one.lines > 1
    ]
    lines_made = tuple(
        Line(key=one.name, value={"requires": one.requires, "extra": one.extra}) for one in chosen.values()
    )
    if not lines_made:
        return Part(notes=tuple(notes))
    notes.insert(0, f"optional: {', '.join(line.key for line in lines_made)}: from the project's extras")
    comment = "where one is absent, checks degrade and say so"
    return Part(sections=(Section(path=("optional",), lines=lines_made, comment=comment),), notes=tuple(notes))


def _distributions(extra: str, lines: tuple[str, ...], declared: Declared) -> Iterator[_Found]:
    """What an extra brings. Not the project itself, whose other extras speak for themselves, nor what is always there.

    One entry can hold one requirement: where the extra has several for a distribution, any version will do.
    """
    asked: dict[str, list[str]] = {}
    for line in lines:
        one = parsed_requirement(line)
        if one is not None and normalised(one.name) not in {declared.name, *declared.always}:
            wanted = one.name if one.url else " ".join(line.split())
            asked.setdefault(one.name, []).append(wanted)
    for name, several in asked.items():
        requires = several[0] if len(several) == 1 else name
        yield _Found(name=name, requires=requires, extra=extra, size=len(lines), lines=len(several))
