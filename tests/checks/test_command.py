"""A command of a session: run in the open, judged by its exit code, recorded as a run."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from gating.checks.command import run_command
from gating.checks.metering import NO_PLACE
from gating.ledger import open_ledger
from gating.toolchain.host import Host
from gating.verdict import Evidence, Outcome, Report, State
from tests.projects import Project


@pytest.fixture(autouse=True)
def policy(project: Project) -> None:
    project.policy("[tool.gating]")


def run(project: Project, *argv: str, **asked: object) -> Report:
    host = Host.of(project.env, root=str(project.root))
    asked = {"env": project.env, "start": project.root, "cwd": str(project.root), **asked}
    return run_command(argv, host=host, **asked)  # type: ignore[arg-type]  # a command's own


@pytest.mark.parametrize(
    ("code", "success", "outcome", "state"),
    [
        (0, (0,), Outcome.PASS, State.OK),
        (5, (0,), Outcome.FAIL, State.BROKEN),
        (5, (0, 5), Outcome.PASS, State.OK),
        (0, (5,), Outcome.FAIL, State.BROKEN),
    ],
)
def test_its_exit_code_decides(
    project: Project, code: int, success: tuple[int, ...], outcome: Outcome, state: State
) -> None:
    report = run(project, "sh", "-c", f"exit {code}", success_codes=success)
    (verdict,) = report.verdicts
    assert (verdict.id, verdict.outcome, verdict.state) == ("run:sh", outcome, state)
    told = {key: verdict.details[key] for key in ("command", "exit_code")}
    assert told == {"command": ["sh", "-c", f"exit {code}"], "exit_code": code}
    assert verdict.reason == (f"it ended with {code}" if outcome is Outcome.FAIL else "")
    assert report.exit_code == (1 if outcome is Outcome.FAIL else 0)


def test_it_is_recorded_and_what_it_starts_is_its_child(project: Project, capfd: pytest.CaptureFixture[str]) -> None:
    report = run(project, "sh", "-c", "echo $GATING_RUN; pwd")
    assert capfd.readouterr().out.split() == [report.run.id, str(project.root)]
    shown = open_ledger(project=project.root).show().as_dict()
    assert (shown["run"]["id"], shown["run"]["command"]) == (report.run.id, "run")


def test_what_it_used_is_recorded(project: Project) -> None:
    (verdict,) = run(project, "sh", "-c", "sleep 0.05").verdicts
    told = verdict.details["metrics"]
    assert (told["complete"], told["trouble"]) == (True, None)
    assert told["totals"]["wall_s"] >= 0.05
    (recorded,) = open_ledger(project=project.root).recordings()
    assert (recorded.path, recorded.totals) == (told["file"], told["totals"])


def test_without_a_policy_it_is_measured_and_nothing_is_written(project: Project) -> None:
    (project.root / "pyproject.toml").write_text("")
    before = sorted(os.listdir(project.root))
    (verdict,) = run(project, "sh", "-c", "sleep 0.05").verdicts
    told = verdict.details["metrics"]
    assert (told["file"], told["trouble"]) == (None, NO_PLACE)
    assert told["totals"]["wall_s"] >= 0.05
    assert told["totals"]["cpu_s"] is not None
    assert sorted(os.listdir(project.root)) == before


def test_it_is_looked_for_where_the_session_looks(project: Project, capfd: pytest.CaptureFixture[str]) -> None:
    made = project.tool("mine", "echo here")
    (verdict,) = run(project, "mine").verdicts
    assert verdict.path == str(made)
    assert capfd.readouterr().out == "here\n"


@pytest.mark.parametrize("argv", [("nowhere-to-be-found",), ("./no/such",), ("x\0y",), ("",)])
def test_one_that_cannot_be_started_is_a_verdict(project: Project, argv: tuple[str, ...]) -> None:
    (verdict,) = run(project, *argv).verdicts
    assert (verdict.outcome, verdict.state, verdict.evidence) == (Outcome.FAIL, State.BROKEN, Evidence.ABSENT)
    assert "cannot be started" in verdict.reason


def test_one_that_is_killed_says_so(project: Project) -> None:
    (verdict,) = run(project, "sh", "-c", "kill -KILL $$").verdicts
    assert verdict.reason == "it was killed by SIGKILL"


def test_its_id_is_the_name_of_the_program(project: Project, tmp_path: Path) -> None:
    made = project.tool("deep tool", "exit 0")
    assert run(project, str(made)).verdicts[0].id == "run:deep tool"
    assert run(project, os.path.relpath(made, project.root)).verdicts[0].outcome is Outcome.PASS
