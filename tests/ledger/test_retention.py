"""Old recordings go by number, days and size; what the ledger does not know stays."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path
from typing import Any

import pytest

from gating.ledger.event import recording
from gating.ledger.recordings import GONE
from gating.ledger.retention import Bounds
from tests.ledger.projects import Project

DAY_NS = 24 * 3600 * 10**9
NOW_NS = 1000 * DAY_NS


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "logs"
    made.mkdir()
    return made


def bounds(folder: Path, **fields: Any) -> Bounds:
    return Bounds(**{"folder": str(folder), "runs": 100, "days": 100, "size": 10**9, **fields})


def record(project: Project, path: Path, *, keep: Bounds | None = None, days_ago: int = 0, size: int = 100) -> str:
    """A run with a recording of so many days ago."""
    path.write_bytes(b"x" * size)
    about = {"sha256": hashlib.sha256(path.read_bytes()).hexdigest(), "bytes": size, "complete": True}
    one = recording(name="tests", path=str(path), started_ns=NOW_NS - days_ago * DAY_NS, about=about)
    handle = project.begin(project.ledger(clock=lambda: NOW_NS))
    handle.finish([], 0, NOW_NS, recordings=[one], keep=keep)
    return handle.run.id


def there(folder: Path) -> list[str]:
    return sorted(os.listdir(folder))


def deleted(project: Project) -> dict[str, str | None]:
    found = project.query("SELECT path, deleted, deleted_ns FROM recordings")
    assert all((why is None) == (when is None) for _, why, when in found)
    return {os.path.basename(path): why for path, why, _ in found}


@pytest.mark.parametrize(
    ("bound", "why"),
    [
        ({"runs": 2}, "more than 2 runs"),
        ({"days": 25}, "older than 25 days"),
        ({"size": 250}, "more than 250 bytes in all"),
    ],
)
def test_what_passes_a_bound_goes_oldest_first(project: Project, folder: Path, bound: dict[str, int], why: str) -> None:
    record(project, folder / "a", days_ago=30)
    record(project, folder / "b", days_ago=20)
    record(project, folder / "c", keep=bounds(folder, **bound))
    assert there(folder) == ["b", "c"]
    assert deleted(project) == {"a": why, "b": None, "c": None}


def test_nothing_goes_within_the_bounds(project: Project, folder: Path) -> None:
    for name in "abc":
        record(project, folder / name, keep=bounds(folder, runs=3, days=0, size=300))
    assert there(folder) == ["a", "b", "c"]


def test_the_run_itself_loses_nothing(project: Project, folder: Path) -> None:
    record(project, folder / "a", keep=bounds(folder, runs=0, days=0, size=0))
    assert there(folder) == ["a"]
    record(project, folder / "b", keep=bounds(folder, runs=0, days=0, size=0))
    assert there(folder) == ["b"]


def test_a_strangers_file_stays(project: Project, folder: Path) -> None:
    (folder / "notes.txt").write_text("mine")
    for name in ("same-size", "longer", "link"):
        record(project, folder / name, days_ago=5)
    (folder / "same-size").write_bytes(b"y" * 100)
    (folder / "longer").write_bytes(b"x" * 101)
    (folder / "link").rename(folder / "elsewhere")
    (folder / "link").symlink_to(folder / "elsewhere")
    record(project, folder / "new", keep=bounds(folder, days=1))
    assert there(folder) == ["elsewhere", "link", "longer", "new", "notes.txt", "same-size"]
    assert set(deleted(project).values()) == {None}


def test_what_lies_in_another_folder_is_not_asked_for(project: Project, folder: Path, tmp_path: Path) -> None:
    record(project, tmp_path / "elsewhere", days_ago=5)
    record(project, folder / "new", keep=bounds(folder, days=1, runs=1))
    assert (tmp_path / "elsewhere").exists()
    assert deleted(project) == {"elsewhere": None, "new": None}


def test_a_project_that_was_moved_is_kept_small_too(project: Project, folder: Path, tmp_path: Path) -> None:
    record(project, folder / "old", days_ago=5)
    moved = folder.rename(tmp_path / "moved")
    record(project, moved / "new", keep=bounds(moved, days=1))
    assert there(moved) == ["new"]
    assert deleted(project) == {"old": "older than 1 days", "new": None}


def test_a_file_that_somebody_else_deleted_is_noted_as_gone(project: Project, folder: Path) -> None:
    record(project, folder / "old", days_ago=5)
    (folder / "old").unlink()
    record(project, folder / "new", keep=bounds(folder, days=1))
    assert deleted(project) == {"old": GONE, "new": None}


def test_a_run_that_is_not_over_loses_nothing(project: Project, folder: Path) -> None:
    run = record(project, folder / "old", days_ago=5)
    # such as one of another machine that was taken for dead
    (project.home / "runs" / run).write_text("somebody is writing this")
    record(project, folder / "new", keep=bounds(folder, days=1))
    assert there(folder) == ["new", "old"]


def test_a_folder_that_cannot_be_written_changes_nothing(project: Project, folder: Path, python_as_user: Any) -> None:
    record(project, folder / "old", days_ago=5)
    folder.chmod(0o555)
    code = (
        "import sys\n"
        "from pathlib import Path\n"
        "from gating.ledger.retention import Bounds\n"
        "from tests.ledger.projects import Project\n"
        f"handle = Project(folder=Path({str(project.folder)!r})).begin()\n"
        f"keep = Bounds({str(folder)!r}, 0, 0, 0)\n"
        "print(*handle.finish([], 0, 1, keep=keep))\n"
    )
    try:
        assert python_as_user(code).stdout == "ledger None None\n"
    finally:
        folder.chmod(0o755)
    assert there(folder) == ["old"]
    assert deleted(project) == {"old": None}
