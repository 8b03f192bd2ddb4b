"""Exploring: which absences keep a suite from what, for every set of dependencies, by as few runs as that takes.

A run without some dependencies reaches no more than one that has more of them. So a line is known by the smallest
absences whose runs did not reach it, once every greatest absence that holds none of these was seen to reach it. What
one dependency alone decides takes a run without each, one without all, and one with each alone; what either of two
reaches takes some runs more, and the pairs that nothing depends on are never tried.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from gating.coverage.learn import NeedSet, minimal

__all__ = ["Explored", "explore", "pairs"]

T = TypeVar("T")
Runs = Callable[[NeedSet], frozenset[T] | None]  # what a run without these reached; None where it showed nothing


@dataclass(frozen=True, kw_only=True)
class Explored(Generic[T]):
    """What was found: for each point the smallest absences that keep a run from it; none where nothing does.

    `tried` are the absences that were run, in that order. `open` are the points of which not every absence is known,
    since a run showed nothing or too many would have been needed.
    """

    tried: tuple[NeedSet, ...] = ()
    smallest: dict[T, frozenset[NeedSet]] = field(default_factory=dict)
    open: frozenset[T] = frozenset()


def explore(names: Collection[str], points: Iterable[T], run: Runs[T], *, most: int | None = None) -> Explored[T]:
    """Find for each point what keeps a suite from it. `run` is called once for each absence that is tried.

    `names` are the dependencies, `points` what is reached where none is absent. `most` is how many runs are made at
    most, None for as many as each, every pair and all together would be (see `pairs`).
    """
    search = _Search(frozenset(names), run, pairs(len(frozenset(names))) if most is None else most)
    for name in sorted(search.everything):
        search.reached(NeedSet({name}))
    known = list(points)
    smallest = {point: search.settle(point) for point in known}
    return Explored(tried=tuple(search.runs), smallest=smallest, open=frozenset(search.open))


def pairs(count: int) -> int:
    """How many runs it takes to try each of so many dependencies, every pair of them, and all at once."""
    return count + count * (count - 1) // 2 + (count > 2)  # noqa: PLR2004 - of two, the pair is all


class _Search(Generic[T]):
    """The runs so far, and what follows from them."""

    def __init__(self, everything: NeedSet, run: Runs[T], most: int) -> None:
        self.everything = everything
        self.run = run
        self.most = most
        self.runs: dict[NeedSet, frozenset[T] | None] = {}
        self.open: set[T] = set()

    def reached(self, absent: NeedSet) -> frozenset[T] | None:
        """What the run without these reached; None where it showed nothing, or would be one too many."""
        if absent not in self.runs:
            if len(self.runs) >= self.most:
                return None
            self.runs[absent] = self.run(absent)
        return self.runs[absent]

    def settle(self, point: T) -> frozenset[NeedSet]:
        """The smallest absences that keep a run from a point."""
        found = minimal(NeedSet({name}) for name in self.everything if self._reaches(NeedSet({name}), point) is False)
        while (greater := self._unreached(point, found)) is not None:
            found = minimal({*found, self._smallest(point, greater)})
        return found

    def _unreached(self, point: T, found: frozenset[NeedSet]) -> NeedSet | None:
        """A greatest absence that holds none of those found, and did not reach the point; None where each did."""
        for kept in _meeting_each(found):
            absent = self.everything - kept
            reaches = self._reaches(absent, point) if absent else True
            if reaches is False:
                return absent
            if reaches is None:
                self.open.add(point)
        return None

    def _smallest(self, point: T, absent: NeedSet) -> NeedSet:
        """A smallest part of an absence that still keeps a run from the point."""
        fewer = [one for one in self.runs if one < absent and self._reaches(one, point) is False]
        absent = min(fewer, key=lambda one: (len(one), sorted(one)), default=absent)
        for name in sorted(absent):
            less = absent - {name}
            reaches = self._reaches(less, point) if less else True
            if reaches is False:
                absent = less
            elif reaches is None:
                self.open.add(point)
        return absent

    def _reaches(self, absent: NeedSet, point: T) -> bool | None:
        """Whether a run without these reaches a point; None where that is not known."""
        if any(seen is not None and point in seen for more, seen in self.runs.items() if absent <= more):
            return True  # nor does one that lacks less
        seen = self.reached(absent)
        return None if seen is None else point in seen


def _meeting_each(sets: Iterable[NeedSet]) -> Iterator[NeedSet]:
    """The smallest sets that have something of each of these; the empty one where there are none."""
    known = frozenset({NeedSet()})
    for one in sorted(sets, key=sorted):
        known = minimal(kept if kept & one else kept | {name} for kept in known for name in (kept & one or one))
    yield from sorted(known, key=lambda kept: (len(kept), sorted(kept)))
