"""Recordings summed up: figures by hand, figures of an incomplete file, and the published form."""

from __future__ import annotations

import contextlib
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

import gating
from gating.errors import UsageError
from gating.metrics.summary import Summary, summary_of
from tests.metrics.recordings import a_cgroup, a_footer, a_header, a_sample, written

VALIDATOR = Draft202012Validator(
    json.loads((Path(gating.__file__).parent / "schemas" / "recording-1.json").read_text(encoding="utf-8"))
)


def summed(folder: Path, *lines: Any) -> Summary:
    summary = summary_of(written(folder, lines))
    assert [
        f"{one.json_path}: {one.message}" for one in VALIDATOR.iter_errors(json.loads(json.dumps(summary.document)))
    ] == []
    return summary


def test_a_whole_recording(tmp_path: Path) -> None:
    cpu = [0.0, 1.0, 4.0, 4.5]
    samples = [
        a_sample(n, tree={"cpu_s": used, "rss_bytes": rss}, host={"cpu_user_s": 2.0 * n, "cpu_system_s": 0.5 * n})
        for n, (used, rss) in enumerate(zip(cpu, [10, 40, 20, 30], strict=True))
    ]
    made = summed(tmp_path, a_header(), *samples, a_footer(totals={"wall_s": 3.0, "cpu_s": 4.5})).document
    assert made["totals"]["cpu_s"] == 4.5
    assert (made["totals_from"], made["incomplete"]) == ("footer", None)
    cores = made["figures"]["tree"]["cpu_cores"]
    assert (cores["mean"], cores["p50"], cores["p95"], cores["peak"], cores["peak_at_s"]) == (1.5, 1.0, 3.0, 3.0, 2.0)
    rss = made["figures"]["tree"]["rss_bytes"]
    assert (rss["mean"], rss["p50"], rss["peak"], rss["peak_at_s"]) == (30.0, 30.0, 40, 1.0)
    assert made["figures"]["host"]["cpu_cores"]["mean"] == 2.5
    assert made["figures"]["host"]["load_1m"] is None
    assert made["completeness"]["ratio"] == 1.0
    assert made["sampler"]["cpu_s"] == 0.002
    assert made["sampler"]["cpu_cores"] == pytest.approx(0.002 / 3, abs=1e-6)


def test_of_an_incomplete_file_the_last_sample_tells_what_is_known(tmp_path: Path) -> None:
    samples = [
        a_sample(0),
        a_sample(1, tree={"rss_bytes": 7, "pss_bytes": None}),
        a_sample(2, tree={"rss_bytes": 5, "pss_bytes": None, "user_s": 1.5, "write_bytes": 77}),
        {**a_sample(3), "tree": None},
    ]
    made = summed(tmp_path, a_header(), *samples).document
    assert made["incomplete"] == "it has no footer"
    assert made["totals_from"] == "samples"
    assert made["totals"] == {
        "wall_s": 3.0,
        "cpu_s": 2.0,
        "user_s": 1.5,
        "system_s": 0.0,
        "peak_rss_bytes": 200_000_000,
        "peak_pss_bytes": 100_000_000,
        "read_bytes": 0,
        "write_bytes": 77,
    }
    assert made["ending"] == {"reason": None, "exit_code": None, "signal": None}
    assert made["completeness"]["lost"] is None


def test_without_samples_all_is_unknown(tmp_path: Path) -> None:
    made = summed(tmp_path, a_header()).document
    assert set(made["totals"].values()) == {None}
    assert made["completeness"]["samples"] == 0
    assert made["figures"]["tree"]["cpu_cores"] is None
    assert made["figures"]["gpus"] == []


def test_a_rate_needs_half_an_interval(tmp_path: Path) -> None:
    # one tick of 10 ms within 10 ms is no sign of a busy processor
    samples = [
        a_sample(0, 0.0, tree={"cpu_s": 0.0}),
        a_sample(1, 0.01, tree={"cpu_s": 0.01}),
        a_sample(2, 1.0, tree={"cpu_s": 0.1}),
        a_sample(3, 1.01, tree={"cpu_s": 0.12}),
    ]
    made = summed(tmp_path, a_header(), *samples, a_footer(totals={"wall_s": 1.01})).document
    cores = made["figures"]["tree"]["cpu_cores"]
    assert cores["peak"] == 0.1
    assert cores["mean"] == pytest.approx(0.12 / 1.01, abs=1e-6)


def test_a_short_command_has_a_rate(tmp_path: Path) -> None:
    samples = [a_sample(0, 0.0), a_sample(1, 0.05, tree={"cpu_s": 0.04})]
    made = summed(tmp_path, a_header(), *samples, a_footer()).document
    assert made["figures"]["tree"]["cpu_cores"]["mean"] == 0.8


def test_unknown_in_between_is_no_zero(tmp_path: Path) -> None:
    samples = [a_sample(0), a_sample(1, tree={"cpu_s": None, "rss_bytes": None}), a_sample(2, tree={"cpu_s": 1.0})]
    made = summed(tmp_path, a_header(), *samples).document
    assert made["figures"]["tree"]["cpu_cores"]["mean"] == 0.5
    assert made["figures"]["tree"]["rss_bytes"]["p50"] == 200_000_000


def test_a_pss_that_is_old_is_not_the_peak(tmp_path: Path) -> None:
    # as of 40 MB it was not read any more; RSS, which went on to 130 MB, tells how much it can have become
    readings = [(10, 8, 0.0), (50, 40, 0.0), (90, 40, 0.999998), (110, 40, 1.999997), (130, 40, 3.0), (130, 40, 4.0)]
    samples = [
        a_sample(n, tree={"rss_bytes": rss, "pss_bytes": pss, "pss_age_s": age})
        for n, (rss, pss, age) in enumerate(readings)
    ]
    footer = a_footer(totals={"wall_s": 5.0, "peak_pss_bytes": 40, "peak_rss_bytes": 130})
    summary = summed(tmp_path, a_header(), *samples, footer)
    assert summary.document["peak_memory"] == {"least_bytes": 40, "most_bytes": 120}
    spans = list(summary.series["tree.pss_bytes"])
    assert (spans[0][2], spans[-1][2]) == (8, 40)
    assert spans[-1][1] == 3.0  # two intervals later nobody knows


def test_a_pss_that_is_read_each_time_is_the_peak(tmp_path: Path) -> None:
    samples = [a_sample(n, tree={"rss_bytes": 10 * n, "pss_bytes": 6 * n}) for n in range(4)]
    footer = a_footer(totals={"wall_s": 3.0, "peak_pss_bytes": 18, "peak_rss_bytes": 30})
    made = summed(tmp_path, a_header(), *samples, footer).document
    assert made["peak_memory"] == {"least_bytes": 18, "most_bytes": 18}


def test_without_pss_the_least_is_not_known(tmp_path: Path) -> None:
    samples = [a_sample(n, tree={"rss_bytes": 10 * n, "pss_bytes": None, "pss_age_s": None}) for n in range(4)]
    made = summed(
        tmp_path, a_header(), *samples, a_footer(totals={"peak_pss_bytes": None, "peak_rss_bytes": 30})
    ).document
    assert made["peak_memory"] == {"least_bytes": None, "most_bytes": 30}


def test_what_the_kernel_saw_and_no_sample_did_counts(tmp_path: Path) -> None:
    samples = [a_sample(n, tree={"rss_bytes": 0, "pss_bytes": 0}) for n in range(2)]  # it was over before the first
    footer = a_footer(totals={"wall_s": 1.0, "peak_pss_bytes": 0, "peak_rss_bytes": 30})
    made = summed(tmp_path, a_header(), *samples, footer).document
    assert made["peak_memory"] == {"least_bytes": None, "most_bytes": 30}
    nothing = a_footer(totals={"wall_s": 1.0, "peak_pss_bytes": None, "peak_rss_bytes": 0})
    assert summed(tmp_path, a_header(), *samples, nothing).document["peak_memory"]["most_bytes"] is None


def test_a_share_of_time_is_at_most_all_of_it(tmp_path: Path) -> None:
    samples = [a_sample(n, host={"pressure_io_some_s": 1.02 * n}) for n in range(3)]
    made = summed(tmp_path, a_header(), *samples, a_footer()).document
    assert made["figures"]["host"]["pressure_io_some_ratio"]["peak"] == 1.0


def test_control_group_and_gpus(tmp_path: Path) -> None:
    def gpu(ratio: float | None) -> dict[str, Any]:
        return {
            "index": 0,
            "utilisation_ratio": ratio,
            "memory_used_bytes": None if ratio is None else 5,
            "temperature_celsius": 40,
            "power_watts": 70.5,
            "asleep": ratio is None,
        }

    samples = [
        a_sample(n, cgroup=a_cgroup(memory_used_bytes=n, cpu_throttled_s=n / 2), gpus=[gpu(ratio)])
        for n, ratio in enumerate([None, 0.5, 1.0])
    ]
    cgroup = {"version": 2, "path": "/a", "memory_limit_bytes": 10, "cpu_limit_cores": 2, "pids_limit": None}
    facts = [{"index": 0, "name": "H", "memory_bytes": 10, "uuid": None}]
    summary = summed(tmp_path, a_header(cgroup=cgroup, gpus=facts), *samples, a_footer())
    figures = summary.document["figures"]
    assert figures["cgroup"]["memory_used_bytes"]["peak"] == 2
    assert figures["cgroup"]["cpu_throttled_ratio"]["mean"] == 0.5
    (one,) = figures["gpus"]
    assert (one["index"], one["utilisation_ratio"]["mean"]) == (0, 0.75)
    assert "gpus.0.power_watts" in summary.series


def test_what_is_missing_is_told_with_its_reason(tmp_path: Path) -> None:
    header = a_header(missing={"tree.pss_bytes": "no smaps_rollup"})
    made = summed(tmp_path, header, a_sample(0, tree={"pss_bytes": None})).document
    assert made["missing"] == {"tree.pss_bytes": "no smaps_rollup"}
    assert made["figures"]["tree"]["pss_bytes"] is None


WHOLE = "".join(
    json.dumps(line) + "\n" for line in [a_header(), *(a_sample(n) for n in range(4)), a_footer(samples=4)]
).encode()


@given(st.integers(0, len(WHOLE)), st.binary(max_size=60), st.integers(0, 60))
def test_whatever_a_file_holds_its_summary_is_valid(
    tmp_path_factory: pytest.TempPathFactory, place: int, junk: bytes, over: int
) -> None:
    path = tmp_path_factory.mktemp("junk") / "file.jsonl"
    path.write_bytes(WHOLE[:place] + junk + WHOLE[place + over :])
    with contextlib.suppress(UsageError):
        assert list(VALIDATOR.iter_errors(json.loads(json.dumps(summary_of(path).document, allow_nan=False)))) == []
