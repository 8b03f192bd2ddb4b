"""Budgets: recordings held to what runs may use, with exact comparisons and never a pass for what is not known."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gating.checks.budgets import check_budgets
from gating.errors import UsageError
from gating.verdict import Outcome, Report, State, Verdict
from tests.metrics.recordings import a_footer, a_header, a_sample, written
from tests.projects import Project

SAMPLES = [a_sample(0), a_sample(1), a_sample(2)]


def checked(project: Project, budgets: str, *lines: Any, **asked: Any) -> Report:
    project.policy(f"[tool.gating]\nledger = 'off'\n[tool.gating.metrics.budgets]\n{budgets}")
    files = [str(written(project.root, lines))] if lines else []
    return check_budgets(start=project.root, files=files, env=asked.pop("env", {}), **asked)


def one(report: Report) -> Verdict:
    (verdict,) = report.verdicts
    return verdict


def test_what_is_within_its_budget_passes(project: Project) -> None:
    budget = 'tests = { peak-memory = "100 MB", wall = "2 s", cpu = 2.0 }'
    report = checked(project, budget, a_header(), *SAMPLES, a_footer())
    assert [(verdict.id, verdict.outcome, verdict.found, verdict.wanted) for verdict in report.verdicts] == [
        ("metrics:tests:wall", Outcome.PASS, "2 s", "<=2 s"),
        ("metrics:tests:cpu", Outcome.PASS, "2 s", "<=2 s"),
        ("metrics:tests:peak-memory", Outcome.PASS, "100 MB", "<=100 MB"),
    ]
    assert report.exit_code == 0


@pytest.mark.parametrize(
    ("bound", "totals", "reason"),
    [
        ('wall = "2 s"', {"wall_s": 2.000001}, "wall time is 2.000001 s, above 2 s"),
        ('wall = "10 min"', {"wall_s": 662.34}, "wall time is 11 min 2.34 s, above 10 min"),
        ('cpu = "1 min"', {"cpu_s": 61.5}, "CPU time is 1 min 1.5 s, above 1 min"),
        ('peak-memory = "2 GB"', {"peak_pss_bytes": 2_000_000_001}, "peak memory is 2000000001 B, above 2 GB"),
        ('peak-memory = "2 GB"', {"peak_pss_bytes": 3 * 10**9}, "peak memory is 3.00 GB, above 2 GB"),
    ],
)
def test_what_is_above_fails_by_however_little(
    project: Project, bound: str, totals: dict[str, Any], reason: str
) -> None:
    report = checked(project, f"tests = {{ {bound} }}", a_header(), *SAMPLES, a_footer(totals=totals))
    verdict = one(report)
    assert (verdict.outcome, verdict.state, verdict.reason) == (Outcome.FAIL, State.OK, reason)
    assert verdict.source is not None
    assert (verdict.source.file, verdict.source.line) == ("pyproject.toml", 8)
    assert verdict.remedy is not None
    assert verdict.remedy.commands[0][:3] == ("gating", "metrics.show", "--file")
    assert report.exit_code == 1


@pytest.mark.parametrize(
    ("need", "env", "outcome"),
    [
        ("always", {}, Outcome.FAIL),
        ("ci", {}, Outcome.DEGRADED),
        ("ci", {"CI": "true"}, Outcome.FAIL),
        ("optional", {"CI": "true"}, Outcome.DEGRADED),
    ],
)
def test_its_need_says_what_it_costs(project: Project, need: str, env: dict[str, str], outcome: Outcome) -> None:
    above = checked(project, f'tests = {{ wall = 1, need = "{need}" }}', a_header(), *SAMPLES, a_footer(), env=env)
    unknown = a_footer(totals={"wall_s": None})
    null = checked(project, f'tests = {{ wall = 1, need = "{need}" }}', a_header(), *SAMPLES, unknown, env=env)
    none = checked(project, f'tests = {{ wall = 1, need = "{need}" }}', env=env)
    assert {one(report).outcome for report in (above, null, none)} == {outcome}
    assert (one(null).state, one(null).reason) == (State.UNKNOWN, "wall time is not known")
    assert (one(none).state, one(none).reason) == (State.ABSENT, "there is no recording 'tests'")
    remedy = one(none).remedy
    assert remedy is not None
    assert remedy.commands == (("gating", "metrics.record", "--name", "tests", "--", "COMMAND"),)


@pytest.mark.parametrize(
    ("lines", "reason"),
    [
        (SAMPLES, "wall time is at least 2 s: the recording is not finished: it has no footer"),
        ([*SAMPLES, a_footer(signal=9, exit_code=None)], "wall time is at least 2 s: signal 9 ended the command"),
    ],
)
def test_what_may_be_more_is_no_pass(project: Project, lines: list[Any], reason: str) -> None:
    verdict = one(checked(project, "tests = { wall = 10 }", a_header(), *lines))
    assert (verdict.outcome, verdict.state, verdict.reason) == (Outcome.DEGRADED, State.UNKNOWN, reason)
    above = one(checked(project, "tests = { wall = 1.5 }", a_header(), *lines))
    assert above.outcome is Outcome.FAIL  # that much it was for sure


def test_memory_that_was_not_read_at_its_peak_is_no_pass_and_no_failure(project: Project) -> None:
    samples = [
        a_sample(n, tree={"rss_bytes": rss, "pss_bytes": 40_000_000, "pss_age_s": float(n)})
        for n, rss in enumerate([50_000_000, 90_000_000, 130_000_000])
    ]
    footer = a_footer(totals={"peak_pss_bytes": 40_000_000, "peak_rss_bytes": 130_000_000})

    def verdict(bound: str) -> Verdict:
        return one(checked(project, f'tests = {{ peak-memory = "{bound}" }}', a_header(), *samples, footer))

    assert verdict("39 MB").outcome is Outcome.FAIL
    between = verdict("100 MB")
    assert (between.outcome, between.state) == (Outcome.DEGRADED, State.UNKNOWN)
    assert between.reason == "peak memory is between 40.0 MB and 120 MB; PSS was not read at the peak"
    assert verdict("120 MB").outcome is Outcome.PASS


def test_memory_is_judged_by_rss_where_pss_is_not_known_and_says_so(project: Project) -> None:
    samples = [a_sample(n, tree={"pss_bytes": None, "pss_age_s": None}) for n in range(3)]
    footer = a_footer(totals={"peak_pss_bytes": None})
    said = "by RSS, which counts shared pages for each process"
    below = one(checked(project, 'tests = { peak-memory = "1 GB" }', a_header(), *samples, footer))
    above = one(checked(project, 'tests = { peak-memory = "150 MB" }', a_header(), *samples, footer))
    assert (below.outcome, below.reason) == (Outcome.PASS, said)
    assert (above.outcome, above.reason) == (Outcome.FAIL, f"peak memory is 200 MB, above 150 MB; {said}")


def test_a_command_that_failed_is_told_of(project: Project) -> None:
    verdict = one(checked(project, "tests = { wall = 10 }", a_header(), *SAMPLES, a_footer(exit_code=1)))
    assert (verdict.outcome, verdict.reason) == (Outcome.PASS, "the command ended with exit 1")


def test_only_what_is_named_is_judged(project: Project) -> None:
    budgets = "tests = { wall = 1 }\ndocs = { wall = 1 }\nempty = {}"
    assert [verdict.id for verdict in checked(project, budgets, only=["docs"]).verdicts] == ["metrics:docs:wall"]
    assert len(checked(project, budgets).verdicts) == 2
    with pytest.raises(UsageError, match="no budget 'tets'; did you mean 'tests'"):
        checked(project, budgets, only=["tets"])


def test_without_budgets_nothing_is_checked_and_a_note_says_so(project: Project) -> None:
    report = checked(project, "")
    assert (report.verdicts, report.exit_code) == ((), 0)
    assert any("[tool.gating.metrics.budgets]" in note for note in report.notes)


def test_a_file_that_is_no_recording_is_a_usage_error(project: Project) -> None:
    with pytest.raises(UsageError, match=":1: no recording of system metrics"):
        checked(project, "tests = { wall = 1 }", "junk")


@given(st.integers(1, 10**6), st.integers(-3, 3), st.sampled_from(["wall", "cpu"]))
def test_the_comparison_is_that_of_the_numbers(
    tmp_path_factory: pytest.TempPathFactory, thousandths: int, difference: int, key: str
) -> None:
    project = Project(tmp_path_factory.mktemp("p"))
    bound, taken = thousandths / 1000, max(0, thousandths + difference) / 1000
    footer = a_footer(totals={f"{key}_s": taken})
    verdict = one(checked(project, f"tests = {{ {key} = {Decimal(str(bound)):f} }}", a_header(), *SAMPLES, footer))
    assert (verdict.outcome is Outcome.PASS) == (taken <= bound)
    assert (verdict.found == (verdict.wanted or "").removeprefix("<=")) == (taken == bound)


RECORDING_GATES = """
    [tool.gating.metrics]
    record = ["gates"]
    interval = 0.05

    [tool.gating.metrics.budgets]
    busy = { wall = "0.2 s" }
    idle = { wall = "1 min", cpu = "1 min", peak-memory = "4 GB" }

    [tool.gating.gates]
    busy = { run = ["sh", "-c", "sleep 0.4"] }
    idle = { run = ["sleep", "0.3"] }
"""


def test_the_latest_recording_of_each_name_is_judged_in_every_format(project: Project) -> None:
    project.policy(
        RECORDING_GATES.replace('["gates"]', '["gates", "tests"]') + "\n[tool.gating.metrics.budgets.tests]\nwall = 1"
    )
    tests = project.gating("metrics.check", "--only", "tests", "--format", "json").verdict("metrics:tests:wall")
    assert tests["remedy"]["commands"] == [["gating", "coverage.run"]]
    project.policy(RECORDING_GATES)
    never = project.gating("metrics.check", "--format", "json")
    assert never.returncode == 1
    assert never.verdict("metrics:busy:wall")["remedy"]["commands"] == [["gating", "gate", "busy"]]
    assert project.gating("gate", "busy,idle").returncode == 0
    done = project.gating("metrics.check", "--format", "json")
    assert done.returncode == 1
    assert {one["id"]: one["outcome"] for one in done.document["verdicts"]} == {
        "metrics:busy:wall": "fail",
        "metrics:idle:wall": "pass",
        "metrics:idle:cpu": "pass",
        "metrics:idle:peak-memory": "pass",
    }, done.stdout
    busy = done.verdict("metrics:busy:wall")
    assert busy["remedy"]["commands"] == [["gating", "metrics.show", "--name", "busy"]]
    assert busy["details"]["run"] == project.gating("ledger.runs", "--format", "json").document["runs"][1]["id"]
    assert project.gating("metrics.check", "--only", "idle").returncode == 0
    for form, told in [
        ("text", "✗ fail      metrics:busy:wall"),
        ("markdown", "| `metrics:busy:wall` |"),
        ("junit", '<testcase classname="gating.metrics" name="metrics:busy:wall"'),
        ("github", "title=metrics%3Abusy%3Awall::fail"),
    ]:
        printed = project.gating("metrics.check", "--format", form)
        assert (told in printed.stdout, printed.returncode) == (True, 1), printed.stdout


def test_a_file_that_was_changed_or_deleted_is_judged_by_what_the_ledger_kept(project: Project) -> None:
    project.policy(RECORDING_GATES)
    project.gating("gate", "busy")
    (file,) = (project.root / "logs" / "system_metrics").glob("*.jsonl")
    *lines, last = file.read_text().splitlines()
    footer = json.loads(last)
    footer["totals"]["wall_s"] = 0.001
    file.write_text("\n".join([*lines, json.dumps(footer)]) + "\n")
    verdict = project.gating("metrics.check", "--only", "busy", "--format", "json").verdict("metrics:busy:wall")
    assert (verdict["outcome"], verdict["details"]["from"]) == ("fail", "ledger")
    shown = project.gating("metrics.show", "--name", "busy")
    assert "this is not the file that was recorded: its checksum is another than the ledger's" in shown.stdout
    file.unlink()
    verdict = project.gating("metrics.check", "--only", "busy", "--format", "json").verdict("metrics:busy:wall")
    assert (verdict["outcome"], verdict["details"]["from"]) == ("fail", "ledger")


def test_paths_of_the_module_are_its_own(project: Project, tmp_path: Path) -> None:
    """A file whose name is nowhere in the budgets is judged for nothing."""
    path = written(tmp_path, [a_header(name="other"), *SAMPLES, a_footer()])
    project.policy("[tool.gating.metrics.budgets]\ntests = { wall = 10 }")
    done = project.gating("metrics.check", "--file", str(path), "--format", "json")
    assert done.verdict("metrics:tests:wall")["state"] == "absent"
