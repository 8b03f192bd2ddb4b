"""A recording in this process, with clocks and readers as a test wants them; `test_launch` has the real process."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from gating.metrics.sampler import main
from gating.metrics.sampler.control import Inbox, pack
from gating.metrics.sampler.main import Recording
from tests.metrics.running import lines

PACKAGE = Path(main.__file__).parent


@contextmanager
def recording(path: Path, **config: Any) -> Iterator[tuple[Recording, int]]:
    """A recording, and the descriptor by which it is spoken to."""
    ear, to = os.pipe()
    back, mouth = os.pipe()
    filled = {
        "path": str(path),
        "name": "a",
        "interval_s": 0.05,
        "cap_bytes": 1 << 20,
        "linger_s": 1.0,
        "owned": False,
        "started_ns": time.time_ns(),
        "started_monotonic_s": time.monotonic(),
        "recorder_pid": os.getpid(),
        "version": "0",
        "source": "proc",
        **config,
    }
    try:
        yield Recording(filled, Inbox(), ear, mouth), to
    finally:
        for handle in (ear, to, back, mouth):
            os.close(handle)


def run(made: Recording, to: int, seconds: float) -> None:
    """Let it record for some seconds."""
    ending = threading.Timer(seconds, lambda: os.write(to, pack({"end": {}})))
    ending.start()
    made.run()
    ending.join()


def test_a_clock_that_is_set_back_changes_only_what_is_of_the_clock(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, calls = time.time_ns, iter(range(1000))
    monkeypatch.setattr(time, "time_ns", lambda: real() - (3600 * 10**9 if next(calls) > 4 else 0))
    with recording(tmp_path / "a") as (made, to):
        run(made, to, 0.6)
    header, *samples, footer = lines(tmp_path / "a")
    clock = [sample["time_ns"] for sample in samples]
    assert clock != sorted(clock)
    assert clock[-1] < header["started_ns"] - 3000 * 10**9
    times = [sample["t_s"] for sample in samples]
    assert times == sorted(times)
    assert times[-1] < 30
    assert footer["totals"]["wall_s"] < 30
    assert footer["gaps"] == [] or max(end - start for start, end in footer["gaps"]) < 30


def test_a_machine_that_was_suspended_is_a_gap_and_a_flag(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real, calls = time.clock_gettime, iter(range(1000))
    monkeypatch.setattr(
        time,
        "clock_gettime",
        lambda clock: real(clock) + (600 if clock == time.CLOCK_BOOTTIME and next(calls) > 4 else 0),
    )
    with recording(tmp_path / "a") as (made, to):
        run(made, to, 0.6)
    footer = lines(tmp_path / "a")[-1]
    assert footer["flags"] == ["suspended"]
    assert len(footer["gaps"]) >= 1


@pytest.mark.parametrize("key", ["host", "tree", "cgroup", "gpus"])
def test_a_reader_that_breaks_costs_its_own_values_only(tmp_path: Path, key: str) -> None:
    class Broken:
        def sample(self, *_: float) -> None:
            raise ZeroDivisionError

        def __getattr__(self, name: str) -> Any:
            return getattr(before, name) if before is not None else lambda: None

    with recording(tmp_path / "a") as (made, to):
        before = getattr(made.readers, key)
        setattr(made.readers, key, Broken())
        made.readers.gpus = made.readers.gpus if key == "gpus" else None
        run(made, to, 0.2)
    _, *samples, footer = lines(tmp_path / "a")
    assert [sample[key] for sample in samples] == [None] * len(samples)
    other = "host" if key == "tree" else "tree"
    assert all(sample[other] for sample in samples)
    assert footer["flags"] == [f"{key}-failed"]


def test_the_watched_process_may_be_told_later(tmp_path: Path) -> None:
    with recording(tmp_path / "a", owned=True) as (made, to):
        child = subprocess.Popen([sys.executable, "-I", "-S", "-c", "import time; time.sleep(60)"])
        timer = threading.Timer(0.2, lambda: os.write(to, pack({"watch": child.pid})))
        timer.start()
        run(made, to, 0.6)
        timer.join()
        child.kill()
        child.wait()
    header, *samples, _ = lines(tmp_path / "a")
    assert header["root"]["pid"] is None
    processes = [sample["tree"]["processes"] for sample in samples]
    assert processes[0] == 0
    assert processes[-1] == 1


def test_a_message_that_comes_in_two_parts_is_understood(tmp_path: Path) -> None:
    with recording(tmp_path / "a") as (made, to):
        whole = pack({"end": {"exit_code": 3}})
        os.write(to, whole[:5])
        timer = threading.Timer(0.2, lambda: os.write(to, whole[5:]))
        timer.start()
        made.run()
        timer.join()
    assert lines(tmp_path / "a")[-1]["exit_code"] == 3


def test_its_modules_need_little_of_the_standard_library() -> None:
    """It is started for every command that is recorded: no module that is slow to import, and none of others."""
    allowed = {
        "__future__", "_collections_abc", "_json", "_stat", "abc", "gc", "genericpath", "io", "marshal", "os",
        "os.path", "posixpath", "resource", "select", "stat", "time",
    }  # fmt: skip
    code = (
        "import sys; before = set(sys.modules); sys.path.append(sys.argv[1])\n"
        "from gating.metrics.sampler import main, tree, host, cgroup, pressure, devices\n"
        "print(*sorted(set(sys.modules) - before))"
    )
    root = str(PACKAGE.parent.parent.parent)
    argv = [sys.executable, "-I", "-S", "-c", code, root]
    loaded = set(subprocess.run(argv, capture_output=True, text=True, check=True).stdout.split())
    others = {name for name in loaded if not name.startswith("gating")}
    assert others <= allowed


@pytest.mark.parametrize("file", sorted(PACKAGE.glob("*.py")), ids=lambda file: file.stem)
def test_its_modules_are_read_by_the_oldest_python_that_runs_it(file: Path) -> None:
    ast.parse(file.read_text(encoding="utf-8"), feature_version=(3, 11))
