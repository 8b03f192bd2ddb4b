"""Quantities in words, at the places where digits change."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gating.report.quantities import clock, cores, duration, rate, share, size


@pytest.mark.parametrize(
    ("count", "told"),
    [
        (None, "?"),
        (0, "0 B"),
        (999, "999 B"),
        (999.6, "1.00 kB"),
        (1000, "1.00 kB"),
        (999_499, "999 kB"),
        (999_999, "1.00 MB"),
        (1_234_567_890, "1.23 GB"),
        (2**62, "4612 PB"),
    ],
)
def test_size(count: float | None, told: str) -> None:
    assert size(count) == told


@pytest.mark.parametrize(
    ("seconds", "told"),
    [
        (None, "?"),
        (0.0, "0.00 ms"),
        (0.0042, "4.20 ms"),
        (0.9999, "1.00 s"),
        (12.34, "12.3 s"),
        (59.94, "59.9 s"),
        (59.97, "0:59"),
        (60.0, "1:00"),
        (151.9, "2:31"),
        (3751.0, "1:02:31"),
    ],
)
def test_duration(seconds: float | None, told: str) -> None:
    assert duration(seconds) == told


@pytest.mark.parametrize(
    ("ratio", "told"), [(None, "?"), (1.0, "100 %"), (0.99999, "99.9 %"), (0.5, "50 %"), (0, "0 %")]
)
def test_a_share_is_never_rounded_up(ratio: float | None, told: str) -> None:
    assert share(ratio) == told


def test_the_rest() -> None:
    assert clock(59.9) == "0:59"
    assert (cores(1.984), cores(None)) == ("1.98 cores", "?")
    assert (rate(1_500_000), rate(None)) == ("1.50 MB/s", "?")


@given(st.floats(0, 2**63))
def test_any_size_is_short_and_near(count: float) -> None:
    told = size(count)
    value, unit = told.split()
    power = ("B", "kB", "MB", "GB", "TB", "PB").index(unit)
    assert math.isclose(float(value) * 1000**power, count, rel_tol=0.006, abs_tol=0.5)
    assert len(told) <= 8
