"""When samples are due, and what becomes of those that were missed."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from gating.metrics.sampler.schedule import Schedule

INTERVALS = st.sampled_from([0.02, 0.1, 0.5, 1.0, 2.5, 10.0, 60.0])


def test_it_begins_closely_and_goes_over_to_the_grid() -> None:
    schedule, times = Schedule(1.0), [0.0]
    for _ in range(10):
        schedule.taken(times[-1])
        times.append(round(schedule.due_s, 6))
    assert times == [0.0, 0.01, 0.03, 0.07, 0.15, 0.31, 0.63, 1.0, 2.0, 3.0, 4.0]
    assert schedule.gaps == []
    assert schedule.intervals == [[0.0, 1.0]]


@given(INTERVALS, st.lists(st.floats(0, 0.9), min_size=50, max_size=200))
def test_it_does_not_drift(interval_s: float, lateness: list[float]) -> None:
    schedule, due = Schedule(interval_s), []
    for part in lateness:
        schedule.taken(schedule.due_s + part * interval_s)
        due.append(schedule.due_s / interval_s)
    assert schedule.gaps == []
    points = [point for point in due if point > 1 - 1e-6]
    assert len(points) >= 30  # the first ones come closer together, up to a dozen where the interval is a minute
    first = round(points[0])
    assert all(abs(point - expected) < 1e-6 for expected, point in enumerate(points, first))


@given(INTERVALS, st.integers(1, 1000), st.integers(1, 1000))
def test_missed_points_are_one_gap_and_not_made_up_for(interval_s: float, before: int, missed: int) -> None:
    schedule = Schedule(interval_s)
    schedule.taken(0.0)
    schedule.due_s = before * interval_s
    schedule.taken(before * interval_s)
    woken = (before + missed + 1.5) * interval_s
    late = schedule.taken(woken)
    assert late > missed * interval_s
    if late >= 0.1:
        assert schedule.gaps == [[round(before * interval_s, 6), round(woken, 6)]]
    assert woken < schedule.due_s <= woken + interval_s


def test_doubling_keeps_to_the_grid_of_the_new_interval() -> None:
    schedule = Schedule(1.0)
    schedule.due_s = 7.0
    schedule.taken(7.1)
    schedule.double(7.1)
    assert schedule.due_s == 8.0
    schedule.taken(8.0)
    assert schedule.due_s == 10.0
    assert schedule.intervals == [[0.0, 1.0], [7.1, 2.0]]


def test_lateness_is_told_by_percentile_and_takes_bounded_room() -> None:
    schedule = Schedule(1.0)
    assert schedule.lateness() == {"p50": None, "p99": None, "max": None}
    for _ in range(50_000):
        schedule.taken(schedule.due_s + 0.001)
    schedule.taken(schedule.due_s + 0.5)
    told = schedule.lateness()
    assert told == {"p50": 0.001, "p99": 0.001, "max": 0.5}
    assert len(schedule._late) <= 4097


def test_a_first_sample_that_is_late_is_no_drift() -> None:
    schedule = Schedule(1.0)
    schedule.due_s = 0.3  # the interpreter took so long to start
    assert schedule.taken(0.3) == 0.0
    assert schedule.due_s == 0.31
