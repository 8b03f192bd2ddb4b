"""Recordings of system metrics: noted while a run goes on, stored with it, taken in where it was killed."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from gating.ledger.database import writing
from gating.ledger.event import Json, finished, recording, started
from gating.ledger.recordings import GONE
from gating.ledger.schema import MIGRATIONS
from gating.ledger.sqlite import SQLite
from gating.ledger.store import put
from tests.ledger.projects import Project

ABOUT: Json = {
    "sha256": "a" * 64, "bytes": 12, "samples": 2, "complete": True, "reason": "ended", "totals": {"wall_s": 1.5},
}  # fmt: skip


def read(path: str) -> Json | None:
    """A stand-in for the reader of recordings: a file is finished when it says so."""
    data = Path(path).read_bytes()
    return {**ABOUT, "bytes": len(data)} if data.endswith(b"end\n") else None


def made(path: Path, text: str = "end\n", name: str = "tests", **about: Any) -> Json:
    path.write_text(text)
    return recording(name=name, path=str(path), started_ns=7, about=about or None)


def died(project: Project, *recordings: Json) -> str:
    """A run that noted recordings and was killed: its id."""
    code = (
        "import json, os, sys, time\n"
        "from gating.ledger import RunRecord, new_run_id, open_ledger\n"
        "from pathlib import Path\n"
        "run = RunRecord(id=new_run_id(time.time_ns(), os.urandom(8)), command='gate', started_ns=time.time_ns())\n"
        "handle = open_ledger(project=Path(sys.argv[1])).begin(run)\n"
        "for one in json.loads(sys.argv[2]):\n"
        "    handle.note(one)\n"
        "print(run.id, flush=True)\n"
        "os.kill(os.getpid(), 9)\n"
    )
    argv = [sys.executable, "-c", code, str(project.folder), json.dumps(recordings)]
    done = subprocess.run(argv, capture_output=True, text=True, timeout=60)
    assert done.returncode == -9, done.stderr
    return done.stdout.strip()


def rows(project: Project) -> list[tuple[Any, ...]]:
    return project.query("SELECT name, sha256, complete, deleted FROM recordings ORDER BY started_ns, name")


def test_everything_that_is_known_is_in_a_column(project: Project, tmp_path: Path) -> None:
    handle = project.begin()
    known = made(tmp_path / "a.jsonl", **ABOUT)
    handle.note(recording(name="tests", path=known["path"], started_ns=7))
    handle.finish([], 0, 1, recordings=[known])
    columns = "run_id, position, name, path, started_ns, sha256, bytes, samples, complete, reason, totals, deleted_ns"
    assert project.query(f"SELECT {columns} FROM recordings") == [
        (handle.run.id, 0, "tests", known["path"], 7, "a" * 64, 12, 2, 1, "ended", '{"wall_s":1.5}', None)
    ]
    assert json.loads(project.query("SELECT whole FROM recordings")[0][0]) == known
    shown = project.ledger().show(handle.run.id)
    assert shown.as_dict()["recordings"] == [{**known, "deleted_ns": None, "deleted": None}]
    assert project.ledger().recordings() == list(shown.recordings)


def test_a_path_that_looks_like_a_secret_is_one_recording_still(project: Project, tmp_path: Path) -> None:
    folder = tmp_path / ("ghp_" + "a1B2" * 9)
    folder.mkdir()
    handle = project.begin()
    handle.note(made(folder / "a.jsonl"))
    handle.finish([], 0, 1, recordings=[made(folder / "a.jsonl", **ABOUT)])
    assert rows(project) == [("tests", "a" * 64, 1, None)]


def test_a_file_that_has_not_come_to_be_is_forgotten(project: Project, tmp_path: Path) -> None:
    handle = project.begin()
    for name in ("one", "two"):
        handle.note(made(tmp_path / name, name=name))
    handle.forget(str(tmp_path / "one"))
    handle.finish([], 0, 1)
    assert [name for name, *_ in rows(project)] == ["two"]


def test_a_run_that_goes_on_shows_what_it_records(project: Project, tmp_path: Path) -> None:
    handle = project.begin()
    for name in ("one", "two"):
        handle.note(made(tmp_path / name, name=name))
    shown = project.ledger().recordings()
    assert [(one.run_id, one.name, one.sha256) for one in shown] == [
        (handle.run.id, name, None) for name in ("one", "two")
    ]
    assert project.ledger().show().recordings == tuple(shown)


def test_what_a_run_noted_and_did_not_tell_of_is_kept_for_a_reader(project: Project, tmp_path: Path) -> None:
    handle = project.begin()
    handle.note(made(tmp_path / "late", "being written"))
    handle.finish([], 0, 1)
    assert rows(project) == [("tests", None, 0, None)]
    project.run(project.ledger(reader=read))
    assert rows(project) == [("tests", None, 0, None)]  # it is being written still
    (tmp_path / "late").write_text("end\n")
    project.run()
    assert rows(project) == [("tests", None, 0, None)]  # nobody there who could read it
    project.run(project.ledger(reader=read))
    assert rows(project) == [("tests", "a" * 64, 1, None)]


def test_the_recording_of_a_killed_run_is_taken_in_by_the_next(project: Project, tmp_path: Path) -> None:
    run = died(project, made(tmp_path / "one", name="one"), made(tmp_path / "two", name="two"))
    project.run(project.ledger(reader=read))
    assert rows(project) == [("one", "a" * 64, 1, None), ("two", "a" * 64, 1, None)]
    detail = project.ledger().show(run)
    assert (detail.row.status, [one.totals for one in detail.recordings]) == ("killed", [{"wall_s": 1.5}] * 2)


def test_a_file_that_was_never_written_is_said_to_be_gone(project: Project, tmp_path: Path) -> None:
    died(project, recording(name="tests", path=str(tmp_path / "never"), started_ns=7))
    project.run(project.ledger(reader=read))
    assert rows(project) == [("tests", None, 0, GONE)]


@pytest.mark.skipif(sys.platform != "linux", reason="a folder in the file's place is an error of its own elsewhere")
def test_a_file_that_cannot_be_read_costs_nothing(project: Project, tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    died(project, recording(name="tests", path=str(tmp_path / "folder"), started_ns=7))
    project.run(project.ledger(reader=read))
    assert rows(project) == [("tests", None, 0, None)]


def test_a_run_taken_for_dead_has_the_last_word_on_its_recordings(project: Project, tmp_path: Path) -> None:
    file = made(tmp_path / "one")
    start = started({"id": "1" * 32, "started_ns": 5, "command": "test", "trace": ""}, {}) | {"recordings": [file]}
    end = finished(start, [], exit_code=0, ended_ns=9, snapshot=None, probes=[], recordings=[{**file, **ABOUT}])
    from gating.ledger.event import killed

    with writing(SQLite(str(tmp_path / "ledger.db")), 5) as session:
        for document in (killed(start), end):
            with session.transaction():
                assert put(session, document, 1)
        assert session.rows("SELECT sha256, complete FROM recordings") == [("a" * 64, 1)]


def test_a_document_of_an_older_version_has_no_recordings(project: Project) -> None:
    handle = project.begin()
    event = finished(handle._start, [], exit_code=0, ended_ns=9, snapshot=None, probes=[])
    del event["recordings"]
    (project.home / "spool" / f"{handle.run.id}.ndjson").write_text(json.dumps(event) + "\n")
    assert project.ledger().show(handle.run.id).recordings == ()
    project.run()
    assert project.ledger().show(handle.run.id).recordings == ()


def test_an_older_ledger_gets_the_table(project: Project) -> None:
    project.home.mkdir()
    with writing(SQLite(str(project.database), MIGRATIONS[:1]), 5):
        pass
    assert project.query("SELECT count(*) FROM sqlite_master WHERE name = 'recordings'") == [(0,)]
    assert project.ledger().recordings() == []
    assert project.query("SELECT count(*) FROM recordings") == [(0,)]


def test_a_recording_is_noted_where_the_disk_has_no_more_room(project: Project, tmp_path: Path) -> None:
    import resource

    handle = project.begin()
    file = project.home / "runs" / handle.run.id
    # the run's own file has room that it reserved; nothing may grow any more
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (file.stat().st_size, before[1]))
    try:
        handle.note(made(tmp_path / "one"))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert [one.name for one in project.ledger().show().recordings] == ["tests"]
    assert handle.finish([], 0, time.time_ns()).where == "ledger"
    assert os.listdir(project.home / "runs") == []
