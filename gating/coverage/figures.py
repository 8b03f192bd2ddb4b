"""Figures: exact coverage fractions, and the one value that message, JSON form and exit code are made from.

A percentage is only ever cut off, never rounded, and to as many digits as its floor has: what is shown is below the
floor exactly where the fraction is.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any

__all__ = ["Figure", "Judged", "judge_figure"]

_DIGITS = 2


@dataclass(frozen=True, kw_only=True)
class Figure:
    """How much of `total` statements and branches is covered, at most all of it; of nothing, all is."""

    covered: int
    total: int

    def __post_init__(self) -> None:
        if not 0 <= self.covered <= self.total:
            raise ValueError(f"{self.covered} of {self.total} is no coverage")

    @property
    def percent(self) -> Fraction:
        """The exact percentage, 0 to 100."""
        return Fraction(100 * self.covered, self.total) if self.total else Fraction(100)

    def meets(self, floor: Decimal | None) -> bool:
        """Whether the exact percentage is at least `floor`; with None it always is."""
        if floor is None:
            return True
        above, below = floor.as_integer_ratio()
        # whole numbers only: nothing is rounded, and nothing is slow
        return self.total == 0 or 100 * self.covered * below >= above * self.total

    def shown(self, floor: Decimal | None = None) -> str:
        """The percentage cut off to two digits, or to as many as `floor` has: it is below the floor where it fails."""
        digits = _digits(floor)
        scaled = 100 * 10**digits * self.covered // self.total if self.total else 100 * 10**digits
        whole, rest = divmod(scaled, 10**digits)
        return f"{whole}.{rest:0{digits}d}"


@dataclass(frozen=True, kw_only=True)
class Judged:
    """A figure beside its floor: `message`, `as_dict()` and `exit_code` cannot disagree. `what` names the figure."""

    figure: Figure
    floor: Decimal | None
    what: str = "coverage"

    @property
    def met(self) -> bool:
        return self.figure.meets(self.floor)

    @property
    def exit_code(self) -> int:
        return 0 if self.met else 1

    @property
    def message(self) -> str:
        """One sentence with the exact counts."""
        figure = self.figure
        counted = f"{self.what} is {figure.shown(self.floor)} % ({figure.covered} of {figure.total})"
        if self.floor is None:
            return f"{counted}; there is no floor"
        return f"{counted}, {'not under' if self.met else 'under'} the floor of {_plain(self.floor)} %"

    def as_dict(self) -> dict[str, Any]:
        """The judgement as plain values. `percent` is below `floor` exactly where `met` is false."""
        floor = None if self.floor is None else float(self.floor)
        percent = float(self.figure.shown(self.floor))
        if floor is not None and not self.met and percent >= floor:
            percent = math.nextafter(floor, -math.inf)  # they differ by less than a float can hold
        return {
            "covered": self.figure.covered,
            "total": self.figure.total,
            "percent": percent,
            "floor": floor,
            "met": self.met,
        }


def judge_figure(covered: int, total: int, floor: Decimal | None, *, exempt: int = 0, what: str = "coverage") -> Judged:
    """Judge counts; `exempt` of them are credited as if they were covered, and are not in `covered`."""
    return Judged(figure=Figure(covered=covered + exempt, total=total), floor=floor, what=what)


def _digits(floor: Decimal | None) -> int:
    exponent = floor.as_tuple().exponent if floor is not None else 0
    return max(_DIGITS, -exponent) if isinstance(exponent, int) else _DIGITS


def _plain(floor: Decimal) -> str:
    return f"{floor:f}"
