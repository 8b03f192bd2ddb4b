"""Numbers with a meaning: exact where it counts, finite, and never a bool."""

from __future__ import annotations

import math
import tomllib
from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from gating.errors import Problem
from gating.policy.kinds import Kind
from gating.policy.quantities import Count, Duration, ExitCode, Percent, Real, Seconds, Size
from gating.policy.reading import Cursor, Reading

Problems = Callable[..., tuple[Problem, ...]]
ALL: list[Kind[Any]] = [Count(), Duration(), ExitCode(), Percent(), Seconds(), Size()]


def read(kind: Kind[Any], raw: object) -> Any:
    return kind.read(raw, Cursor(Reading(), ("x",)))


@pytest.mark.parametrize(
    ("written", "exact"),
    [
        ("90", "90"),
        ("80.5", "80.5"),
        ("66.67", "66.67"),
        ("99.999999999999999999", "99.999999999999999999"),
        ("0", "0"),
        ("1e2", "100"),
        ("9_0.5", "90.5"),
    ],
)
def test_a_percentage_is_what_was_written(written: str, exact: str) -> None:
    raw = tomllib.loads(f"x = {written}", parse_float=Real)["x"]
    assert Fraction(read(Percent(), raw)) == Fraction(exact)


@pytest.mark.parametrize(
    "written",
    [
        "-1",
        "101",
        "nan",
        "inf",
        "-inf",
        "100.00000000000000000001",
        "1e-99999",
        "1e-999999999999999999999",
        "0e999999",
        "true",
        "'90'",
    ],
)
def test_what_is_no_percentage(written: str) -> None:
    assert read(Percent(), tomllib.loads(f"x = {written}", parse_float=Real)["x"]) is None


@given(st.decimals(0, 100, places=6))
def test_a_percentage_survives_a_variable(value: Decimal) -> None:
    text = format(value, "f")
    assert Percent().from_text(text, Cursor(Reading())) == Decimal(text)


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("200 MB", 200_000_000),
        ("1.5GiB", 3 * 2**29),
        ("1 KiB", 1024),
        ("1 kb", 1000),
        ("7 B", 7),
        ("2tb", 2 * 10**12),
        (" 0.5 kB ", 500),
        ("200", None),
        ("200 M", None),
        ("200 MX", None),
        ("-1 MB", None),
        ("0 MB", None),
        ("0.1 B", None),
        ("1e3 MB", None),
        ("9999999999 PB", None),
        ("9223372036854775807 B", 2**63 - 1),
        ("9223372036854775808 B", None),
        ("", None),
        ("٣ MB", None),
        (200, None),
    ],
)
def test_sizes(text: object, size: int | None) -> None:
    assert read(Size(), text) == size


@given(st.integers(1, 2**63 - 1))
@example(200_000_000)
@example(3 * 2**29)
def test_a_size_is_written_as_it_is_read(size: int) -> None:
    written = Size().plain(size)
    assert read(Size(), written) == size
    assert {200_000_000: "200 MB", 3 * 2**29: "1536 MiB"}.get(size, written) == written


@pytest.mark.parametrize(
    ("raw", "seconds"),
    [
        ("10 min", 600.0),
        ("1 h 30 min", 5400.0),
        ("1h30min", 5400.0),
        ("250 ms", 0.25),
        ("2 days", 172_800.0),
        (90, 90.0),
        (0.5, 0.5),
        ("90", None),
        ("10 months", None),
        ("min", None),
        ("10 min or so", None),
        ("-10 min", None),
        ("0 s", None),
        ("999999999 d", None),
        (True, None),
        (math.inf, None),
        (10**400, None),
    ],
)
def test_lengths_of_time(raw: object, seconds: float | None) -> None:
    assert read(Duration(), raw) == seconds


@pytest.mark.parametrize("raw", [0, -1, math.nan, math.inf, -math.inf, True, "10", 10**400, 1_000_001, [], None])
def test_what_is_no_number_of_seconds(raw: object) -> None:
    assert read(Seconds(), raw) is None


def test_seconds_are_a_plain_float() -> None:
    assert type(read(Seconds(), Real("2.50"))) is float
    assert read(Seconds(), 10) == 10.0
    assert read(Seconds(least=0.01), 0.001) is None
    assert read(Seconds(least=0.01), 0.01) == 0.01


@pytest.mark.parametrize(("raw", "code"), [(0, 0), (255, 255), (256, None), (-1, None), (True, None), (1.0, None)])
def test_exit_codes_are_a_byte(raw: object, code: int | None) -> None:
    assert read(ExitCode(), raw) == code


@pytest.mark.parametrize(("raw", "count"), [(1, 1), (50, 50), (0, None), (True, None), (2**70, None), (1.0, None)])
def test_counts_begin_at_one(raw: object, count: int | None) -> None:
    assert read(Count(), raw) == count


@pytest.mark.parametrize("text", ["", "abc", "nan", "inf", "1e5", "٣", "0x10", "1_000", "--1", "9" * 5000, "1.", ".5"])
@pytest.mark.parametrize("kind", [Count(), ExitCode(), Percent(), Seconds()])
def test_a_variable_holds_a_plain_decimal_number(kind: Kind[Any], text: str) -> None:
    reading = Reading()
    assert kind.from_text(text, Cursor(reading)) is None
    assert len(reading.mistakes) == 1


@pytest.mark.parametrize("kind", ALL)
@given(
    raw=st.one_of(
        st.text(), st.integers(), st.floats(), st.booleans(), st.none(), st.floats().map(lambda each: Real(str(each)))
    )
)
def test_anything_is_taken_or_a_mistake_and_never_both(kind: Kind[Any], raw: object) -> None:
    reading = Reading()
    value = kind.read(raw, Cursor(reading))
    assert (value is None) == (len(reading.mistakes) == 1)
    if value is not None:
        assert math.isfinite(value)
        assert read(kind, kind.plain(value)) == value or isinstance(value, Decimal)


def test_a_wrong_number_is_said_with_what_is_allowed(problems: Problems) -> None:
    found = problems(
        "[tool.gating]\ncoverage.fail-under = nan\ntools.x.timeout = true\nmetrics.interval = 1e-3\n"
        "metrics.keep.size = 200\n"
        "metrics.budgets.x.wall = 'long'\ntools.x.ok-codes = [0, 300]\nmetrics.keep.runs = 0\n"
    )
    assert [(problem.place, problem.message, problem.allowed) for problem in found] == [
        ("pyproject.toml:2:23", "coverage.fail-under is nan, not a percentage", "a number from 0 to 100"),
        (
            "pyproject.toml:3:19",
            "tools.x.timeout is true, not a number of seconds",
            "seconds as a number above 0 up to 1000000",
        ),
        (
            "pyproject.toml:4:20",
            "metrics.interval is 0.001, not a number of seconds",
            "seconds as a number from 0.01 up to 1000000",
        ),
        (
            "pyproject.toml:5:21",
            "metrics.keep.size is 200, not a size",
            'a size with its unit in quotes, such as "200 MB" or "1.5 GiB"',
        ),
        (
            "pyproject.toml:6:26",
            "metrics.budgets.x.wall is 'long', not a length of time",
            'a number of seconds, or a length of time in quotes, such as "10 min" or "1 h 30 min"',
        ),
        ("pyproject.toml:7:24", "tools.x.ok-codes[1] is 300, not an exit code", "a whole number from 0 to 255"),
        ("pyproject.toml:8:21", "metrics.keep.runs is 0, not a whole number above 0", "a whole number, 1 or more"),
    ]
