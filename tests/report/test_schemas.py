"""The published schemas against what is really written."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from referencing import Registry, Resource

import gating
from gating.errors import PolicyError, Problem, UsageError
from gating.report import problems, render, runs, show
from gating.verdict import Mode, Outcome, Remedy, Report, RunInfo, Source, Verdict
from tests.strategies import reports, run_rows, verdicts

SCHEMAS = {
    path.stem: json.loads(path.read_text(encoding="utf-8"))
    for path in (Path(gating.__file__).parent / "schemas").glob("*-[0-9].json")
}
REGISTRY: Registry[Any] = Registry().with_resources(
    (schema["$id"], Resource.from_contents(schema)) for schema in SCHEMAS.values()
)
VERDICT = Verdict(
    id="tool:git",
    outcome=Outcome.FAIL,
    remedy=Remedy(commands=(("apt", "install", "git"),)),
    source=Source(file="pyproject.toml", line=1, column=1),
)
REPORT = Report(run=RunInfo(id="r1"), mode=Mode.STRICT, verdicts=(VERDICT,))


def errors(name: str, document: object) -> list[str]:
    return [error.message for error in Draft202012Validator(SCHEMAS[name], registry=REGISTRY).iter_errors(document)]


@pytest.mark.parametrize("name", SCHEMAS)
def test_each_schema_is_one_and_has_a_name_of_its_own(name: str) -> None:
    schema = SCHEMAS[name]
    Draft202012Validator.check_schema(schema)
    kind, _, version = name.rpartition("-")
    assert schema["$id"] == f"urn:gating:{kind}:{version}"
    assert schema["properties"]["schema"] == {"const": f"gating.{kind}/{version}"}


@given(reports())
def test_every_report_is_valid(report: Report) -> None:
    assert errors("report-1", json.loads(render(report, "json"))) == []


@given(st.lists(run_rows(), max_size=3))
def test_every_listing_of_runs_is_valid(rows: list[dict[str, object]]) -> None:
    assert errors("runs-1", json.loads(runs.render(rows, "json"))) == []


@given(run_rows(), st.lists(verdicts(), max_size=2))
def test_every_shown_run_is_valid(run: dict[str, object], stored: list[Verdict]) -> None:
    document = {
        "schema": show.RUN_SCHEMA,
        "run": run,
        "verdicts": [verdict.as_dict() for verdict in stored],
        "snapshot": None,
    }
    assert errors("run-1", json.loads(show.render(document, "json"))) == []
    assert errors("run-1", document | {"verdicts": [{"id": "tool:git"}]}) != []
    assert errors("run-1", document | {"run": {}}) != []


def test_errors_are_valid() -> None:
    problem = Problem(file="pyproject.toml", message="no", line=1, column=2, text="x", allowed="y", nearest="z")
    for error in (PolicyError([problem]), UsageError("no")):
        assert errors("error-1", problems.document(error)) == []
    assert errors("error-1", problems.document(UsageError("no")) | {"exit_code": 0}) != []


def test_readers_are_told_to_ignore_keys_that_they_do_not_know() -> None:
    document = REPORT.as_dict() | {"later": 1}
    document["verdicts"][0]["later"] = 1
    assert errors("report-1", document) == []


@pytest.mark.parametrize(
    ("path", "wrong"),
    [
        (("exit_code",), 2),
        (("schema",), "gating.report/2"),
        (("mode",), "auto"),
        (("counts", "pass"), -1),
        (("run", "started_ns"), "now"),
        (("verdicts", 0, "id"), "git"),
        (("verdicts", 0, "outcome"), "passed"),
        (("verdicts", 0, "state"), "fine"),
        (("verdicts", 0, "remedy", "commands"), ["apt install git"]),
        (("verdicts", 0, "source", "line"), 0),
        (("verdicts", 0, "duration_s"), None),
    ],
)
def test_a_wrong_value_is_refused(path: tuple[str | int, ...], wrong: object) -> None:
    document: Any = copy.deepcopy(REPORT.as_dict())
    assert errors("report-1", document) == []
    place = document
    for key in path[:-1]:
        place = place[key]
    place[path[-1]] = wrong
    assert errors("report-1", document) != []


@pytest.mark.parametrize("key", list(VERDICT.as_dict()))
def test_a_verdict_without_one_of_its_keys_is_refused(key: str) -> None:
    document: Any = copy.deepcopy(REPORT.as_dict())
    del document["verdicts"][0][key]
    assert errors("report-1", document) != []
