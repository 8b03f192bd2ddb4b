"""Transactions on a store of any dialect; whatever goes wrong there is a `Trouble`.

Statements are plain SQL with `?` for values. What differs between stores is their dialect's: how one is opened,
locked and brought to the newest schema, how values are marked, which errors it has.
"""

from __future__ import annotations

import errno
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Any

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Protocol
else:
    Protocol = object  # for type checkers alone, and slow to make a class of

__all__ = ["Connection", "Dialect", "Session", "Trouble", "of_os", "reading", "writing"]


class Trouble(Exception):  # noqa: N818 - the design's word; it is caught here and told, never thrown at a user
    """The store cannot do what was asked. `cause` is one of the words that `Recorded.cause` lists."""

    def __init__(self, cause: str, message: str) -> None:
        super().__init__(message)
        self.cause = cause


_SHORTEST_S = 0.1  # left for the store's own waiting when the turn came at the last moment
_OF_ERRNO = {
    errno.ENOSPC: "full",
    errno.EDQUOT: "full",
    errno.EFBIG: "full",
    errno.EROFS: "read-only",
    errno.EACCES: "read-only",
    errno.EPERM: "read-only",
}


def of_os(error: OSError, path: str) -> Trouble:
    """The trouble that an error of the operating system means; `path` is named where the error names none."""
    cause = _OF_ERRNO.get(error.errno or 0, "unreachable")
    return Trouble(cause, f"{error.filename or path}: {error.strerror or error}")


class Cursor(Protocol):
    @property
    def rowcount(self) -> int: ...
    def fetchall(self) -> list[Any]: ...


class Connection(Protocol):
    """What is used of a DB-API connection, in the form that sqlite3 and psycopg 3 share."""

    def execute(self, sql: str, values: Sequence[object] = ..., /) -> Cursor: ...
    def close(self) -> None: ...


class Dialect(Protocol):
    """One kind of store at one place."""

    begin: str  # the statement that begins a transaction which will write

    def connect(self, timeout_s: float) -> Connection:
        """Open the store for writing, made and brought to the newest schema where it is not. Raises Trouble."""

    def look(self, timeout_s: float) -> Connection | None:
        """Open the store for reading only; None where there is none yet. Raises Trouble."""

    def turn(self, timeout_s: float) -> Any:
        """A context manager in which nobody else writes. Raises Trouble where the turn does not come in time."""

    def statement(self, sql: str) -> str:
        """The statement with the dialect's own marks for values."""

    def trouble(self, error: Exception) -> Trouble | None:
        """What an error of the store means; None where the error is not the store's."""


class Session:
    """An open store. Every error of the store is raised as Trouble."""

    def __init__(self, connection: Connection, dialect: Dialect) -> None:
        self._connection = connection
        self._dialect = dialect

    def execute(self, sql: str, values: Sequence[object] = ()) -> int:
        """Run one statement; the number of rows that it changed."""
        return self._run(sql, values).rowcount

    def rows(self, sql: str, values: Sequence[object] = ()) -> list[tuple[Any, ...]]:
        """Run one query to its end, so that no reading transaction stays open."""
        return self._run(sql, values).fetchall()

    def insert(self, table: str, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
        """Insert rows whose values are in the order of `columns`."""
        sql = f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({', '.join('?' * len(columns))})"  # noqa: S608 - names of our own
        for row in rows:
            self._run(sql, row)

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All that is written in the block, or nothing of it."""
        self._run(self._dialect.begin)
        yield from self._ending("COMMIT", "ROLLBACK")

    @contextmanager
    def savepoint(self) -> Iterator[None]:
        """A part of a transaction that may fail by itself."""
        self._run("SAVEPOINT part")
        yield from self._ending("RELEASE part", "ROLLBACK TO part")

    def _ending(self, well: str, ill: str) -> Iterator[None]:
        try:
            yield
            self._run(well)
        except BaseException:
            with suppress(Trouble):
                self._run(ill)
            raise

    def _run(self, sql: str, values: Sequence[object] = ()) -> Cursor:
        try:
            return self._connection.execute(self._dialect.statement(sql), values)
        except Exception as error:
            trouble = self._dialect.trouble(error)
            if trouble is None:
                raise
            raise trouble from error


@contextmanager
def writing(dialect: Dialect, timeout_s: float) -> Iterator[Session]:
    """The store, in this process's turn to write. Raises Trouble."""
    end = time.monotonic() + timeout_s
    # the connection is closed before the turn is over, for closing may write too
    with dialect.turn(timeout_s):
        connection = dialect.connect(max(end - time.monotonic(), _SHORTEST_S))
        try:
            yield Session(connection, dialect)
        finally:
            connection.close()


@contextmanager
def reading(dialect: Dialect, timeout_s: float) -> Iterator[Session | None]:
    """The store for reading; None where there is none yet. Raises Trouble."""
    connection = dialect.look(timeout_s)
    try:
        yield None if connection is None else Session(connection, dialect)
    finally:
        if connection is not None:
            connection.close()
