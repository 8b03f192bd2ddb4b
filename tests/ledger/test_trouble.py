"""Whatever stands in the way of storing a run: it is told in one line, nothing is raised, and no run is lost."""

from __future__ import annotations

import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from subprocess import CompletedProcess

import pytest

from gating.ledger.locks import acquire
from gating.ledger.records import Recorded
from gating.ledger.schema import MIGRATIONS
from gating.ledger.sqlite import SQLite
from tests.ledger.projects import Project, Start, go

VERDICTS = [{"id": "tool:git", "outcome": "fail", "details": {"long": "x" * 2000}}]
SNAPSHOT = ("key", {"python": "3.11"})


def finish(project: Project, timeout_s: float = 0.3) -> tuple[str, Recorded]:
    handle = project.begin(project.ledger(timeout_s=timeout_s))
    recorded = handle.finish(VERDICTS, 1, time.time_ns(), snapshot=SNAPSHOT)
    if recorded.trouble is not None:
        assert "\n" not in recorded.trouble
    return handle.run.id, recorded


def assert_stored_by_the_next(project: Project, *waiting: str) -> None:
    """The next run takes everything in, and nothing is left in files."""
    later = project.run()
    assert sorted(project.query("SELECT id, status FROM runs")) == sorted(
        (run, "finished") for run in (*waiting, later)
    )
    assert sorted(project.query("SELECT run_id FROM verdicts")) == sorted((run,) for run in waiting)
    assert project.spooled == []
    assert project.live == []


def test_busy(project: Project) -> None:
    project.run()
    earlier = project.query("SELECT count(*) FROM runs")
    with closing(sqlite3.connect(project.database)) as other:
        other.execute("BEGIN IMMEDIATE")
        waiting, recorded = finish(project)
    assert (recorded.where, recorded.cause) == ("spool", "busy")
    assert "database is locked; this run is put aside in" in str(recorded.trouble)
    assert project.query("SELECT count(*) FROM runs") == earlier
    later = project.run()
    assert {(waiting,), (later,)} <= set(project.query("SELECT id FROM runs"))


def test_another_process_takes_too_long(project: Project) -> None:
    project.home.mkdir()
    with acquire(f"{project.database}.lock", timeout_s=0):
        started = time.monotonic()
        waiting, recorded = finish(project, timeout_s=0.3)
        assert 0.3 <= time.monotonic() - started < 5
    assert (recorded.where, recorded.cause) == ("spool", "busy")
    assert_stored_by_the_next(project, waiting)


def test_a_corrupt_file(project: Project) -> None:
    project.home.mkdir()
    rubbish = b"this is no database" * 1000
    project.database.write_bytes(rubbish)
    one, recorded = finish(project)
    other, _ = finish(project)
    assert (recorded.where, recorded.cause) == ("spool", "corrupt")
    assert f"{project.database}: file is not a database; it was left as it is: restore it, or move it" in str(
        recorded.trouble
    )
    assert project.database.read_bytes() == rubbish
    assert len(project.spooled) == 2
    project.database.rename(project.folder / "aside")
    assert_stored_by_the_next(project, one, other)


def test_a_newer_schema(project: Project) -> None:
    project.home.mkdir()
    SQLite(str(project.database), (*MIGRATIONS, ("CREATE TABLE later (x)",))).connect(5).close()
    before = project.database.read_bytes()
    waiting, recorded = finish(project)
    assert (recorded.where, recorded.cause) == ("spool", "newer")
    assert "upgrade gating" in str(recorded.trouble)
    assert project.database.read_bytes() == before
    project.database.unlink()
    assert_stored_by_the_next(project, waiting)


def test_no_folder_can_be_made(project: Project) -> None:
    project.home.write_text("a file stands here")
    _, recorded = finish(project)
    assert (recorded.where, recorded.cause) == ("nowhere", "unreachable")
    assert str(recorded.trouble).endswith(f"{project.home}: File exists: this run is not recorded")
    assert project.home.read_text() == "a file stands here"


def test_the_ledger_lies_where_no_file_can_be(project: Project) -> None:
    (project.folder / "file").touch()
    handle = project.begin(project.ledger("file/ledger.db"))
    recorded = handle.finish(VERDICTS, 1, 1)
    assert (recorded.where, recorded.cause) == ("spool", "unreachable")
    assert_stored_by_the_next(project, handle.run.id)


READ_ONLY = """
import os, time
from gating.ledger import RunRecord, new_run_id, open_ledger
run = RunRecord(id=new_run_id(time.time_ns(), os.urandom(8)), command="test", started_ns=1)
print(*open_ledger(project=__import__("pathlib").Path({folder!r})).begin(run).finish([], 0, 1), sep="|")
"""


def test_a_read_only_folder(project: Project, python_as_user: Callable[[str], CompletedProcess[str]]) -> None:
    project.run()
    before = project.query("SELECT * FROM runs")
    folders = [project.folder, project.home, project.home / "runs", project.home / "spool"]
    files = [path for path in project.home.iterdir() if path.is_file()]
    for path in (*folders, *files):
        path.chmod(0o555)
    try:
        where, trouble, cause = python_as_user(READ_ONLY.format(folder=str(project.folder))).stdout.strip().split("|")
    finally:
        for path in (*folders, *files):
            path.chmod(0o755)
    assert (where, cause) == ("nowhere", "read-only")
    assert trouble.startswith(f"{project.database}.lock: Permission denied; ")
    assert trouble.endswith("this run is not recorded")
    assert project.query("SELECT * FROM runs") == before


# No file may grow past the limit from then on: what a full disk is to SQLite and to the spool.
FULL = """
import os, resource, signal, sys, time
from pathlib import Path
from gating.ledger import RunRecord, new_run_id, open_ledger
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
run = RunRecord(id=new_run_id(time.time_ns(), os.urandom(8)), command="test", started_ns=1)
handle = open_ledger(project=Path(sys.argv[1])).begin(run)
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[2]), resource.RLIM_INFINITY))
recorded = handle.finish([{"id": "tool:git", "outcome": "fail", "details": {"long": "x" * 2000}}], 1, 2)
print(run.id, *recorded, sep="|")
"""


def run_full(project: Project, limit: int) -> list[str]:
    argv = [sys.executable, "-c", FULL, str(project.folder), str(limit)]
    return subprocess.run(argv, check=True, capture_output=True, text=True, timeout=60).stdout.strip().split("|")


def test_a_full_disk_with_room_for_the_spool(project: Project) -> None:
    project.run()
    earlier = project.query("SELECT id FROM runs")
    waiting, where, trouble, cause = run_full(project, 10_000)
    assert (where, cause) == ("spool", "unreachable"), trouble
    assert "disk I/O error" in trouble
    assert project.query("SELECT id FROM runs") == earlier
    later = project.run()
    assert {run for (run,) in project.query("SELECT id FROM runs")} == {earlier[0][0], waiting, later}


def test_no_room_at_all_is_said_and_leaves_a_trace(project: Project) -> None:
    project.run()
    lost, where, trouble, _ = run_full(project, 0)
    assert where == "nowhere"
    assert trouble.endswith("File too large: this run is not recorded")
    assert project.spooled == []
    project.run()
    assert project.query("SELECT status FROM runs WHERE id = ?", lost) == [("killed",)]


FILL = """
import os, sys
from pathlib import Path
from gating.ledger import RunRecord, new_run_id, open_ledger
folder = Path(sys.argv[1])
import subprocess
subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "none", folder], check=True)
def begin():
    return open_ledger(project=folder).begin(RunRecord(id=new_run_id(1, os.urandom(8)), command="test", started_ns=1))
handle = begin()
with open(folder / "filler", "wb", buffering=0) as file:
    try:
        while True:
            file.write(bytes(4096))
    except OSError:
        pass
recorded = handle.finish([{"id": "tool:git", "outcome": "fail"}], 1, 2)
print(recorded.where, recorded.cause, recorded.trouble, sep="|")
os.unlink(folder / "filler")
later = begin()
print(*later.finish([], 0, 3), sep="|")
for row in sorted(open_ledger(project=folder).runs(), key=lambda row: row.exit_code, reverse=True):
    print(row.id in (handle.run.id, later.run.id), row.status, row.exit_code, row.counts, sep="|")
"""


def test_a_disk_that_fills_up_during_a_run_loses_nothing(tmp_path: Path) -> None:
    argv = [sys.executable, "-c", FILL, str(tmp_path)]
    if not (shutil.which("unshare") and shutil.which("mount")):
        pytest.skip("neither unshare nor mount is here")
    namespace = ["unshare", "--mount", *([] if os.geteuid() == 0 else ["--map-root-user"])]
    if subprocess.run([*namespace, "mount", "-t", "tmpfs", "none", str(tmp_path)], capture_output=True).returncode:
        pytest.skip("no file system of one's own can be mounted here")
    done = subprocess.run([*namespace, *argv], check=True, capture_output=True, text=True, timeout=60)
    first, second, *rows = done.stdout.splitlines()
    assert first.startswith("spool|full|"), first
    assert second == "ledger|None|None"
    assert rows == [
        "True|finished|1|{'pass': 0, 'degraded': 0, 'skip': 0, 'fail': 1}",
        "True|finished|0|{'pass': 0, 'degraded': 0, 'skip': 0, 'fail': 0}",
    ]


@pytest.mark.parametrize("signals", [1, 2], ids=["once", "twice"])
def test_ctrl_c_while_waiting_loses_nothing(project: Project, start: Start, signals: int) -> None:
    project.home.mkdir()
    with acquire(f"{project.database}.lock", timeout_s=0):
        worker = start("write")
        go(worker)
        runs = project.home / "runs"
        while not (runs.exists() and list(runs.iterdir())):
            time.sleep(0.01)
        time.sleep(0.2)
        for _ in range(signals):
            worker.send_signal(signal.SIGINT)
        assert worker.wait(timeout=60) == -signal.SIGINT
    (row,) = project.ledger().runs()
    # a second one may come before or after the run has been put aside, but never loses it
    assert row.status == "finished" or (signals == 2 and row.status == "killed")
    later = project.run()
    assert {run for (run,) in project.query("SELECT id FROM runs")} == {row.id, later}
