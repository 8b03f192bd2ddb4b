"""Files that stay open as far as descriptors reach, and are read alike where they do not."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from gating.metrics.sampler.files import Descriptors, File

SPARE = 64


@pytest.mark.parametrize("limit", [SPARE, SPARE + 1])
def test_a_file_is_read_anew_each_time(tmp_path: Path, limit: int) -> None:
    path = tmp_path / "a"
    path.write_text("one")
    file = File(str(path), Descriptors(limit))
    assert (file.handle >= 0) == (limit > SPARE)
    assert file.read() == b"one"
    path.write_text("two and more")
    assert file.read() == b"two and more"
    file.close()
    file.close()


@pytest.mark.parametrize("limit", [SPARE, SPARE + 1])
def test_a_long_list_is_read_whole(tmp_path: Path, limit: int) -> None:
    path = tmp_path / "a"
    path.write_text(" ".join(map(str, range(100_000, 104_000))))
    file = File(str(path), Descriptors(limit))
    assert len(file.read_all().split()) == 4000
    file.close()


def test_descriptors_are_given_back(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("")
    descriptors = Descriptors(SPARE + 1)
    first = File(str(tmp_path / "a"), descriptors)
    assert File(str(tmp_path / "a"), descriptors).handle == -1
    first.close()
    second = File(str(tmp_path / "a"), descriptors)
    assert second.handle >= 0
    second.close()
    with pytest.raises(FileNotFoundError):
        File(str(tmp_path / "absent"), descriptors)
    third = File(str(tmp_path / "a"), descriptors)
    assert third.handle >= 0
    third.close()


def test_what_a_process_has_open_is_counted() -> None:
    command = [sys.executable, "-I", "-S", "-c", "print('begun', flush=True); input()"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as child:
        assert child.stdout is not None
        assert child.stdout.readline() == b"begun\n"  # while it starts, Python has its own modules open
        for limit in (SPARE, SPARE + 1):
            file = File(f"/proc/{child.pid}/fd", Descriptors(limit))
            assert file.entries() == len(os.listdir(f"/proc/{child.pid}/fd")) == 3
            file.close()
        child.communicate(b"\n")


def test_a_kept_file_of_a_process_never_tells_of_another(tmp_path: Path) -> None:
    child = subprocess.Popen([sys.executable, "-I", "-S", "-c", "input()"], stdin=subprocess.PIPE)
    file = File(f"/proc/{child.pid}/stat", Descriptors())
    assert file.read().startswith(str(child.pid).encode())
    child.communicate(b"\n")
    with pytest.raises(ProcessLookupError):
        file.read()
    file.close()
