"""Recordings in the tables: stored with their run, read once their files are finished, and listed."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from gating.ledger.database import Session
from gating.ledger.event import Json, recording, storable
from gating.ledger.values import as_integer, as_json, as_text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from gating.ledger.rows import RecordingRow

__all__ = ["GONE", "Reader", "adopt", "kept", "newest", "of_document", "of_run", "pending", "put"]

# what a file of samples came to (see `event.recording`); None while it is being written. Raises OSError
Reader = Callable[[str], "Json | None"]

_COLUMNS = (
    "run_id", "position", "name", "path", "started_ns", "sha256", "bytes", "samples", "complete", "reason", "totals",
    "deleted_ns", "deleted",
)  # fmt: skip
_STATED = _COLUMNS[2:11]
_UPDATE = ", ".join(f"{name} = excluded.{name}" for name in (*_STATED, "whole"))
_INSERT = (
    f"INSERT INTO recordings ({', '.join((*_COLUMNS[:11], 'whole'))}) VALUES ({', '.join('?' * 12)})"  # noqa: S608 - names of our own
    # of a run that was taken for dead; what has been deleted since then stays so
    f" ON CONFLICT (run_id, position) DO UPDATE SET {_UPDATE} WHERE recordings.deleted_ns IS NULL"
)
_SELECT = f"SELECT {', '.join(_COLUMNS)} FROM recordings"  # noqa: S608 - names of our own
_PENDING = "sha256 IS NULL AND deleted_ns IS NULL"
_BEGINNING_NS = 60 * 10**9  # how long a file that has been noted may not be there yet
GONE = "it was not there any more"


def put(session: Session, run_id: str, recordings: Iterable[Mapping[str, Any]]) -> None:
    """Store what was recorded of a run, inside a transaction of the caller's. Raises Trouble."""
    for position, one in enumerate(recordings):
        session.execute(_INSERT, [run_id, position, *_values(one)])


def pending(session: Session) -> bool:
    """Whether there is a recording whose file nobody has read yet. Raises Trouble."""
    return bool(session.rows(f"SELECT 1 FROM recordings WHERE {_PENDING} LIMIT 1"))  # noqa: S608 - a text of our own


def adopt(session: Session, read: Reader, *, now_ns: int, end: float) -> None:
    """Read the finished files of recordings whose own run did not, until `end` (of `time.monotonic`).

    Inside a transaction of the caller's. A file that is being written waits for a later run; one that is gone is
    noted as such. Raises Trouble.
    """
    for row in _rows(session.rows(f"{_SELECT} WHERE {_PENDING} ORDER BY started_ns DESC")):
        if time.monotonic() > end:
            return
        where = [row.run_id, row.path]
        try:
            about = read(row.path)
        except FileNotFoundError:
            if now_ns - row.started_ns < _BEGINNING_NS:
                continue  # its sampler may be about to make it
            sql = "UPDATE recordings SET deleted_ns = ?, deleted = ? WHERE run_id = ? AND path = ?"
            session.execute(sql, [now_ns, GONE, *where])
            continue
        except OSError:
            continue
        if about is not None:
            made = recording(name=row.name, path=row.path, started_ns=row.started_ns, about=storable(about))
            names = ", ".join(f"{name} = ?" for name in (*_STATED, "whole"))
            sql = f"UPDATE recordings SET {names} WHERE run_id = ? AND path = ?"  # noqa: S608 - names of our own
            session.execute(sql, [*_values(made), *where])


def of_run(session: Session, run_id: str) -> tuple[RecordingRow, ...]:
    """What was recorded of a stored run. Raises Trouble."""
    return tuple(_rows(session.rows(f"{_SELECT} WHERE run_id = ? ORDER BY position", [run_id])))


def kept(session: Session) -> list[RecordingRow]:
    """The recordings whose finished files are there as far as is known, newest first. Raises Trouble."""
    where = "deleted_ns IS NULL AND sha256 IS NOT NULL"
    return _rows(session.rows(f"{_SELECT} WHERE {where} ORDER BY started_ns DESC, run_id DESC, position DESC"))


def newest(session: Session, limit: int) -> list[RecordingRow]:
    """The `limit` stored recordings that began last, newest first. Raises Trouble."""
    return _rows(session.rows(f"{_SELECT} ORDER BY started_ns DESC, run_id DESC, position DESC LIMIT ?", [limit]))


def of_document(document: Json) -> tuple[RecordingRow, ...]:
    """What the document of a run says of its recordings; what has no name or file is left out."""
    from gating.ledger.rows import RecordingRow  # who only writes does not pay for what is read back

    run_id = document["run"]["id"]
    return tuple(
        RecordingRow(
            run_id=run_id,
            name=str(one["name"]),
            path=str(one["path"]),
            started_ns=as_integer(one.get("started_ns")) or 0,
            complete=bool(one.get("complete")),
            totals=one.get("totals") if isinstance(one.get("totals"), dict) else None,
            **{key: one.get(key) for key in ("sha256", "bytes", "samples", "reason")},
        )
        for one in document.get("recordings") or ()
        if isinstance(one, dict) and one.get("name") and one.get("path")
    )


def _values(one: Mapping[str, Any]) -> list[object]:
    """The values of `_STATED` and `whole`."""
    totals = one.get("totals")
    return [
        str(one["name"]),
        str(one["path"]),
        as_integer(one.get("started_ns")) or 0,
        as_text(one.get("sha256")),
        as_integer(one.get("bytes")),
        as_integer(one.get("samples")),
        int(bool(one.get("complete"))),
        as_text(one.get("reason")),
        None if totals is None else as_json(totals),
        as_json(one),
    ]


def _rows(found: list[tuple[Any, ...]]) -> list[RecordingRow]:
    from gating.ledger.rows import RecordingRow

    rows = []
    for run_id, _position, *values in found:
        told = dict(zip(_COLUMNS[2:], values, strict=True))
        totals = told["totals"]
        told.update(complete=bool(told["complete"]), totals=None if totals is None else json.loads(totals))
        rows.append(RecordingRow(run_id=run_id, **told))
    return rows
