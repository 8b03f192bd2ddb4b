"""A project with a ledger, as tests look at it, and how they start other processes that record in it."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import time
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from gating.ledger.identity import new_run_id
from gating.ledger.ledger import Ledger, open_ledger
from gating.ledger.recording import RunHandle
from gating.ledger.records import RunRecord

__all__ = ["Project", "Start", "go", "lines", "record"]


@dataclass(frozen=True, kw_only=True)
class Project:
    """A project's folder, and what lies in its `.gating`."""

    folder: Path

    @property
    def home(self) -> Path:
        return self.folder / ".gating"

    @property
    def database(self) -> Path:
        return self.home / "ledger.db"

    @property
    def spooled(self) -> list[Path]:
        return sorted((self.home / "spool").glob("*.ndjson"))

    @property
    def live(self) -> list[str]:
        return sorted(path.name for path in (self.home / "runs").iterdir())

    def ledger(self, place: str | None = None, **more: Any) -> Ledger:
        return open_ledger(place, project=self.folder, **more)

    def begin(self, ledger: Ledger | None = None, **fields: Any) -> RunHandle:
        return (ledger or self.ledger()).begin(record(**fields))

    def run(self, ledger: Ledger | None = None, *verdicts: dict[str, Any], **fields: Any) -> str:
        """Record a run that must get into the database; its id."""
        handle = self.begin(ledger, **fields)
        recorded = handle.finish(verdicts, 0, time.time_ns())
        assert (recorded.where, recorded.trouble) == ("ledger", None)
        return handle.run.id

    def query(self, sql: str, *values: object) -> list[tuple[Any, ...]]:
        with closing(sqlite3.connect(self.database)) as connection:
            return connection.execute(sql, values).fetchall()


def record(**fields: Any) -> RunRecord:
    now_ns = time.time_ns()
    return RunRecord(**{"id": new_run_id(now_ns, os.urandom(8)), "command": "test", "started_ns": now_ns, **fields})


class Start(Protocol):
    def __call__(self, what: str, count: int = 1) -> subprocess.Popen[str]: ...


def go(*workers: subprocess.Popen[str]) -> None:
    """Let workers begin together, once each has started up."""
    for worker in workers:
        assert worker.stdout is not None
        assert worker.stdout.readline() == "ready\n"
    for worker in workers:
        assert worker.stdin is not None
        worker.stdin.write("\n")
        worker.stdin.flush()


def lines(worker: subprocess.Popen[str]) -> list[list[str]]:
    """What a worker printed until its end, which must be a good one."""
    out, _ = worker.communicate(timeout=60)
    assert worker.returncode == 0
    return [line.split(maxsplit=2) for line in out.splitlines()]
