"""What a file of samples came to, whatever state it is in."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from pathlib import Path

import pytest

from gating.metrics.account import account, of_footer
from gating.metrics.launch import Sampler
from tests.metrics.running import record

BODY = "import time; time.sleep(0.3)"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "a.jsonl"
    footer = record(path, BODY, {"interval_s": 0.05}).footer
    assert of_footer(str(path), footer) == account(str(path))
    return path


def test_a_whole_one(file: Path) -> None:
    told = account(str(file))
    assert told is not None
    lines = file.read_text().splitlines()
    assert (told["sha256"], told["bytes"]) == (hashlib.sha256(file.read_bytes()).hexdigest(), file.stat().st_size)
    assert (told["samples"], told["complete"], told["reason"]) == (len(lines) - 2, True, "ended")
    assert told["totals"]["wall_s"] >= 0.3


def test_one_that_was_cut_off_tells_what_it_has(file: Path) -> None:
    lines = file.read_bytes().splitlines(keepends=True)
    file.write_bytes(b"".join(lines[:-2]) + lines[-2][:20])
    told = account(str(file))
    assert told is not None
    assert (told["samples"], told["complete"], told["reason"]) == (len(lines) - 3, False, "its last line is cut off")
    assert told["totals"]["wall_s"] > 0


def test_lines_that_were_lost_are_told(file: Path) -> None:
    file.write_text(file.read_text().replace('"lost":0', '"lost":3'))
    told = account(str(file))
    assert told is not None
    assert (told["complete"], told["reason"]) == (False, "3 lines could not be written")


@pytest.mark.parametrize("text", ["nonsense", '{"schema": "another/1"}\n', "\0" * 100])
def test_what_is_no_recording_is_said_to_be_none(tmp_path: Path, text: str) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text(text)
    told = account(str(path))
    assert told is not None
    assert (told["samples"], told["complete"], told["totals"]) == (None, False, None)
    assert told["reason"].startswith("no recording of system metrics")
    assert told["bytes"] == len(text)


def test_an_empty_one_may_be_about_to_be_written(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.touch()
    assert account(str(path)) is None
    os.utime(path, (1, 1))
    told = account(str(path))
    assert told is not None
    assert told["reason"].startswith("it is empty")


@pytest.mark.skipif(not hasattr(os, "lockf"), reason="there are no such locks")
def test_one_that_is_being_written_is_left_alone(file: Path) -> None:
    code = (
        "import os, sys\n"
        "handle = os.open(sys.argv[1], os.O_WRONLY)\n"
        "os.lockf(handle, os.F_TLOCK, 0)\n"
        "print(flush=True)\n"
        "sys.stdin.read()\n"
    )
    argv = [sys.executable, "-c", code, str(file)]
    with subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as writer:
        assert writer.stdout is not None
        writer.stdout.readline()
        assert account(str(file)) is None
        writer.communicate()
    assert account(str(file)) is not None


def test_one_whose_sampler_lives_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    sampler = Sampler.start({"path": str(path), "name": "a test", "root_pid": os.getpid()})
    try:
        assert sampler.ready(30), sampler.trouble
        assert path.stat().st_size
        assert account(str(path)) is None
    finally:
        assert sampler.finish(timeout_s=60) is not None
    told = account(str(path))
    assert told is not None
    assert told["complete"]


def test_none_at_all(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        account(str(tmp_path / "none"))
