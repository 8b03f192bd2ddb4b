"""Files that stay open: what changes is seen, what is not there is empty."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from gating.metrics.sampler.kept import keep, read, release


def test_what_changes_in_a_file_is_seen(tmp_path: Path) -> None:
    file = tmp_path / "counter"
    file.write_text("1\n")
    descriptor = keep(str(file))
    assert read(descriptor) == b"1\n"
    file.write_text("2\n")
    assert read(descriptor) == b"2\n"
    assert read(descriptor, 1) == b"2"
    assert not os.get_inheritable(descriptor)
    release(descriptor)
    assert read(descriptor) == b""


def test_what_is_not_there_is_empty(tmp_path: Path) -> None:
    descriptor = keep(str(tmp_path / "nothing"))
    assert read(descriptor) == b""
    release(descriptor)


def test_what_cannot_be_read_is_empty(tmp_path: Path) -> None:
    folder = keep(str(tmp_path))
    assert read(folder) == b""
    release(folder)


def test_a_closed_descriptor_is_no_longer_open(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    descriptor = keep(str(tmp_path / "file"))
    release(descriptor)
    with pytest.raises(OSError, match="Bad file descriptor"):
        os.fstat(descriptor)
