"""What a pyproject.toml declares of distributions: what is always needed, the extras, what developers install."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from gating.adopt import poetry
from gating.adopt.settings import table, texts

if TYPE_CHECKING:
    from packaging.requirements import Requirement

__all__ = ["Declared", "declared", "normalised", "parsed_requirement"]


@dataclass(frozen=True, kw_only=True)
class Declared:
    """`name` is the project's own, normalised. `python` is the specifier of its interpreter and where it stands.

    `always` are normalised names. `extras` has the requirements of each extra, `developers` those of each group,
    environment or extra, by what it is called. All requirements are texts (PEP 508) that nobody has checked.
    """

    name: str = ""
    python: tuple[str, str] | None = None
    always: frozenset[str] = frozenset()
    extras: Mapping[str, tuple[str, ...]]
    developers: Mapping[str, tuple[str, ...]]
    scripts: frozenset[str] = frozenset()

    @property
    def of_extras(self) -> frozenset[str]:
        """The names in `developers` that are those of extras, which may be for users just as well."""
        return frozenset(map(_of_extra, self.extras))

    def bringer(self, name: str) -> str | None:
        """The first place that lists a distribution for developers, None where none does."""
        wanted = normalised(name)
        for place, lines in self.developers.items():
            if any((one := parsed_requirement(line)) and normalised(one.name) == wanted for line in lines):
                return place
        return None

    def floor(self, name: str) -> tuple[str, str] | None:
        """The lowest version of a distribution that developers are asked to have, and where; None where none is."""
        from packaging.version import Version

        wanted, found = normalised(name), []
        for place, lines in self.developers.items():
            for line in lines:
                one = parsed_requirement(line)
                if one and normalised(one.name) == wanted:
                    least = [Version(each.version) for each in one.specifier if each.operator in {">=", "~="}]
                    found += [(max(least), place)] if least else []
        return (f">={min(found)[0]}", min(found)[1]) if found else None


def declared(data: Mapping[str, Any]) -> Declared:
    """Read the tables of a parsed pyproject.toml; what has another form than it should is as if it were not there."""
    project = table(data, "project")
    name = project.get("name") or table(data, "tool", "poetry").get("name")
    python = project.get("requires-python")
    extras = {extra: texts(lines) for extra, lines in table(project, "optional-dependencies").items()}
    always = {normalised(one.name) for line in texts(project.get("dependencies")) if (one := _unconditional(line))}
    scripts = (*table(project, "scripts"), *table(project, "gui-scripts"), *table(data, "tool", "poetry", "scripts"))
    return Declared(
        name=normalised(name) if isinstance(name, str) else "",
        python=(python, "[project] requires-python") if isinstance(python, str) else poetry.python(data),
        always=frozenset(always),
        extras=extras or poetry.extras(data),
        developers=dict(_developers(data, extras)),
        scripts=frozenset(scripts),
    )


def _developers(
    data: Mapping[str, Any], extras: Mapping[str, tuple[str, ...]]
) -> Iterator[tuple[str, tuple[str, ...]]]:
    for group, lines in table(data, "dependency-groups").items():
        yield f"[dependency-groups] {group}", texts(lines)
    for extra, lines in extras.items():
        yield _of_extra(extra), lines
    for name, environment in table(data, "tool", "hatch", "envs").items():
        if isinstance(environment, dict):
            lines = (*texts(environment.get("dependencies")), *texts(environment.get("extra-dependencies")))
            yield f"[tool.hatch.envs.{name}]", lines
    yield "[tool.uv] dev-dependencies", texts(table(data, "tool", "uv").get("dev-dependencies"))
    for group, lines in table(data, "tool", "pdm", "dev-dependencies").items():
        yield f"[tool.pdm.dev-dependencies] {group}", texts(lines)
    yield from poetry.developers(data)


def _of_extra(extra: str) -> str:
    return f"the extra {extra}"


def _unconditional(line: str) -> Requirement | None:
    one = parsed_requirement(line)
    return one if one is not None and one.marker is None else None


def parsed_requirement(text: str) -> Requirement | None:
    """A requirement as packaging reads it, None where it cannot be read."""
    from packaging.requirements import InvalidRequirement, Requirement

    try:
        return Requirement(text)
    except InvalidRequirement:
        return None


def normalised(name: str) -> str:
    """A distribution's name as it is compared (PEP 503)."""
    return re.sub(r"[-_.]+", "-", name).lower()
