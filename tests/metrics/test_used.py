"""What a recording lets one say of a figure: exactly, between two, or at least."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from gating.metrics.summary import summary_of
from gating.metrics.used import BOUNDS, Used, used_by_document, used_by_totals
from tests.metrics.recordings import a_footer, a_header, a_sample, written


def used(folder: Path, *lines: Any) -> dict[str, Used]:
    return used_by_document(summary_of(written(folder, [a_header(), *lines])).document)


def test_of_a_whole_recording_all_is_known(tmp_path: Path) -> None:
    found = used(tmp_path, a_sample(0), a_sample(1), a_sample(2), a_footer())
    assert tuple(found) == BOUNDS
    assert (found["wall"].least, found["wall"].most) == (2.0, 2.0)
    assert (found["cpu"].least, found["cpu"].most) == (2.0, 2.0)
    assert (found["peak-memory"].least, found["peak-memory"].most) == (100_000_000, 100_000_000)
    assert [one.doubts for one in found.values()] == [[], [], []]


@pytest.mark.parametrize(
    ("footer", "doubted", "told"),
    [
        ({"signal": 9, "exit_code": None}, BOUNDS, "signal 9 ended the command"),
        ({"reason": "recorder-gone", "exit_code": None}, BOUNDS, "how the command ended is not known"),
        ({"flags": ["sigchld-ignored"]}, ("cpu",), "a parent ignored SIGCHLD"),
        ({"orphans": {"reaped": None, "running": None, "uncounted": True}}, ("cpu",), "outlived their parents"),
        ({"totals": {"wall_s": 20.0}}, ("peak-memory",), "nothing was sampled for 18.0 s"),
    ],
)
def test_what_may_be_missing_is_a_doubt(
    tmp_path: Path, footer: dict[str, Any], doubted: tuple[str, ...], told: str
) -> None:
    found = used(tmp_path, a_sample(0), a_sample(1), a_sample(2), a_footer(**footer))
    assert tuple(key for key, one in found.items() if one.doubts) == doubted
    assert told in "; ".join(found[doubted[0]].doubts)


def test_an_unfinished_recording_tells_the_least(tmp_path: Path) -> None:
    found = used(tmp_path, a_sample(0), a_sample(1))
    assert found["wall"].least == 1.0
    assert all("not finished" in one.doubts[0] for one in found.values())


def test_without_pss_memory_is_told_by_rss(tmp_path: Path) -> None:
    found = used(tmp_path, a_sample(0, tree={"pss_bytes": None}), a_footer(totals={"peak_pss_bytes": None}))
    memory = found["peak-memory"]
    assert (memory.least, memory.most) == (200_000_000, 200_000_000)
    assert memory.beside == "by RSS, which counts shared pages for each process"


def test_by_totals_alone_memory_is_between_pss_and_rss() -> None:
    found = used_by_totals({"wall_s": 1.5, "cpu_s": None, "peak_pss_bytes": 5, "peak_rss_bytes": 9}, ["so"])
    assert (found["peak-memory"].least, found["peak-memory"].most) == (5, 9)
    assert (found["cpu"].least, found["wall"].most, found["wall"].doubts) == (None, 1.5, ["so"])
