"""`inv preflight` and `gating preflight` in a real project: what is printed, recorded and exited with."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.projects import Project

POLICY = """
    [tool.gating.tools]
    good = ">=1.0"
    old = { version = ">=3.7", remedy = "install-old --now" }
    gone = { need = "optional", why = "pictures" }
    elsewhere = { when = "sys_platform == 'plan9'" }
"""


@pytest.fixture
def sample(project: Project) -> Project:
    project.policy(POLICY)
    project.tool("good", "echo good 1.2")
    project.tool("old", "echo old 2.9.0")
    return project


def test_every_outcome_is_told_and_the_worst_one_decides(sample: Project) -> None:
    done = sample.inv("preflight", "--format", "json")
    assert done.returncode == 1, done.stderr
    outcomes = {one["id"]: (one["outcome"], one["state"]) for one in done.document["verdicts"]}
    assert outcomes == {
        "tool:good": ("pass", "ok"),
        "tool:old": ("fail", "outdated"),
        "tool:gone": ("degraded", "absent"),
        "tool:elsewhere": ("skip", None),
    }
    assert done.document["counts"] == {"pass": 1, "degraded": 1, "skip": 1, "fail": 1}
    old = done.verdict("tool:old")
    assert (old["wanted"], old["found"], old["evidence"]) == (">=3.7", "2.9.0", "executed")
    assert old["remedy"]["commands"] == [["install-old", "--now"]]
    assert old["source"] == {"file": "pyproject.toml", "line": 7, "column": 7}


def test_text_ends_with_the_verdict_of_the_whole(sample: Project) -> None:
    done = sample.inv("preflight")
    last = done.stdout.strip().splitlines()[-1]
    assert "FAIL" in last.upper()
    assert "1 failed" in last
    assert "install-old --now" in done.stdout
    assert "\x1b" not in done.stdout


def test_a_degraded_run_passes_but_says_so(sample: Project) -> None:
    done = sample.inv("preflight", "--only", "good", "--only", "gone")
    assert done.returncode == 0
    assert "degraded" in done.stdout.strip().splitlines()[-1].lower()


def test_what_is_looked_at_can_be_named(sample: Project) -> None:
    done = sample.inv("preflight", "--only", "tool:good,gone", "--format", "json")
    assert [one["id"] for one in done.document["verdicts"]] == ["tool:good", "tool:gone"]
    wrong = sample.gating("preflight", "--only", "goood")
    assert (wrong.returncode, wrong.stdout) == (2, "")
    assert "'goood'" in wrong.stderr
    assert "'good'" in wrong.stderr


def test_strict_turns_a_ci_need_into_a_failure(project: Project) -> None:
    project.policy('[tool.gating.tools]\nnowhere = { need = "ci" }')
    assert project.inv("preflight").returncode == 0
    assert project.inv("preflight", "--strict").returncode == 1
    assert project.inv("preflight", env={"CI": "true"}).returncode == 1
    assert project.inv("preflight", env={"CI": "false"}).returncode == 0
    assert project.inv("preflight", env={"GATING_MODE": "strict"}).returncode == 1
    assert project.inv("preflight", env={"CI": "true", "GATING_MODE": "lenient"}).returncode == 0


def test_it_works_from_a_sub_folder(sample: Project) -> None:
    inner = sample.root / "src" / "deep"
    inner.mkdir(parents=True)
    sample.inv("--list")
    done = sample.inv("preflight", "--only", "good", cwd=inner)
    assert done.returncode == 0, done.stderr
    assert (sample.root / ".gating" / "ledger.db").exists()
    assert not (inner / ".gating").exists()


def test_a_second_run_starts_no_tool_until_the_tool_changes(sample: Project, tmp_path: Path) -> None:
    log = tmp_path / "log"
    sample.policy('[tool.gating.tools]\ncounted = ">=1"')
    sample.tool("counted", f"echo x >> {log}; echo counted 1.5")
    first, second = (sample.inv("preflight", "--format", "json") for _ in range(2))
    assert not first.verdict("tool:counted")["cached"]
    assert second.verdict("tool:counted")["cached"]
    assert log.read_text() == "x\n"
    sample.inv("preflight", "--refresh")
    assert log.read_text() == "x\nx\n"
    sample.tool("counted", f"echo x >> {log}; echo counted 0.5")
    third = sample.inv("preflight", "--format", "json")
    assert third.verdict("tool:counted")["state"] == "outdated"


def test_dry_run_says_what_would_be_done_and_does_nothing(sample: Project, tmp_path: Path) -> None:
    log = tmp_path / "log"
    sample.tool("good", f"touch {log}; echo good 1.2")
    done = sample.inv("preflight", "--dry-run", "--format", "json")
    assert done.returncode == 0
    assert done.document["schema"] == "gating.plan/1"
    hows = {step["id"]: step["how"] for step in done.document["steps"]}
    assert hows == {"tool:good": "execute", "tool:old": "execute", "tool:gone": "absent", "tool:elsewhere": "skip"}
    assert not log.exists()
    assert not (sample.root / ".gating").exists()


def test_a_wrong_policy_is_exit_2_with_its_place(project: Project) -> None:
    project.policy('[tool.gating.tools]\ngit = ">=x"\n[tool.gating]\nmoed = "strict"')
    done = project.gating("preflight")
    assert (done.returncode, done.stdout) == (2, "")
    assert "pyproject.toml:6:7" in done.stderr
    assert "'mode'" in done.stderr
    assert "Traceback" not in done.stderr
    assert project.inv("preflight").returncode == 2


def test_the_errors_have_a_json_form(project: Project) -> None:
    project.policy('[tool.gating]\nmode = "strickt"')
    done = project.gating("preflight", "--format", "json")
    assert done.returncode == 2
    assert done.document["schema"] == "gating.error/1"
    assert done.document["problems"][0]["line"] == 6


@pytest.mark.parametrize("arguments", [("nonsense",), ("preflight", "--nonsense"), ("preflight", "--format", "yaml")])
def test_a_wrong_use_of_the_command_is_exit_2(project: Project, arguments: tuple[str, ...]) -> None:
    done = project.gating(*arguments)
    assert done.returncode == 2
    assert "Traceback" not in done.stderr


def test_without_a_policy_there_is_a_hint(project: Project) -> None:
    done = project.inv("preflight")
    assert done.returncode == 0
    assert "gating init" in done.stdout
    assert "NOTHING CHECKED" in done.stdout.splitlines()[-1]
    assert not (project.root / ".gating").exists()


def test_runs_are_recorded_and_shown(sample: Project) -> None:
    sample.inv("preflight")
    sample.inv("preflight", "--only", "good")
    listed = sample.inv("ledger.runs", "--format", "json").document
    assert listed["schema"] == "gating.runs/1"
    assert [(run["command"], run["status"], run["exit_code"]) for run in listed["runs"]] == [
        ("preflight", "finished", 0),
        ("preflight", "finished", 1),
    ]
    shown = sample.inv("ledger.show", "--run", listed["runs"][1]["id"], "--format", "json").document
    assert {one["id"] for one in shown["verdicts"]} >= {"tool:good", "tool:old"}
    assert shown["snapshot"]["schema"] == "gating.snapshot/1"
    assert len(sample.inv("ledger.runs", "--format", "json").document["runs"]) == 2


def test_runs_nest_by_the_environment(sample: Project) -> None:
    sample.inv("preflight", "--only", "good")
    (parent,) = sample.inv("ledger.runs", "--format", "json").document["runs"]
    sample.inv("preflight", "--only", "good", env={"GATING_RUN": parent["id"]})
    runs = sample.inv("ledger.runs", "--format", "json").document["runs"]
    assert [run["parent"] for run in runs] == [parent["id"], None]


def test_the_ledger_can_be_off(sample: Project) -> None:
    done = sample.inv("preflight", "--only", "good", env={"GATING_LEDGER": "off"})
    assert done.returncode == 0
    assert not (sample.root / ".gating").exists()


def test_a_ledger_that_cannot_be_written_changes_no_verdict(sample: Project) -> None:
    (sample.root / ".gating").write_text("in the way")
    done = sample.inv("preflight", "--only", "good")
    assert done.returncode == 0
    assert "gating:" in done.stderr


def test_secrets_do_not_reach_the_ledger(project: Project) -> None:
    project.policy('[tool.gating.tools]\nleaky = ">=1"')
    project.tool("leaky", "echo cannot reach https://me:hunter2@example.org >&2; exit 3")
    project.inv("preflight")
    told = project.inv("ledger.show", "--format", "json").stdout
    assert "example.org" in told
    assert "hunter2" not in told


def test_json_is_the_only_thing_on_standard_output(sample: Project) -> None:
    for form in ("json", "junit"):
        done = sample.inv("preflight", "--format", form)
        assert done.stdout[0] in "{<"
    json.loads(sample.inv("explain", "--format", "json").stdout)


def test_github_writes_annotations_and_the_step_summary(sample: Project, tmp_path: Path) -> None:
    summary = tmp_path / "summary.md"
    summary.write_text("before\n")
    done = sample.inv("preflight", "--format", "github", env={"GITHUB_STEP_SUMMARY": str(summary)})
    assert "::error file=pyproject.toml,line=7" in done.stdout
    assert summary.read_text().startswith("before\n")
    assert "tool:old" in summary.read_text()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["preflight", "--only"], "--only wants a name"),
        (["preflight", "--only", ","], "--only wants a name"),
        (["gate", "--help"], "--help gate"),
        (["ledger.runs", "--limit", "x"], "'x'"),
        (["preflight", "--dry-run", "--format", "junit"], "junit"),
        (["-f", "nope.txt", "preflight"], "nope.txt"),
    ],
)
def test_a_slip_is_told_in_a_line(sample: Project, arguments: list[str], said: str) -> None:
    done = sample.gating(*arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert said in done.stderr
    assert "Traceback" not in done.stderr


def test_what_a_requirement_is_for_is_told_where_it_is_not_met(sample: Project) -> None:
    for form in ("text", "markdown", "github"):
        done = sample.inv("preflight", "--only", "gone", "--format", form)
        assert "pictures" in done.stdout, form


def test_annotations_name_the_file_from_the_checkouts_top(sample: Project) -> None:
    inner = sample.root / "src"
    inner.mkdir()
    workspace = {"GITHUB_WORKSPACE": str(sample.root.parent)}
    done = sample.gating("preflight", "--format", "github", env=workspace, cwd=inner)
    assert "::error file=project/pyproject.toml,line=7" in done.stdout


def test_a_ledger_that_is_off_says_so(sample: Project) -> None:
    done = sample.gating("ledger.runs", env={"GATING_LEDGER": "off"})
    assert done.returncode == 0
    assert "is off" in done.stderr
