"""The totals: by rusage where there is one, with what still runs, and never less than what was seen."""

from __future__ import annotations

from typing import Any

import pytest

from gating.metrics.sampler.footer import completed, orphans, totals


class Told:
    """A tree that was read from /proc."""

    def __init__(
        self, *, user: float | None = 2.0, beside: float = 0.0, others: int = 0, ignored: bool = False
    ) -> None:
        self.user = user
        self.beside = beside
        self.others = others
        self.ignored_children = ignored

    def totals(self) -> dict[str, Any]:
        return {
            "cpu_s": None if self.user is None else self.user + 1,
            "user_s": self.user,
            "system_s": None if self.user is None else 1.0,
            "peak_rss_bytes": 100,
            "peak_pss_bytes": 50,
            "read_bytes": None,
            "write_bytes": 10,
        }

    def beside_root(self) -> tuple[float, float]:
        return self.beside, 0.0

    def alive(self) -> tuple[bool, int]:
        return False, self.others


def of(tree: Told, rusage: dict[str, Any] | None) -> dict[str, Any]:
    return totals(tree, rusage)  # type: ignore[arg-type]


def test_without_rusage_it_is_what_was_seen() -> None:
    assert of(Told(), None) == Told().totals()


def test_rusage_is_the_truth_about_time() -> None:
    got = of(Told(), {"user_s": 2.004, "system_s": 0.998})
    assert (got["user_s"], got["system_s"], got["cpu_s"]) == (2.004, 0.998, 3.002)


def test_what_runs_on_is_not_in_rusage() -> None:
    assert of(Told(beside=0.5), {"user_s": 2.0, "system_s": 1.0})["cpu_s"] == 3.5


@pytest.mark.parametrize(("user_s", "expected"), [(0.5, 3.0), (2.5, 3.5)])
def test_where_sigchld_was_ignored_what_was_seen_is_the_least(user_s: float, expected: float) -> None:
    assert of(Told(ignored=True), {"user_s": user_s, "system_s": 1.0})["cpu_s"] == expected


def test_a_command_that_was_over_before_anybody_looked_is_known_by_rusage() -> None:
    got = of(Told(user=None), {"user_s": 0.002, "system_s": 0.001, "peak_rss_bytes": 7000})
    assert got["cpu_s"] == 0.003
    assert got["peak_rss_bytes"] == 7000


def test_of_sizes_the_greater_is_told_and_the_known() -> None:
    got = of(Told(), {"user_s": 1, "system_s": 1, "peak_rss_bytes": 90, "read_bytes": 5, "write_bytes": 11})
    assert (got["peak_rss_bytes"], got["read_bytes"], got["write_bytes"]) == (100, 5, 11)
    assert of(Told(), {"user_s": 1, "system_s": 1, "write_bytes": None})["write_bytes"] == 10


def test_the_last_sample_knows_what_the_totals_know() -> None:
    sample = {"user_s": 1.0, "system_s": 1.01, "cpu_s": 2.01, "read_bytes": None, "write_bytes": 9, "processes": 0}
    got = completed(sample, {"user_s": 1.5, "system_s": 1.008, "read_bytes": 0, "write_bytes": 10})
    assert got == {
        "user_s": 1.5, "system_s": 1.01, "cpu_s": 2.51, "read_bytes": 0, "write_bytes": 10, "processes": 0,
    }  # fmt: skip


def test_orphans_are_known_to_a_subreaper_that_lived_to_tell() -> None:
    told = {"reaped": 2, "running": 1, "uncounted": True}
    assert orphans(Told(others=5), told, owned=True) == told  # type: ignore[arg-type]
    unknown = {"reaped": None, "running": 5, "uncounted": True}
    assert orphans(Told(others=5), None, owned=True) == unknown  # type: ignore[arg-type]
    assert orphans(Told(others=5), told, owned=False) == unknown  # type: ignore[arg-type]
    nothing = {"reaped": 0, "running": 0, "uncounted": False}
    assert orphans(Told(), {"reaped": 0}, owned=True) == nothing  # type: ignore[arg-type]
