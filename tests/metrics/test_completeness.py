"""Which samples are missing, held against the schedule."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from gating.metrics.completeness import Completeness

FOOTER: dict[str, Any] = {"gaps": [], "lateness_s": {"p50": None, "p99": None, "max": None}, "lost": 0}


def of(
    times: list[float], *, late: float = 0.0, wall: float | None = None, interval: float | None = 1.0, **more: Any
) -> dict[str, Any]:
    complete = Completeness(interval, **more)
    for t_s in times:
        complete.saw(t_s, late)
    complete.ended(wall)
    return complete.as_dict(None)


def test_a_whole_recording_is_complete() -> None:
    made = of([0.0, 1.0, 2.0, 3.0, 3.4], wall=3.4)
    assert (made["samples"], made["expected"], made["ratio"], made["gaps"]) == (5, 5, 1.0, [])


def test_a_short_command_is_complete() -> None:
    assert of([0.0, 0.05], wall=0.05)["ratio"] == 1.0


def test_what_was_not_taken_is_missing_and_a_gap() -> None:
    made = of([0.0, 1.0, 5.0, 6.0], wall=6.0)
    assert (made["samples"], made["expected"], made["ratio"]) == (4, 7, round(4 / 7, 6))
    assert (made["gaps"], made["gap_s"]) == ([[1.0, 5.0]], 4.0)


def test_what_is_missing_at_the_start_and_at_the_end_counts() -> None:
    assert of([3.0, 4.0], wall=4.0)["expected"] == 5
    made = of([0.0, 1.0], wall=9.0)
    assert made["expected"] == 9
    assert made["gaps"] == [[1.0, 9.0]]


def test_a_sample_that_is_late_is_not_missing() -> None:
    complete = Completeness(1.0)
    for t_s, late in [(0.0, 0.0), (1.9, 0.9), (2.0, 0.0), (3.0, 0.0)]:
        complete.saw(t_s, late)
    made = complete.as_dict(None)
    assert (made["ratio"], made["gaps"]) == (1.0, [])
    assert made["late_s"] == {"p50": 0.0, "p99": 0.9, "max": 0.9}


def test_a_sample_that_does_not_say_how_late_it_was_was_in_time() -> None:
    complete = Completeness(1.0)
    for t_s in (0.0, 1.0, 2.0):
        complete.saw(t_s, None)
    made = complete.as_dict(None)
    assert (made["ratio"], made["gaps"], made["late_s"]["max"]) == (1.0, [], None)


def test_samples_beside_the_schedule_make_up_for_none() -> None:
    made = of([0.0, 0.01, 0.02, 0.05, 1.0, 4.0], wall=4.0)
    assert (made["samples"], made["expected"]) == (6, 8)


def test_an_interval_that_doubled_is_no_gap() -> None:
    times = [0.0, 1.0, 2.0, 4.0, 6.0, 8.0, 12.0, 16.0, 20.0, 24.0]
    known = of(times, wall=24.0, intervals=[(0.0, 1.0), (2.0, 2.0), (8.0, 4.0)])
    assert (known["ratio"], known["gaps"]) == (1.0, [])
    guessed = of(times)  # as without the footer
    assert (guessed["ratio"], guessed["gaps"]) == (1.0, [])
    assert guessed["intervals"] == [[0.0, 1.0], [2.0, 2.0], [8.0, 4.0]]


def test_without_an_interval_there_is_no_schedule() -> None:
    made = of([0.0, 7.0], interval=None, wall=9.0)
    assert (made["samples"], made["expected"], made["ratio"]) == (2, None, None)


def test_the_gaps_of_the_footer_are_joined_with_ours() -> None:
    complete = Completeness(1.0)
    for t_s in (0.0, 1.0, 5.0):
        complete.saw(t_s, 0.0)
    made = complete.as_dict({**FOOTER, "gaps": [(1.5, 5.0), (7.0, 8.0)]})
    assert made["gaps"] == [[1.0, 5.0], [7.0, 8.0]]


@given(st.lists(st.booleans(), min_size=2, max_size=60), st.floats(0.1, 60))
def test_every_sample_that_is_left_out_is_missed(kept: list[bool], interval: float) -> None:
    kept[0] = kept[-1] = True
    times = [n * interval for n, is_kept in enumerate(kept) if is_kept]
    made = of(times, interval=interval, wall=times[-1], intervals=[(0.0, interval)])
    assert (made["samples"], made["expected"]) == (sum(kept), len(kept))
    assert bool(made["gaps"]) == (not all(kept))
