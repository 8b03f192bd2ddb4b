"""SQLite as the ledger's store: how its file is opened, locked and checked, and what its errors mean.

One process writes at a time, under a lock on a file beside the database, from opening to closing. That is what
keeps commits from starving each other (SQLite's own waiting is not fair), and it is needed below SQLite 3.51.3,
where two connections that commit or checkpoint a write-ahead log at one moment can damage the database.
Readers take no lock; being read-only they never checkpoint.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Sequence

from gating.ledger.database import Trouble, of_os
from gating.ledger.locks import Lock, acquire

__all__ = ["APPLICATION", "VERSION", "SQLite"]

VERSION = 2  # of the schema that this code writes; how it is reached stands in `schema`
APPLICATION = 0x67617465  # application_id in the file's header: "gate"

# SQLite's primary result codes (https://sqlite.org/rescode.html), in our words
_CAUSES = {
    sqlite3.SQLITE_BUSY: "busy",
    sqlite3.SQLITE_LOCKED: "busy",
    sqlite3.SQLITE_READONLY: "read-only",
    sqlite3.SQLITE_FULL: "full",
    sqlite3.SQLITE_IOERR: "unreachable",
    sqlite3.SQLITE_CANTOPEN: "unreachable",
    sqlite3.SQLITE_CORRUPT: "corrupt",
    sqlite3.SQLITE_NOTADB: "corrupt",
}


class SQLite:
    """The database file at `path`. `migrations` (see `schema`) are those of this gating where None."""

    begin = "BEGIN IMMEDIATE"  # a transaction that reads before it writes loses the race to any other writer

    def __init__(self, path: str, migrations: Sequence[Sequence[str]] | None = None) -> None:
        self.path = path
        self._migrations = migrations
        self._version = VERSION if migrations is None else len(migrations)

    def turn(self, timeout_s: float) -> Lock:
        path = f"{self.path}.lock"
        try:
            try:
                return acquire(path, timeout_s=timeout_s)
            except FileNotFoundError:
                os.makedirs(os.path.dirname(self.path), exist_ok=True)
                return acquire(path, timeout_s=timeout_s)
        except TimeoutError as error:
            raise Trouble("busy", f"{self.path}: {error}") from error
        except OSError as error:
            raise of_os(error, path) from error

    def connect(self, timeout_s: float) -> sqlite3.Connection:
        """Open for writing. Only in this process's turn (`turn`)."""
        try:
            if not self._exists():
                self._create()
            connection = self._open("mode=rw", timeout_s)
            try:
                connection.execute("PRAGMA synchronous=FULL")
                connection.execute("PRAGMA foreign_keys=ON")
                if self._checked_version(connection) < self._version:
                    self._migrate(connection)
            except BaseException:
                connection.close()
                raise
        except sqlite3.Error as error:
            raise self._trouble_of(error) from error
        except OSError as error:
            raise of_os(error, self.path) from error
        return connection

    def look(self, timeout_s: float) -> sqlite3.Connection | None:
        """Open for reading. An older schema is brought up first, where that can be done."""
        try:
            if not self._exists():
                return None
            connection, version = self._open_to_read(timeout_s)
            if version < self._version:
                connection.close()
                with self.turn(timeout_s):
                    self.connect(timeout_s).close()
                connection, _ = self._open_to_read(timeout_s)
        except sqlite3.Error as error:
            raise self._trouble_of(error) from error
        return connection

    def statement(self, sql: str) -> str:
        return sql

    def trouble(self, error: Exception) -> Trouble | None:
        return self._trouble_of(error) if isinstance(error, sqlite3.Error) else None

    def _trouble_of(self, error: sqlite3.Error) -> Trouble:
        said = f"{self.path}: {error}"
        cause = _CAUSES.get(getattr(error, "sqlite_errorcode", 0) & 0xFF, "unexpected")
        if cause == "corrupt":
            said += "; it was left as it is: restore it, or move it away and the next run begins a new one"
            if sqlite3.sqlite_version_info < (3, 37):
                # an older one calls STRICT tables a malformed schema
                said += f" (or read it with SQLite 3.37; this Python has {sqlite3.sqlite_version})"
        return Trouble(cause, said)

    def _exists(self) -> bool:
        try:
            return os.stat(self.path).st_size > 0
        except FileNotFoundError:
            return False
        except OSError as error:
            raise of_os(error, self.path) from error

    def _open(self, options: str, timeout_s: float) -> sqlite3.Connection:
        path = os.path.abspath(self.path)
        if os.sep != "/":
            path = "/" + path.replace(os.sep, "/")
        quoted = path.replace("%", "%25").replace("?", "%3f").replace("#", "%23")
        return sqlite3.connect(f"file:{quoted}?{options}", uri=True, timeout=timeout_s, isolation_level=None)

    def _open_to_read(self, timeout_s: float) -> tuple[sqlite3.Connection, int]:
        connection = self._open("mode=ro", timeout_s)
        try:
            try:
                return connection, self._checked_version(connection)
            except sqlite3.OperationalError as error:
                # In a folder that cannot be written the log's index cannot be made. Without a log nobody is writing.
                closed = error.sqlite_errorcode & 0xFF in (sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY)
                if not closed or os.path.exists(f"{self.path}-wal"):
                    raise
            connection.close()
            connection = self._open("mode=ro&immutable=1", timeout_s)
            return connection, self._checked_version(connection)
        except BaseException:
            connection.close()
            raise

    def _checked_version(self, connection: sqlite3.Connection) -> int:
        """The schema's version. Raises Trouble for a database of another program or of a newer gating."""
        application: int = connection.execute("PRAGMA application_id").fetchone()[0]
        version: int = connection.execute("PRAGMA user_version").fetchone()[0]
        if application != APPLICATION:
            raise Trouble("foreign", f"{self.path} is not a ledger of gating; name another place for the ledger")
        if version > self._version:
            raise Trouble(
                "newer",
                f"{self.path} was written by a newer gating (schema {version}, this one knows {self._version});"
                " upgrade gating",
            )
        return version

    def _create(self) -> None:
        from gating.ledger import schema

        schema.create(self.path, self._migrations or schema.MIGRATIONS, APPLICATION)

    def _migrate(self, connection: sqlite3.Connection) -> None:
        from gating.ledger import schema

        schema.migrate(connection, self._migrations or schema.MIGRATIONS)
