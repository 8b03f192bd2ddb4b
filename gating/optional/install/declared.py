"""Declared: the optional dependencies that a project names itself, and every requirement it puts to each.

They are those of the policy's `[optional]`, of the extras in pyproject.toml, and of its dependency groups (PEP 735).
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from gating.errors import UsageError, meant
from gating.optional.asked import Asked, asked_by, normalise
from gating.words import Need

if TYPE_CHECKING:
    from packaging.requirements import Requirement

    from gating.policy import Policy

__all__ = ["Wanted", "Where", "declared"]


@dataclass(frozen=True, kw_only=True)
class Where:
    """One line of a requirement (PEP 508) and where the project has it: `the extra train`, `the policy`."""

    line: str
    place: str


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """One optional dependency: what it is looked at as, and the lines that all hold for it.

    `why` and `when` are the policy's; `in_policy` is False for one that only an extra or a group names.
    """

    name: str
    asked: Asked
    lines: tuple[Where, ...]
    need: Need = Need.OPTIONAL
    why: str | None = None
    when: str | None = None
    in_policy: bool = True


@dataclass(frozen=True, kw_only=True)
class _Project:
    """The lines of pyproject.toml, by the extra or group that has them; `name` is the project's own, normalised."""

    name: str = ""
    extras: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    groups: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


def declared(policy: Policy, names: Sequence[str] = ()) -> tuple[Wanted, ...]:
    """The optional dependencies that `names` asks for, each once; all of the policy's where it names none.

    A name is a key of the policy's `[optional]`, its distribution or module, a distribution that an extra or a group
    lists, or the name of an extra or a group, which is all that it lists.

    Raises `UsageError` for a name that the project does not declare.
    """
    project = _project(policy)
    known = {name: _of_policy(name, policy, project) for name in policy.optional}
    if not names:
        return tuple(known.values())
    found: dict[str, Wanted] = {}
    for name in names:
        for one in _named(name, known, project):
            found.setdefault(normalise(one.asked.distribution), one)
    return tuple(found.values())


def _named(name: str, known: Mapping[str, Wanted], project: _Project) -> list[Wanted]:
    same = normalise(name)
    by_policy = [one for one in known.values() if same in {normalise(one.name), normalise(one.asked.distribution)}]
    if found := by_policy or [one for one in known.values() if name == one.asked.module]:
        return found[:1]
    if lines := _lines_of(same, project):
        return [_wanted(lines)]
    for sections in (project.extras, project.groups):
        if same in sections:
            listed = dict.fromkeys(one for line in sections[same] if (one := _name_of(line)))
            return [_named(one, known, project)[0] for one in listed]
    raise UsageError(_unknown(name, known, project))


def _of_policy(name: str, policy: Policy, project: _Project) -> Wanted:
    entry = policy.optional[name]
    asked = asked_by(name, entry)
    own = Where(line=entry.requires or name, place="the policy")
    listed = _lines_of(normalise(asked.distribution), project, normalise(entry.extra) if entry.extra else None)
    more = [one for one in listed if one.line != own.line]
    return Wanted(name=name, asked=asked, lines=(own, *more), need=entry.need, why=entry.why, when=entry.when)


def _wanted(lines: Sequence[Where]) -> Wanted:
    """One that the policy does not have."""
    name = re.split(r"[^A-Za-z0-9._-]", lines[0].line.strip(), maxsplit=1)[0]
    return Wanted(name=name, asked=Asked(name=name, distribution=name), lines=tuple(lines), in_policy=False)


def _lines_of(name: str, project: _Project, extra: str | None = None) -> list[Where]:
    """The lines that name a distribution, each once: of the extra, else of all extras, else of the groups.

    Extras and groups that no one has together may well contradict each other, such as those of a test matrix.
    """
    nearest = {extra: project.extras[extra]} if extra and extra in project.extras else {}
    for kind, sections in (("extra", nearest), ("extra", project.extras), ("group", project.groups)):
        found: dict[str, Where] = {}
        for section, lines in sections.items():
            for line in lines:
                if _name_of(line) == name:
                    found.setdefault(line, Where(line=line, place=f"the {kind} {section}"))
        if found:
            return list(found.values())
    return []


def _project(policy: Policy) -> _Project:
    """What the pyproject.toml of the policy's folder lists; nothing where it cannot be read."""
    import tomllib

    try:
        with open(os.path.join(policy.root, "pyproject.toml"), "rb") as file:
            data = tomllib.load(file)
    except (OSError, ValueError):
        return _Project()
    project = _table(data, "project")
    name = project.get("name")
    own = normalise(name) if isinstance(name, str) else ""
    raw = {normalise(extra): _texts(lines) for extra, lines in _table(project, "optional-dependencies").items()}
    groups = {normalise(group): lines for group, lines in _table(data, "dependency-groups").items()}
    return _Project(
        name=own,
        extras={extra: tuple(_expanded(extra, own, raw, set())) for extra in raw},
        groups={group: tuple(_grouped(group, groups, set())) for group in groups},
    )


def _expanded(extra: str, own: str, extras: Mapping[str, Sequence[str]], seen: set[str]) -> Iterator[str]:
    """The lines of an extra, with those of the project's own extras that it asks for in place of the asking."""
    if extra in seen:
        return
    seen.add(extra)
    for line in extras.get(extra, ()):
        requirement = _parsed(line) if _name_of(line) == own else None
        if requirement is not None:
            for inner in sorted(requirement.extras):
                yield from _expanded(normalise(inner), own, extras, seen)
        else:
            yield line


def _grouped(group: str, groups: Mapping[str, Any], seen: set[str]) -> Iterator[str]:
    """The lines of a dependency group, with those of the groups that it includes."""
    if group in seen:
        return
    seen.add(group)
    listed = groups.get(group, ())
    for one in listed if isinstance(listed, list) else ():
        if isinstance(one, str):
            yield one
        elif isinstance(one, dict) and isinstance(inner := one.get("include-group"), str):
            yield from _grouped(normalise(inner), groups, seen)


def _name_of(line: str) -> str | None:
    """The distribution that a line names, which a pattern tells a hundred times as quick as a parser."""
    found = re.match(r"\s*([A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?)\s*(?:[\[(<>=!~;@]|$)", line)
    return None if found is None else normalise(found[1])


def _parsed(line: str) -> Requirement | None:
    from packaging.requirements import InvalidRequirement, Requirement

    try:
        return Requirement(line)
    except InvalidRequirement:
        return None


def _unknown(name: str, known: Mapping[str, Wanted], project: _Project) -> str:
    sections = (*project.extras.values(), *project.groups.values())
    listed = {one for lines in sections for line in lines if (one := _name_of(line))}
    names = list(dict.fromkeys([*known, *sorted(listed), *project.extras, *project.groups]))
    hint = meant(name, names, f"it declares {', '.join(names) or 'none'}")
    return f"the project declares no optional dependency {name!r}; {hint}"


def _table(data: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    found = data.get(key)
    return found if isinstance(found, dict) else {}


def _texts(lines: object) -> tuple[str, ...]:
    return tuple(one for one in lines if isinstance(one, str)) if isinstance(lines, list) else ()
