"""A run's document into the tables."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from gating.ledger import recordings
from gating.ledger.database import Session
from gating.ledger.event import Json, canonical
from gating.ledger.values import as_integer, as_json, as_number, as_text

__all__ = ["put"]

_RUN_TEXTS = (
    "parent",
    "trace",
    "command",
    "status",
    "mode",
    "project",
    "policy",
    "policy_digest",
    "python",
    "host",
    "boot",
)
_RUN_NUMBERS = ("exit_code", "started_ns", "ended_ns", "pid", "process_started")
_RUN = ("id", *_RUN_TEXTS, *_RUN_NUMBERS, "argv", "snapshot_id", "whole")
_VERDICT_TEXTS = ("id", "outcome", "state", "need", "evidence", "wanted", "found", "path", "reason")
_VERDICT = (
    "run_id", "position", *_VERDICT_TEXTS, "kind", "name", "duration_s",
    "source_file", "source_line", "source_column", "whole",
)  # fmt: skip
_PROBE_TEXTS = ("id", "state", "evidence", "found", "path")
_PROBE = ("run_id", "position", *_PROBE_TEXTS, "duration_s", "cached", "whole")

_INSERT_RUN = (
    f"INSERT INTO runs ({', '.join(_RUN)}) VALUES ({', '.join('?' * len(_RUN))})"  # noqa: S608 - names of our own
    f" ON CONFLICT (id) DO UPDATE SET {', '.join(f'{name} = excluded.{name}' for name in _RUN[1:])}"
    # a run taken for dead (of another machine, or paused) that comes to its end after all has the last word
    " WHERE runs.status = 'killed' AND excluded.status <> 'killed'"
)


def put(session: Session, document: Json, now_ns: int) -> bool:
    """Store a run that is over, inside a transaction of the caller's. False where it stands there already.

    `now_ns` is when it is stored, UTC nanoseconds. Raises Trouble.
    """
    run = document["run"]
    snapshot_id = _put_snapshot(session, document.get("snapshot"), now_ns)
    values = [
        run["id"],
        *(as_text(run.get(name)) for name in _RUN_TEXTS),
        *(as_integer(run.get(name)) for name in _RUN_NUMBERS),
        as_json(run.get("argv") or []),
        snapshot_id,
        as_json(run),
    ]
    if session.execute(_INSERT_RUN, values) != 1:
        return False
    session.insert("verdicts", _VERDICT, _verdict_rows(run["id"], document.get("verdicts") or []))
    session.insert("probes", _PROBE, _probe_rows(run["id"], document.get("probes") or []))
    recordings.put(session, run["id"], document.get("recordings") or [])
    return True


def _put_snapshot(session: Session, snapshot: Mapping[str, Any] | None, now_ns: int) -> str | None:
    """Store a snapshot under its content and its freshness key; its id, None where it is not to be had."""
    if snapshot is None:
        return None
    snapshot_id: str = snapshot["id"]
    if snapshot.get("data") is None:
        # named by a run whose ledger has been replaced since: the run is kept without it
        return snapshot_id if session.rows("SELECT 1 FROM snapshots WHERE id = ?", [snapshot_id]) else None
    session.execute(
        "INSERT INTO snapshots (id, data, stored_ns) VALUES (?, ?, ?) ON CONFLICT (id) DO NOTHING",
        [snapshot_id, canonical(snapshot["data"]), now_ns],
    )
    if snapshot.get("key") is not None:
        session.execute(
            "INSERT INTO snapshot_keys (key, snapshot_id, stored_ns) VALUES (?, ?, ?)"
            " ON CONFLICT (key) DO UPDATE SET snapshot_id = excluded.snapshot_id, stored_ns = excluded.stored_ns",
            [snapshot["key"], snapshot_id, now_ns],
        )
    return snapshot_id


def _verdict_rows(run_id: str, verdicts: list[Json]) -> Iterator[list[object]]:
    for position, verdict in enumerate(verdicts):
        kind, _, name = str(verdict.get("id", "")).partition(":")
        source = verdict.get("source") or {}
        yield [
            run_id,
            position,
            *(as_text(verdict.get(key)) for key in _VERDICT_TEXTS),
            kind,
            name,
            as_number(verdict.get("duration_s")),
            as_text(source.get("file")),
            as_integer(source.get("line")),
            as_integer(source.get("column")),
            as_json(verdict),
        ]


def _probe_rows(run_id: str, probes: list[Json]) -> Iterator[list[object]]:
    for position, probe in enumerate(probes):
        yield [
            run_id,
            position,
            *(as_text(probe.get(key)) for key in _PROBE_TEXTS),
            as_number(probe.get("duration_s")),
            None if probe.get("cached") is None else int(bool(probe["cached"])),
            as_json(probe),
        ]
