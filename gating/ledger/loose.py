"""Runs that stand in files only: those that go on, those that were killed, and those that wait in the spool."""

from __future__ import annotations

from gating.ledger import spool
from gating.ledger.event import EVENT, Json
from gating.ledger.folder import runs_of, spool_of
from gating.ledger.recordings import of_document
from gating.ledger.rows import RunDetail, RunRow
from gating.ledger.runs import scan, this_process

__all__ = ["loose_runs"]

_OUTCOMES = ("pass", "degraded", "skip", "fail")


def loose_runs(home: str, now_ns: int) -> dict[str, RunDetail]:
    """The runs in the files of the `.gating` folder `home`, by id. The files stay as they are."""
    found: dict[str, RunDetail] = {}
    for seen in scan(runs_of(home), this_process(), now_ns):
        found[seen.document["run"]["id"]] = _detail(seen.document, "running" if seen.alive else "killed")
    for spooled in spool.pending(spool_of(home)):
        for document in spooled.documents:
            if document["schema"] == EVENT:
                found[document["run"]["id"]] = _detail(document, "finished")
    return found


def _detail(document: Json, status: str) -> RunDetail:
    run = document["run"]
    if document["schema"] == EVENT:
        status = run.get("status", status)
    verdicts = document.get("verdicts") or []
    outcomes = [verdict.get("outcome") for verdict in verdicts]
    snapshot = document.get("snapshot") or {}
    row = RunRow(
        id=run["id"],
        started_ns=run["started_ns"],
        status=status,
        parent=run.get("parent"),
        trace=run.get("trace"),
        command=run.get("command", ""),
        argv=tuple(run.get("argv") or ()),
        exit_code=run.get("exit_code"),
        ended_ns=run.get("ended_ns"),
        mode=run.get("mode"),
        project=run.get("project"),
        policy=run.get("policy"),
        policy_digest=run.get("policy_digest"),
        python=run.get("python"),
        host=run.get("host"),
        pid=run.get("pid"),
        snapshot_id=snapshot.get("id"),
        counts={outcome: outcomes.count(outcome) for outcome in _OUTCOMES} if status == "finished" else {},
    )
    probes = document.get("probes") or []
    return RunDetail(
        row=row,
        verdicts=tuple(verdicts),
        probes=tuple(probes),
        recordings=of_document(document),
        snapshot=snapshot.get("data"),
    )
