"""`.gating` stays out of the repository, but for reach.json."""

from __future__ import annotations

import subprocess
from pathlib import Path

from gating.ledger.folder import GITIGNORE, prepare


def test_git_sees_reach_json_and_nothing_else(tmp_path: Path) -> None:
    home = tmp_path / ".gating"
    prepare(str(home), str(home / "runs"))
    for name in ("ledger.db", "reach.json", "runs/1"):
        (home / name).touch()
    git = ["git", "-C", str(tmp_path)]
    subprocess.run([*git, "init", "--quiet"], check=True)
    status = [*git, "status", "--porcelain", "--untracked-files=all"]
    assert subprocess.run(status, check=True, capture_output=True, text=True).stdout == "?? .gating/reach.json\n"


def test_a_gitignore_that_is_there_stays(tmp_path: Path) -> None:
    (tmp_path / ".gitignore").write_text("mine\n")
    prepare(str(tmp_path))
    assert (tmp_path / ".gitignore").read_text() == "mine\n"


def test_a_folder_that_came_with_the_clone_gets_one(tmp_path: Path) -> None:
    (tmp_path / "reach.json").touch()
    prepare(str(tmp_path))
    assert (tmp_path / ".gitignore").read_text() == GITIGNORE
