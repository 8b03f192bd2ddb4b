"""Recording: whatever happens inside a run, it is in the ledger, and what it says stays what it was."""

from __future__ import annotations

import io
import os
import sys
from pathlib import Path

import pytest

from gating.checks.recording import Run, Subject, ledger_here, recorded
from gating.errors import UsageError
from gating.ledger import open_ledger
from gating.ledger.rows import RunDetail
from gating.policy import load_policy
from gating.verdict import Mode, Outcome, State, Verdict
from tests.projects import Project

PASSED = Verdict(id="tool:git", outcome=Outcome.PASS, state=State.OK, found="2.39", path="/usr/bin/git")
FAILED = Verdict(id="tool:make", outcome=Outcome.FAIL, state=State.ABSENT, reason="it is not there")
SKIPPED = Verdict(id="tool:xcode", outcome=Outcome.SKIP)


@pytest.fixture(autouse=True)
def policy(project: Project) -> None:
    """Without a policy nobody has asked for a ledger."""
    project.policy("[tool.gating]")


@pytest.fixture
def subject(project: Project) -> Subject:
    return Subject.of(load_policy(project.root, env=project.env))


def newest(project: Project) -> RunDetail:
    return open_ledger(project=project.root).show()


def test_a_run_with_its_verdicts_probes_and_snapshot(project: Project, subject: Subject) -> None:
    env = {**project.env, "GATING_RUN": "0" * 31 + "1"}
    with recorded(
        subject, "preflight", env=env, mode=Mode.LENIENT, python=sys.executable, argv=["inv", "preflight"]
    ) as run:
        run.saw([PASSED, SKIPPED])
        report = run.conclude([PASSED, SKIPPED], notes=["a remark"])
    assert (report.run.id, report.run.parent, report.notes[-1]) == (run.record.id, "0" * 31 + "1", "a remark")
    assert run.environment["GATING_RUN"] == run.record.id
    shown = newest(project).as_dict()
    assert (shown["run"]["id"], shown["run"]["exit_code"], shown["run"]["status"]) == (run.record.id, 0, "finished")
    assert [one["id"] for one in shown["verdicts"]] == ["tool:git", "tool:xcode"]
    assert [one["id"] for one in run.probes] == ["tool:git"]  # what was skipped was not looked at
    assert shown["snapshot"]["schema"] == "gating.snapshot/1"


def raising(raised: BaseException, subject: Subject, project: Project) -> None:
    with recorded(subject, "gate", env=project.env, mode=Mode.STRICT, python=sys.executable) as run:
        run.conclude([PASSED])  # what was judged so far stands
        raise raised


@pytest.mark.parametrize(
    ("raised", "code"),
    [
        (KeyboardInterrupt(), 130),
        (UsageError("a wrong use"), 2),
        (RuntimeError("a mistake of ours"), 3),
        (SystemExit(7), 3),
    ],
    ids=lambda value: type(value).__name__,
)
def test_what_is_raised_inside_is_recorded_and_raised_on(
    project: Project, subject: Subject, raised: BaseException, code: int
) -> None:
    with pytest.raises(type(raised)):
        raising(raised, subject, project)
    shown = newest(project).as_dict()
    assert (shown["run"]["exit_code"], shown["run"]["status"]) == (code, "finished")
    assert [one["id"] for one in shown["verdicts"]] == ["tool:git"]


def test_a_failing_run_is_recorded_like_a_passing_one(project: Project, subject: Subject) -> None:
    with recorded(subject, "preflight", env=project.env, mode=Mode.LENIENT, python=sys.executable) as run:
        run.conclude([PASSED, FAILED])
    assert newest(project).as_dict()["run"]["exit_code"] == 1


def test_a_snapshot_that_cannot_be_taken_costs_the_run_nothing(
    project: Project, subject: Subject, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("gating.snapshot.take", None)  # as a mistake of ours in there would
    with recorded(subject, "gate", env=project.env, mode=Mode.LENIENT, python=sys.executable, thorough=True) as run:
        report = run.conclude([PASSED])
    assert report.exit_code == 0
    assert "is not recorded: TypeError" in capfd.readouterr().err
    shown = newest(project).as_dict()
    assert (shown["run"]["exit_code"], len(shown["verdicts"]), shown["snapshot"]) == (0, 1, None)


def test_an_interrupt_while_the_snapshot_is_taken_does_not_lose_the_run(
    project: Project, subject: Subject, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(**_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("gating.snapshot.take", interrupted)
    with (
        pytest.raises(KeyboardInterrupt),
        recorded(subject, "gate", env=project.env, mode=Mode.LENIENT, python=sys.executable, thorough=True) as run,
    ):
        run.conclude([FAILED])
    assert [one["id"] for one in newest(project).as_dict()["verdicts"]] == ["tool:make"]


def test_trouble_is_one_line_and_changes_nothing(
    project: Project, subject: Subject, capfd: pytest.CaptureFixture[str]
) -> None:
    (project.root / ".gating").write_text("in the way")
    with recorded(subject, "preflight", env=project.env, mode=Mode.LENIENT, python=sys.executable) as run:
        report = run.conclude([PASSED])
    assert report.exit_code == 0
    (line,) = capfd.readouterr().err.splitlines()
    assert line.startswith("gating: ")
    assert "not recorded" in line


def in_trouble(project: Project, subject: Subject) -> int:
    (project.root / ".gating").write_text("in the way")
    with recorded(subject, "preflight", env=project.env, mode=Mode.LENIENT, python=sys.executable) as run:
        return run.conclude([PASSED]).exit_code


def test_trouble_that_nobody_can_read_is_no_error(
    project: Project, subject: Subject, monkeypatch: pytest.MonkeyPatch
) -> None:
    gone = io.StringIO()
    gone.close()
    monkeypatch.setattr(sys, "stderr", gone)
    assert in_trouble(project, subject) == 0


def test_nor_is_trouble_on_a_pipe_that_nobody_reads(
    project: Project, subject: Subject, monkeypatch: pytest.MonkeyPatch
) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    with open(os.devnull, "wb") as null, os.fdopen(writing, "w", buffering=1) as stream:
        monkeypatch.setattr(sys, "stderr", stream)
        assert in_trouble(project, subject) == 0
        os.dup2(null.fileno(), writing)  # or closing it would be an error of its own


def test_a_stored_snapshot_serves_until_something_changes(project: Project, subject: Subject) -> None:
    pointed = []
    for _ in range(3):
        with recorded(subject, "preflight", env=project.env, mode=Mode.LENIENT, python=sys.executable) as run:
            run.conclude([])
        pointed.append(run.pointed)
    assert pointed[0] is None
    assert pointed[1] is not None
    assert pointed[1] == pointed[2]


def test_a_ledger_that_is_off_leaves_nothing(project: Project) -> None:
    policy = load_policy(project.root, env={**project.env, "GATING_LEDGER": "off"})
    with recorded(Subject.of(policy), "x", env=project.env, mode=Mode.LENIENT, python=sys.executable) as run:
        run.conclude([PASSED])
    assert not (project.root / ".gating").exists()


def test_the_ledger_of_a_sub_folder_is_the_projects(project: Project) -> None:
    project.policy("[tool.gating]\nledger = 'kept/here.db'")
    inner = project.root / "inner"
    inner.mkdir()
    assert ledger_here(inner, env=project.env).place == str(project.root / "kept" / "here.db")


def test_a_subject_can_be_kept(project: Project) -> None:
    project.policy("[tool.gating]\nledger = 'kept.db'")
    subject = Subject.of(load_policy(project.root, env={**project.env, "GATING_NO_SUCH": "1"}))
    again = Subject(**subject.as_dict())
    assert again.as_dict() == subject.as_dict()
    assert (again.project, again.policy, Path(again.root)) == ("sample", "pyproject.toml", project.root)
    assert any("GATING_NO_SUCH" in note for note in again.notes)


def test_a_run_reports_the_notes_of_its_policy(project: Project) -> None:
    subject = Subject.of(load_policy(project.root, env={**project.env, "GATING_NO_SUCH": "1"}))
    with recorded(subject, "x", env=project.env, mode=Mode.LENIENT, python=sys.executable) as run:
        assert isinstance(run, Run)
        report = run.conclude([], notes=["ours"])
    assert len(report.notes) == len(subject.notes) + 1 > 1
