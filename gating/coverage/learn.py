"""Learn: what each absence makes unreachable, told from what the tests of each need-set covered.

Sets in, sets out: nothing is run or read here. A line that only tests which need a dependency reached cannot be
reached where that is absent. What only one of several passes covered is unsteady, and nobody is held to it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from gating.coverage.measured import Branch, Measured, MeasuredFile, combine

__all__ = ["Learnt", "NeedSet", "Reached", "learn", "minimal"]

NeedSet = frozenset[str]  # the policy's keys of the optional dependencies that a test needs
T = TypeVar("T", int, Branch)


@dataclass(frozen=True, kw_only=True)
class Reached:
    """By whom what of one file was reached that no test without needs reaches: the smallest need-sets of each.

    A line is made unreachable by an absence that meets each of its sets.
    """

    lines: Mapping[int, frozenset[NeedSet]] = field(default_factory=dict)
    branches: Mapping[Branch, frozenset[NeedSet]] = field(default_factory=dict)

    def unreachable(self, absent: Collection[str]) -> tuple[frozenset[int], frozenset[Branch]]:
        """The lines and branches that nobody reaches where these dependencies are absent."""
        return _unreachable(self.lines, absent), _unreachable(self.branches, absent)


@dataclass(frozen=True, kw_only=True)
class Learnt:
    """What passes over the suite showed.

    `reference` has as covered what every pass covered. `unsteady` has as statements and branches what some passes
    covered and others did not, by file; `reached` is by file, for what somebody's need stands before.
    """

    reference: Measured = field(default_factory=Measured)
    unsteady: Mapping[str, MeasuredFile] = field(default_factory=dict)
    reached: Mapping[str, Reached] = field(default_factory=dict)


def learn(passes: Sequence[Mapping[NeedSet, Measured]]) -> Learnt:
    """Learn from passes over the suite, each what the tests of every need-set covered.

    A pass that lacks a set has covered nothing for it.
    """
    whole = [combine(one.values()) for one in passes]
    everything = combine(whole)
    reference, unsteady, reached = {}, {}, {}
    for path, seen in everything.files.items():
        times = [one.files.get(path, MeasuredFile()) for one in whole]
        covered = _in_all([one.covered for one in times])
        taken = _in_all([one.taken for one in times])
        reference[path] = MeasuredFile(statements=seen.statements, covered=covered, branches=seen.branches, taken=taken)
        if seen.covered != covered or seen.taken != taken:
            unsteady[path] = MeasuredFile(statements=seen.covered - covered, branches=seen.taken - taken)
        by_set = [(needs, one.files[path]) for each in passes for needs, one in each.items() if path in one.files]
        lines = _needed(covered, [(needs, one.covered) for needs, one in by_set])
        branches = _needed(taken, [(needs, one.taken) for needs, one in by_set])
        if lines or branches:
            reached[path] = Reached(lines=lines, branches=branches)
    return Learnt(
        reference=Measured(files=reference, with_branches=everything.with_branches, version=everything.version),
        unsteady=unsteady,
        reached=reached,
    )


def minimal(sets: Iterable[NeedSet]) -> frozenset[NeedSet]:
    """Those sets that hold no other one: where one of these can be met, the others say nothing more."""
    known = frozenset(sets)
    return frozenset(one for one in known if not any(other < one for other in known))


def _needed(covered: frozenset[T], by_set: Sequence[tuple[NeedSet, frozenset[T]]]) -> dict[T, frozenset[NeedSet]]:
    """The smallest need-sets that reached each, of those that the tests without needs have not reached."""
    free = frozenset[T]().union(*(seen for needs, seen in by_set if not needs))
    found: dict[T, set[NeedSet]] = {}
    for needs, seen in by_set:
        for one in (seen & covered) - free:
            found.setdefault(one, set()).add(needs)
    return {one: minimal(found[one]) for one in sorted(found)}


def _unreachable(known: Mapping[T, frozenset[NeedSet]], absent: Collection[str]) -> frozenset[T]:
    gone = frozenset(absent)
    return frozenset(one for one, sets in known.items() if all(needs & gone for needs in sets))


def _in_all(several: Sequence[frozenset[T]]) -> frozenset[T]:
    return frozenset[T].intersection(*several) if several else frozenset()
