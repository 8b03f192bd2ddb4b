"""Measured: what `coverage json` says was run, as sets of lines and branches by file.

Format: coverage.py's JSON report, whose `meta.format` is 2 or 3 (its documentation, "Reporting in JSON").
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Self

__all__ = ["Branch", "Measured", "MeasuredFile", "ReportError", "combine", "read_report"]

Branch = tuple[int, int]  # from a line to a line; to the negative of its function's line where it leaves that


class ReportError(ValueError):
    """A report that is not there, or is none; the message is one line."""


@dataclass(frozen=True, kw_only=True)
class MeasuredFile:
    """One file: its statements by their first line, those that ran, its branches, and those that were taken."""

    statements: frozenset[int] = frozenset()
    covered: frozenset[int] = frozenset()
    branches: frozenset[Branch] = frozenset()
    taken: frozenset[Branch] = frozenset()


@dataclass(frozen=True, kw_only=True)
class Measured:
    """What one run covered, or several together. Paths are from the project's folder, with forward slashes.

    `with_branches` says whether branches were measured at all; `version` is coverage's own.
    """

    files: Mapping[str, MeasuredFile] = field(default_factory=dict)
    with_branches: bool = False
    version: str = ""

    @property
    def total(self) -> int:
        """Statements, and branches where they were measured: what a percentage is of."""
        return sum(len(one.statements) + len(one.branches) for one in self.files.values())

    @property
    def covered(self) -> int:
        """Those of them that ran."""
        return sum(len(one.covered) + len(one.taken) for one in self.files.values())

    def beside(self, files: Mapping[str, MeasuredFile]) -> Self:
        """The same, and of those of these files that it does not have what there is to cover, with none covered."""
        more = {
            path: replace(one, covered=frozenset(), taken=frozenset())
            for path, one in files.items()
            if path not in self.files
        }
        return replace(self, files=dict(sorted({**self.files, **more}.items()))) if more else self

    def only_branches(self, known: Mapping[str, frozenset[Branch]]) -> Self:
        """The same without the branches that are not `known` of their file; a file that is not in it keeps none."""
        files = {
            path: replace(one, branches=one.branches & own, taken=one.taken & own)
            for path, one in self.files.items()
            for own in [known.get(path, frozenset())]
        }
        return replace(self, files=files)


def read_report(report: str | os.PathLike[str] | bytes, root: Path) -> Measured:
    """Read a JSON report, given by its path or its content; `root` is the project's folder.

    Raises ReportError.
    """
    try:
        document = json.loads(report if isinstance(report, bytes) else Path(report).read_bytes())
    except OSError as error:
        raise ReportError(f"{report!s} cannot be read: {error.strerror}") from error
    except (ValueError, RecursionError) as error:
        raise ReportError(f"the coverage report is no JSON: {error}") from error
    try:
        meta = document["meta"]
        with_branches = bool(meta["branch_coverage"])
        files = {_path(name, root): _file(told, with_branches) for name, told in document["files"].items()}
        return Measured(files=dict(sorted(files.items())), with_branches=with_branches, version=str(meta["version"]))
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise ReportError(f"the document is no report of coverage json: {type(error).__name__}: {error}") from error


def combine(several: Iterable[Measured]) -> Measured:
    """What runs covered together: a line or branch counts where any of them has it."""
    made = list(several)
    files: dict[str, MeasuredFile] = {}
    for one in made:
        for path, new in one.files.items():
            old = files.get(path, MeasuredFile())
            files[path] = MeasuredFile(
                statements=old.statements | new.statements,
                covered=old.covered | new.covered,
                branches=old.branches | new.branches,
                taken=old.taken | new.taken,
            )
    return Measured(
        files=dict(sorted(files.items())),
        with_branches=any(one.with_branches for one in made),
        version=max((one.version for one in made), default=""),
    )


def _file(told: Mapping[str, Any], with_branches: bool) -> MeasuredFile:
    covered = frozenset(map(int, told["executed_lines"]))
    taken = _branches(told["executed_branches"]) if with_branches else frozenset()
    return MeasuredFile(
        statements=covered | frozenset(map(int, told["missing_lines"])),
        covered=covered,
        branches=taken | _branches(told["missing_branches"]) if with_branches else frozenset(),
        taken=taken,
    )


def _branches(pairs: Iterable[Iterable[int]]) -> frozenset[Branch]:
    return frozenset((int(start), int(end)) for start, end in pairs)


def _path(name: str, root: Path) -> str:
    """A path as the project has it: a report names files from where coverage ran, or absolutely."""
    path = Path(name)
    if path.is_absolute() and path.is_relative_to(root):
        path = path.relative_to(root)
    return path.as_posix()
