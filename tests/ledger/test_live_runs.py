"""Whether a run lives is told by its lock; where a lock could not be seen, by where and how long ago it began."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from gating.ledger.event import decode, encode, finished, started
from gating.ledger.runs import FOREIGN_AFTER_NS, begin, others, scan, this_process

HERE = {"host": "here", "boot": "b1", "pid": 1, "process_started": 5}
NOW_NS = 10 * FOREIGN_AFTER_NS


def start(number: int = 1, **process: Any) -> dict[str, Any]:
    return started({"id": f"{number:032x}", "started_ns": NOW_NS}, {**HERE, **process})


def dead(folder: Path, **process: Any) -> Path:
    """The file of a run that is no more."""
    begin(str(folder), start(**process)).leave()
    return folder / f"{1:032x}"


def alive(folder: Path, now_ns: int = NOW_NS) -> list[bool]:
    return [seen.alive for seen in scan(str(folder), HERE, now_ns)]


def test_this_process_is_told_from_another_of_its_pid() -> None:
    here = this_process()
    assert here["pid"] == os.getpid()
    assert here["host"]
    assert here["boot"] == Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    assert here["process_started"] == int(Path("/proc/self/stat").read_text().rpartition(")")[2].split()[19])


def test_a_run_is_alive_from_its_beginning_to_its_end(tmp_path: Path) -> None:
    live = begin(str(tmp_path), start())
    (seen,) = scan(str(tmp_path), HERE, NOW_NS)
    assert (seen.alive, seen.document) == (True, start())
    live.end()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("process", "lives"),
    [
        ({}, False),
        ({"boot": "b0"}, False),  # the machine has been started anew
        ({"host": "a-container"}, False),  # the same kernel, so its lock would be seen
        ({"host": "elsewhere", "boot": "b9"}, True),
        ({"host": "elsewhere", "boot": None}, True),
        ({"boot": None}, False),
    ],
)
def test_a_free_lock_says_killed_where_it_could_be_seen(
    tmp_path: Path, process: dict[str, Any], *, lives: bool
) -> None:
    dead(tmp_path, **process)
    assert alive(tmp_path) == [lives]


def test_a_run_of_another_machine_is_given_up_after_a_week(tmp_path: Path) -> None:
    dead(tmp_path, host="elsewhere", boot="b9")
    assert alive(tmp_path, NOW_NS + FOREIGN_AFTER_NS) == [True]
    assert alive(tmp_path, NOW_NS + FOREIGN_AFTER_NS + 1) == [False]


def test_a_held_lock_says_alive_whatever_the_file_says(tmp_path: Path) -> None:
    live = begin(str(tmp_path), start(boot="b0"))
    assert alive(tmp_path) == [True]
    live.end()


def test_a_file_without_a_word_is_a_run_being_born_for_an_hour(tmp_path: Path) -> None:
    path = tmp_path / "born"
    path.touch()
    now_ns = path.stat().st_mtime_ns
    assert list(scan(str(tmp_path), HERE, now_ns + 3590 * 10**9)) == []
    assert path.exists()
    assert list(scan(str(tmp_path), HERE, now_ns + 3610 * 10**9)) == []
    assert not path.exists()


def test_a_file_of_somebody_else_stays(tmp_path: Path) -> None:
    (tmp_path / "README").write_text("mine")
    assert list(scan(str(tmp_path), HERE, NOW_NS + 10**18)) == []
    assert (tmp_path / "README").exists()


def test_others_are_files_of_another_name(tmp_path: Path) -> None:
    assert not others(str(tmp_path / "missing"), None)
    (tmp_path / "a").touch()
    assert not others(str(tmp_path), "a")
    assert others(str(tmp_path), "b")


def test_a_run_can_end_in_the_room_that_it_reserved(tmp_path: Path) -> None:
    spooled = tmp_path / "spooled"
    event = finished(start(), [], exit_code=0, ended_ns=NOW_NS, snapshot=None, probes=[])
    begin(str(tmp_path), start()).become(str(spooled), encode(event))
    assert list(tmp_path.iterdir()) == [spooled]
    assert decode(spooled.read_bytes()) == ([start(), event], b"")
    assert spooled.stat().st_size == len(encode(start()) + encode(event))


FORK = """
import json, os, sys
from gating.ledger.runs import begin, scan, this_process
live = begin(sys.argv[1], json.loads(sys.argv[2]))
child = os.fork()
if child == 0:
    live.end()
    os._exit(0)
os.waitpid(child, 0)
print(*(seen.alive for seen in scan(sys.argv[1], this_process(), 0)))
live.end()
"""


def test_a_forked_child_does_not_end_its_parents_run(tmp_path: Path) -> None:
    argv = [sys.executable, "-c", FORK, str(tmp_path), json.dumps(start())]
    assert subprocess.run(argv, check=True, capture_output=True, text=True, timeout=60).stdout == "True\n"
    assert list(tmp_path.iterdir()) == []
