"""One process as /proc tells of it, where what it tells is behind the times."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from gating.metrics.sampler.files import Descriptors
from gating.metrics.sampler.proc import Process


def stat(children_ticks: int = 0, *, state: str = "S", user_ticks: int = 5, threads: int = 1) -> str:
    """The fields of /proc/PID/stat, of which cutime is the sixteenth."""
    fields = [state, "1", "7", "7", "0", "-1", "0", "0", "0", "0", "0", str(user_ticks), "2", str(children_ticks), "0"]
    return f"7 (sh) {' '.join([*fields, '20', '0', str(threads), '0', '900', '1000000', '50', '0'])}\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "7"
    (made / "task/7").mkdir(parents=True)
    (made / "stat").write_text(stat())
    (made / "task/7/schedstat").write_text("4000000 100 3\n")
    return made


def seemingly_asleep(folder: Path) -> Process:
    """The process, after it has been as it was for a while."""
    process = Process(int(folder.name), Descriptors(None), str(folder.parent))
    while process.look():
        pass
    return process


def test_what_a_running_process_got_from_a_dead_child_is_seen_before_the_next_tick(folder: Path) -> None:
    process = seemingly_asleep(folder)
    (folder / "stat").write_text(stat(30))  # it has waited for a child, and its tick has not come yet
    assert not process.look()
    assert process.handed_over()[0] == 0
    process.doubt()
    assert process.look()
    assert process.handed_over()[0] == 30
    process.close()


@pytest.mark.parametrize("waited_for", [{"state": "X"}, {"state": "X", "threads": 0}, {"state": "Z", "threads": 0}])
def test_one_that_its_parent_is_taking_away_is_gone_with_what_it_had(folder: Path, waited_for: dict[str, Any]) -> None:
    """Its parent has its times already, and what its own file says of them is zero at the end."""
    process = seemingly_asleep(folder)
    process.doubt()
    (folder / "stat").write_text(stat(state="Z", user_ticks=8))
    process.look()
    assert process.zombie
    for _ in range(20):
        process.look()
    (folder / "stat").write_text(stat(user_ticks=0, **waited_for))
    with pytest.raises(ProcessLookupError):
        process.look()
    assert process.used()[:2] == [8, 2]
    process.close()
