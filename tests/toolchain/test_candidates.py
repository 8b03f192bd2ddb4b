"""Candidates: all files that bear a tool's name, in the order in which a shell would meet them."""

from __future__ import annotations

import os
import socket
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gating.toolchain.candidates import candidates
from gating.toolchain.host import Host
from tests.installs import tool


def host_of(*folders: Path, root: Path | None = None, extensions: tuple[str, ...] = ("",)) -> Host:
    return Host(path=tuple(map(str, folders)), env={}, root=str(root or "/"), extensions=extensions)


def names(found: object) -> list[str]:
    return [one.path for one in found]  # type: ignore[attr-defined]


@pytest.fixture
def one(tmp_path: Path) -> Path:
    return tmp_path / "one"


@pytest.fixture
def two(tmp_path: Path) -> Path:
    return tmp_path / "two"


def test_every_candidate_on_path_is_known_in_order(one: Path, two: Path) -> None:
    first, second = tool(one / "make", "echo 1"), tool(two / "make", "echo 2")
    assert names(candidates("make", host_of(one, two))) == [str(first), str(second)]
    assert names(candidates("make", host_of(two, one))) == [str(second), str(first)]


def test_one_file_under_two_folders_is_one_candidate(one: Path, two: Path) -> None:
    tool(one / "make", "echo 1")
    two.symlink_to(one)
    assert names(candidates("make", host_of(two, one))) == [str(two / "make")]


def test_identity_changes_with_the_file_behind_the_link(one: Path) -> None:
    target = tool(one / "make-4", "echo 4")
    (one / "make").symlink_to(target)
    (before,) = candidates("make", host_of(one))
    assert before.real == str(target)
    target.write_text("#!/bin/sh\necho 4.1 is longer\n")
    (after,) = candidates("make", host_of(one))
    assert (after.path, after.real) == (before.path, before.real)
    assert after.identity != before.identity


def test_a_folder_is_no_candidate(one: Path) -> None:
    (one / "make").mkdir(parents=True)
    assert candidates("make", host_of(one)) == ()


def test_what_cannot_be_executed_comes_last_and_says_why(one: Path, two: Path) -> None:
    tool(one / "make", "echo 1", mode=0o644)
    good = tool(two / "make", "echo 2")
    first, last = candidates("make", host_of(one, two))
    assert (first.path, first.defect) == (str(good), None)
    assert last.defect == "is not executable"


def test_a_link_that_leads_nowhere_and_one_that_leads_to_itself(one: Path) -> None:
    one.mkdir()
    (one / "gone").symlink_to("nowhere")
    (one / "loop").symlink_to("loop")
    for name in ("gone", "loop"):
        (found,) = candidates(name, host_of(one))
        assert found.defect == "is a link that leads nowhere"


def test_a_pipe_and_a_socket_are_no_tools_and_are_not_opened(one: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    one.mkdir()
    os.mkfifo(one / "pipe", 0o755)
    monkeypatch.chdir(one)  # a socket's path is short
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind("sock")
        for name in ("pipe", "sock"):
            (found,) = candidates(name, host_of(one))
            assert found.defect == "is not a file"


def test_nothing_is_known_of_a_folder_that_cannot_be_entered(one: Path, two: Path) -> None:
    """As with permissions, which root does not meet: whether a tool is in there is not known, so it is absent."""
    one.symlink_to(one)
    good = tool(two / "make", "echo 2")
    assert names(candidates("make", host_of(one, two))) == [str(good)]
    assert candidates("ninja", host_of(one, two)) == ()


def test_files_on_path_and_names_too_long_are_passed_over(one: Path) -> None:
    file = tool(one / "file", "echo 1")
    assert candidates("make", host_of(file)) == ()
    assert candidates("m" * 5000, host_of(one)) == ()
    assert candidates("make\0", host_of(one)) == ()


def test_a_name_with_a_slash_is_that_file_of_the_project(one: Path, two: Path) -> None:
    inner = tool(one / "scripts" / "check", "echo 1")
    tool(two / "check", "echo 2")
    assert names(candidates("scripts/check", host_of(two, root=one))) == [str(inner)]
    assert [one.real for one in candidates("./scripts/check", host_of(two, root=one))] == [str(inner)]
    assert names(candidates(str(inner), host_of(two, root=two))) == [str(inner)]
    assert candidates("scripts/other", host_of(two, root=one)) == ()


def test_on_windows_an_executable_is_known_by_its_ending(one: Path) -> None:
    """npm puts a shell script `tsc` beside `tsc.cmd`: only the second can be started there."""
    tool(one / "tsc", "echo 1")
    command = tool(one / "tsc.cmd", "echo 1")
    windows = host_of(one, extensions=(".exe", ".cmd"))
    assert names(candidates("tsc", windows)) == [str(command)]
    assert names(candidates("tsc.cmd", windows)) == [str(command)]
    assert names(candidates("TSC.CMD", windows)) == []  # this file system minds the case


@given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="/\0"), min_size=1, max_size=30))
def test_a_tool_of_any_name_is_found(tmp_path_factory: pytest.TempPathFactory, name: str) -> None:
    folder = tmp_path_factory.mktemp("bin")
    if name in {".", ".."} or len(os.fsencode(name)) > 200:
        return
    made = tool(folder / name, "echo 1")
    assert names(candidates(name, host_of(folder))) == [str(made)]


def test_a_name_that_is_not_utf8_is_found(one: Path) -> None:
    one.mkdir()
    made = os.path.join(os.fsencode(one), b"caf\xe9")
    with open(made, "wb") as file:
        file.write(b"#!/bin/sh\n")
    os.chmod(made, 0o755)
    assert names(candidates(os.fsdecode(b"caf\xe9"), host_of(one))) == [os.fsdecode(made)]
