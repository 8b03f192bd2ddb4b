"""Judge: whether anything was lost, by the rule on sets, and the figures beside it.

What is required is all that the reference covers, and all that is new: every statement of today's sources but what
the reference did not cover, covered only once, or lets go. From that goes what is out of reach here, and whatever of
the rest did not run is lost. The floor is compared with the credited figure: what ran, and what is out of reach here
and was covered in the reference.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from gating.coverage.figures import Figure
from gating.coverage.keys import BranchKey, Key, Keys
from gating.coverage.measured import Branch, Measured, MeasuredFile
from gating.coverage.reach import FileReach, Point, Reach

__all__ = ["Exempt", "Here", "Lost", "Result", "Stale", "judge_reach"]

Unreachable = Mapping[int, str]  # lines that cannot run here, each with the reason in words


@dataclass(frozen=True, kw_only=True)
class Here:
    """Where the tests ran. `absent` are the policy's keys of what was not there.

    `unreachable` is what static analysis says of each file for this interpreter, platform and these absences, `untaken`
    the same of branches whose ends can be reached by another way.
    `modules` are the import names of each dependency, by its key.
    """

    absent: frozenset[str] = frozenset()
    unreachable: Mapping[str, Unreachable] = field(default_factory=dict)
    untaken: Mapping[str, Mapping[Branch, str]] = field(default_factory=dict)
    modules: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Lost:
    """A line that should have run, or a branch that should have been taken (`to`: where it leads).

    `needs` are the dependencies that could explain it.
    """

    path: str
    line: int
    text: str
    to: int | None = None
    needs: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Exempt:
    """A line or branch that is out of reach here: how that is known, and whether it ran for all that."""

    path: str
    line: int
    why: str
    to: int | None = None
    ran: bool = False
    credited: bool = False


@dataclass(frozen=True, kw_only=True)
class Stale:
    """What the reach speaks of and no source has any more."""

    path: str
    text: str


@dataclass(frozen=True, kw_only=True)
class Result:
    """What came of it. `slack` are lines above the reference: covered now, and not in it.

    `raw` is what ran of all there is, `restricted` of what is within reach; `credited` judges.
    """

    lost: tuple[Lost, ...] = ()
    exempt: tuple[Exempt, ...] = ()
    slack: tuple[tuple[str, int], ...] = ()
    stale: tuple[Stale, ...] = ()
    raw: Figure
    restricted: Figure
    credited: Figure


def judge_reach(measured: Measured, sources: Mapping[str, str], reach: Reach | None, *here: Here) -> Result:
    """Judge what was measured by a reference; None where there is none: then nothing is credited, and nothing lost.

    `sources` are the measured files' texts by path; a file without one is judged by its figures alone. Of runs in
    several places, whose coverage is combined in `measured`, each is named `here`: what one of them could reach is
    required, and only what is out of reach in all of them is exempt.
    """
    lost: list[Lost] = []
    exempt: list[Exempt] = []
    slack: list[tuple[str, int]] = []
    stale: list[Stale] = []
    for path, one in measured.files.items():
        if path in sources:
            known = (reach.files.get(path) if reach else None) or FileReach()
            file = _File(path, one, sources[path], known, here)
            exempt += file.exempt()
            if reach is not None:
                lost += file.lost(branches=reach.reference.branches)
                slack += file.slack()
                stale += file.stale()
    if reach is not None:
        stale += [Stale(path=path, text="") for path in sorted(reach.files) if path not in measured.files]
    unreached = sum(not one.ran for one in exempt)
    credit = sum(one.credited and not one.ran for one in exempt) if reach is not None else 0
    covered, total = measured.covered, measured.total
    return Result(
        lost=tuple(lost),
        exempt=tuple(exempt),
        slack=tuple(slack),
        stale=tuple(stale),
        raw=Figure(covered=covered, total=total),
        restricted=Figure(covered=covered, total=total - unreached),
        credited=Figure(covered=covered + credit, total=total),
    )


class _File:
    """One measured file beside what the reach knows of it."""

    def __init__(self, path: str, measured: MeasuredFile, source: str, known: FileReach, here: Sequence[Here]) -> None:
        self.path = path
        self.measured = measured
        self.source = source
        self.known = known
        self.here = here

    @cached_property
    def keys(self) -> Keys:
        # only where something is looked for by its key, for the source has to be parsed
        return Keys.of(self.source)

    @cached_property
    def branch_keys(self) -> Mapping[Branch, BranchKey]:
        return self.keys.branch_keys(self.measured.branches)

    def exempt(self) -> list[Exempt]:
        """The statements and branches that are out of reach here."""
        found = []
        for line in sorted(self.measured.statements):
            if (why := self._why_line(line)) is not None:
                ran = line in self.measured.covered
                found.append(Exempt(path=self.path, line=line, why=why, ran=ran, credited=self._credited(line)))
        for branch in sorted(self.measured.branches):
            if (why := self._why_branch(branch)) is not None:
                point = self.branch_keys.get(branch)
                ran = branch in self.measured.taken
                credited = point is not None and point not in self.known.let_go
                found.append(Exempt(path=self.path, line=branch[0], to=branch[1], why=why, ran=ran, credited=credited))
        return found

    def lost(self, *, branches: bool) -> list[Lost]:
        """What is required here and did not run; branches only where the reference has measured them."""
        found = []
        for line in sorted(self.measured.statements - self.measured.covered):
            point = self.keys.key(line)
            if point not in self.known.let_go and self._why_line(line) is None:
                found.append(Lost(path=self.path, line=line, text=self._text(line), needs=self._needs(point)))
        gone = {one.line for one in found}
        for branch in sorted(self.measured.branches - self.measured.taken) if branches else ():
            way = self.branch_keys.get(branch)
            # of a line that was lost the branches are lost with it, and of a line that is, the way to it
            if way is None or branch[0] in gone or branch[1] in gone or way in self.known.let_go:
                continue
            if self._lets_go(branch) or self._why_branch(branch) is not None:
                continue
            text = self._text(branch[0])
            found.append(Lost(path=self.path, line=branch[0], to=branch[1], text=text, needs=self._needs(way)))
        return sorted(found, key=lambda one: (one.line, one.to or 0))

    def slack(self) -> list[tuple[str, int]]:
        """Lines that ran, and did not in the reference."""
        if not self.known.uncovered:
            return []
        lines = self.keys.lines(each for each in self.known.uncovered if isinstance(each, Key))
        return [(self.path, line) for line in sorted(lines & self.measured.covered)]

    def stale(self) -> list[Stale]:
        """What is spoken of and is not in the source."""
        lines = (each.start if isinstance(each, BranchKey) else each for each in self.known.points)
        gone = {each.text for each in lines if self.keys.line(each) is None}
        return [Stale(path=self.path, text=text) for text in sorted(gone)]

    def _why_line(self, line: int) -> str | None:
        return _in_all(self._why_line_in(here, line) for here in self.here)

    def _why_branch(self, branch: Branch) -> str | None:
        return _in_all(self._why_branch_in(here, branch) for here in self.here)

    def _why_line_in(self, here: Here, line: int) -> str | None:
        static = here.unreachable.get(self.path, {})
        if line in static or not self.known.entries:
            return static.get(line)
        return self._learnt(here, self.keys.key(line))

    def _why_branch_in(self, here: Here, branch: Branch) -> str | None:
        start, end = branch
        if (why := here.untaken.get(self.path, {}).get(branch)) is not None:
            return why
        if (why := self._why_line_in(here, start)) is not None:
            return why
        if end > 0 and (why := self._why_line_in(here, end)) is not None:
            return why
        return self._learnt(here, self.branch_keys.get(branch)) if self.known.entries else None

    def _learnt(self, here: Here, point: Point | None) -> str | None:
        entry = self.known.entries.get(point) if point is not None else None
        return None if entry is None else entry.why(here.absent)

    def _credited(self, line: int) -> bool:
        return self.keys.key(line) not in self.known.let_go

    def _lets_go(self, branch: Branch) -> bool:
        """Whether an end of it is a line that is not required: the way to it is not either."""
        ends = [self.keys.key(line) for line in branch if line > 0]
        return any(each in self.known.let_go for each in ends)

    def _needs(self, point: Point | None) -> tuple[str, ...]:
        entry = self.known.entries.get(point) if point is not None else None
        absent = frozenset().union(*(here.absent for here in self.here))
        if entry is not None and (named := entry.names & absent):
            return tuple(sorted(named))
        return tuple(sorted(name for name in absent if self._speaks_of(name)))

    def _speaks_of(self, name: str) -> bool:
        return any(module in self.source for here in self.here for module in here.modules.get(name, ()))

    def _text(self, line: int) -> str:
        key = self.keys.key(line)
        return key.text if key is not None else ""


def _in_all(whys: Iterable[str | None]) -> str | None:
    """The first reason, where there is one everywhere; None where it is missing somewhere."""
    found = list(whys)
    return found[0] if found and None not in found else None
