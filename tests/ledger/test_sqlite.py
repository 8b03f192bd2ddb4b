"""The database file: made whole, opened only where it is ours, and as durable as it says."""

from __future__ import annotations

import os
import re
import sqlite3
import sys
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from subprocess import CompletedProcess

import pytest

from gating.ledger.database import Trouble, reading, writing
from gating.ledger.schema import MIGRATIONS, has_strict
from gating.ledger.sqlite import APPLICATION, VERSION, SQLite

LATER = (*MIGRATIONS, ("ALTER TABLE runs ADD COLUMN later TEXT",))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "ledger.db"


def make(path: Path) -> None:
    with writing(SQLite(str(path)), 5):
        pass


@contextmanager
def opened(path: Path) -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(path)) as connection:
        yield connection


def pragma(path: Path, name: str) -> object:
    with opened(path) as connection:
        return connection.execute(f"PRAGMA {name}").fetchone()[0]


def test_the_version_that_is_known_without_the_schema_is_the_schemas() -> None:
    assert len(MIGRATIONS) == VERSION


def test_a_fresh_database_is_complete(path: Path) -> None:
    make(path)
    assert sorted(entry.name for entry in path.parent.iterdir()) == ["ledger.db", "ledger.db.lock"]
    assert pragma(path, "journal_mode") == "wal"
    assert (pragma(path, "user_version"), pragma(path, "application_id")) == (VERSION, APPLICATION)


def test_a_commit_is_on_the_disk_before_it_is_acknowledged(path: Path) -> None:
    with writing(SQLite(str(path)), 5) as session:
        assert session.rows("PRAGMA synchronous") == [(2,)]  # FULL
        assert session.rows("PRAGMA foreign_keys") == [(1,)]


def test_every_column_is_explained(path: Path) -> None:
    make(path)
    with opened(path) as connection:
        tables = connection.execute("SELECT name, sql FROM sqlite_master WHERE type = 'table'").fetchall()
        known = {"runs", "verdicts", "probes", "recordings", "snapshots", "snapshot_keys"}
        assert {name for name, _ in tables} == known
        for name, sql in tables:
            assert has_strict() == sql.rstrip().endswith("STRICT")
            for column in connection.execute(f"PRAGMA table_info({name})").fetchall():
                assert re.search(rf"^ +{column[1]} +[A-Z].*-- \S", sql, re.MULTILINE), f"{name}.{column[1]}"


RUN = {"id": "1" * 32, "trace": "", "command": "", "argv": "", "status": "killed", "started_ns": 1, "whole": ""}
RECORDING = {
    "run_id": "1" * 32, "position": 0, "name": "", "path": "", "started_ns": 1, "complete": 0, "whole": "",
}  # fmt: skip
VERDICT = {"run_id": "1" * 32, "position": 0, "id": "", "kind": "", "name": "", "outcome": "pass", "whole": ""}


@pytest.mark.parametrize(
    ("table", "row"),
    [
        ("runs", {**RUN, "id": "short"}),
        ("runs", {**RUN, "status": "running"}),
        ("runs", {**RUN, "status": "finished"}),
        ("runs", {**RUN, "started_ns": "soon"}),
        ("verdicts", {**VERDICT}),
        ("verdicts", {**VERDICT, "outcome": "fine", "run_id": "0" * 32}),
        ("recordings", {**RECORDING}),
        ("recordings", {**RECORDING, "run_id": "0" * 32, "complete": 2}),
        ("recordings", {**RECORDING, "run_id": "0" * 32, "sha256": "short"}),
    ],
    ids=["id", "status", "no end", "type", "no such run", "outcome", "recording of none", "half", "checksum"],
)
def test_what_is_no_run_is_refused(path: Path, table: str, row: dict[str, object]) -> None:
    with writing(SQLite(str(path)), 5) as session:
        session.insert("runs", list(RUN), [["0" * 32, *list(RUN.values())[1:]]])
        with pytest.raises(Trouble) as raised:
            session.insert(table, list(row), [list(row.values())])
    assert raised.value.cause == "unexpected"


def test_an_empty_file_is_taken_for_none(path: Path) -> None:
    path.touch()
    with reading(SQLite(str(path)), 5) as session:
        assert session is None
    make(path)
    assert pragma(path, "user_version") == VERSION


def test_what_a_killed_maker_left_is_in_nobodys_way(path: Path) -> None:
    for name in ("ledger.db.new", "ledger.db.new-wal", "ledger.db.new-shm", "ledger.db.new-journal"):
        (path.parent / name).write_bytes(b"half of a database")
    make(path)
    assert pragma(path, "integrity_check") == "ok"
    assert sorted(entry.name for entry in path.parent.iterdir()) == ["ledger.db", "ledger.db.lock"]


def test_the_log_of_a_deleted_database_is_not_played_into_the_new_one(path: Path) -> None:
    log = path.with_name("ledger.db-wal")
    log.write_bytes(b"log of another database")
    make(path)
    assert not log.exists()
    assert path.with_name("ledger.db-wal.orphan").read_bytes() == b"log of another database"


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux has names that are no text")
def test_any_name_of_a_folder_will_do(tmp_path: Path) -> None:
    for name in (os.fsdecode(b"caf\xe9"), "a ? b#c%20"):
        path = tmp_path / name / "ledger.db"
        make(path)
        with reading(SQLite(str(path)), 5) as session:
            assert session is not None
        assert path.exists()


def test_a_database_of_another_program_is_left_alone(path: Path) -> None:
    with opened(path) as connection:
        connection.execute("CREATE TABLE theirs (x)")
    before = path.read_bytes()
    with pytest.raises(Trouble, match="is not a ledger of gating") as raised, writing(SQLite(str(path)), 5):
        pass
    assert raised.value.cause == "foreign"
    assert path.read_bytes() == before


def test_a_newer_schema_is_left_alone(path: Path) -> None:
    with writing(SQLite(str(path), LATER), 5):
        pass
    before = path.read_bytes()
    for opening in (writing, reading):
        with (
            pytest.raises(Trouble, match=rf"schema {len(LATER)}, this one knows {VERSION}.*upgrade") as raised,
            opening(SQLite(str(path)), 5),
        ):
            pass
        assert raised.value.cause == "newer"
    assert path.read_bytes() == before


def test_an_older_schema_is_brought_up_by_who_writes_and_by_who_reads(path: Path) -> None:
    for opening in (writing, reading):
        make(path)
        with opening(SQLite(str(path), LATER), 5) as session:
            assert session is not None
            assert session.rows("SELECT later FROM runs") == []
        assert pragma(path, "user_version") == len(LATER)
        path.unlink()


def test_a_step_that_fails_changes_nothing(path: Path) -> None:
    make(path)
    broken = (*MIGRATIONS, ("ALTER TABLE runs ADD COLUMN later TEXT", "nonsense"))
    with pytest.raises(Trouble), writing(SQLite(str(path), broken), 5):
        pass
    with opened(path) as connection:
        assert "later" not in [column[1] for column in connection.execute("PRAGMA table_info(runs)")]
    assert pragma(path, "user_version") == VERSION


def test_a_reader_changes_nothing(path: Path) -> None:
    make(path)
    with reading(SQLite(str(path)), 5) as session:
        assert session is not None
        with pytest.raises(Trouble) as raised:
            session.execute("DELETE FROM runs")
    assert raised.value.cause == "read-only"


READ = """
from gating.ledger.database import reading
from gating.ledger.sqlite import SQLite
with reading(SQLite({path!r}), 5) as session:
    print(session.rows("SELECT count(*) FROM runs"))
"""


def test_it_is_read_where_nothing_can_be_written(
    path: Path, python_as_user: Callable[[str], CompletedProcess[str]]
) -> None:
    make(path)
    path.parent.chmod(0o555)
    try:
        assert python_as_user(READ.format(path=str(path))).stdout == "[(0,)]\n"
    finally:
        path.parent.chmod(0o755)
