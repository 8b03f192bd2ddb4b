"""The checkout in the document: commit, branch and dirt."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from gating.snapshot.git import Git, git

RunGit = Callable[..., str]


def look(folder: Path, env: Mapping[str, str], *, thorough: bool = True) -> tuple[Git | None, list[str]]:
    notes: list[str] = []
    return git(folder, env, thorough=thorough, notes=notes), notes


def dirt(folder: Path, env: Mapping[str, str]) -> bool | None:
    found, notes = look(folder, env)
    assert found is not None
    assert notes == []
    return found["dirty"]


def test_a_clean_checkout(checkout: Path, clean_env: dict[str, str], run_git: RunGit) -> None:
    commit = run_git(checkout, "rev-parse", "HEAD")
    assert look(checkout, clean_env) == ({"commit": commit, "branch": "main", "dirty": False}, [])


def test_dirt_is_a_change_an_addition_or_a_stranger(checkout: Path, clean_env: dict[str, str], run_git: RunGit) -> None:
    (checkout / "file").write_text("2\n")
    assert dirt(checkout, clean_env) is True
    run_git(checkout, "add", "file")
    assert dirt(checkout, clean_env) is True
    run_git(checkout, "commit", "-m", "second")
    assert dirt(checkout, clean_env) is False
    (checkout / "new").touch()
    assert dirt(checkout, clean_env) is True
    (checkout / ".git" / "info" / "exclude").write_text("new\n")
    assert dirt(checkout, clean_env) is False


def test_settings_of_the_checkout_hide_nothing(checkout: Path, clean_env: dict[str, str], run_git: RunGit) -> None:
    run_git(checkout, "config", "status.showUntrackedFiles", "no")
    (checkout / "new").touch()
    assert dirt(checkout, clean_env) is True


def test_dirt_elsewhere_counts_in_a_sub_folder(checkout: Path, clean_env: dict[str, str]) -> None:
    (checkout / "sub").mkdir()
    assert dirt(checkout / "sub", clean_env) is False
    (checkout / "new").touch()
    assert dirt(checkout / "sub", clean_env) is True


def test_looking_writes_nothing_and_runs_no_hook(
    checkout: Path, clean_env: dict[str, str], run_git: RunGit, tmp_path: Path
) -> None:
    hook = tmp_path / "hook"
    hook.write_text(f"#!/bin/sh\ntouch {tmp_path}/ran\n")
    hook.chmod(0o755)
    run_git(checkout, "config", "core.fsmonitor", str(hook))
    os.utime(checkout / "file", ns=(1, 1))  # git would like to write the new time into its index
    before = (checkout / ".git" / "index").read_bytes()
    assert dirt(checkout, clean_env) is False
    assert (checkout / ".git" / "index").read_bytes() == before
    assert not (tmp_path / "ran").exists()


def test_inside_a_hook_the_folder_decides(
    checkout: Path, clean_env: dict[str, str], run_git: RunGit, tmp_path: Path
) -> None:
    other = tmp_path / "other"
    other.mkdir()
    run_git(other, "init")
    hooked = {**clean_env, "GIT_DIR": str(other / ".git"), "GIT_INDEX_FILE": str(other / "index")}
    assert look(checkout, hooked) == look(checkout, clean_env)


def test_no_commit_yet(tmp_path: Path, clean_env: dict[str, str], run_git: RunGit) -> None:
    run_git(tmp_path, "init")
    assert look(tmp_path, clean_env) == (
        {"commit": None, "branch": "main", "dirty": False},
        ["git: there is no commit yet"],
    )


def test_a_light_look_starts_nothing(checkout: Path, clean_env: dict[str, str], tmp_path: Path) -> None:
    trap = tmp_path / "bin" / "git"
    trap.parent.mkdir()
    trap.write_text(f"#!/bin/sh\ntouch {tmp_path}/started\n")
    trap.chmod(0o755)
    found, notes = look(checkout, {**clean_env, "PATH": str(trap.parent)}, thorough=False)
    assert found is not None
    assert (found["branch"], found["dirty"], notes) == ("main", None, [])
    assert not (tmp_path / "started").exists()


def test_without_git_dirt_is_unknown(checkout: Path, clean_env: dict[str, str], tmp_path: Path) -> None:
    found, notes = look(checkout, {**clean_env, "PATH": str(tmp_path)})
    assert found is not None
    assert (found["branch"], found["dirty"]) == ("main", None)
    assert [note.partition(" is unknown: ")[2] for note in notes] == ["No such file or directory"]


@pytest.mark.parametrize(
    ("script", "said"),
    [("sleep 60", "timed-out"), ("echo bad config >&2; exit 128", "bad config"), ("kill -9 $$", "signalled")],
)
def test_a_git_that_fails_is_noted(
    checkout: Path,
    clean_env: dict[str, str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    *,
    script: str,
    said: str,
) -> None:
    monkeypatch.setattr("gating.snapshot.git._DEADLINE", 0.5)
    made = tmp_path / "bin" / "git"
    made.parent.mkdir()
    made.write_text(f"#!/bin/sh\n{script}\n")
    made.chmod(0o755)
    found, notes = look(checkout, {**clean_env, "PATH": f"{made.parent}{os.pathsep}{clean_env['PATH']}"})
    assert found is not None
    assert found["dirty"] is None
    assert notes == [f"git: whether the checkout is dirty is unknown: {said}"]


def test_more_dirt_than_is_read_is_dirt(checkout: Path, clean_env: dict[str, str]) -> None:
    for number in range(1500):
        (checkout / f"{number:04}{'x' * 200}").touch()
    assert dirt(checkout, clean_env) is True


def test_references_in_a_table_are_left_to_git(checkout: Path, clean_env: dict[str, str], tmp_path: Path) -> None:
    # as `git init --ref-format=reftable` (2.45) lays it out; the git here may be older, so another answers
    (checkout / ".git" / "HEAD").write_text("ref: refs/heads/.invalid\n")
    (checkout / ".git" / "reftable").mkdir()
    (checkout / ".git" / "reftable" / "tables.list").write_text("0x000000000001-0x000000000002-a.ref\n")
    made = tmp_path / "bin" / "git"
    made.parent.mkdir()
    made.write_text(f"#!/bin/sh\necho '# branch.oid {'1' * 40}'\necho '# branch.head topic'\n")
    made.chmod(0o755)
    env = {**clean_env, "PATH": str(made.parent)}
    assert look(checkout, env) == ({"commit": "1" * 40, "branch": "topic", "dirty": False}, [])
    found, notes = look(checkout, env, thorough=False)
    assert found == {"commit": None, "branch": None, "dirty": None}
    assert notes == ["git: the references are in a table, which only git reads"]


def test_outside_of_a_checkout(tmp_path: Path, clean_env: dict[str, str]) -> None:
    assert look(tmp_path, clean_env) == (None, [])
