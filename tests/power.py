"""The power of a gate: how many deleted tests it notices, beside one lowered number and a floor per environment.

A mutant is a run without one test. What it no longer covers is set arithmetic: what that test alone reached.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from decimal import ROUND_FLOOR, Decimal

from gating.coverage.figures import Figure
from gating.coverage.measured import Branch, Measured

__all__ = ["Alone", "Power", "Shot", "without"]

Alone = Mapping[str, tuple[frozenset[int], frozenset[Branch]]]  # by path


@dataclass(frozen=True, kw_only=True)
class Shot:
    """One mutant, judged. `lines` and `branches` are what it lost; each gate says whether it noticed."""

    environment: str
    test: str
    lines: int
    branches: int
    by_sets: bool
    by_one_number: bool
    by_floor: bool


@dataclass(frozen=True, kw_only=True)
class Power:
    """Of `mutants` that lose something, how many each gate noticed."""

    mutants: int
    by_sets: int
    by_one_number: int
    by_floor: int

    @classmethod
    def of(cls, shots: Iterable[Shot]) -> Power:
        known = list(shots)
        return cls(
            mutants=len(known),
            by_sets=sum(one.by_sets for one in known),
            by_one_number=sum(one.by_one_number for one in known),
            by_floor=sum(one.by_floor for one in known),
        )


def without(measured: Measured, alone: Alone) -> Measured:
    """The run without what one test alone reached."""
    files = dict(measured.files)
    for path, (lines, branches) in alone.items():
        if path in files:
            one = files[path]
            files[path] = replace(one, covered=one.covered - lines, taken=one.taken - branches)
    return replace(measured, files=files)


def floor_of(several: Iterable[Measured]) -> Decimal:
    """The floor that people would write for these runs: the greatest whole percentage that all of them meet."""
    least = min(Figure(covered=one.covered, total=one.total).percent for one in several)
    return Decimal(least.numerator).__truediv__(least.denominator).quantize(Decimal(1), ROUND_FLOOR)


def shots(
    environments: Mapping[str, Measured],
    mutants: Iterable[tuple[str, str, Alone]],
    noticed: Callable[[str, Measured], bool],
) -> list[Shot]:
    """Judge mutants, each an environment, a test and what that reached alone there; those that lose nothing are out.

    `noticed` says whether the rule on sets fails a run in an environment.
    """
    lowest = floor_of(environments.values())
    own = {name: floor_of([one]) for name, one in environments.items()}
    found = []
    for name, test, alone in mutants:
        whole = environments[name]
        less = without(whole, alone)
        if less.covered == whole.covered:
            continue
        figure = Figure(covered=less.covered, total=less.total)
        found.append(
            Shot(
                environment=name,
                test=test,
                lines=sum(len(whole.files[path].covered) - len(one.covered) for path, one in less.files.items()),
                branches=sum(len(whole.files[path].taken) - len(one.taken) for path, one in less.files.items()),
                by_sets=noticed(name, less),
                by_one_number=not figure.meets(lowest),
                by_floor=not figure.meets(own[name]),
            )
        )
    return found
