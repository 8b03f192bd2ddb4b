"""Runs are found wherever they stand, and looking for them leaves no trace."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest

from gating.errors import UsageError
from gating.ledger.event import encode, finished, started
from gating.ledger.locks import acquire
from gating.ledger.rows import runs_document
from gating.ledger.runs import begin
from tests.ledger.projects import Project, Start, go


def ids(project: Project, **more: Any) -> list[str]:
    return [row.id for row in project.ledger().runs(**more)]


def spool_one(project: Project) -> str:
    """A run that could not be stored in time."""
    project.home.mkdir(exist_ok=True)
    with acquire(f"{project.database}.lock", timeout_s=0):
        handle = project.begin(project.ledger(timeout_s=0.01))
        assert handle.finish([{"id": "x:y", "outcome": "degraded"}], 0, 1, snapshot=(None, {"x": 1})).where == "spool"
    return handle.run.id


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_where_there_is_no_ledger_there_are_no_runs_and_none_is_made(project: Project) -> None:
    assert ids(project) == []
    with pytest.raises(UsageError, match="no run is recorded yet"):
        project.ledger().show()
    with pytest.raises(UsageError, match=r"no run has the id 'abc'; none is recorded"):
        project.ledger().show("abc")
    assert list(project.folder.iterdir()) == []


def test_the_newest_come_first_and_the_limit_counts_them_all(project: Project) -> None:
    stored = [project.run(started_ns=number) for number in (30, 10, 20)]
    spooled = spool_one(project)
    live = project.begin()
    assert ids(project) == [live.run.id, spooled, stored[0], stored[2], stored[1]]
    assert ids(project, limit=3) == [live.run.id, spooled, stored[0]]
    assert ids(project, limit=0) == []
    live.finish([], 0, 1)


def test_a_listing_says_what_became_of_each(project: Project) -> None:
    verdicts = [{"id": f"tool:{name}", "outcome": name} for name in ("pass", "fail", "fail")]
    parent = project.begin(command="preflight", started_ns=1)
    parent.finish(verdicts, 1, 2)
    live = project.begin(command="gate", parent=parent.run.id, started_ns=3)
    assert runs_document(project.ledger().runs()) == {
        "schema": "gating.runs/1",
        "runs": [
            {
                "id": live.run.id,
                "parent": parent.run.id,
                "command": "gate",
                "status": "running",
                "exit_code": None,
                "started_ns": 3,
                "ended_ns": None,
                "counts": {},
            },
            {
                "id": parent.run.id,
                "parent": None,
                "command": "preflight",
                "status": "finished",
                "exit_code": 1,
                "started_ns": 1,
                "ended_ns": 2,
                "counts": {"pass": 1, "degraded": 0, "skip": 0, "fail": 2},
            },
        ],
    }
    live.finish([], 0, 4)


def test_a_killed_run_is_called_so_before_and_after_it_is_stored(project: Project, start: Start) -> None:
    worker = start("hang")
    go(worker)
    assert worker.stdout is not None
    run = worker.stdout.readline().split()[1]
    assert [(row.id, row.status) for row in project.ledger().runs()] == [(run, "running")]
    worker.kill()
    worker.wait()
    before = project.ledger().show(run)
    assert (before.row.status, before.row.exit_code, before.row.ended_ns) == ("killed", None, None)
    project.run()
    assert project.live == []
    after = project.ledger().show(run)
    assert after == before


def test_one_run_is_shown_whole(project: Project) -> None:
    handle = project.begin(command="preflight", argv=("--strict",), python="/bin/python")
    verdict = {"id": "tool:git", "outcome": "pass", "found": "2.47.1", "later": {"key": 1}}
    handle.finish(
        {"mode": "lenient", "verdicts": [verdict]}, 0, 9, snapshot=("k", {"x": 1}), probes=[{"id": "tool:git"}]
    )
    shown = project.ledger().show(handle.run.id).as_dict()
    assert shown["schema"] == "gating.run/1"
    assert (
        shown["run"].items()
        >= {"id": handle.run.id, "exit_code": 0, "mode": "lenient", "python": "/bin/python"}.items()
    )
    assert shown["run"]["argv"] == ["--strict"]
    assert shown["run"]["trace"] == handle.run.id
    assert (shown["verdicts"], shown["probes"], shown["snapshot"]) == ([verdict], [{"id": "tool:git"}], {"x": 1})


def test_a_spooled_run_is_shown_as_it_will_be_when_it_is_stored(project: Project) -> None:
    run = spool_one(project)
    before = project.ledger().show(run)
    assert (before.row.counts["degraded"], before.snapshot) == (1, {"x": 1})
    project.run()
    assert project.spooled == []
    assert project.ledger().show(run) == before


def test_a_spooled_run_may_point_to_a_snapshot_that_is_stored(project: Project) -> None:
    project.begin().finish([], 0, 1, snapshot=("key", {"x": 1}))
    with acquire(f"{project.database}.lock", timeout_s=0):
        handle = project.begin(project.ledger(timeout_s=0.01))
        assert handle.finish([], 0, 1, snapshot=project.ledger().snapshot_for("key")).where == "spool"
    assert project.ledger().show(handle.run.id).snapshot == {"x": 1}


def test_the_latest_is_shown_where_none_is_named(project: Project) -> None:
    project.run()
    latest = project.run()
    assert project.ledger().show().row.id == latest


def test_the_beginning_of_an_id_will_do_where_it_is_one_runs(project: Project) -> None:
    one, two = "a" * 31 + "1", "a" * 30 + "22"
    project.run(id=one)
    live = project.begin(id=two)
    assert project.ledger().show("a" * 31).row.id == one
    assert project.ledger().show(f" {'A' * 30}2 ").row.id == two
    assert project.ledger().show(two).row.status == "running"
    with pytest.raises(UsageError, match=f"several runs have ids that begin with 'aaa': .*{one}"):
        project.ledger().show("aaa")
    live.finish([], 0, 1)


@pytest.mark.parametrize("wanted", ["b", "", "%", "aaab", "a" * 33, "' OR 1"])
def test_an_unknown_id_is_answered_with_those_near_it(project: Project, wanted: str) -> None:
    project.run(id="c" * 32)
    project.run(id="a" * 32)
    with pytest.raises(UsageError, match=r"no run has the id .*; near it: (a{32}|c{32}), (a{32}|c{32})") as raised:
        project.ledger().show(wanted)
    if wanted == "aaab":
        assert str(raised.value).endswith(f"near it: {'a' * 32}, {'c' * 32}")


def test_looking_changes_nothing(project: Project) -> None:
    project.run()
    spooled = spool_one(project)
    begin(str(project.home / "runs"), project.begin()._start | {"run": {"id": "d" * 32, "started_ns": 1}}).leave()
    (project.home / "ledger.db-wal").unlink(missing_ok=True)
    before = contents(project.home)
    for _ in range(2):
        assert "d" * 32 in ids(project)
        assert project.ledger().show(spooled).row.id == spooled
        assert project.ledger().snapshot_for("x") is None
    after = contents(project.home)
    # SQLite's own files beside a database in WAL mode come with a reader, and are empty of data
    assert {path: data for path, data in after.items() if not path.endswith(("-wal", "-shm"))} == before


def test_a_late_end_outdoes_the_mark_of_a_killed_run(project: Project) -> None:
    handle = project.begin()
    assert handle._live is not None
    handle._live._lock.release()  # taken for dead, as one of another machine is after a week
    project.run()
    assert project.ledger().show(handle.run.id).row.status == "killed"
    with acquire(f"{project.database}.lock", timeout_s=0):
        handle._store.timeout_s = 0.01
        assert handle.finish([{"id": "x:y", "outcome": "fail"}], 1, 5).where == "spool"
    assert project.ledger().show(handle.run.id).row.status == "finished"
    project.run()
    shown = project.ledger().show(handle.run.id)
    assert (shown.row.status, shown.row.exit_code, shown.row.counts["fail"]) == ("finished", 1, 1)


def test_more_runs_than_a_statement_takes_values(project: Project) -> None:
    folder = project.home / "spool"
    folder.mkdir(parents=True)
    number = 1100
    for index in range(number):
        start = started({"id": f"{index + 1:032x}", "started_ns": index, "command": "test", "trace": ""}, {})
        event = finished(start, [{"id": "x:y", "outcome": "pass"}], exit_code=0, ended_ns=1, snapshot=None, probes=[])
        (folder / f"{index}.ndjson").write_bytes(encode(event))
    project.run()
    rows = project.ledger().runs(limit=number)
    assert len(rows) == number
    assert {row.counts["pass"] for row in rows[1:]} == {1}


def test_a_ledger_that_cannot_be_read_is_a_usage_error_that_names_it(project: Project) -> None:
    project.home.mkdir()
    project.database.write_bytes(b"rubbish" * 1000)
    for look in (project.ledger().runs, project.ledger().show):
        with pytest.raises(UsageError, match=f"the ledger cannot be read: {project.database}: file is not a database"):
            look()


def test_a_reader_sees_runs_while_another_writes(project: Project) -> None:
    run = project.run()
    with acquire(f"{project.database}.lock", timeout_s=0):
        started = time.monotonic()
        assert ids(project) == [run]
        assert time.monotonic() - started < 4
