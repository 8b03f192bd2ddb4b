"""A process that records runs, for the tests to start, race and kill: `python worker.py WHAT PROJECT [COUNT]`.

It says `ready` and waits for a line on stdin, so that several begin at one moment. Each run that was acknowledged
is one line on stdout: where it went, and its id.
"""

from __future__ import annotations

import os
import signal
import sys
import time
from pathlib import Path

from gating.ledger import open_ledger
from gating.ledger.identity import new_run_id
from gating.ledger.ledger import Ledger
from gating.ledger.recording import RunHandle
from gating.ledger.records import RunRecord
from gating.ledger.sqlite import SQLite

VERDICTS = [{"id": f"tool:tool-{number}", "outcome": "pass", "state": "ok", "need": "always"} for number in range(3)]


def begin(ledger: Ledger) -> RunHandle:
    now_ns = time.time_ns()
    return ledger.begin(RunRecord(id=new_run_id(now_ns, os.urandom(8)), command="test", started_ns=now_ns))


def write(ledger: Ledger, count: int) -> None:
    """Record `count` runs."""
    for _ in range(count):
        handle = begin(ledger)
        recorded = handle.finish(VERDICTS, 0, time.time_ns())
        print(recorded.where, handle.run.id, recorded.trouble or "", flush=True)


def hang(ledger: Ledger, count: int) -> None:
    """Begin `count` runs and end none."""
    handles = [begin(ledger) for _ in range(count)]
    for handle in handles:
        print("begun", handle.run.id, flush=True)
    time.sleep(60)


def migrate(project: Path) -> None:
    """Bring a ledger to a schema that takes a column more."""
    from gating.ledger.schema import MIGRATIONS

    later = (*MIGRATIONS, ("ALTER TABLE runs ADD COLUMN later TEXT",))
    database = SQLite(str(project / ".gating" / "ledger.db"), later)
    database.connect(10).close()
    print("migrated", flush=True)


def main(what: str, project: Path, count: int) -> None:
    # a shell starts what it puts into the background with Ctrl-C ignored
    signal.signal(signal.SIGINT, signal.default_int_handler)
    print("ready", flush=True)
    sys.stdin.readline()
    if what == "migrate":
        migrate(project)
    else:
        {"write": write, "hang": hang}[what](open_ledger(project=project, timeout_s=30), count)


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), int(sys.argv[3]) if len(sys.argv) > 3 else 1)
