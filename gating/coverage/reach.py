"""Reach: what a project's tests cover in full, and what each absence puts out of reach, as the committed file has it.

Lines and branches go by their content (see `gating.coverage.keys`), so that the file survives edits. Only what the
reference did *not* cover is kept, never the covered lines: it stays small, and whatever it does not name is required.
Format: `gating.reach/1`, described in docs/reach.md; sorted, one line or branch to a line of the file.
"""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from gating.coverage.keys import BranchKey, Key

__all__ = ["SCHEMA", "Entry", "FileReach", "Point", "Reach", "ReachError", "Reference", "read_reach", "write_reach"]

SCHEMA = "gating.reach/1"
Point = Key | BranchKey  # a line, or a branch
NeedSet = frozenset[str]  # keys of the policy's optional dependencies


class ReachError(ValueError):
    """A file that is no reach of this version; the message is one line that begins with its name."""


@dataclass(frozen=True, kw_only=True)
class Reference:
    """Where the reference run was: the minor version of its Python (`3.12`), `sys.platform`, what was absent there.

    `branches` says whether branches were measured, `coverage` is the version of coverage.py.
    """

    python: str
    platform: str
    absent: tuple[str, ...] = ()
    branches: bool = False
    coverage: str = ""


@dataclass(frozen=True, kw_only=True)
class Entry:
    """When a line or branch cannot be reached.

    `by` are the need-sets of the tests that covered it in the reference: it is out of reach where each of them lacks
    something; empty where that was not learnt. `without` are the sets of absences whose runs did not reach it, each
    of which keeps every greater set from it. `reason` is what somebody said of it.
    """

    by: frozenset[NeedSet] = frozenset()
    without: frozenset[NeedSet] = frozenset()
    reason: str = ""

    def why(self, absent: NeedSet) -> str | None:
        """How it is known to be out of reach where these are absent; None where it is not."""
        if any(each <= absent for each in self.without):
            return "absence run"
        return "learnt" if self.by and all(each & absent for each in self.by) else None

    @property
    def names(self) -> NeedSet:
        """Every dependency that it speaks of."""
        return frozenset().union(*self.by, *self.without)


@dataclass(frozen=True, kw_only=True)
class FileReach:
    """One file: what the reference did not cover, covered only once, or lets go with a reason, and what needs what."""

    uncovered: frozenset[Point] = frozenset()
    unsteady: frozenset[Point] = frozenset()
    accepted: Mapping[Point, str] = field(default_factory=dict)
    entries: Mapping[Point, Entry] = field(default_factory=dict)

    @property
    def let_go(self) -> frozenset[Point]:
        """What is not required whatever is there."""
        return self.uncovered | self.unsteady | self.accepted.keys()

    @property
    def points(self) -> frozenset[Point]:
        """Everything that is spoken of."""
        return self.let_go | self.entries.keys()


@dataclass(frozen=True, kw_only=True)
class Reach:
    """The whole file: every measured file by its path, which is from the project's folder, with forward slashes."""

    reference: Reference
    files: Mapping[str, FileReach] = field(default_factory=dict)


def read_reach(path: Path) -> Reach | None:
    """Read the file; None where there is none. Raises ReachError for one that cannot be understood."""
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError) as error:
        raise ReachError(f"{path.name}: it cannot be read: {error}") from error
    try:
        document = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ReachError(f"{path.name}: it is no JSON: {error}") from error
    schema = document.get("schema") if isinstance(document, dict) else None
    if schema != SCHEMA:
        raise ReachError(f"{path.name}: its schema is {schema!r} and not {SCHEMA!r}; learn it anew: coverage.learn")
    try:
        reference = document["reference"]
        return Reach(
            reference=Reference(
                python=str(reference["python"]),
                platform=str(reference["platform"]),
                absent=_names(reference["absent"]),
                branches=bool(reference["branches"]),
                coverage=str(reference["coverage"]),
            ),
            files={str(name): _read_file(told) for name, told in document["files"].items()},
        )
    except (AttributeError, LookupError, TypeError, ValueError) as error:
        raise ReachError(f"{path.name}: it has not the form of {SCHEMA}: {type(error).__name__}: {error}") from error


def write_reach(path: Path, reach: Reach) -> None:
    """Write the file at once or not at all; the same reach is the same bytes. Raises OSError."""
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with open(descriptor, "w", encoding="utf-8", newline="\n") as file:
            file.write(as_text(reach))
        os.chmod(temporary, 0o644)  # mkstemp's own is for secrets; this file is committed
        os.replace(temporary, path)
    except BaseException:
        os.unlink(temporary)
        raise


def as_text(reach: Reach) -> str:
    """The file's content."""
    reference = {name: getattr(reach.reference, name) for name in reach.reference.__dataclass_fields__}
    files = []
    for name, one in sorted(reach.files.items()):
        lists = [_block(f"{json.dumps(key)}: [", rows, "]") for key, rows in _lists(one) if rows]
        files.append(_block(f"{json.dumps(name)}: {{", lists, "}"))
    parts = [
        f'"schema": {json.dumps(SCHEMA)}',
        f'"reference": {json.dumps(reference, sort_keys=True)}',
        _block('"files": {', files, "}"),
    ]
    return _block("{", parts, "}") + "\n"


def _block(opening: str, rows: list[str], closing: str) -> str:
    """Rows with a comma behind each but the last, one under the other."""
    return "\n".join([opening, ",\n".join(rows), closing]) if rows else opening + closing


def _lists(one: FileReach) -> Iterator[tuple[str, list[str]]]:
    yield "uncovered", [_row({"at": _shape(each)}) for each in _sorted(one.uncovered)]
    yield "unsteady", [_row({"at": _shape(each)}) for each in _sorted(one.unsteady)]
    yield "accepted", [_row({"at": _shape(each), "reason": one.accepted[each]}) for each in _sorted(one.accepted)]
    yield "needs", [_row({"at": _shape(each), **_entry_shape(one.entries[each])}) for each in _sorted(one.entries)]


def _entry_shape(entry: Entry) -> dict[str, Any]:
    made: dict[str, Any] = {}
    if entry.by:
        made["by"] = sorted(map(sorted, entry.by))
    if entry.without:
        made["without"] = sorted(map(sorted, entry.without))
    if entry.reason:
        made["reason"] = entry.reason
    return made


def _row(value: Mapping[str, Any]) -> str:
    return json.dumps(value, ensure_ascii=False)


def _shape(point: Point) -> list[Any]:
    """A line is [name, text, ordinal]; a branch is two of them, the second null where it leaves the function."""
    if isinstance(point, BranchKey):
        return [list(point.start), None if point.end is None else list(point.end)]
    return list(point)


def _sorted(points: Iterable[Point]) -> list[Point]:
    return sorted(points, key=lambda each: json.dumps(_shape(each)))


def _read_file(told: Mapping[str, Any]) -> FileReach:
    return FileReach(
        uncovered=frozenset(_point(row["at"]) for row in told.get("uncovered", ())),
        unsteady=frozenset(_point(row["at"]) for row in told.get("unsteady", ())),
        accepted={_point(row["at"]): str(row["reason"]) for row in told.get("accepted", ())},
        entries={
            _point(row["at"]): Entry(
                by=_sets(row.get("by", ())), without=_sets(row.get("without", ())), reason=str(row.get("reason", ""))
            )
            for row in told.get("needs", ())
        },
    )


def _sets(told: Iterable[Any]) -> frozenset[NeedSet]:
    return frozenset(frozenset(_names(each)) for each in told)


def _names(told: Any) -> tuple[str, ...]:
    if not isinstance(told, list):  # a text would be taken for its letters
        raise TypeError(f"{told!r} is no list of names")
    return tuple(map(str, told))


def _point(told: Any) -> Point:
    if isinstance(told[0], list):
        start, end = told
        return BranchKey(_key(start), None if end is None else _key(end))
    return _key(told)


def _key(told: Any) -> Key:
    name, text, ordinal = told
    if not (isinstance(name, str) and isinstance(text, str) and isinstance(ordinal, int)):
        raise TypeError(f"{told!r} is no key of a line")
    return Key(name, text, ordinal)
