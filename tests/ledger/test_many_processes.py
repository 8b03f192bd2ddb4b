"""Processes that record at once, and are killed while they do: no run that was acknowledged is missing."""

from __future__ import annotations

import random
import time

import pytest

from gating.ledger.schema import MIGRATIONS
from tests.ledger.projects import Project, Start, go, lines


def is_sound(project: Project) -> bool:
    return project.query("PRAGMA integrity_check") == [("ok",)] and project.query("PRAGMA foreign_key_check") == []


def test_eight_writers_lose_nothing(project: Project, start: Start) -> None:
    workers = [start("write", 25) for _ in range(8)]
    go(*workers)
    acknowledged = [line for worker in workers for line in lines(worker)]
    assert [where for where, *_ in acknowledged] == ["ledger"] * 200
    assert {run for _, run, *_ in acknowledged} == {run for (run,) in project.query("SELECT id FROM runs")}
    assert project.query("SELECT count(*) FROM verdicts") == [(600,)]
    assert (project.live, project.spooled) == ([], [])
    assert is_sound(project)


def test_eight_begin_a_ledger_at_once(project: Project, start: Start) -> None:
    for _ in range(3):
        workers = [start("write") for _ in range(8)]
        go(*workers)
        assert [where for worker in workers for where, *_ in lines(worker)] == ["ledger"] * 8
        assert project.query("SELECT count(*) FROM runs") == [(8,)]
        for path in project.home.glob("ledger.db*"):
            path.unlink()


def test_eight_migrate_a_ledger_at_once(project: Project, start: Start) -> None:
    for _ in range(3):
        run = project.run()
        workers = [start("migrate") for _ in range(8)]
        go(*workers)
        assert [lines(worker) for worker in workers] == [[["migrated"]]] * 8
        assert project.query("PRAGMA user_version") == [(len(MIGRATIONS) + 1,)]
        assert project.query("SELECT id, later FROM runs") == [(run, None)]
        assert is_sound(project)
        project.database.unlink()


@pytest.mark.timeout(300)
def test_killed_writers_lose_no_acknowledged_run(project: Project, start: Start) -> None:
    chance = random.Random(2)
    acknowledged: set[str] = set()
    rounds = 0
    while rounds < 20 or (len(acknowledged) <= 20 and rounds < 100):  # a machine with much to do lets few begin
        rounds += 1
        workers = [start("write", 10_000) for _ in range(3)]
        go(*workers)
        time.sleep(chance.uniform(0.01, 0.3))
        for worker in workers:
            worker.kill()
        for worker in workers:
            out, _ = worker.communicate()
            # the last line may have been cut off
            acknowledged.update(line.split()[1] for line in out.splitlines() if len(line.split()[-1]) == 32)
        if project.database.exists():
            assert is_sound(project)
    assert len(acknowledged) > 20
    project.run()
    status = dict(project.query("SELECT id, status FROM runs"))
    assert {status[run] for run in acknowledged} == {"finished"}
    # each was in a run of its own when it was killed, or between two
    killed = [run for run, was in status.items() if was == "killed"]
    assert 0 < len(killed) <= 3 * rounds
    assert project.spooled == []
    # one killed between making its file and writing it has told nobody anything
    assert [name for name in project.live if (project.home / "runs" / name).stat().st_size] == []
    assert not acknowledged & set(project.live)
    assert project.query(
        "SELECT count(*) FROM verdicts WHERE run_id NOT IN (SELECT id FROM runs WHERE status = 'finished')"
    ) == [(0,)]
    assert is_sound(project)


def test_the_killed_are_marked_once_by_many(project: Project, start: Start) -> None:
    hanging = start("hang", 20)
    go(hanging)
    assert hanging.stdout is not None
    begun = {hanging.stdout.readline().split()[1] for _ in range(20)}
    assert {row.status for row in project.ledger().runs()} == {"running"}
    project.run()
    assert project.query("SELECT count(*) FROM runs WHERE status = 'killed'") == [(0,)]
    hanging.kill()
    hanging.wait()
    workers = [start("write", 2) for _ in range(6)]
    go(*workers)
    assert [where for worker in workers for where, *_ in lines(worker)] == ["ledger"] * 12
    killed = project.query("SELECT id, exit_code, ended_ns FROM runs WHERE status = 'killed'")
    assert sorted(killed) == sorted((run, None, None) for run in begun)
    assert project.live == []


def test_the_spool_is_folded_in_once_by_many(project: Project, start: Start) -> None:
    spooled = []
    ledger = project.ledger("postgresql://host/x")
    for _ in range(50):
        handle = project.begin(ledger)
        assert handle.finish([{"id": "x:y", "outcome": "pass"}], 0, 1, snapshot=("k", {"x": 1})).where == "spool"
        spooled.append(handle.run.id)
    workers = [start("write", 2) for _ in range(6)]
    go(*workers)
    told = [line for worker in workers for line in lines(worker)]
    assert [line[0] for line in told] == ["ledger"] * 12
    assert [line for line in told if len(line) > 2] == []
    assert project.spooled == []
    found = project.query("SELECT run_id FROM verdicts WHERE id = 'x:y'")
    assert sorted(found) == sorted((run,) for run in spooled)
    assert project.query("SELECT count(*) FROM runs") == [(62,)]
    assert project.query("SELECT count(*) FROM snapshots") == [(1,)]


def test_an_older_gating_stores_beside_a_newer_one(project: Project, start: Start) -> None:
    """The ledger is migrated while older writers are at work: their runs are spooled from then on, none is lost."""
    project.run()
    workers = [start("write", 20) for _ in range(3)]
    go(*workers)
    time.sleep(0.02)
    later = start("migrate")
    go(later)
    assert lines(later) == [["migrated"]]
    acknowledged = [line for worker in workers for line in lines(worker)]
    assert {where for where, *_ in acknowledged} <= {"ledger", "spool"}
    assert len(acknowledged) == 60
    stored = {run for (run,) in project.query("SELECT id FROM runs")}
    assert {run for where, run, *_ in acknowledged if where == "ledger"} <= stored
    assert {run for where, run, *_ in acknowledged if where == "spool"} == {path.stem for path in project.spooled}
