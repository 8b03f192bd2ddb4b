"""A lock belongs to one process and goes with it, whatever that process leaves behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from gating.ledger.locks import acquire, looking

HOLD = """
import os, subprocess, sys, time
from gating.ledger.locks import acquire
lock = acquire(sys.argv[1], timeout_s=5)
{between}
print("held", flush=True)
time.sleep(60)
"""


def holder(path: Path, between: str = "") -> subprocess.Popen[str]:
    argv = [sys.executable, "-c", HOLD.format(between=between), str(path)]
    process = subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "held\n"
    return process


def is_free(path: Path) -> bool:
    with path.open("rb") as file, looking(file.fileno()) as free:
        return free


def test_one_holds_it_and_the_other_waits_in_vain(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    with acquire(str(path), timeout_s=0), pytest.raises(TimeoutError, match=r"locked by another process for 0\.1 s"):
        acquire(str(path), timeout_s=0.1)
    acquire(str(path), timeout_s=0).release()


def test_it_is_seen_from_outside_by_several_at_once(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    with acquire(str(path), timeout_s=0):
        assert not is_free(path)
    with path.open("rb") as file, looking(file.fileno()) as free:
        assert free
        assert is_free(path)


def test_the_killed_hold_nothing(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    with holder(path) as process:
        assert not is_free(path)
        process.kill()
        process.wait()
        acquire(str(path), timeout_s=1).release()


EXEC = """
child = subprocess.Popen(["sleep", "60"], close_fds=False)
print(child.pid, file=open(sys.argv[1] + ".pid", "w"))
"""
FORK = """
pid = os.fork()
if pid == 0:
    time.sleep(60)
    os._exit(0)
print(pid, file=open(sys.argv[1] + ".pid", "w"))
"""
RELEASE_IN_CHILD = """
pid = os.fork()
if pid == 0:
    lock.release()
    os._exit(lock.held)
assert os.waitpid(pid, 0)[1] == 0
assert lock.held
"""


@pytest.mark.parametrize("child", [EXEC, FORK], ids=["exec", "fork"])
def test_a_child_that_outlives_the_holder_does_not_keep_it(tmp_path: Path, child: str) -> None:
    path = tmp_path / "lock"
    with holder(path, child) as process:
        orphan = int(Path(f"{path}.pid").read_text())
        try:
            assert not is_free(path)
            process.kill()
            process.wait()
            os.kill(orphan, 0)
            acquire(str(path), timeout_s=1).release()
        finally:
            os.kill(orphan, signal.SIGKILL)


def test_a_forked_child_cannot_give_up_its_parents_lock(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    with holder(path, RELEASE_IN_CHILD) as process:
        assert not is_free(path)
        process.kill()


def test_who_waits_gets_it_soon_after_it_is_free(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    with holder(path) as process:
        process.terminate()
        started = time.monotonic()
        acquire(str(path), timeout_s=10).release()
        assert time.monotonic() - started < 5
