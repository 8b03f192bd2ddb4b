"""Gates: what each needs is looked at first, its command is run in the open, and its exit code becomes a verdict."""

from __future__ import annotations

import json
import os
import sys
import time
from pathlib import Path

import pytest

from gating.checks.gate import gate, plan_gate
from gating.errors import UsageError
from gating.ledger import open_ledger
from gating.policy import load_policy
from gating.toolchain.host import Host
from gating.verdict import Evidence, Outcome, Report, State, Verdict
from tests.projects import Project


def run(project: Project, *names: str, **asked: object) -> Report:
    return gate(names, project.root, **{"env": project.env, **asked})  # type: ignore[arg-type]  # a gate's own


def one(project: Project, name: str = "x", **asked: object) -> Verdict:
    (verdict,) = run(project, name, **asked).verdicts
    return verdict


def shell(project: Project, script: str, more: str = "") -> None:
    """A policy with the gate `x`, a shell script."""
    project.policy(f"[tool.gating.gates.x]\nrun = {json.dumps(['sh', '-c', script])}\n{more}")


class TestExitCodes:
    @pytest.mark.parametrize(
        ("code", "outcome", "result"),
        [
            (0, "pass", "pass"),
            (1, "fail", "findings"),
            (2, "degraded", "no judgement"),
            (127, "degraded", "no judgement"),
        ],
    )
    def test_each_becomes_a_verdict(self, project: Project, code: int, outcome: str, result: str) -> None:
        shell(project, f"exit {code}", 'need = "optional"')
        verdict = one(project)
        assert (verdict.outcome.value, verdict.details["result"], verdict.details["exit_code"]) == (
            outcome,
            result,
            code,
        )
        assert verdict.evidence is Evidence.EXECUTED

    def test_findings_are_the_policys(self, project: Project) -> None:
        shell(project, "exit 3", "findings = [3]")
        assert one(project).details["result"] == "findings"
        shell(project, "exit 1", "findings = [3]")
        assert one(project).details["result"] == "no judgement"

    def test_what_could_not_judge_follows_the_need(self, project: Project) -> None:
        shell(project, "exit 9", 'need = "ci"')
        assert one(project).outcome is Outcome.DEGRADED
        assert one(project, strict=True).outcome is Outcome.FAIL
        shell(project, "exit 9")
        assert one(project).outcome is Outcome.FAIL

    def test_one_killed_by_a_signal_and_one_out_of_time(self, project: Project) -> None:
        shell(project, "kill -TERM $$")
        assert "SIGTERM" in one(project).reason
        shell(project, "sleep 60", "timeout = 0.3")
        assert "0.3 s" in one(project).reason


class TestWhatItNeeds:
    def test_the_gate_is_not_run_without_it(self, project: Project) -> None:
        shell(project, "touch ran", 'tools = ["nowhere", "old"]\nneed = "optional"')
        verdict = one(project)
        assert (verdict.outcome, verdict.state, verdict.details["result"]) == (
            Outcome.DEGRADED,
            State.ABSENT,
            "not run",
        )
        assert "nowhere is absent (nowhere is not on PATH)" in verdict.reason
        assert not (project.root / "ran").exists()
        assert [need["id"] for need in verdict.details["needs"]] == ["tool:nowhere", "tool:old"]

    def test_a_tool_that_is_too_old_is_not_enough(self, project: Project) -> None:
        project.tool("old", "echo old 1.0")
        shell(project, "exit 0", 'tools = ["old"]\n[tool.gating.tools]\nold = { version = ">=2", need = "optional" }')
        verdict = one(project)
        assert (verdict.outcome, verdict.state, verdict.wanted, verdict.found) == (
            Outcome.FAIL,
            State.OUTDATED,
            ">=2",
            "1.0",
        )

    def test_one_that_does_not_apply_here_is_no_hindrance(self, project: Project) -> None:
        shell(
            project,
            "exit 0",
            'tools = ["xcode"]\n[tool.gating.tools]\nxcode = { when = "sys_platform == \'plan9\'" }',
        )
        assert one(project).outcome is Outcome.PASS

    def test_a_command_that_is_nowhere_is_one_of_its_needs(self, project: Project) -> None:
        project.policy('[tool.gating.gates.x]\nrun = ["nowhere", "build"]\nwhy = "the docs"')
        verdict = one(project)
        assert (verdict.state, verdict.details["why"]) == (State.ABSENT, "the docs")
        assert verdict.details["command"] == ["nowhere", "build"]

    def test_a_tool_of_several_names_is_run_under_the_one_that_was_found(self, project: Project) -> None:
        project.tool("gmake", 'echo GNU Make 4.4; test "$1" = --version || touch ran')
        project.policy("""
            [tool.gating.tools]
            nmake = { any-of = ["gmake", "nmake"] }
            [tool.gating.gates.x]
            run = ["nmake"]
            tools = ["nmake"]
        """)
        verdict = one(project)
        assert (verdict.outcome, verdict.path) == (Outcome.PASS, str(project.bin / "gmake"))
        assert (project.root / "ran").exists()

    def test_what_was_seen_of_the_tools_is_recorded(self, project: Project) -> None:
        shell(project, "exit 0", 'tools = ["good"]')
        project.tool("good", "echo good 1.0")
        report = run(project, "x")
        shown = open_ledger(project=project.root).show(report.run.id).as_dict()
        assert [found["id"] for found in shown["probes"]] == ["tool:good"]


class TestHowItIsRun:
    def test_its_environment_folder_and_the_words_that_are_passed_on(
        self, project: Project, capfd: pytest.CaptureFixture[str]
    ) -> None:
        (project.root / "docs").mkdir()
        shell(
            project,
            'echo "$A-$GATING_RUN-$(basename "$(pwd)")-$0-$1"',
            'cwd = "docs"\n[tool.gating.gates.x.env]\nA = "ours"',
        )
        report = run(project, "x", more=["zero", "a b"])
        assert capfd.readouterr().out == f"ours-{report.run.id}-docs-zero-a b\n"

    def test_its_output_can_be_sent_elsewhere(self, project: Project, capfd: pytest.CaptureFixture[str]) -> None:
        shell(project, "echo said")
        run(project, "x", stdout=2)
        told = capfd.readouterr()
        assert (told.out, told.err) == ("", "said\n")

    def test_in_the_policys_folder_wherever_it_was_asked_from(self, project: Project, tmp_path: Path) -> None:
        """A noxfile may lie elsewhere than the policy, and nox works in its folder."""
        shell(project, "test -f pyproject.toml")
        host = Host.of(project.env, root=str(tmp_path))
        assert one(project, host=host).outcome is Outcome.PASS

    def test_a_script_of_the_project(self, project: Project) -> None:
        made = project.write("scripts/check", "#!/bin/sh\nexit 1\n")
        made.chmod(0o755)
        project.policy('[tool.gating.gates.x]\nrun = ["scripts/check"]')
        verdict = one(project)
        assert (verdict.details["result"], verdict.path) == ("findings", str(made))
        made.chmod(0o644)
        assert "cannot be started: Permission denied" in one(project).reason

    def test_a_folder_that_is_not_there(self, project: Project) -> None:
        shell(project, "exit 0", 'cwd = "docs"')
        assert "its folder docs is not there" in one(project).reason

    def test_it_does_not_apply_here(self, project: Project) -> None:
        shell(project, "touch ran", "when = \"sys_platform == 'plan9'\"")
        assert one(project).outcome is Outcome.SKIP
        assert not (project.root / "ran").exists()

    def test_its_remedy_is_the_policys(self, project: Project) -> None:
        shell(project, "exit 1", 'remedy = "fix it now"')
        remedy = one(project).remedy
        assert remedy is not None
        assert remedy.commands == (("fix", "it", "now"),)


def test_all_are_run_in_the_order_asked_each_once(project: Project) -> None:
    project.policy("""
        [tool.gating.gates]
        a = { run = ["sh", "-c", "echo a >> ran; exit 1"] }
        b = { run = ["sh", "-c", "echo b >> ran; exit 9"] }
        c = { run = ["sh", "-c", "echo c >> ran"] }
    """)
    report = run(project, "c", "a", "b", "a")
    assert [verdict.id for verdict in report.verdicts] == ["gate:c", "gate:a", "gate:b"]
    assert report.exit_code == 1
    assert (project.root / "ran").read_text() == "c\na\nb\n"


def test_no_gate_at_all_is_a_wrong_use_and_no_pass(project: Project) -> None:
    project.policy('[tool.gating.gates]\na = { run = ["true"] }')
    for names, words in (((), "no gate is named; there is a"), (("b",), "no gate 'b'"), (("aa",), "did you mean 'a'")):
        with pytest.raises(UsageError, match=words):
            run(project, *names)
        with pytest.raises(UsageError, match=words):
            plan_gate(names, project.root, env=project.env)


def test_what_was_judged_before_an_interrupt_is_recorded(project: Project) -> None:
    project.policy("""
        [tool.gating.gates]
        a = { run = ["true"] }
        b = { run = ["sh", "-c", "up=$PPID; (sleep 0.3; kill -INT $up) & sleep 60"] }
        c = { run = ["touch", "ran"] }
    """)
    started = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        run(project, "a", "b", "c")
    assert time.monotonic() - started < 4.9  # the five seconds of grace are for those who do not listen
    shown = open_ledger(project=project.root).show().as_dict()
    assert (shown["run"]["exit_code"], [found["id"] for found in shown["verdicts"]]) == (130, ["gate:a"])
    assert not (project.root / "ran").exists()


def test_a_plan_says_all_of_it_and_starts_nothing(project: Project) -> None:
    project.policy("""
        [tool.gating.gates]
        a = { run = ["sh", "-c", "touch ran"], tools = ["probe"] }
        b = { run = ["true"], when = "sys_platform == 'plan9'" }
    """)
    project.tool("probe", f"touch {project.root}/ran")
    plan = plan_gate(["a", "b"], project.root, env=project.env, more=["more"])
    assert plan["schema"] == "gating.plan/1"
    assert [(step["id"], step["how"], step["commands"]) for step in plan["steps"]] == [
        ("gate:a", "execute", [["sh", "-c", "touch ran", "more"]]),
        ("gate:b", "skip", []),
    ]
    assert plan["steps"][0]["needs"][0]["commands"] == [[str(project.bin / "probe"), "--version"]]
    assert not (project.root / "ran").exists()
    assert not (project.root / ".gating").exists()
    assert plan["python"] == sys.executable


def test_a_policy_that_is_given_is_used(project: Project) -> None:
    shell(project, "exit 0")
    policy = load_policy(project.root, env=project.env)
    (project.root / "pyproject.toml").write_text("")
    (verdict,) = gate(["x"], policy=policy, env=project.env).verdicts
    assert verdict.source is not None
    assert os.path.basename(verdict.source.file) == "pyproject.toml"
