"""The ledger's tables in SQLite, and the numbered steps that lead to them.

`MIGRATIONS[n]` leads from version n (`user_version`) to version n + 1. A step that has been released is never
changed: the next one changes what it made.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Sequence
from contextlib import suppress

from gating.ledger.folder import sync

__all__ = ["MIGRATIONS", "create", "has_strict", "migrate"]

_SNAPSHOTS = """
CREATE TABLE snapshots (
    id        TEXT PRIMARY KEY NOT NULL  -- SHA-256 of `data`, 64 hex digits
              CHECK (length(id) = 64),
    data      TEXT NOT NULL,             -- the snapshot as canonical JSON, secrets redacted
    stored_ns INTEGER NOT NULL           -- when it was first stored, UTC nanoseconds
              CHECK (typeof(stored_ns) = 'integer')
) {strict}
"""

_SNAPSHOT_KEYS = """
CREATE TABLE snapshot_keys (
    key         TEXT PRIMARY KEY NOT NULL,  -- what a snapshot was taken of: interpreter, site-packages, HEAD
    snapshot_id TEXT NOT NULL               -- the snapshot that is right as long as the key is
                REFERENCES snapshots (id) ON DELETE CASCADE,
    stored_ns   INTEGER NOT NULL            -- when the key was stored, UTC nanoseconds
                CHECK (typeof(stored_ns) = 'integer')
) {strict}
"""

_RUNS = """
CREATE TABLE runs (
    id              TEXT PRIMARY KEY NOT NULL  -- UUIDv7, 32 hex digits
                    CHECK (length(id) = 32),
    parent          TEXT,                      -- the run that began this one; it may end, and be stored, later
    trace           TEXT NOT NULL,             -- W3C trace id, the same in a whole tree of runs
    command         TEXT NOT NULL,             -- the gated command: preflight, gate, tests, …
    argv            TEXT NOT NULL,             -- its arguments, a JSON array, secrets redacted
    status          TEXT NOT NULL              -- finished; killed where it ended without a word
                    CHECK (status IN ('finished', 'killed')),
    exit_code       INTEGER                    -- what it exited with; null where killed
                    CHECK (typeof(exit_code) IN ('integer', 'null')),
    started_ns      INTEGER NOT NULL           -- its start, UTC nanoseconds
                    CHECK (typeof(started_ns) = 'integer'),
    ended_ns        INTEGER                    -- its end, UTC nanoseconds; null where killed
                    CHECK (typeof(ended_ns) IN ('integer', 'null') AND (ended_ns IS NOT NULL OR status = 'killed')),
    mode            TEXT,                      -- strict or lenient; null where nothing was judged
    project         TEXT,                      -- the project's name
    policy          TEXT,                      -- the policy file as shown to people; null where there was none
    policy_digest   TEXT,                      -- a checksum of the policy file
    python          TEXT,                      -- the judged interpreter's path
    host            TEXT,                      -- the machine's name
    boot            TEXT,                      -- the machine's boot id; null where it has none
    pid             INTEGER                    -- the process that ran it
                    CHECK (typeof(pid) IN ('integer', 'null')),
    process_started INTEGER                    -- that process's start, clock ticks since boot; null where unknown
                    CHECK (typeof(process_started) IN ('integer', 'null')),
    snapshot_id     TEXT                       -- the environment it ran in; null where none was taken
                    REFERENCES snapshots (id),
    whole           TEXT NOT NULL              -- all of the above and what has no column yet, JSON
) {strict}
"""

_RUNS_BY_START = "CREATE INDEX runs_by_start ON runs (started_ns)"

_VERDICTS = """
CREATE TABLE verdicts (
    run_id        TEXT NOT NULL     -- the run that gave it
                  REFERENCES runs (id) ON DELETE CASCADE,
    position      INTEGER NOT NULL  -- its place in the report, from 0
                  CHECK (typeof(position) = 'integer'),
    id            TEXT NOT NULL,    -- KIND:NAME
    kind          TEXT NOT NULL,    -- tool, gate, …
    name          TEXT NOT NULL,    -- the requirement's name in the policy
    outcome       TEXT NOT NULL     -- what it says
                  CHECK (outcome IN ('pass', 'degraded', 'skip', 'fail')),
    state         TEXT,             -- what was found: ok, absent, …; null where nothing was probed
    need          TEXT,             -- always, ci or optional
    evidence      TEXT,             -- how it is known; null where nothing was probed
    wanted        TEXT,             -- the specifier that was asked for; null where there was none
    found         TEXT,             -- the version as printed; null where there was none
    path          TEXT,             -- the file that was judged; null where there was none
    reason        TEXT,             -- in words
    duration_s    REAL,             -- the time that it took, seconds
    source_file   TEXT,             -- where the requirement stands; null where in no file
    source_line   INTEGER,          -- its line, from 1
    source_column INTEGER,          -- its column, from 1
    whole         TEXT NOT NULL,    -- the verdict of gating.report/1, JSON
    PRIMARY KEY (run_id, position)
) {strict}
"""

_PROBES = """
CREATE TABLE probes (
    run_id     TEXT NOT NULL     -- the run that it was made in
               REFERENCES runs (id) ON DELETE CASCADE,
    position   INTEGER NOT NULL  -- its place among the run's probes, from 0
               CHECK (typeof(position) = 'integer'),
    id         TEXT NOT NULL,    -- KIND:NAME of what was probed
    state      TEXT,             -- what was found
    evidence   TEXT,             -- how it is known
    found      TEXT,             -- the version as printed; null where there was none
    path       TEXT,             -- the file that was probed; null where there was none
    duration_s REAL,             -- the time that it took, seconds
    cached     INTEGER           -- 1 where it came from the cache, 0 where it was made in this run
               CHECK (cached IN (0, 1)),
    whole      TEXT NOT NULL,    -- the whole probe, JSON
    PRIMARY KEY (run_id, position)
) {strict}
"""

_RECORDINGS = """
CREATE TABLE recordings (
    run_id     TEXT NOT NULL     -- the run that was recorded
               REFERENCES runs (id) ON DELETE CASCADE,
    position   INTEGER NOT NULL  -- its place among the run's recordings, from 0
               CHECK (typeof(position) = 'integer'),
    name       TEXT NOT NULL,    -- what was recorded: tests, a gate's name, …
    path       TEXT NOT NULL,    -- the file of samples, absolute
    started_ns INTEGER NOT NULL  -- its beginning, UTC nanoseconds
               CHECK (typeof(started_ns) = 'integer'),
    sha256     TEXT              -- SHA-256 of the file, 64 hex digits; null where it has not been read (yet)
               CHECK (length(sha256) = 64),
    bytes      INTEGER           -- the file's size; null as above
               CHECK (typeof(bytes) IN ('integer', 'null')),
    samples    INTEGER           -- how many samples it holds; null as above
               CHECK (typeof(samples) IN ('integer', 'null')),
    complete   INTEGER NOT NULL  -- 1 where it has its footer and no sample is missing, 0 elsewhere
               CHECK (complete IN (0, 1)),
    reason     TEXT,             -- why it ended, or why it is not complete; null where unknown
    totals     TEXT,             -- what was used in all, a JSON object; null where unknown
    deleted_ns INTEGER           -- when the file was deleted or found gone, UTC nanoseconds; null while it is there
               CHECK (typeof(deleted_ns) IN ('integer', 'null')),
    deleted    TEXT,             -- why it was deleted, in words; null while it is there
    whole      TEXT NOT NULL,    -- all of the above but the last two and what has no column yet, JSON
    PRIMARY KEY (run_id, position)
) {strict}
"""

_RECORDINGS_KEPT = "CREATE INDEX recordings_kept ON recordings (started_ns) WHERE deleted_ns IS NULL"

MIGRATIONS: tuple[tuple[str, ...], ...] = (
    (_SNAPSHOTS, _SNAPSHOT_KEYS, _RUNS, _RUNS_BY_START, _VERDICTS, _PROBES),
    (_RECORDINGS, _RECORDINGS_KEPT),
)


def has_strict() -> bool:
    """Whether this Python's SQLite knows STRICT tables (3.37); an older one cannot even read them."""
    return sqlite3.sqlite_version_info >= (3, 37)


def create(path: str, migrations: Sequence[Sequence[str]], application: int) -> None:
    """Make the database `path`, which is missing or empty, complete before anyone sees it.

    Only in the process's turn to write. Switching to a write-ahead log takes no notice of the busy timeout, so it
    is done where nobody else looks. Raises sqlite3.Error and OSError.
    """
    new = f"{path}.new"
    for suffix in ("", "-wal", "-shm", "-journal"):
        with suppress(FileNotFoundError):
            os.unlink(new + suffix)  # of a process that was killed here
    connection = sqlite3.connect(new, isolation_level=None)
    try:
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=FULL")
        connection.execute(f"PRAGMA application_id={application}")
        migrate(connection, migrations)
    finally:
        connection.close()
    # a log without its database belongs to one that was deleted; SQLite would play it into the new one
    with suppress(FileNotFoundError):
        os.replace(f"{path}-wal", f"{path}-wal.orphan")
    os.replace(new, path)
    sync(os.path.dirname(path) or ".")


def migrate(connection: sqlite3.Connection, migrations: Sequence[Sequence[str]]) -> None:
    """Bring a database to the newest version in one transaction. Raises sqlite3.Error."""
    strict = "STRICT" if has_strict() else ""
    connection.execute("BEGIN IMMEDIATE")
    try:
        # read again: another process may have done it while this one waited
        version: int = connection.execute("PRAGMA user_version").fetchone()[0]
        for statements in migrations[version:]:
            for statement in statements:
                connection.execute(statement.format(strict=strict))
        connection.execute(f"PRAGMA user_version={max(version, len(migrations))}")
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise
