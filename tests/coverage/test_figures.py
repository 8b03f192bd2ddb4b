"""Figures: a percentage that is never rounded into passing, held against exact arithmetic."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from decimal import Decimal

import pytest

from gating.coverage.figures import Figure, Judged, judge_figure

SHOWN = re.compile(r"coverage is ([0-9.]+) % \(([0-9]+) of ([0-9]+)\), (not under|under) the floor of ([0-9.]+) %")


def cases(count: int) -> Iterator[tuple[int, int, int, int, int]]:
    """Random covered, exempt, total, and a floor of `scaled / unit`; many of them at the floor or next to it."""
    dice = random.Random(20261121)
    for _ in range(count):
        total = dice.choice((0, 1, 2, 3, 7, 100, 1000, dice.randrange(1, 200_000), 10 ** dice.randrange(1, 19)))
        digits = dice.choice((0, 0, 1, 2, 3, 6, 15))
        unit = 10**digits
        scaled = dice.randrange(0, 100 * unit + 1)
        if dice.random() < 0.5:
            reached = scaled * total // (100 * unit) + dice.choice((-1, 0, 0, 1))
            reached = min(max(reached, 0), total)
        else:
            reached = dice.randint(0, total)
        exempt = dice.randint(0, reached)
        yield reached - exempt, exempt, total, scaled, digits


def test_message_json_and_exit_code_agree_with_exact_arithmetic() -> None:
    near = 0
    for covered, exempt, total, scaled, digits in cases(100_000):
        floor = Decimal(scaled).scaleb(-digits)
        judged = judge_figure(covered, total, floor, exempt=exempt)
        apart = 100 * (covered + exempt) * 10**digits - scaled * total
        right = total == 0 or apart >= 0
        found = SHOWN.fullmatch(judged.message)
        assert found is not None
        shown, reached, of, words, bound = found.groups()
        assert (int(reached), int(of)) == (covered + exempt, total)
        assert (words == "not under") is right
        assert (Decimal(shown) >= Decimal(bound)) is right
        document = judged.as_dict()
        assert document["met"] is right
        assert (document["percent"] >= document["floor"]) is right
        assert judged.exit_code == (0 if right else 1)
        near += 100 * abs(apart) <= total * 10**digits
    assert near > 10_000


@pytest.mark.parametrize(
    ("covered", "total", "floor", "shown", "met"),
    [
        (2, 3, "66.67", "66.66", False),  # what pytest-cov prints as a failure and lets pass
        (2, 3, "66.666", "66.666", True),
        (89_999, 100_000, "90", "89.99", False),
        (999_999, 1_000_000, "100", "99.99", False),
        (1, 1, "100", "100.00", True),
        (0, 0, "100", "100.00", True),
        (805, 1000, "80.5", "80.50", True),
        (8049, 10_000, "80.5", "80.49", False),
    ],
)
def test_a_percentage_is_cut_off(covered: int, total: int, floor: str, shown: str, met: bool) -> None:
    judged = Judged(figure=Figure(covered=covered, total=total), floor=Decimal(floor))
    assert judged.figure.shown(judged.floor) == shown
    assert judged.met is met


def test_without_a_floor_nothing_fails() -> None:
    judged = judge_figure(0, 10, None)
    assert judged.exit_code == 0
    assert judged.message == "coverage is 0.00 % (0 of 10); there is no floor"
    assert judged.as_dict()["floor"] is None


@pytest.mark.parametrize(("covered", "total"), [(-1, 2), (3, 2), (0, -1)])
def test_impossible_counts_are_refused(covered: int, total: int) -> None:
    with pytest.raises(ValueError, match="is no coverage"):
        Figure(covered=covered, total=total)
