"""Gathering: coverage data from wherever it lies, each with the place where it was made.

What is named may be a folder such as `.gating/coverage`, a report of `coverage json`, or a data file of coverage,
which the judged interpreter's own coverage turns into a report. Of data with nothing beside it that tells where it
was made, that is taken to be here.
"""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gating.coverage.kept import Kept, KeptError, beside, changed, read_kept, runs_in
from gating.coverage.measured import Measured, ReportError, combine, read_report
from gating.coverage.surroundings import Surroundings
from gating.process import Command, Ending, capture
from gating.verdict import State

__all__ = ["Data", "combined", "gather"]

_SQLITE = b"SQLite format 3\0"
_TIMEOUT = 600.0  # seconds for coverage to tell what a data file holds
_NAMED = 3  # changed files in a sentence


@dataclass(frozen=True, kw_only=True)
class Data:
    """One run's coverage. `measured` is None with the reason in `problem` where it is not to be judged.

    `state` is then `outdated` for data of other sources, else `broken`. `shown` is what people call it.
    """

    shown: str
    report: str | None = None
    sha256: str | None = None
    measured: Measured | None = None
    surroundings: Surroundings | None = None
    unjudged: tuple[str, ...] = ()
    state: State = State.OK
    problem: str = ""

    def as_dict(self) -> dict[str, Any]:
        """The data as plain values, without what was measured."""
        here = self.surroundings.as_dict() if self.surroundings else None
        if here is not None:
            del here["modules"]
        return {
            "name": self.shown,
            "report": self.report,
            "sha256": self.sha256,
            "state": self.state.value,
            "problem": self.problem,
            "unjudged": list(self.unjudged),
            "here": here,
        }


def gather(
    named: Sequence[str],
    root: Path,
    *,
    here: Callable[[], Surroundings],
    python: str,
    env: Mapping[str, str],
) -> tuple[Data, ...]:
    """Read all that is `named`, in that order; nothing named is what `.gating/coverage` holds.

    `here` tells of this place, and is asked only where it matters. `python` is the judged interpreter, started with
    `env` for data files only.
    """
    reader = _Reader(root=root, here=here, python=python, env=env)
    return tuple(one for path in map(Path, named) for one in reader.read(path)) if named else tuple(reader.own())


def combined(several: Sequence[Data], *, python: str | None) -> Measured:
    """What they covered together. Where data of the Python minor version `python` is there, the branches are its own.

    Another Python's compiler leaves a line by other ways, which tests in that one never take.
    """
    found = []
    same = [one for one in several if one.surroundings is not None and one.surroundings.python == python]
    for one in several:
        if one.measured is None:
            continue
        if same and one not in same:
            known = {
                path: frozenset[tuple[int, int]]().union(
                    *(
                        each.measured.files[path].branches
                        for each in same
                        if each.measured and path in each.measured.files
                    )
                )
                for path in one.measured.files
            }
            found.append(one.measured.only_branches(known))
        else:
            found.append(one.measured)
    return combine(found)


@dataclass(frozen=True, kw_only=True)
class _Reader:
    root: Path
    here: Callable[[], Surroundings]
    python: str
    env: Mapping[str, str]

    def own(self) -> Iterator[Data]:
        yield from map(self._kept, runs_in(self.root / ".gating" / "coverage"))

    def read(self, path: Path) -> Iterator[Data]:
        if path.is_dir():
            yield from map(self._kept, runs_in(path))
            return
        try:
            with path.open("rb") as file:
                start = file.read(len(_SQLITE))
        except OSError as error:
            yield Data(shown=str(path), state=State.BROKEN, problem=f"it cannot be read: {error.strerror}")
            return
        told = path.with_name(beside(path.name))
        if path != told and told.exists() and path.name.startswith(("report", "data")):
            yield self._kept(told)
        elif start == _SQLITE:
            yield self._data_file(path)
        else:
            yield self._report(path, path.read_bytes())

    def _kept(self, told: Path) -> Data:
        try:
            kept = read_kept(told)
            content = (told.parent / kept.report).read_bytes()
        except (KeptError, OSError) as error:
            return Data(shown=told.name, state=State.BROKEN, problem=" ".join(str(error).split()))
        shown = kept.label or told.name
        if hashlib.sha256(content).hexdigest() != kept.sha256:
            problem = f"{kept.report} is not the report that {told.name} tells of: its checksum is another"
            return Data(shown=shown, state=State.BROKEN, problem=problem)
        if names := changed(kept, self.root):
            more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
            problem = f"left out, it is older than {', '.join(names[:_NAMED])}{more}"
            return Data(shown=shown, report=str(told.parent / kept.report), state=State.OUTDATED, problem=problem)
        return self._report(told.parent / kept.report, content, kept)

    def _report(self, path: Path, content: bytes, kept: Kept | None = None) -> Data:
        shown = (kept.label if kept else "") or path.name
        try:
            measured = read_report(content, self.root)
        except ReportError as error:
            return Data(shown=shown, report=str(path), state=State.BROKEN, problem=str(error))
        return Data(
            shown=shown,
            report=str(path),
            sha256=hashlib.sha256(content).hexdigest(),
            measured=measured,
            surroundings=kept.surroundings if kept else self.here(),
            unjudged=kept.unjudged if kept else (),
        )

    def _data_file(self, path: Path) -> Data:
        """Have coverage tell what its data file holds; that file stays as it is."""
        with tempfile.TemporaryDirectory(prefix="gating-coverage-") as folder:
            made = Path(folder, "report.json")
            words = ("json", "--quiet", "--fail-under=0", f"--data-file={path.absolute()}", "-o", str(made))
            argv = (self.python, "-m", "coverage", *words)
            (ended,) = capture(
                [Command(argv=argv, env=self.env, cwd=str(self.root), timeout=_TIMEOUT, label="coverage json")]
            )
            if ended.ending is not Ending.EXITED or not made.exists():
                said = " ".join((ended.stdout or ended.stderr or ended.error or ended.ending.value).split())
                return Data(shown=path.name, state=State.BROKEN, problem=f"coverage tells nothing of it: {said}")
            found = self._report(made, made.read_bytes())
        return Data(
            shown=path.name,
            sha256=found.sha256,
            measured=found.measured,
            surroundings=found.surroundings,
            state=found.state,
            problem=found.problem,
        )
