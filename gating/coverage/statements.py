"""Statements: what there is to cover in a source, by coverage.py's own parser and the user's own exclusions."""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from gating.coverage.configured import Configured

__all__ = ["Statements", "StatementsError", "statements"]

Branch = tuple[int, int]


class StatementsError(ValueError):
    """A source that coverage.py cannot parse, or a coverage.py that is not there; the message is one line."""


@dataclass(frozen=True, kw_only=True)
class Statements:
    """What there is to cover, by first lines; `firsts` leads from a statement's other lines to it.

    `branches` leave a line that has several ways out; a negative end leaves the function. `settled` are those of them
    that count as taken (`pragma: no branch`). Excluded lines are in none of them.
    """

    lines: frozenset[int] = frozenset()
    branches: frozenset[Branch] = frozenset()
    settled: frozenset[Branch] = frozenset()
    excluded: frozenset[int] = frozenset()
    firsts: Mapping[int, int] = field(default_factory=dict)

    def covered(self, ran: Iterable[int]) -> frozenset[int]:
        """The statements that ran, by the lines that did."""
        return frozenset(self.firsts.get(line, line) for line in ran) & self.lines


def statements(source: str, configured: Configured | None = None, *, name: str = "<source>") -> Statements:
    """The statements and branches of a source, without what the settings exclude. `name` is for messages.

    Needs coverage.py 6 or later in this interpreter. Raises StatementsError.
    """
    report = (configured or Configured()).report
    if not source.strip():
        return Statements()
    parser, whole = _parsed(source, report, name)
    ways = parser.exit_counts()
    branches = frozenset(
        (start, end) for start, end in parser.arcs() if ways.get(start, 0) > 1 and end not in parser.excluded
    )
    firsts = {line: first for line in range(1, source.count("\n") + 2) if (first := parser.first_line(line)) != line}
    return Statements(
        lines=frozenset(parser.statements),
        branches=branches,
        settled=frozenset(arc for arc in branches if arc[0] in whole),
        excluded=frozenset(parser.excluded),
        firsts=firsts,
    )


def _parsed(source: str, report: Mapping[str, Any], name: str) -> tuple[Any, set[int]]:
    """coverage.py's parser of the source, and the lines whose branches all count as taken."""
    try:
        from coverage import config
        from coverage.exceptions import CoverageException
        from coverage.parser import PythonParser
    except ImportError as error:
        raise StatementsError(f"coverage.py cannot be imported: {error}") from error
    exclude = _patterns(report, "exclude_lines", config.DEFAULT_EXCLUDE, "exclude_also")
    partial = _patterns(report, "partial_branches", config.DEFAULT_PARTIAL, "partial_also")
    always = _patterns(report, "partial_branches_always", config.DEFAULT_PARTIAL_ALWAYS)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the source's own, such as those of its escapes
        try:
            parser = PythonParser(text=source, filename=name, exclude=_joined(exclude))
            parser.parse_source()
            parser.arcs()
            joined = _joined((*partial, *always))
            return parser, set(parser.lines_matching(joined)) if joined else set()
        except CoverageException as error:
            raise StatementsError(" ".join(str(error).split())) from error
        except (SyntaxError, ValueError, RecursionError, re.error) as error:
            raise StatementsError(f"{name} cannot be parsed: {error}") from error


def _patterns(report: Mapping[str, Any], key: str, default: Iterable[str], also: str | None = None) -> tuple[str, ...]:
    """The regular expressions of a setting, a TOML list or one a line; else those that coverage.py comes with."""
    found = _listed(report[key]) if key in report else tuple(default)
    return (*found, *(_listed(report[also]) if also is not None and also in report else ()))


def _listed(value: object) -> tuple[str, ...]:
    parts = value.splitlines() if isinstance(value, str) else value if isinstance(value, list) else ()
    return tuple(text for part in parts if (text := str(part).strip()))


def _joined(patterns: tuple[str, ...]) -> str | None:
    return "|".join(f"(?:{pattern})" for pattern in patterns) or None
