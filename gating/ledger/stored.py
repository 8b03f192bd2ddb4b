"""The queries: runs out of the tables."""

from __future__ import annotations

import json
from typing import Any

from gating.ledger.database import Session
from gating.ledger.event import Json
from gating.ledger.recordings import of_run
from gating.ledger.rows import RunDetail, RunRow

__all__ = ["beginning_with", "detail", "newest", "snapshot"]

_OUTCOMES = ("pass", "degraded", "skip", "fail")
_AFTER_HEX = "g"  # sorts after every hex digit
_PART = 500  # values in one statement; SQLite before 3.32 takes 999
_SELECT = (
    "SELECT id, started_ns, status, parent, trace, command, argv, exit_code, ended_ns, mode, project,"
    " policy, policy_digest, python, host, pid, snapshot_id FROM runs"
)


def newest(session: Session, limit: int) -> list[RunRow]:
    """The `limit` runs that started last, newest first. Raises Trouble."""
    return _rows(session, session.rows(f"{_SELECT} ORDER BY started_ns DESC, id DESC LIMIT ?", [limit]))


def beginning_with(session: Session, prefix: str, limit: int) -> list[RunRow]:
    """At most `limit` runs whose ids begin with `prefix`. Raises Trouble."""
    values = [prefix, prefix + _AFTER_HEX, limit]
    return _rows(session, session.rows(f"{_SELECT} WHERE id >= ? AND id < ? ORDER BY id LIMIT ?", values))


def detail(session: Session, row: RunRow) -> RunDetail:
    """What a stored run left. Raises Trouble."""
    verdicts = session.rows("SELECT whole FROM verdicts WHERE run_id = ? ORDER BY position", [row.id])
    probes = session.rows("SELECT whole FROM probes WHERE run_id = ? ORDER BY position", [row.id])
    return RunDetail(
        row=row,
        verdicts=tuple(json.loads(whole) for (whole,) in verdicts),
        probes=tuple(json.loads(whole) for (whole,) in probes),
        recordings=of_run(session, row.id),
        snapshot=snapshot(session, row.snapshot_id),
    )


def snapshot(session: Session, snapshot_id: str | None) -> Json | None:
    """A stored snapshot; None where there is none of that id. Raises Trouble."""
    found = session.rows("SELECT data FROM snapshots WHERE id = ?", [snapshot_id]) if snapshot_id else []
    data: Json | None = json.loads(found[0][0]) if found else None
    return data


def _rows(session: Session, found: list[tuple[Any, ...]]) -> list[RunRow]:
    counts = _counts(session, [values[0] for values in found])
    return [
        RunRow(
            id=values[0],
            started_ns=values[1],
            status=values[2],
            parent=values[3],
            trace=values[4],
            command=values[5],
            argv=tuple(json.loads(values[6])),
            exit_code=values[7],
            ended_ns=values[8],
            mode=values[9],
            project=values[10],
            policy=values[11],
            policy_digest=values[12],
            python=values[13],
            host=values[14],
            pid=values[15],
            snapshot_id=values[16],
            counts=counts[values[0]] if values[2] == "finished" else {},
        )
        for values in found
    ]


def _counts(session: Session, ids: list[str]) -> dict[str, dict[str, int]]:
    counts = {run_id: dict.fromkeys(_OUTCOMES, 0) for run_id in ids}
    for start in range(0, len(ids), _PART):
        part = ids[start : start + _PART]
        marks = ", ".join("?" * len(part))
        sql = f"SELECT run_id, outcome, count(*) FROM verdicts WHERE run_id IN ({marks}) GROUP BY run_id, outcome"  # noqa: S608 - marks only
        for run_id, outcome, number in session.rows(sql, part):
            counts[run_id][outcome] = number
    return counts
