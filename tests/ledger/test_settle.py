"""What earlier runs left is taken in once, and what cannot be read of it is kept and told."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from gating.ledger import spool
from gating.ledger.event import encode, finished, started
from gating.ledger.locks import acquire
from tests.ledger.projects import Project


def event(number: int = 1, **fields: Any) -> bytes:
    start = started({"id": f"{number:032x}", "started_ns": number, "command": "test", "trace": ""}, {})
    document = finished(start, [], exit_code=0, ended_ns=1, snapshot=None, probes=[])
    return encode({**document, **fields})


def put(project: Project, data: bytes, name: str = "left.ndjson") -> Path:
    folder = project.home / "spool"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_bytes(data)
    return folder / name


def settle(project: Project) -> str | None:
    """Record a run, which takes in what is there; what it says of that."""
    recorded = project.begin().finish([], 0, 1)
    assert recorded.where == "ledger"
    assert recorded.cause == (None if recorded.trouble is None else "left-over")
    return recorded.trouble


def stored(project: Project) -> set[str]:
    return {run for (run,) in project.query("SELECT id FROM runs WHERE started_ns < 1000")}


def test_every_line_of_a_file_is_taken_in(project: Project) -> None:
    left = put(project, event(1) + event(2))
    assert settle(project) is None
    assert stored(project) == {f"{1:032x}", f"{2:032x}"}
    assert not left.exists()


def test_a_line_that_is_there_already_changes_nothing(project: Project) -> None:
    for _ in range(2):
        put(project, event(1) + event(1))
        assert settle(project) is None
    assert project.query("SELECT count(*) FROM runs WHERE started_ns < 1000") == [(1,)]


def test_a_half_written_line_is_kept_and_told_until_somebody_looks(project: Project) -> None:
    left = put(project, event(1) + event(2)[:-20])
    kept = left.with_name("left.ndjson.unread")
    told = f"{kept} holds what could not be read of a spooled run: look at it, then delete it"
    assert settle(project) == told
    assert stored(project) == {f"{1:032x}"}
    assert not left.exists()
    assert kept.read_bytes() == event(2)[:-20]
    assert settle(project) == told
    kept.unlink()
    assert settle(project) is None


@pytest.mark.parametrize(
    "wrong",
    [
        b"nonsense\n",
        event(run={"id": "short", "started_ns": 1, "status": "finished", "command": "", "trace": "", "ended_ns": 1}),
        event(verdicts=[{"id": "x:y", "outcome": "no such outcome"}]),
        event(verdicts={"x": "y"}),
        event(snapshot={"key": "x"}),
        event(run={"id": "2" * 32, "started_ns": 1 << 70, "status": "finished"}),
    ],
    ids=["no json", "no id", "no outcome", "wrong type", "no snapshot", "no time"],
)
def test_a_run_that_the_ledger_will_not_have_is_kept_and_is_in_nobodys_way(project: Project, wrong: bytes) -> None:
    left = put(project, wrong + event(3))
    assert "left.ndjson.unread" in str(settle(project))
    assert stored(project) == {f"{3:032x}"}
    assert left.with_name("left.ndjson.unread").read_bytes() == wrong
    assert project.query("SELECT count(*) FROM verdicts") == [(0,)]


def test_what_a_newer_gating_spooled_waits_for_it(project: Project) -> None:
    left = put(project, event(schema="gating.event/2"))
    folder = project.home / "spool"
    assert settle(project) == f"{folder} holds runs that could not be stored yet (1 of them)"
    assert left.read_bytes() == event(schema="gating.event/2")


def test_a_file_that_is_being_written_waits(project: Project) -> None:
    left = put(project, event(1))
    with acquire(str(left), timeout_s=0):
        assert "(1 of them)" in str(settle(project))
    assert left.exists()
    assert settle(project) is None
    assert stored(project) == {f"{1:032x}"}


def test_a_run_that_was_killed_when_it_was_safe_already_is_stored_once(project: Project) -> None:
    handle = project.begin()
    start = Path(project.home / "runs" / handle.run.id).read_bytes()
    handle.finish([], 0, 1)
    # killed after its end was stored, and before its file was removed
    (project.home / "runs" / handle.run.id).write_bytes(start)
    assert settle(project) is None
    assert project.query("SELECT status FROM runs WHERE id = ?", handle.run.id) == [("finished",)]
    assert project.live == []


def test_a_file_of_a_run_that_the_ledger_will_not_have_is_kept(project: Project) -> None:
    wrong = encode(started({"id": "short", "started_ns": 1}, project.begin()._start["run"] | {"id": "short"}))
    (project.home / "runs" / "short").write_bytes(wrong)
    assert "short.unread" in str(settle(project))
    assert not (project.home / "runs" / "short").exists()


def test_the_spool_is_appended_to_and_never_left_half_written(tmp_path: Path) -> None:
    spool.append(str(tmp_path), "a", event(1))
    spool.append(str(tmp_path), "a", event(2))
    (tmp_path / "cut.ndjson").write_bytes(event(3)[:-5])
    (tmp_path / "empty.ndjson").touch()
    (tmp_path / "other.txt").write_bytes(event(4))
    found = {Path(one.path).name: (len(one.documents), one.rest) for one in spool.pending(str(tmp_path))}
    assert found == {"a.ndjson": (2, b""), "cut.ndjson": (0, event(3)[:-5])}
    assert spool.waiting(str(tmp_path)) == 3
