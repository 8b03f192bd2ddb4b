"""Seen: that a look at the same things finds the same, and that every change of them is noticed."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gating.toolchain.host import Host
from gating.toolchain.seen import Seen, system
from tests.installs import tool


def looked(root: Path) -> tuple[Seen, Host]:
    host = Host(path=(str(root / "bin"), str(root / "more")), env={}, root=str(root))
    seen = Seen.now(
        host,
        names=["tool", "nowhere", "scripts/own"],
        files=[str(root / "policy.toml"), str(root / "none.toml")],
        folders=[str(root / "site")],
        there=[str(root / ".git")],
    )
    return Seen(json.loads(json.dumps(seen))), host


@pytest.fixture
def root(tmp_path: Path) -> Path:
    tool(tmp_path / "bin" / "tool", "echo 1")
    tool(tmp_path / "scripts" / "own", "echo 1")
    (tmp_path / "site").mkdir()
    (tmp_path / "policy.toml").write_text("x = 1\n")
    os.utime(tmp_path / "site", ns=(1, 1))
    return tmp_path


def test_nothing_changed(root: Path) -> None:
    seen, host = looked(root)
    assert seen.unchanged(host)
    (root / "site" / "inner").mkdir()
    os.utime(root / "site", ns=(1, 1))
    assert seen.unchanged(host)  # a folder is seen by when it changed, not by what is in it


@pytest.mark.parametrize(
    "change",
    [
        lambda root: tool(root / "bin" / "tool", "echo 22"),
        lambda root: (root / "bin" / "tool").chmod(0o644),
        lambda root: tool(root / "more" / "tool", "echo 1"),
        lambda root: tool(root / "more" / "nowhere", "echo 1"),
        lambda root: tool(root / "scripts" / "own", "echo 22"),
        lambda root: (root / "policy.toml").write_text("x = 22\n"),
        lambda root: (root / "policy.toml").unlink(),
        lambda root: (root / "none.toml").write_text(""),
        lambda root: (root / "site" / "new").mkdir(),
        lambda root: (root / ".git").mkdir(),
    ],
)
def test_every_change_is_noticed(root: Path, change: Callable[[Path], object]) -> None:
    seen, host = looked(root)
    change(root)
    assert not seen.unchanged(host)


def test_another_search_path_is_a_change(root: Path) -> None:
    seen, host = looked(root)
    assert not seen.unchanged(host._replace(path=(str(root / "more"),)))


@given(
    st.dictionaries(
        st.sampled_from(["names", "files", "folders", "there", "other"]),
        st.none() | st.integers() | st.lists(st.text(max_size=3)) | st.dictionaries(st.text(max_size=3), st.integers()),
    )
)
def test_a_shape_that_another_version_wrote_is_a_change_and_no_error(kept: dict[str, object]) -> None:
    assert Seen(kept).unchanged(Host(path=("/nowhere",), env={})) in {True, False}


def test_a_number_is_no_path(root: Path) -> None:
    """`os.stat` would take it for an open file."""
    seen, host = looked(root)
    for kept in ([0, 1], [True], ["x"]):
        assert not Seen({**seen, "files": kept}).unchanged(host)


def test_the_system_is_plain_json() -> None:
    assert json.loads(json.dumps(system())) == system()
