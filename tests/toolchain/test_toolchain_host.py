"""Where tools are looked for: the folders of PATH in their order, and the judged interpreter's own before them."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from gating.toolchain.candidates import candidates
from gating.toolchain.host import Host
from tests.installs import Environment, tool


@pytest.fixture
def system(tmp_path: Path) -> str:
    """A Python that is in no virtual environment, so that no folder of its own comes first."""
    return str(tool(tmp_path / "usr" / "bin" / "python3", "exit 1"))


def test_the_folders_of_path_in_their_order_each_once(system: str) -> None:
    host = Host.of({"PATH": "/b:/a:/b/:/a"}, python=system)
    assert host.path == ("/b", "/a")


@pytest.mark.parametrize("entry", ["", ".", "./"])
def test_an_empty_and_a_dot_entry_are_the_current_folder(
    entry: str, system: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tool(tmp_path / "here" / "mytool", "echo 1")
    monkeypatch.chdir(tmp_path / "here")
    host = Host.of({"PATH": f"/nowhere:{entry}"}, python=system)
    assert [one.path for one in candidates("mytool", host)] == [str(tmp_path / "here" / "mytool")]


def test_a_relative_entry_is_from_the_current_folder(
    system: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tool(tmp_path / "sub" / "mytool", "echo 1")
    monkeypatch.chdir(tmp_path)
    assert candidates("mytool", Host.of({"PATH": "sub"}, python=system))[0].path == str(tmp_path / "sub" / "mytool")


def test_two_dots_behind_a_link_lead_where_the_link_says(system: str, tmp_path: Path) -> None:
    tool(tmp_path / "real" / "bin" / "mytool", "echo 1")
    (tmp_path / "real" / "inner").mkdir()
    (tmp_path / "current").symlink_to(tmp_path / "real" / "inner")
    host = Host.of({"PATH": f"{tmp_path}/current/../bin"}, python=system)
    assert [one.real for one in candidates("mytool", host)] == [str(tmp_path / "real" / "bin" / "mytool")]


def test_without_path_the_platforms_default_is_searched(system: str) -> None:
    assert Host.of({}, python=system).path == tuple(os.defpath.split(os.pathsep))


def test_a_current_folder_that_is_gone_is_no_error(
    system: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    gone = tmp_path / "gone"
    gone.mkdir()
    monkeypatch.chdir(gone)
    gone.rmdir()
    try:
        host = Host.of({"PATH": "relative:/bin"}, python=system)
        assert "/bin" in host.path
        assert candidates("mytool-that-is-nowhere", host) == ()
    finally:
        os.chdir(tmp_path)


def test_the_judged_environment_comes_first_whether_it_is_activated_or_not(tmp_path: Path) -> None:
    made = Environment(tmp_path / "venv")
    host = Host.of({"PATH": "/bin"}, python=str(made.python))
    assert host.path == (str(made.bin), "/bin")
    assert host.env["PATH"] == f"{made.bin}:/bin"  # what a probed tool calls is found there too


def test_folders_of_a_session_come_first_instead(tmp_path: Path) -> None:
    made = Environment(tmp_path / "venv")
    host = Host.of({"PATH": "/bin"}, python=str(made.python), first=["/session/bin"])
    assert host.path == ("/session/bin", "/bin")


def test_an_interpreter_may_be_named_as_on_the_command_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = Environment(tmp_path / "venv")
    assert Host.of({"PATH": str(made.bin)}, python="python").python == str(made.python)
    monkeypatch.chdir(tmp_path)
    assert Host.of({}, python="venv/bin/python").python == str(made.python)
    assert Host.of({"PATH": str(made.bin)}, python="python-of-nobody").python == "python-of-nobody"
