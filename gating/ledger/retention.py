"""Retention: old recordings go by number of runs, days and size, and only what the ledger itself knows."""

from __future__ import annotations

import os
import time
from collections.abc import Collection, Iterable, Iterator
from typing import NamedTuple

from gating.ledger.database import Session
from gating.ledger.recordings import GONE, kept
from gating.ledger.rows import RecordingRow

__all__ = ["Bounds", "retain"]

_DAY_NS = 24 * 3600 * 10**9


class Bounds(NamedTuple):
    """What is kept in the folder `folder`: of so many runs, of so many days, and so many bytes in all."""

    folder: str
    runs: int
    days: int
    size: int


def retain(session: Session, bounds: Bounds, *, spared: Collection[str], now_ns: int, end: float) -> None:
    """Delete the files in the bounds' folder that pass one of them, and write down when and why.

    `spared` are the ids of runs of which nothing is deleted. A file that is not exactly what the ledger has noted
    (another size or checksum) is a stranger's and stays. Inside a transaction of the caller's, until `end` (of
    `time.monotonic`). Raises Trouble.
    """
    for row, path, why in _passing(kept(session), bounds, now_ns):
        if time.monotonic() > end:
            return
        if row.run_id in spared or (ended := _delete(path, row, why)) is None:
            continue
        sql = "UPDATE recordings SET deleted_ns = ?, deleted = ? WHERE run_id = ? AND path = ?"
        session.execute(sql, [now_ns, ended, row.run_id, row.path])


def _delete(path: str, row: RecordingRow, why: str) -> str | None:
    """Delete a recording's file; why it is there no more, None where it is."""
    try:
        if _digest(path, row.bytes) != row.sha256:
            return None
        os.unlink(path)
    except FileNotFoundError:
        return GONE
    except OSError:
        return None
    return why


def _passing(rows: Iterable[RecordingRow], bounds: Bounds, now_ns: int) -> Iterator[tuple[RecordingRow, str, str]]:
    """The recordings that pass a bound, where each lies, and why; `rows` are newest first."""
    runs: set[str] = set()
    size = 0
    for row in rows:
        path = _place(row, bounds.folder)
        if path is None:
            continue
        runs.add(row.run_id)
        size += row.bytes or 0
        if len(runs) > bounds.runs:
            yield row, path, f"more than {bounds.runs} runs"
        elif now_ns - row.started_ns > bounds.days * _DAY_NS:
            yield row, path, f"older than {bounds.days} days"
        elif size > bounds.size:
            yield row, path, f"more than {bounds.size} bytes in all"


def _place(row: RecordingRow, folder: str) -> str | None:
    """Where a recording is in the folder; None for one of another folder.

    The project may have been moved, or be seen under another name (in a container): then its file is here all the
    same. One that is nowhere is only known to be gone where it was to be here.
    """
    here = os.path.join(folder, os.path.basename(row.path))
    return here if row.path == here or os.path.exists(here) else None


def _digest(path: str, size: int | None) -> str | None:
    """The SHA-256 of a regular file of that size, in hexadecimal digits; None of any other. Raises OSError."""
    import stat
    from hashlib import file_digest

    about = os.lstat(path)
    if not stat.S_ISREG(about.st_mode) or about.st_size != size:
        return None
    with open(path, "rb") as file:
        return file_digest(file, "sha256").hexdigest()
