"""A run from its beginning to its place in the ledger."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from gating.errors import UsageError
from gating.ledger.ledger import open_ledger
from gating.verdict import Evidence, Mode, Need, Outcome, Remedy, Report, RunInfo, Source, State, Verdict
from tests.ledger.projects import Project, record

VERDICT = Verdict(
    id="tool:pre-commit",
    outcome=Outcome.FAIL,
    state=State.OUTDATED,
    need=Need.CI,
    evidence=Evidence.EXECUTED,
    wanted=">=3.7",
    found="2.9.0",
    path="/bin/pre-commit",
    reason="2.9.0 is older than 3.7",
    remedy=Remedy(commands=(("pip", "install", "-U", "pre-commit"),), channel="pip"),
    source=Source(file="pyproject.toml", line=14, column=9),
    duration_s=0.25,
)
PROBE = {
    "id": "tool:pre-commit",
    "state": "outdated",
    "evidence": "executed",
    "found": "2.9.0",
    "path": "/bin/pre-commit",
}


def test_nothing_is_stored_before_the_end(project: Project) -> None:
    handle = project.begin()
    assert not project.database.exists()
    assert project.live == [handle.run.id]
    recorded = handle.finish([], 0, time.time_ns())
    assert recorded == ("ledger", None, None)
    assert project.live == []
    assert project.spooled == []


def test_everything_that_was_known_is_in_a_column(project: Project) -> None:
    handle = project.begin(
        parent="2" * 32, trace="3" * 32, command="preflight", argv=("--strict",), project="demo",
        policy="pyproject.toml", policy_digest="d" * 64, python="/bin/python",
    )  # fmt: skip
    report = Report(run=RunInfo(id=handle.run.id), mode=Mode.STRICT, verdicts=(VERDICT,)).as_dict()
    probe = {**PROBE, "duration_s": 0.5, "cached": True}
    handle.finish(report, 1, 99, snapshot=("key", {"python": "3.11"}), probes=[probe])

    assert project.query(
        "SELECT parent, trace, command, argv, status, exit_code, started_ns, ended_ns, mode, project, policy,"
        " policy_digest, python FROM runs WHERE id = ?",
        handle.run.id,
    ) == [
        (
            "2" * 32, "3" * 32, "preflight", '["--strict"]', "finished", 1, handle.run.started_ns, 99, "strict", "demo",
            "pyproject.toml", "d" * 64, "/bin/python",
        )
    ]  # fmt: skip
    assert project.query("SELECT host IS NOT NULL, pid > 0, snapshot_id = (SELECT id FROM snapshots) FROM runs") == [
        (1, 1, 1)
    ]
    columns = (
        "run_id, position, id, kind, name, outcome, state, need, evidence, wanted, found, path, reason, duration_s,"
        " source_file, source_line, source_column"
    )
    assert project.query(f"SELECT {columns} FROM verdicts") == [
        (
            handle.run.id, 0, "tool:pre-commit", "tool", "pre-commit", "fail", "outdated", "ci", "executed", ">=3.7",
            "2.9.0", "/bin/pre-commit", "2.9.0 is older than 3.7", 0.25, "pyproject.toml", 14, 9,
        )
    ]  # fmt: skip
    assert json.loads(project.query("SELECT whole FROM verdicts")[0][0]) == VERDICT.as_dict()
    assert project.query(
        "SELECT run_id, position, id, state, evidence, found, path, duration_s, cached FROM probes"
    ) == [(handle.run.id, 0, "tool:pre-commit", "outdated", "executed", "2.9.0", "/bin/pre-commit", 0.5, 1)]


def test_a_failing_run_is_recorded_like_a_passing_one(project: Project) -> None:
    assert project.begin().finish([VERDICT.as_dict()], 1, 1).where == "ledger"
    assert project.query("SELECT exit_code, outcome FROM runs JOIN verdicts ON run_id = runs.id") == [(1, "fail")]


def test_a_child_may_be_stored_before_its_parent(project: Project) -> None:
    parent = project.begin()
    child = project.run(parent=parent.run.id, trace=parent.run.id)
    assert parent.finish([], 0, 1).where == "ledger"
    assert project.query("SELECT parent FROM runs WHERE id = ?", child) == [(parent.run.id,)]


def test_a_snapshot_is_stored_once_and_found_by_its_key(project: Project) -> None:
    ledger = project.ledger()
    assert ledger.snapshot_for("a") is None
    assert not project.home.exists()
    for key, snapshot in (("a", {"x": 1, "y": 2}), ("b", {"y": 2, "x": 1}), (None, {"x": 3})):
        project.begin().finish([], 0, 1, snapshot=(key, snapshot))
    assert project.query("SELECT count(*) FROM snapshots") == [(2,)]
    same = ledger.snapshot_for("a")
    assert same is not None
    assert same == ledger.snapshot_for("b")
    handle = project.begin()
    handle.finish([], 0, 1, snapshot=same)
    assert ledger.show(handle.run.id).snapshot == {"x": 1, "y": 2}


def test_a_key_points_to_what_was_seen_last(project: Project) -> None:
    for number in (1, 2):
        project.begin().finish([], 0, 1, snapshot=("a", {"x": number}))
    handle = project.begin()
    handle.finish([], 0, 1, snapshot=project.ledger().snapshot_for("a"))
    assert project.ledger().show(handle.run.id).snapshot == {"x": 2}


def test_a_snapshot_that_is_not_there_any_more_costs_nothing(project: Project) -> None:
    assert project.begin().finish([], 0, 1, snapshot="f" * 64).where == "ledger"
    assert project.query("SELECT snapshot_id FROM runs") == [(None,)]


def test_a_second_end_changes_nothing(project: Project) -> None:
    handle = project.begin()
    assert handle.finish([], 0, 1) is handle.finish([VERDICT.as_dict()], 1, 2)
    assert project.query("SELECT exit_code, ended_ns FROM runs") == [(0, 1)]


def test_a_report_of_a_wrong_shape_costs_its_verdicts_only(project: Project) -> None:
    wrong: Any = 3
    assert project.begin().finish(wrong, 1, 2).where == "ledger"
    ((exit_code, whole),) = project.query("SELECT exit_code, whole FROM runs")
    assert exit_code == 1
    assert json.loads(whole)["notes"] == [
        "the verdicts of this run were not recorded: TypeError: 'int' object is not iterable"
    ]


def test_no_secret_reaches_the_disk(project: Project) -> None:
    hidden = "hunter" + "2" * 20
    run = project.begin(argv=("--token", hidden, f"https://u:{hidden}@h/"))
    assert all(hidden.encode() not in path.read_bytes() for path in project.home.rglob("*") if path.is_file())
    run.finish(
        [{**VERDICT.as_dict(), "reason": f"Authorization: Bearer {hidden}"}],
        0,
        1,
        snapshot=(None, {"env": {"API_KEY": hidden}}),
        probes=[{"id": "tool:x", "password": hidden}],
    )
    assert project.query("SELECT count(*) FROM verdicts") == [(1,)]
    assert hidden.encode() not in project.database.read_bytes()


def test_an_id_that_is_none_is_wrong_use(project: Project) -> None:
    with pytest.raises(UsageError, match="not a run id"):
        project.begin(id="../../etc/passwd")
    assert not project.home.exists()


def test_off_leaves_nothing(project: Project) -> None:
    ledger = project.ledger("off")
    assert ledger.trouble is None
    assert project.begin(ledger).finish([], 0, 1) == ("nowhere", None, None)
    assert (ledger.runs(), ledger.snapshot_for("x"), ledger.place) == ([], None, "off")
    assert list(project.folder.iterdir()) == []


def test_postgresql_is_spooled_and_says_so(project: Project) -> None:
    ledger = project.ledger("postgresql://me:hunter2@db/ledger")
    assert ledger.trouble == "postgresql://me:***@db/ledger: this version of gating keeps no ledger in PostgreSQL"
    handle = project.begin(ledger)
    recorded = handle.finish([VERDICT.as_dict()], 1, 1)
    assert (recorded.where, recorded.cause) == ("spool", "unsupported")
    assert recorded.trouble is not None
    assert recorded.trouble.startswith(ledger.trouble)
    assert [row.id for row in ledger.runs()] == [handle.run.id]
    assert ledger.show().verdicts == (VERDICT.as_dict(),)
    assert ledger.snapshot_for("x") is None
    later = project.run()
    assert {run_id for (run_id,) in project.query("SELECT id FROM runs")} == {handle.run.id, later}


@pytest.mark.parametrize(
    ("place", "with_project", "database", "home"),
    [
        (None, True, ".gating/ledger.db", ".gating"),
        (None, False, ".gating/ledger.db", ".gating"),
        ("kept/runs.db", True, "kept/runs.db", ".gating"),
        ("kept/runs.db", False, "kept/runs.db", "kept/.gating"),
        ("../runs.db", True, "../runs.db", ".gating"),
    ],
)
def test_where_things_lie(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, place: str | None, database: str, home: str, *, with_project: bool
) -> None:
    folder = tmp_path / "project"
    folder.mkdir()
    monkeypatch.chdir(folder)
    ledger = open_ledger(place, project=folder if with_project else None)
    assert list(folder.iterdir()) == []
    handle = ledger.begin(record())
    assert (folder / home / "runs" / handle.run.id).exists()
    assert handle.finish([], 0, 1).where == "ledger"
    assert (folder / database).stat().st_size > 0


def test_a_run_survives_the_cleaning_of_its_folder(project: Project) -> None:
    handle = project.begin()
    shutil.rmtree(project.home)
    assert handle.finish([], 0, 1) == ("ledger", None, None)


LOADS = """
import sys
import gating.ledger
assert not any(name.startswith("gating.ledger.") for name in sys.modules), "the package loads its modules"
from gating.ledger import RunRecord, child_environment, new_run_id, open_ledger, parent_of
handle = open_ledger().begin(RunRecord(id=new_run_id(1, bytes(8)), command="test", started_ns=1))
loaded = {"sqlite3", "logging", "uuid", "socket", "hashlib", "subprocess", "psutil"} & sys.modules.keys()
assert not loaded, loaded
assert handle.finish([], 0, 2).where == "ledger"
assert "sqlite3" in sys.modules
loaded = {"logging", "uuid", "socket", "hashlib", "subprocess", "psutil"} & sys.modules.keys()
assert not loaded, loaded
"""


def test_little_is_loaded_and_late(tmp_path: Path) -> None:
    subprocess.run([sys.executable, "-c", LOADS], check=True, cwd=tmp_path, timeout=60)
