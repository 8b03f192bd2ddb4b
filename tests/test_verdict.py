"""The words of a judgement: the table of state against need, the counts, the exit code, and the JSON forms."""

from __future__ import annotations

import itertools
import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gating.verdict import Counts, Evidence, Mode, Need, Outcome, Remedy, Report, RunInfo, Source, State, Verdict, judge
from tests.strategies import reports, verdicts

# the design's table, a line for a state and whether a version was asked for: always; ci, lenient; ci, strict; optional
TABLE = {
    (State.OK, False): "pass pass pass pass",
    (State.OK, True): "pass pass pass pass",
    (State.ABSENT, False): "fail degraded fail degraded",
    (State.ABSENT, True): "fail degraded fail degraded",
    (State.OUTDATED, False): "fail degraded fail degraded",
    (State.OUTDATED, True): "fail degraded fail degraded",
    (State.BROKEN, False): "fail degraded fail degraded",
    (State.BROKEN, True): "fail degraded fail degraded",
    (State.IMPOSTOR, False): "fail degraded fail degraded",
    (State.IMPOSTOR, True): "fail degraded fail degraded",
    (State.UNKNOWN, True): "fail degraded fail degraded",
    (State.UNKNOWN, False): "pass pass pass pass",
}
COLUMNS = [
    (Need.ALWAYS, Mode.LENIENT, 0),
    (Need.ALWAYS, Mode.STRICT, 0),
    (Need.CI, Mode.LENIENT, 1),
    (Need.CI, Mode.STRICT, 2),
    (Need.OPTIONAL, Mode.LENIENT, 3),
    (Need.OPTIONAL, Mode.STRICT, 3),
]


@pytest.mark.parametrize(("need", "mode", "column"), COLUMNS)
@pytest.mark.parametrize(("state", "version_asked"), TABLE)
def test_the_table(state: State, version_asked: bool, need: Need, mode: Mode, column: int) -> None:
    expected = TABLE[state, version_asked].split()[column]
    assert judge(state, need, mode, version_asked=version_asked).value == expected


def test_the_table_has_every_state_need_and_mode() -> None:
    assert set(TABLE) == set(itertools.product(State, [False, True]))
    assert {(need, mode) for need, mode, _ in COLUMNS} == set(itertools.product(Need, [Mode.LENIENT, Mode.STRICT]))


def test_a_mode_that_is_not_decided_judges_nothing() -> None:
    with pytest.raises(ValueError, match="resolved"):
        judge(State.OK, Need.ALWAYS, Mode.AUTO, version_asked=False)


def test_evidence_is_a_ladder() -> None:
    assert list(Evidence) == ["absent", "present", "static", "executed"]


def through_json(verdict: Verdict) -> Verdict:
    return Verdict.from_dict(json.loads(json.dumps(verdict.as_dict())))


@given(verdicts())
def test_a_verdict_comes_back_from_its_json_form(verdict: Verdict) -> None:
    again = through_json(verdict)
    assert again.as_dict() == json.loads(json.dumps(verdict.as_dict()))
    assert through_json(again) == again
    assert math.isclose(again.duration_s, verdict.duration_s, abs_tol=1e-6)


@given(verdicts(), st.dictionaries(st.text(max_size=5).map("new_{}".format), st.integers(), max_size=3))
def test_keys_that_a_later_version_adds_are_ignored(verdict: Verdict, added: dict[str, int]) -> None:
    form = json.loads(json.dumps(verdict.as_dict()))
    later = {**form, **added}
    if later["remedy"]:
        later["remedy"] = {**later["remedy"], **added}
    if later["source"]:
        later["source"] = {**later["source"], **added}
    assert Verdict.from_dict(later) == Verdict.from_dict(form)


def test_the_least_that_a_verdict_can_be_read_from() -> None:
    made = Verdict.from_dict({"id": "tool:git", "outcome": "skip", "need": "ci"})
    assert made == Verdict(id="tool:git", outcome=Outcome.SKIP, need=Need.CI)
    assert (made.kind, made.name, made.state, made.evidence, made.remedy) == ("tool", "git", None, None, None)


def test_the_documented_form() -> None:
    verdict = Verdict(
        id="tool:pre-commit",
        outcome=Outcome.FAIL,
        state=State.OUTDATED,
        need=Need.ALWAYS,
        evidence=Evidence.EXECUTED,
        wanted=">=3.7",
        found="2.9.0",
        path="/venv/bin/pre-commit",
        reason="found 2.9.0, wanted >=3.7",
        remedy=Remedy(commands=(("python", "-m", "pip", "install", "-U", "pre-commit>=3.7"),), channel="pip"),
        source=Source(file="pyproject.toml", line=14, column=14),
        duration_s=0.0123456789,
    )
    assert verdict.as_dict() == {
        "id": "tool:pre-commit",
        "outcome": "fail",
        "state": "outdated",
        "need": "always",
        "evidence": "executed",
        "wanted": ">=3.7",
        "found": "2.9.0",
        "path": "/venv/bin/pre-commit",
        "reason": "found 2.9.0, wanted >=3.7",
        "remedy": {
            "commands": [["python", "-m", "pip", "install", "-U", "pre-commit>=3.7"]],
            "channel": "pip",
            "links": [],
        },
        "shadowed": [],
        "cached": False,
        "source": {"file": "pyproject.toml", "line": 14, "column": 14},
        "duration_s": 0.012346,
        "details": {},
    }
    assert str(verdict.source) == "pyproject.toml:14:14"


def test_a_name_may_hold_a_colon() -> None:
    verdict = Verdict(id="tool:a:b", outcome=Outcome.PASS)
    assert (verdict.kind, verdict.name) == ("tool", "a:b")


def test_why_is_told_only_where_it_is() -> None:
    assert "why" not in Remedy().as_dict()
    assert Remedy.from_dict(Remedy(why="x").as_dict()) == Remedy(why="x")


@given(st.lists(st.sampled_from(Outcome), max_size=12))
def test_counts_exit_code_and_the_whole_come_from_the_same_verdicts(outcomes: list[Outcome]) -> None:
    made = tuple(Verdict(id=f"tool:{place}", outcome=outcome) for place, outcome in enumerate(outcomes))
    report = Report(run=RunInfo(id="1"), mode=Mode.LENIENT, verdicts=made)
    counted = report.counts.as_dict()
    assert sum(counted.values()) == len(outcomes)
    assert all(counted[outcome.value] == outcomes.count(outcome) for outcome in Outcome)
    assert report.exit_code == (1 if Outcome.FAIL in outcomes else 0)
    worst = [outcome for outcome in (Outcome.FAIL, Outcome.DEGRADED) if outcome in outcomes]
    assert report.outcome is (worst[0] if worst else Outcome.PASS)


@given(reports())
def test_a_report_is_a_plain_document(report: Report) -> None:
    document = json.loads(json.dumps(report.as_dict()))
    assert document["schema"] == "gating.report/1"
    assert (document["exit_code"], document["mode"]) == (report.exit_code, report.mode.value)
    assert document["counts"] == Counts.of(report.verdicts).as_dict()
    assert [one["id"] for one in document["verdicts"]] == [verdict.id for verdict in report.verdicts]
    assert document["run"]["id"] == json.loads(json.dumps(report.run.id))
