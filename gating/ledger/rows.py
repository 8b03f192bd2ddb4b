"""Runs as they are read back, and their JSON forms `gating.runs/1` and `gating.run/1`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from gating.ledger.event import Json

__all__ = ["RUNS_SCHEMA", "RUN_SCHEMA", "RecordingRow", "RunDetail", "RunRow", "runs_document"]

RUNS_SCHEMA = "gating.runs/1"
RUN_SCHEMA = "gating.run/1"

_LISTED = ("id", "parent", "command", "status", "exit_code", "started_ns", "ended_ns")
_RECORDED = (
    "name", "path", "started_ns", "sha256", "bytes", "samples", "complete", "reason", "totals", "deleted_ns", "deleted",
)  # fmt: skip
_DETAILED = ("trace", "mode", "project", "policy", "policy_digest", "python", "host", "pid", "snapshot_id")


@dataclass(frozen=True, kw_only=True)
class RunRow:
    """A run as a listing shows it.

    `status` is `running`, `finished` or `killed`; `exit_code` and `ended_ns` (UTC nanoseconds) are None for all
    but a finished one. `counts` are its verdicts by outcome, empty for one that is not finished. The other fields
    are those of `RunRecord`, and where the run was.
    """

    id: str
    started_ns: int
    status: str
    parent: str | None = None
    trace: str | None = None
    command: str = ""
    argv: tuple[str, ...] = ()
    exit_code: int | None = None
    ended_ns: int | None = None
    mode: str | None = None
    project: str | None = None
    policy: str | None = None
    policy_digest: str | None = None
    python: str | None = None
    host: str | None = None
    pid: int | None = None
    snapshot_id: str | None = None
    counts: Mapping[str, int] = field(default_factory=dict)

    def as_dict(self) -> Json:
        """The run's form in a listing, `gating.runs/1`."""
        return {**{name: getattr(self, name) for name in _LISTED}, "counts": dict(self.counts)}


@dataclass(frozen=True, kw_only=True)
class RecordingRow:
    """A file of samples that was recorded of a run.

    `path` is absolute, times are UTC nanoseconds. `sha256`, `bytes`, `samples` and `totals` are None while nobody has
    read the finished file. `reason` is why it ended or why it is not complete, None where unknown. `deleted_ns` and
    `deleted` are when and why the file went, None while it is there.
    """

    run_id: str
    name: str
    path: str
    started_ns: int
    sha256: str | None = None
    bytes: int | None = None
    samples: int | None = None
    complete: bool = False
    reason: str | None = None
    totals: Mapping[str, Any] | None = None
    deleted_ns: int | None = None
    deleted: str | None = None

    def as_dict(self) -> Json:
        """The recording's form in `gating.run/1`."""
        return {name: getattr(self, name) for name in _RECORDED}


@dataclass(frozen=True, kw_only=True)
class RunDetail:
    """One run with what it left; its verdicts have the form of `gating.report/1`, the snapshot may be None."""

    row: RunRow
    verdicts: tuple[Mapping[str, Any], ...] = ()
    probes: tuple[Mapping[str, Any], ...] = ()
    recordings: tuple[RecordingRow, ...] = ()
    snapshot: Mapping[str, Any] | None = None

    def as_dict(self) -> Json:
        """The document `gating.run/1`."""
        detailed = {name: getattr(self.row, name) for name in _DETAILED}
        return {
            "schema": RUN_SCHEMA,
            "run": {**self.row.as_dict(), "argv": list(self.row.argv), **detailed},
            "verdicts": [dict(verdict) for verdict in self.verdicts],
            "probes": [dict(probe) for probe in self.probes],
            "recordings": [one.as_dict() for one in self.recordings],
            "snapshot": None if self.snapshot is None else dict(self.snapshot),
        }


def runs_document(rows: Iterable[RunRow]) -> Json:
    """The document `gating.runs/1` of a listing."""
    return {"schema": RUNS_SCHEMA, "runs": [row.as_dict() for row in rows]}
