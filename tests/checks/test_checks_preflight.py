"""Preflight as a function: what it returns, what it plans, and that a policy and a host can be given."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

import gating
from gating.checks.preflight import plan_preflight
from gating.errors import PolicyError, UsageError
from gating.ledger import open_ledger
from gating.policy import load_policy
from gating.toolchain.host import Host
from gating.verdict import Evidence, Mode, Outcome
from tests.installs import Environment
from tests.projects import Project


@pytest.fixture
def sample(project: Project) -> Project:
    project.policy("""
        [tool.gating.tools]
        good = ">=1"
        gone = { need = "ci" }
    """)
    project.tool("good", "echo good 1.2")
    return project


def test_it_returns_the_report_that_is_recorded(sample: Project) -> None:
    report = gating.preflight(sample.root, env=sample.env)
    assert [verdict.outcome for verdict in report.verdicts] == [Outcome.PASS, Outcome.DEGRADED]
    assert (report.mode, report.exit_code, report.run.project) == (Mode.LENIENT, 0, "sample")
    shown = open_ledger(project=sample.root).show(report.run.id).as_dict()
    assert [one["outcome"] for one in shown["verdicts"]] == ["pass", "degraded"]
    assert gating.preflight(sample.root, env=sample.env, strict=True).exit_code == 1


def test_a_policy_that_is_given_is_not_looked_for(sample: Project, tmp_path: Path) -> None:
    policy = load_policy(sample.root, env=sample.env)
    report = gating.preflight(tmp_path, policy=policy, strict=True, only=["gone"], env=sample.env)
    assert (report.exit_code, report.mode) == (1, Mode.STRICT)
    assert (sample.root / ".gating").exists()


def test_a_host_that_is_given_says_where_to_look(sample: Project, tmp_path: Path) -> None:
    host = Host(path=(str(tmp_path),), env=sample.env, root="/nowhere")
    report = gating.preflight(sample.root, host=host, only=["good"], env=sample.env)
    assert report.exit_code == 1


def test_a_command_of_the_project_is_found_from_a_sub_folder(sample: Project) -> None:
    sample.policy('[tool.gating.tools]\ncheck = { command = ["scripts/check", "-V"] }')
    made = sample.write("scripts/check", "#!/bin/sh\necho check 0.3\n")
    made.chmod(0o755)
    (sample.root / "inner").mkdir()
    (verdict,) = gating.preflight(sample.root / "inner", env=sample.env).verdicts
    assert (verdict.found, verdict.path) == ("0.3", str(made))


def test_tools_are_asked_in_the_projects_folder(sample: Project) -> None:
    """What a version manager gives there is what a gate gets."""
    sample.tool("good", "cat .tool-version")
    sample.write(".tool-version", "good 1.7")
    (sample.root / "inner").mkdir()
    report = gating.preflight(sample.root / "inner", only=["good"], env=sample.env)
    assert report.verdicts[0].found == "1.7"


def test_strict_wants_tools_that_have_run(sample: Project) -> None:
    made = Environment(sample.root.parent / "venv")
    made.install("black", "24.1", scripts=["black"], says="black 24.1.9")
    sample.policy("[tool.gating.tools]\nblack = '>=24'")
    asked = {"env": sample.env, "python": str(made.python)}
    for strict, evidence, expected, found in (
        (False, None, Evidence.STATIC, "24.1"),
        (True, None, Evidence.EXECUTED, "24.1.9"),
        (True, "static", Evidence.EXECUTED, "24.1.9"),  # a cached execution serves
        (False, "executed", Evidence.EXECUTED, "24.1.9"),
    ):
        (verdict,) = gating.preflight(sample.root, strict=strict, evidence=evidence, **asked).verdicts  # type: ignore[arg-type]  # the two above
        assert (verdict.evidence, verdict.found) == (expected, found)


def test_an_interpreter_may_be_named(sample: Project) -> None:
    made = Environment(sample.root.parent / "venv")
    made.install("only-there", "1.0")
    sample.policy("[tool.gating.tools]\npython = '*'\nonly-there = { distribution = 'only-there' }")
    env = {**sample.env, "PATH": f"{made.bin}:{sample.env['PATH']}"}
    for python in (str(made.python), "python"):
        report = gating.preflight(sample.root, python=python, env=env)
        assert [verdict.outcome for verdict in report.verdicts] == [Outcome.PASS, Outcome.PASS]
        assert report.run.python == str(made.python)
    report = gating.preflight(sample.root, python=sys.executable, env=env)
    assert [verdict.outcome for verdict in report.verdicts] == [Outcome.PASS, Outcome.FAIL]


def test_a_wrong_policy_and_a_wrong_use_are_raised_and_are_no_runs(sample: Project) -> None:
    with pytest.raises(UsageError, match="no requirement 'nope'"):
        gating.preflight(sample.root, only=["nope"], env=sample.env)
    with pytest.raises(UsageError, match="static and executed"):
        gating.preflight(sample.root, evidence="none", env=sample.env)
    sample.policy("[tool.gating]\nmode = 5")
    with pytest.raises(PolicyError, match=r"pyproject\.toml:6:8"):
        gating.preflight(sample.root, env=sample.env)
    assert not (sample.root / ".gating").exists()


class TestPlan:
    def test_it_starts_and_records_nothing(self, sample: Project) -> None:
        sample.tool("good", f"touch {sample.root}/ran; echo good 1.2")
        plan = plan_preflight(sample.root, env=sample.env)
        assert plan == {
            "schema": "gating.plan/1",
            "command": "preflight",
            "mode": "lenient",
            "python": sys.executable,
            "steps": [
                {
                    "id": "tool:good",
                    "need": "always",
                    "wanted": ">=1",
                    "how": "execute",
                    "commands": [[str(sample.bin / "good"), "--version"]],
                },
                {"id": "tool:gone", "need": "ci", "wanted": None, "how": "absent", "commands": []},
            ],
        }
        assert not (sample.root / "ran").exists()
        assert not (sample.root / ".gating").exists()
        assert not (sample.home / "cache").exists()

    def test_it_does_not_ask_another_interpreter(self, sample: Project) -> None:
        """Whether a marker holds there is not known; the plan has it beside the step."""
        made = sample.tool("python", f"touch {sample.root}/ran; exit 1")
        sample.policy("[tool.gating.tools]\ngood = { when = \"sys_platform == 'plan9'\" }")
        (step,) = plan_preflight(sample.root, python=str(made), env=sample.env)["steps"]
        assert (step["how"], step["when"]) == ("execute", "sys_platform == 'plan9'")
        assert not (sample.root / "ran").exists()

    def test_with_fix_it_has_what_would_be_run_for_what_is_known(self, sample: Project) -> None:
        sample.policy("""
            [tool.gating.tools]
            good = { version = ">=2", remedy = "pipx install good" }
            gone = { remedy = "pipx install gone" }
            shy = { remedy = "sudo get shy" }
        """)
        plan = plan_preflight(sample.root, fix=True, env=sample.env)
        assert plan["fixes"] == [{"id": "tool:gone", "command": ["pipx", "install", "gone"]}]
        assert any(note.startswith("tool:shy is not fixed by gating") for note in plan["notes"])
        assert "what would fix tool:good is known only after a look at it" in plan["notes"]
        gating.preflight(sample.root, env=sample.env)
        plan = plan_preflight(sample.root, fix=True, env=sample.env)
        assert [one["id"] for one in plan["fixes"]] == ["tool:good", "tool:gone"]
