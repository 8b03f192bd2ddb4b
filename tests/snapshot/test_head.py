"""HEAD as git itself names it, read without git."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from gating.snapshot.head import find, head, table

Git = Callable[..., str]


def look(folder: Path) -> tuple[str | None, str | None]:
    place = find(str(folder))
    assert place is not None
    return head(place)


def said_by_git(folder: Path, run_git: Git) -> tuple[str | None, str | None]:
    try:
        branch = run_git(folder, "symbolic-ref", "--short", "HEAD")
    except subprocess.CalledProcessError:
        branch = None
    try:
        return run_git(folder, "rev-parse", "--verify", "--quiet", "HEAD"), branch
    except subprocess.CalledProcessError:
        return None, branch


def agree(folder: Path, run_git: Git) -> tuple[str | None, str | None]:
    assert look(folder) == said_by_git(folder, run_git)
    return look(folder)


def test_a_branch(checkout: Path, run_git: Git) -> None:
    commit, branch = agree(checkout, run_git)
    assert commit is not None
    assert branch == "main"


def test_no_commit_yet(tmp_path: Path, run_git: Git) -> None:
    run_git(tmp_path, "init")
    assert agree(tmp_path, run_git) == (None, "main")


def test_detached(checkout: Path, run_git: Git) -> None:
    run_git(checkout, "checkout", "--detach")
    assert agree(checkout, run_git)[1] is None


def test_a_branch_with_slashes_and_umlauts(checkout: Path, run_git: Git) -> None:
    run_git(checkout, "checkout", "-b", "feature/größer/1")
    assert agree(checkout, run_git)[1] == "feature/größer/1"


def test_packed_references(checkout: Path, run_git: Git) -> None:
    run_git(checkout, "branch", "a-main")
    run_git(checkout, "branch", "main2")
    run_git(checkout, "commit", "--allow-empty", "-m", "second")
    run_git(checkout, "tag", "-a", "-m", "peeled", "v1")
    run_git(checkout, "pack-refs", "--all")
    assert not (checkout / ".git" / "refs" / "heads" / "main").exists()
    assert agree(checkout, run_git)[1] == "main"
    run_git(checkout, "commit", "--allow-empty", "-m", "third")  # a loose one counts before the packed one
    agree(checkout, run_git)
    run_git(checkout, "checkout", "--orphan", "mai")
    assert agree(checkout, run_git) == (None, "mai")


def test_a_sub_folder(checkout: Path, run_git: Git) -> None:
    (checkout / "a" / "b").mkdir(parents=True)
    assert agree(checkout / "a" / "b", run_git) == look(checkout)


def test_a_worktree(checkout: Path, tmp_path: Path, run_git: Git) -> None:
    run_git(checkout, "worktree", "add", "-b", "other", str(tmp_path / "tree"))
    run_git(tmp_path / "tree", "commit", "--allow-empty", "-m", "second")
    assert agree(tmp_path / "tree", run_git)[1] == "other"
    assert look(tmp_path / "tree")[0] != look(checkout)[0]
    run_git(checkout, "pack-refs", "--all")
    agree(tmp_path / "tree", run_git)


def test_a_submodule(checkout: Path, tmp_path: Path, run_git: Git) -> None:
    outer = tmp_path / "outer"
    outer.mkdir()
    run_git(outer, "init")
    run_git(outer, "-c", "protocol.file.allow=always", "submodule", "add", str(checkout), "inner")
    run_git(outer, "commit", "-m", "with inner")
    assert agree(outer / "inner", run_git)[0] == look(checkout)[0]
    assert agree(outer, run_git)[0] != look(checkout)[0]


def test_a_symbolic_branch(checkout: Path, run_git: Git) -> None:
    run_git(checkout, "symbolic-ref", "refs/heads/alias", "refs/heads/main")
    run_git(checkout, "symbolic-ref", "HEAD", "refs/heads/alias")
    assert agree(checkout, run_git) == (look(checkout)[0], "main")


def test_sha256(tmp_path: Path, run_git: Git) -> None:
    run_git(tmp_path, "init", "--object-format=sha256")
    run_git(tmp_path, "commit", "--allow-empty", "-m", "first")
    commit, _ = agree(tmp_path, run_git)
    assert commit is not None
    assert len(commit) == 64


def test_a_loop_of_references_ends(checkout: Path) -> None:
    (checkout / ".git" / "refs" / "heads" / "main").write_text("ref: refs/heads/main\n")
    assert look(checkout) == (None, "main")


@pytest.mark.parametrize("text", ["", "nonsense\n", "ref:\n", "deadbeef\n", "z" * 40])
def test_a_damaged_head_is_unknown(checkout: Path, text: str) -> None:
    (checkout / ".git" / "HEAD").write_text(text)
    assert look(checkout)[0] is None


def test_outside_of_a_checkout(tmp_path: Path, checkout: Path) -> None:
    assert find(str(tmp_path)) is None
    assert find(str(tmp_path / "gone" / "deep")) is None
    (tmp_path / ".git").mkdir()  # git wants more than the name
    assert find(str(tmp_path)) is None
    (checkout / "sub").mkdir()
    (checkout / "sub" / ".git").write_text("gitdir: /no/such/folder\n")
    assert find(str(checkout / "sub")) == find(str(checkout))


def test_references_in_files_are_no_table(checkout: Path) -> None:
    place = find(str(checkout))
    assert place is not None
    assert table(place) is None
