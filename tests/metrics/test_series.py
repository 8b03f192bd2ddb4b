"""A series against plain arithmetic over all that was put into it."""

from __future__ import annotations

import json
import math
import subprocess
import sys
from itertools import pairwise
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from gating.metrics.series import Series, percentiles

VALUES = st.lists(st.tuples(st.floats(0.01, 10), st.floats(0, 1000)), min_size=1, max_size=60)


# in a process of its own: a tracer would take longer and its memory be counted
READS = """
import json, sys, tracemalloc
from pathlib import Path
from gating.metrics.summary import summary_of
tracemalloc.start()
summary = summary_of(Path(sys.argv[1]))
_, most = tracemalloc.get_traced_memory()
longest = max(map(len, summary.series.values()))
print(json.dumps({"most": most, "longest": longest, "tree": summary.document["figures"]["tree"]}))
"""


def filled(steps: list[tuple[float, float]], limit: int = 1000) -> tuple[Series, float]:
    series, t_s = Series(limit), 0.0
    for length, value in steps:
        series.add(t_s, t_s + length, value)
        t_s += length
    return series, t_s


@given(VALUES)
def test_mean_and_peak_are_those_of_the_values(steps: list[tuple[float, float]]) -> None:
    series, end = filled(steps)
    assert series.mean is not None
    assert math.isclose(series.mean, sum(length * value for length, value in steps) / end, rel_tol=1e-9, abs_tol=1e-9)
    assert series.peak == max(value for _, value in steps)
    assert [mean for _, _, mean, _ in series] == [value for _, value in steps]


@given(VALUES, st.floats(0.001, 1))
def test_a_percentile_is_a_value_that_was_there_and_is_not_exceeded_for_that_share(
    steps: list[tuple[float, float]], share: float
) -> None:
    series, end = filled(steps)
    (found,) = series.percentiles(share)
    assert found is not None
    assert found in {value for _, value in steps}
    below = sum(length for length, value in steps if value <= found)
    assert below >= share * end * (1 - 1e-9)
    less = sum(length for length, value in steps if value < found)
    assert less <= share * end * (1 + 1e-9)


@given(VALUES, st.integers(2, 9))
def test_in_less_room_mean_peak_and_length_stay(steps: list[tuple[float, float]], limit: int) -> None:
    series, _ = filled(steps)
    small, end = filled(steps, limit)
    assert len(small) <= limit
    assert series.mean is not None
    assert small.mean is not None
    assert math.isclose(series.mean, small.mean, rel_tol=1e-9, abs_tol=1e-9)
    assert small.peak == series.peak
    spans = list(small)
    assert (spans[0][0], spans[-1][1]) == (0.0, end)
    assert all(one[1] == two[0] for one, two in pairwise(spans))
    assert max(most for *_, most in spans) == series.peak


@given(VALUES, st.integers(1, 40))
def test_columns_hold_the_whole(steps: list[tuple[float, float]], count: int) -> None:
    series, end = filled(steps)
    shown = list(series.columns(count, end))
    assert len(shown) == count
    known = [mean for mean, _ in shown if mean is not None]
    assert len(known) == count
    assert series.mean is not None
    assert math.isclose(sum(known) / count, series.mean, rel_tol=1e-6, abs_tol=1e-6)
    assert max(most for _, most in shown if most is not None) == series.peak


def test_where_nothing_is_known_a_column_is_empty() -> None:
    series = Series()
    series.add(0.0, 1.0, 5.0)
    series.add(3.0, 4.0, 7.0)
    assert list(series.columns(4, 4.0)) == [(5.0, 5.0), (None, None), (None, None), (7.0, 7.0)]
    assert list(Series().columns(2, 4.0)) == [(None, None)] * 2


def test_a_level_that_was_seen_once_has_figures() -> None:
    series = Series()
    series.add(0.0, 0.0, 5.0)
    assert (series.mean, series.peak, series.peak_at_s, series.percentiles(0.5)) == (5.0, 5.0, 0.0, [5.0])
    assert list(series.columns(2, 1.0)) == [(5.0, 5.0), (None, None)]


def test_nothing_has_no_figures() -> None:
    assert (Series().mean, Series().peak, Series().percentiles(0.5, 0.9)) == (None, None, [None, None])
    assert percentiles([], [], 0.5) == [None]


def test_what_is_too_short_belongs_to_the_span_before() -> None:
    series = Series()
    series.add(0.0, 1.0, 2.0)
    series.extend(1.5, 8.0)
    assert list(series) == [(0.0, 1.5, 4.0, 2.0)]


def test_a_long_recording_takes_no_more_room_than_a_short_one(tmp_path: Path) -> None:
    path = tmp_path / "long.jsonl"
    with open(path, "w") as file:
        file.write('{"kind": "header", "schema": "gating.metrics/1", "interval_s": 1.0}\n')
        file.writelines(
            f'{{"kind": "sample", "t_s": {n}, "tree": {{"cpu_s": {n}, "rss_bytes": {n}}}}}\n' for n in range(34_000)
        )
    read = subprocess.run([sys.executable, "-c", READS, path], capture_output=True, text=True, check=True)
    told = json.loads(read.stdout)
    assert told["most"] < 10_000_000
    assert told["longest"] <= 32_768
    cores = told["tree"]["cpu_cores"]
    assert (cores["mean"], cores["p99"], cores["peak"]) == (1.0, 1.0, 1.0)
    assert told["tree"]["rss_bytes"]["peak"] == 33_999
