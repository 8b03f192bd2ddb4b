"""Every document that a command prints, from real runs, against its published schema."""

from __future__ import annotations

import copy
import json
import sys
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from referencing import Registry, Resource

import gating
from tests.metrics.recordings import a_footer, a_header, a_sample, written
from tests.projects import Project

SCHEMAS = [json.loads(path.read_text()) for path in (Path(gating.__file__).parent / "schemas").glob("*-[0-9].json")]
REGISTRY: Registry[Any] = Registry().with_resources((one["$id"], Resource.from_contents(one)) for one in SCHEMAS)

COMMANDS: dict[str, list[tuple[str, ...]]] = {
    "gating.report/1": [
        ("preflight",),
        ("preflight", "--strict"),
        ("gate", "say,docs,never"),
        ("optional.install", "--python", "no-such-python"),  # where nothing is installed
        ("metrics.check",),
    ],
    "gating.plan/1": [
        ("preflight", "--dry-run"),
        ("preflight", "--fix", "--dry-run"),
        ("gate", "say,docs,never", "--dry-run"),
        ("optional.install", "--dry-run"),
        ("coverage.run", "--dry-run"),
    ],
    "gating.coverage/1": [("coverage.check",), ("coverage.show", "--data", "measured.json")],
    "gating.drift/1": [("optional.drift",)],
    "gating.policy/1": [("explain",)],
    "gating.snapshot/1": [("snapshot",)],
    "gating.optional/1": [("optional.show",), ("optional.show", "--deep")],
    "gating.runs/1": [("ledger.runs",)],
    "gating.run/1": [("ledger.show",)],
    "gating.recording/1": [("metrics.show", "--file", "recording.jsonl")],
    "gating.error/1": [("preflight", "--only", "gti"), ("gate", "dosc")],
}


WRITTEN = "gating.tests/1"  # by a pytest run, to the file that GATING_OUTCOMES names
COMMITTED = "gating.reach/1"  # by coverage.learn, see tests/coverage/test_reach.py
RECORDED = "gating.metrics/1"  # line by line, see tests/metrics


def mistakes(document: dict[str, Any]) -> list[str]:
    name = "urn:" + document["schema"].replace(".", ":").replace("/", ":")
    validator = Draft202012Validator(REGISTRY.contents(name), registry=REGISTRY)
    return [f"{error.json_path}: {error.message}" for error in validator.iter_errors(document)]


@pytest.fixture
def varied(project: Project) -> Project:
    """A policy that has something of everything."""
    project.policy("""
        [tool.gating.tools]
        python = ">=3.11"
        git = ">=2"
        old = { version = ">=3", remedy = "pip install old" }
        gone = { need = "ci", why = "pictures", links = ["https://example.org"] }
        elsewhere = { when = "sys_platform == 'plan9'" }
        packaging = { distribution = "packaging" }

        [tool.gating.optional]
        no-such-distribution = "no-such-distribution>=1"

        [tool.gating.gates]
        say = { run = ["sh", "-c", "echo said; exit 1"], tools = ["git"], need = "ci" }
        docs = { run = ["no-such-command"], optional = ["no-such-distribution"], why = "readers" }
        never = { run = ["true"], when = "sys_platform == 'plan9'" }
    """)
    project.write("plain.py", "if True:\n    x = 1\n")
    file = {"executed_lines": [1, 2], "missing_lines": [3]}
    project.write(
        "measured.json", json.dumps({"meta": {"version": "7", "branch_coverage": False}, "files": {"plain.py": file}})
    )
    project.write(
        ".gating/reach.json",
        """
        {"schema": "gating.reach/1", "files": {"gone.py": {"uncovered": [{"at": ["", "x = 1", 0]}]}},
         "reference": {"python": "3.9", "platform": "linux", "absent": [], "branches": false, "coverage": ""}}
        """,
    )
    written(project.root, [a_header(), a_sample(0), a_sample(1), a_footer()])
    project.tool("git", "echo git version 2.40.1")
    project.tool("old", "echo old 1.0")
    return project


@pytest.mark.parametrize("name", COMMANDS)
def test_what_is_printed_is_valid(name: str, varied: Project) -> None:
    varied.gating("preflight")
    for command in COMMANDS[name]:
        document = varied.gating(*command, "--format", "json").document
        assert document["schema"] == name
        assert mistakes(document) == [], command


def test_what_a_test_run_writes_is_valid(varied: Project) -> None:
    varied.write(
        "tests/test_a.py",
        """
        import pytest

        @pytest.mark.needs("no-such-distribution")
        def test_with(): ...

        def test_without(): ...

        def test_wrong(): import no_such_distribution
    """,
    )
    there = varied.root / "outcomes.json"
    done = varied.run(sys.executable, "-m", "pytest", "-q", env={"GATING_OUTCOMES": str(there)})
    document = json.loads(there.read_text())
    assert document["schema"] == WRITTEN, done.stdout
    assert mistakes(document) == []
    assert {one["outcome"] for one in document["tests"]} == {"failed", "not-run", "passed"}


def test_every_schema_is_met_by_a_command_or_a_file() -> None:
    assert {*COMMANDS, WRITTEN, COMMITTED, RECORDED} == {schema["properties"]["schema"]["const"] for schema in SCHEMAS}


SOMETIMES = {"wanted", "python", "needs", "when"}  # keys of some steps only


@pytest.mark.parametrize("command", [("preflight", "--dry-run"), ("gate", "docs", "--dry-run"), ("explain",)])
def test_a_document_that_lacks_a_key_is_refused(command: tuple[str, ...], varied: Project) -> None:
    document = varied.gating(*command, "--format", "json").document
    listed = "values" if command == ("explain",) else "steps"
    for key in document.keys() - {"schema"}:
        assert mistakes({name: value for name, value in document.items() if name != key}) != [], key
    for key in document[listed][0].keys() - SOMETIMES:
        lacking = copy.deepcopy(document)
        del lacking[listed][0][key]
        assert mistakes(lacking) != [], key


def test_a_wrong_value_is_refused(varied: Project) -> None:
    plan = varied.gating("preflight", "--dry-run", "--format", "json").document
    plan["steps"][0]["how"] = "guess"
    assert mistakes(plan) != []
    policy = varied.gating("explain", "--format", "json").document
    policy["values"][0]["origin"]["source"] = "somewhere"
    assert mistakes(policy) != []
