"""Which extras of the project are complete in an interpreter, and what the others lack."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, TypedDict

from gating.snapshot.distributions import Installed, headers, normalised
from gating.snapshot.words import read

if TYPE_CHECKING:
    from packaging.requirements import Requirement

__all__ = ["Extra", "extras"]

_NAMED = re.compile(r"""\bextra\s*==\s*['"]([^'"]+)['"]""")


class Extra(TypedDict):
    """`missing` are requirements that nothing installed meets; `complete` is None where one cannot be read."""

    complete: bool | None
    missing: list[str]


def extras(
    root: Path, found: Mapping[str, Installed], markers: Mapping[str, str], notes: list[str]
) -> dict[str, Extra] | None:
    """The extras that the project at `root` declares, by normalised name; None where that is unknown.

    They are those of its installed metadata, else of pyproject.toml. `markers` is the judged interpreter's.
    """
    project = _project(root, notes)
    if project is None:
        return None
    name = normalised(project["name"])
    known = _Extras(found, markers, notes)
    declared = known.of(name) if name in found else {}
    if not declared:
        if "optional-dependencies" in project["dynamic"]:
            notes.append("extras: they are dynamic, and the project is not installed")
            return None
        declared = {normalised(extra): lines for extra, lines in project["extras"].items()}
    known.declared[name] = declared
    return {extra: known.judge(name, extra) for extra in sorted(declared)}


class _Project(TypedDict):
    name: str
    extras: dict[str, list[str]]
    dynamic: list[str]


def _project(root: Path, notes: list[str]) -> _Project | None:
    text = read(root / "pyproject.toml")
    if text is None:
        return None
    import tomllib

    try:
        table = tomllib.loads(text).get("project", {})
        if not isinstance(table, dict) or not isinstance(table.get("name"), str):
            return None
        declared = {
            str(extra): [str(line) for line in lines] for extra, lines in table.get("optional-dependencies", {}).items()
        }
        return {"name": table["name"], "extras": declared, "dynamic": list(table.get("dynamic", []))}
    except (tomllib.TOMLDecodeError, AttributeError, TypeError) as problem:
        notes.append(f"extras: pyproject.toml cannot be read: {problem}")
        return None


class _Extras:
    """The extras of the project and of what it depends on."""

    def __init__(self, found: Mapping[str, Installed], markers: Mapping[str, str], notes: list[str]) -> None:
        self.found = found
        self.markers = dict(markers)
        self.notes = notes
        self.declared: dict[str, dict[str, list[str]]] = {}
        self.parsed: dict[str, Requirement | None] = {}

    def of(self, name: str) -> dict[str, list[str]]:
        """The requirements, as text, that each extra of the installed distribution `name` adds."""
        if name not in self.declared:
            said = headers(read(self.found[name].metadata) or "")
            made: dict[str, list[str]] = {normalised(extra): [] for extra in said.get("provides-extra", [])}
            for line in said.get("requires-dist", []):
                # a marker is evaluated for the extras that it names, or hundreds of them would take seconds
                for extra in {normalised(one) for one in _NAMED.findall(line)} & made.keys():
                    if self._belongs(line, extra):
                        made[extra].append(line)
            self.declared[name] = made
        return self.declared[name]

    def judge(self, name: str, extra: str) -> Extra:
        missing: dict[str, None] = {}
        readable = True
        for requirement in self._closure(name, extra):
            if requirement is None:
                readable = False
            elif not self._is_met(requirement):
                missing[_shown(requirement)] = None
        complete = False if missing else (True if readable else None)
        return {"complete": complete, "missing": sorted(missing)}

    def _closure(self, name: str, extra: str) -> Iterable[Requirement | None]:
        """Every requirement of an extra, with those of the extras that it asks of others, and of its own."""
        waiting = [(name, extra)]
        seen = set()
        while waiting:
            asked = waiting.pop()
            if asked in seen:
                continue
            seen.add(asked)
            owner, wanted = asked
            lines = self.of(owner).get(wanted) if owner in self.declared or owner in self.found else None
            if lines is None:
                self.notes.append(f"extras: {owner} declares no extra {wanted!r}, which {name}[{extra}] asks for")
                continue
            for line in lines:
                requirement = self._parse(line)
                if requirement is None:
                    self.notes.append(f"extras: a requirement of {owner}[{wanted}] cannot be read")
                    yield None
                elif self._applies(requirement, wanted):
                    target = normalised(requirement.name)
                    if target != name:
                        yield requirement
                    if target == name or target in self.found:
                        waiting += [(target, normalised(one)) for one in sorted(requirement.extras)]

    def _is_met(self, requirement: Requirement) -> bool:
        one = self.found.get(normalised(requirement.name))
        if one is None:
            return False
        if not requirement.specifier:
            return True
        from packaging.version import InvalidVersion

        try:
            return one.version is not None and requirement.specifier.contains(one.version, prereleases=True)
        except InvalidVersion:
            return False

    def _belongs(self, line: str, extra: str) -> bool:
        """Whether the line is there because of the extra; one that cannot be read is taken to be."""
        requirement = self._parse(line)
        if requirement is None:
            return True
        return self._applies(requirement, extra) and not self._applies(requirement, "")

    def _parse(self, line: str) -> Requirement | None:
        from packaging.markers import UndefinedComparison, UndefinedEnvironmentName
        from packaging.requirements import InvalidRequirement, Requirement

        if line not in self.parsed:
            try:
                requirement = Requirement(line)
                self._applies(requirement, "")
            except (InvalidRequirement, UndefinedComparison, UndefinedEnvironmentName):
                self.parsed[line] = None
            else:
                self.parsed[line] = requirement
        return self.parsed[line]

    def _applies(self, requirement: Requirement, extra: str) -> bool:
        return requirement.marker is None or requirement.marker.evaluate({**self.markers, "extra": extra})


def _shown(requirement: Requirement) -> str:
    """The requirement without its marker, and without a URL, which may hold a password."""
    asked = f"[{','.join(sorted(requirement.extras))}]" if requirement.extras else ""
    return f"{requirement.name}{asked}{requirement.specifier}{' @ (a URL)' if requirement.url else ''}"
