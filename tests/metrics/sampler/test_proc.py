"""One process as /proc tells of it, where what it tells is behind the times."""

from __future__ import annotations

from pathlib import Path

from gating.metrics.sampler.files import Descriptors
from gating.metrics.sampler.proc import Process


def stat(children_ticks: int) -> str:
    """The fields of /proc/PID/stat, of which cutime is the sixteenth."""
    fields = ["S", "1", "7", "7", "0", "-1", "0", "0", "0", "0", "0", "5", "2", str(children_ticks), "0", "20", "0"]
    return f"7 (sh) {' '.join([*fields, '1', '0', '900', '1000000', '50', '0'])}\n"


def test_what_a_running_process_got_from_a_dead_child_is_seen_before_the_next_tick(tmp_path: Path) -> None:
    folder = tmp_path / "7"
    (folder / "task/7").mkdir(parents=True)
    (folder / "stat").write_text(stat(0))
    (folder / "task/7/schedstat").write_text("4000000 100 3\n")
    process = Process(7, Descriptors(None), str(tmp_path))
    while process.look():
        pass  # until it has been as it was for a while: it sleeps, or seems to
    (folder / "stat").write_text(stat(30))  # it has waited for a child, and its tick has not come yet
    assert not process.look()
    assert process.handed_over()[0] == 0
    process.doubt()
    assert process.look()
    assert process.handed_over()[0] == 30
    process.close()
