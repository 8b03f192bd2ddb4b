"""A transaction is all or nothing, and every error of the store is a Trouble."""

from __future__ import annotations

import errno
import sqlite3
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path

import pytest

from gating.ledger.database import Session, Trouble, of_os, reading, writing
from gating.ledger.sqlite import SQLite

INSERT = "INSERT INTO snapshots (id, data, stored_ns) VALUES (?, '', 1)"


@pytest.fixture
def database(tmp_path: Path) -> SQLite:
    return SQLite(str(tmp_path / "ledger.db"))


@pytest.fixture
def session(database: SQLite) -> Iterator[Session]:
    with writing(database, 5) as session:
        yield session


def put(session: Session, *digits: str) -> None:
    for digit in digits:
        session.execute(INSERT, [digit * 64])


def digits(session: Session) -> str:
    return "".join(sorted(name[0] for (name,) in session.rows("SELECT id FROM snapshots")))


def test_what_fails_in_a_transaction_takes_the_rest_with_it(session: Session) -> None:
    with pytest.raises(Trouble), session.transaction():
        put(session, "1", "1")
    with suppress(KeyboardInterrupt), session.transaction():
        put(session, "2")
        raise KeyboardInterrupt
    assert digits(session) == ""
    with session.transaction():
        put(session, "3")
    assert digits(session) == "3"


def test_a_part_may_fail_by_itself(session: Session) -> None:
    with session.transaction():
        put(session, "1")
        for _ in range(2):
            with pytest.raises(Trouble), session.savepoint():
                put(session, "2", "1")
        with session.savepoint():
            put(session, "3")
    assert digits(session) == "13"


def test_a_transaction_has_the_right_to_write_from_its_beginning(database: SQLite, session: Session) -> None:
    with closing(sqlite3.connect(database.path, timeout=0, isolation_level=None)) as other:
        with session.transaction(), pytest.raises(sqlite3.OperationalError, match="locked"):
            other.execute("BEGIN IMMEDIATE")
        other.execute("BEGIN IMMEDIATE")


def test_no_transaction_stays_open_behind_a_reader(database: SQLite) -> None:
    with writing(database, 5) as session:
        put(session, "1")
    with reading(database, 5) as reader:
        assert reader is not None
        assert digits(reader) == "1"
        with writing(database, 5) as session:
            put(session, "2")
        # an open transaction would still see one
        assert digits(reader) == "12"


def test_one_writes_at_a_time(database: SQLite) -> None:
    second = writing(database, 0.1)
    with writing(database, 5), pytest.raises(Trouble, match=r"locked by another process for 0\.1 s") as raised:
        second.__enter__()
    assert raised.value.cause == "busy"


@pytest.mark.parametrize(
    ("number", "cause"),
    [
        (errno.ENOSPC, "full"),
        (errno.EDQUOT, "full"),
        (errno.EROFS, "read-only"),
        (errno.EACCES, "read-only"),
        (errno.EIO, "unreachable"),
    ],
)
def test_an_error_of_the_system_is_named(number: int, cause: str) -> None:
    trouble = of_os(OSError(number, "as it says"), "the/file")
    assert (trouble.cause, str(trouble)) == (cause, "the/file: as it says")
    assert str(of_os(OSError(number, "as it says", "another"), "the/file")) == "another: as it says"
