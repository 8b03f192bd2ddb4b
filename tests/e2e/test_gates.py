"""Gates with the real mypy, vulture and pre-commit, whose exit codes hand-written wrappers took for something else."""

from __future__ import annotations

import pytest

from tests.projects import Project

pytestmark = pytest.mark.usefixtures("unmeasured")


@pytest.fixture
def python(project: Project) -> Project:
    project.policy("""
        [tool.gating.gates.typing]
        run = ["mypy", "--strict", "app.py"]
        tools = ["mypy"]
        findings = [1]

        [tool.gating.gates.dead-code]
        run = ["vulture", "app.py"]
        tools = ["vulture"]
        findings = [3]

        [tool.gating.gates.hooks]
        run = ["pre-commit", "run", "--all-files"]
        tools = ["pre-commit", "git"]
        findings = [1]
        need = "ci"
    """)
    project.write("app.py", "def double(number: int) -> int:\n    return number * 2\n\n\nprint(double(2))\n")
    return project


def test_mypy_that_finds_something_fails(python: Project) -> None:
    python.write("app.py", "def double(number: int) -> str:\n    return number * 2\n\n\nprint(double(2))\n")
    done = python.inv("gate", "typing", "--format", "json")
    verdict = done.verdict("gate:typing")
    assert (done.returncode, verdict["outcome"], verdict["details"]["result"]) == (1, "fail", "findings")
    assert "Incompatible return value" in done.stderr


def test_mypy_that_passes_passes(python: Project) -> None:
    done = python.inv("gate", "typing", "--format", "json")
    assert (done.returncode, done.verdict("gate:typing")["outcome"]) == (0, "pass")


def test_mypy_that_cannot_judge_is_not_taken_for_a_finding(python: Project) -> None:
    (python.root / "app.py").unlink()
    done = python.inv("gate", "typing", "--format", "json")
    verdict = done.verdict("gate:typing")
    assert (verdict["outcome"], verdict["state"], verdict["details"]["result"]) == ("fail", "broken", "no judgement")
    assert "could not judge" in verdict["reason"]


def test_vulture_says_3_for_dead_code_and_1_for_bad_input(python: Project) -> None:
    assert python.inv("gate", "dead-code").returncode == 0
    python.write("app.py", "def unused():\n    return 1\n")
    dead = python.inv("gate", "dead-code", "--format", "json").verdict("gate:dead-code")
    assert (dead["outcome"], dead["details"]["result"], dead["details"]["exit_code"]) == ("fail", "findings", 3)
    python.write("app.py", "def broken(:\n")
    bad = python.inv("gate", "dead-code", "--format", "json").verdict("gate:dead-code")
    assert (bad["details"]["result"], bad["details"]["exit_code"]) == ("no judgement", 1)


def test_pre_commit_is_neither_swallowed_nor_a_traceback(python: Project) -> None:
    python.git("init", "-q")
    python.write(
        ".pre-commit-config.yaml",
        """
        repos:
          - repo: local
            hooks:
              - {id: no-tabs, name: no tabs, language: pygrep, entry: "\\\\t", types: [python]}
        """,
    )
    python.git("add", "-A")
    assert python.inv("gate", "hooks").returncode == 0
    python.write("app.py", "if True:\n\tprint(1)\n")
    found = python.inv("gate", "hooks", "--format", "json")
    assert (found.returncode, found.verdict("gate:hooks")["details"]["result"]) == (1, "findings")
    python.write(".pre-commit-config.yaml", "repos: 5\n")
    wrong = python.inv("gate", "hooks", "--format", "json").verdict("gate:hooks")
    assert wrong["outcome"] == "fail"  # pre-commit says 1 here too: nothing but its words tells the two apart


@pytest.mark.parametrize(("strict", "outcome", "code"), [((), "degraded", 0), (("--strict",), "fail", 1)])
def test_a_missing_tool_is_one_verdict_with_a_remedy(
    python: Project, strict: tuple[str, ...], outcome: str, code: int
) -> None:
    bare = {"PATH": f"{python.bin}:/usr/bin:/bin"}
    python.policy("""
        [tool.gating.tools]
        lint-o-matic = { version = ">=2", remedy = "pip install lint-o-matic" }
        [tool.gating.gates.hooks]
        run = ["lint-o-matic"]
        tools = ["lint-o-matic"]
        need = "ci"
    """)
    done = python.inv("gate", "hooks", "--format", "json", *strict, env=bare)
    assert done.returncode == code
    assert [one["id"] for one in done.document["verdicts"]] == ["gate:hooks"]
    verdict = done.verdict("gate:hooks")
    assert (verdict["outcome"], verdict["state"]) == (outcome, "absent")
    assert verdict["remedy"]["commands"][0][1:] == ["-m", "pip", "install", "lint-o-matic"]
    assert "Traceback" not in done.stderr


def test_a_command_that_no_tool_names_is_missed_in_the_same_way(project: Project) -> None:
    project.policy('[tool.gating.gates.docs]\nrun = ["no-such-command", "build"]')
    done = project.inv("gate", "docs")
    assert done.returncode == 1
    assert "no-such-command is not on PATH" in done.stdout
    assert "Traceback" not in done.stderr


def test_several_gates_are_all_run_and_all_reported(project: Project) -> None:
    project.policy("""
        [tool.gating.gates]
        one = { run = ["sh", "-c", "echo first; exit 1"] }
        two = { run = ["sh", "-c", "exit 7"], need = "optional" }
        three = { run = ["sh", "-c", "touch ran"], cwd = "sub", env = { A = "b" } }
        four = { run = ["true"], when = "sys_platform == 'plan9'" }
    """)
    (project.root / "sub").mkdir()
    done = project.inv("gate", "one,two,three,four", "--format", "json")
    outcomes = {one["id"]: one["outcome"] for one in done.document["verdicts"]}
    assert outcomes == {"gate:one": "fail", "gate:two": "degraded", "gate:three": "pass", "gate:four": "skip"}
    assert (project.root / "sub" / "ran").exists()
    assert "first" in done.stderr


def test_output_is_streamed_before_the_report(project: Project) -> None:
    project.policy('[tool.gating.gates]\ntalk = { run = ["sh", "-c", "echo hello; echo $GATING_RUN"] }')
    done = project.inv("gate", "talk")
    lines = done.stdout.splitlines()
    assert lines[0] == "hello"
    assert len(lines[1]) == 32


def test_a_gate_in_time_and_out_of_time(project: Project) -> None:
    project.policy('[tool.gating.gates]\nslow = { run = ["sleep", "60"], timeout = 0.5 }')
    verdict = project.inv("gate", "slow", "--format", "json").verdict("gate:slow")
    assert (verdict["outcome"], verdict["state"]) == ("fail", "broken")
    assert "0.5 s" in verdict["reason"]


def test_a_folder_that_is_not_there_is_a_verdict(project: Project) -> None:
    project.policy('[tool.gating.gates]\nx = { run = ["true"], cwd = "docs" }')
    verdict = project.inv("gate", "x", "--format", "json").verdict("gate:x")
    assert verdict["outcome"] == "fail"
    assert "docs" in verdict["reason"]


def test_words_after_two_dashes_keep_their_quotes(project: Project) -> None:
    project.policy('[tool.gating.gates]\nsay = { run = ["printf", "<%s>"] }')
    done = project.inv("gate", "say", "--", "-k", "a and b")
    assert done.stdout.startswith("<-k><a and b>")


def test_an_unknown_gate_is_a_wrong_use(project: Project) -> None:
    project.policy('[tool.gating.gates]\ndocs = { run = ["true"] }')
    done = project.gating("gate", "dcos")
    assert done.returncode == 2
    assert "'docs'" in done.stderr


def test_a_gate_needs_its_optional_dependency(project: Project) -> None:
    project.policy("""
        [tool.gating.optional]
        no-such-distribution = "no-such-distribution>=1"
        [tool.gating.gates]
        docs = { run = ["true"], optional = ["no-such-distribution"], need = "optional" }
    """)
    verdict = project.inv("gate", "docs", "--format", "json").verdict("gate:docs")
    assert (verdict["outcome"], verdict["state"]) == ("degraded", "absent")
