"""Floors: every place that names a coverage floor, which of them wins, and the exact number that it says."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

from gating.coverage.configured import read_configured
from gating.errors import PolicyError, Problem
from gating.policy.document import Document
from gating.policy.globs import fits
from gating.policy.model import Policy
from gating.policy.quantities import Percent
from gating.policy.reading import Cursor, Given, Reading

__all__ = ["VARIABLE", "Candidate", "Floor", "floor", "path_floors"]

VARIABLE = "GATING_COVERAGE_FAIL_UNDER"
_KEY = ("coverage", "fail-under")
_SETTING = re.compile(r"^[ \t]*(?:report\.)?[\"']?fail_under[\"']?[ \t]*[=:][ \t]*[\"']?", re.MULTILINE)
_SUBSTITUTE = re.compile(r"\$(?:(?P<bare>\w+)|\{(?P<name>\w+)(?:\?|-(?P<default>[^}]*))?\})")


@dataclass(frozen=True, kw_only=True)
class Candidate:
    """A floor as one place names it: the exact percentage, and the place as people are shown it."""

    value: Decimal
    source: str

    def as_dict(self) -> dict[str, str]:
        """The value as a text, so that no reader rounds it."""
        return {"value": str(self.value), "source": self.source}


@dataclass(frozen=True, kw_only=True)
class Floor:
    """The floor that holds. `value` is an exact percentage; None for no floor, whose `source` is `default`.

    `rejected` are the floors that weaker places name, the strongest first.
    """

    value: Decimal | None = None
    source: str = "default"
    rejected: tuple[Candidate, ...] = ()

    def as_dict(self) -> dict[str, object]:
        """The floor as a plan shows it."""
        value = None if self.value is None else str(self.value)
        return {"value": value, "source": self.source, "rejected": [one.as_dict() for one in self.rejected]}


def floor(policy: Policy, *, argument: object = None, env: Mapping[str, str] | None = None) -> Floor:
    """The floor of the first that names one: an argument, a variable, the policy's file, coverage.py's own settings.

    `argument` is a number or its text, None where none was given; `env` is by default the process's own. Raises
    PolicyError with every one of them that is no percentage from 0 to 100, whether it wins or not.
    """
    env = os.environ if env is None else env
    problems: list[Problem] = []
    readers = (_argument(argument, problems), _variable(env, problems), _table(policy, problems))
    found = [one for each in (*readers, _theirs(policy.root, env, problems)) for one in each]
    if problems:
        raise PolicyError(problems)
    if not found:
        return Floor()
    first, *rest = found
    return Floor(value=first.value, source=first.source, rejected=tuple(rest))


def path_floors(policy: Policy, files: Iterable[str]) -> dict[str, Candidate]:
    """The floors of the files that have one of their own, by file: the last glob of `coverage.paths` that fits.

    `files` are paths from the project's folder, with forward slashes. The globs are those of `gating.policy.globs`:
    one that fits a folder fits all in it.
    """
    found: dict[str, Candidate] = {}
    for file in files:
        for glob, value in policy.coverage.paths.items():
            if fits(glob, file):
                found[file] = Candidate(value=value, source=str(policy.origin("coverage", "paths", glob)))
    return found


def _argument(raw: object, problems: list[Problem]) -> Iterator[Candidate]:
    if raw is not None:
        yield from _given(Given("argument", "fail-under", raw), problems)


def _variable(env: Mapping[str, str], problems: list[Problem]) -> Iterator[Candidate]:
    if VARIABLE in env:
        yield from _given(Given("environment", VARIABLE, env[VARIABLE]), problems)


def _given(given: Given, problems: list[Problem]) -> Iterator[Candidate]:
    value, message = _percent(given.value, given)
    if value is not None:
        yield Candidate(value=value, source=given.shown)
    else:
        problems.append(Problem(file=given.shown, message=message, allowed=Percent.allowed))


def _table(policy: Policy, problems: list[Problem]) -> Iterator[Candidate]:
    """What the policy's file says, also where the policy was loaded with something over it."""
    if policy.content is None or policy.file is None:
        if policy.coverage.fail_under is not None and policy.origin(*_KEY).source == "default":
            yield Candidate(value=policy.coverage.fail_under, source="the policy")  # one that was made, not loaded
        return
    prefix = ("tool", "gating") if policy.file.name == "pyproject.toml" else ()
    document = Document(
        path=str(policy.file), shown=policy.shown or policy.file.name, content=policy.content, prefix=prefix
    )
    coverage = document.table.get("coverage") if isinstance(document.table, dict) else None
    if not isinstance(coverage, dict) or _KEY[1] not in coverage:
        return
    reading = Reading()
    value = Percent().read(coverage[_KEY[1]], Cursor(reading, _KEY))
    problems += [document.problem(mistake) for mistake in reading.mistakes]
    if value is not None:
        place = document.place(_KEY)
        yield Candidate(value=value, source=f"{document.shown}:{place.value_line}:{place.value_column}")


def _theirs(root: Path, env: Mapping[str, str], problems: list[Problem]) -> Iterator[Candidate]:
    """coverage.py's own `fail_under`, in the file that it reads and no other."""
    configured = read_configured(root, env)
    raw = configured.report.get("fail_under")
    if configured.file is None or raw is None:
        return
    text = configured.file.read_text(encoding="utf-8")
    line, column = _place(text)
    shown = configured.file.relative_to(root) if configured.file.is_relative_to(root) else configured.file
    given = Given("argument", "fail_under", _substituted(raw, env) if isinstance(raw, str) else _written(raw, text))
    value, message = _percent(given.value, given)
    if value is not None:
        yield Candidate(value=value, source=f"{shown.as_posix()}:{line}:{column}")
        return
    problems.append(
        Problem(
            file=shown.as_posix(),
            line=line,
            column=column,
            text=text.splitlines()[line - 1] if text else "",
            message=message.replace(".".join(_KEY), "fail_under", 1),
            allowed=Percent.allowed,
        )
    )


def _percent(raw: object, given: Given) -> tuple[Decimal | None, str]:
    """The percentage, or None and what is wrong."""
    reading = Reading()
    cursor = Cursor(reading, _KEY, given)
    kind = Percent()
    if isinstance(raw, Decimal):
        raw = str(raw)
    value = kind.from_text(raw, cursor) if isinstance(raw, str) else kind.read(raw, cursor)
    return value, "".join(mistake.message for mistake in reading.mistakes[:1])


def _place(text: str) -> tuple[int, int]:
    """The line and column, from 1, of the value of `fail_under`."""
    found = _SETTING.search(text)
    offset = found.end() if found else 0
    return text.count("\n", 0, offset) + 1, offset - (text.rfind("\n", 0, offset) + 1) + 1


def _written(raw: object, text: str) -> object:
    """A TOML float as its file writes it: 66.67 is not the float nearest to it."""
    found = _SETTING.search(text)
    number = re.match(r"[+]?([0-9][0-9_]*(?:\.[0-9_]+)?)(?=[\s,}#]|$)", text[found.end() :]) if found else None
    if number is None or isinstance(raw, bool):
        return raw
    return number[1].replace("_", "")


def _substituted(text: str, env: Mapping[str, str]) -> str:
    """coverage.py's own form of variables: `$NAME`, `${NAME}`, `${NAME?}`, `${NAME-default}`."""
    return _SUBSTITUTE.sub(lambda found: env.get(found["bare"] or found["name"], found["default"] or ""), text)
