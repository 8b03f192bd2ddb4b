"""The remembered answer: the same report from a warm look, and a fresh one as soon as anything has changed."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import gating
from gating.checks.memo import Memo
from gating.toolchain.host import Host
from gating.verdict import Report
from tests.projects import Project


@pytest.fixture
def sample(project: Project) -> Project:
    """A project that has been looked at twice, so that its answer is remembered."""
    project.policy("""
        [tool.gating.tools]
        good = ">=1"
        [tool.gating.optional]
        no-such-distribution = {}
    """)
    project.tool("good", "echo good 1.2")
    for _ in range(2):
        look(project)
    assert remembered(project)
    return project


def look(project: Project, *, env: Mapping[str, str] | None = None, start: Path | None = None, **asked: Any) -> Report:
    return gating.preflight(start or project.root, env={**project.env, **(env or {})}, **asked)


def remembered(
    project: Project, *, env: Mapping[str, str] | None = None, start: Path | None = None, **asked: Any
) -> bool:
    """Whether the answer to such a look is known."""
    whole = {**project.env, **(env or {})}
    asked = {"only": [], "strict": None, "evidence": None, **asked}
    return Memo(str(start or project.root), asked, Host.of(whole), whole).recall() is not None


def test_the_answer_is_the_same_and_the_run_is_recorded(sample: Project) -> None:
    (sample.bin / "good").unlink()
    fresh = look(sample)
    sample.tool("good", "echo good 1.2")
    look(sample)
    first, second = look(sample), look(sample)
    assert remembered(sample)
    assert [one.as_dict() for one in first.verdicts] == [one.as_dict() for one in second.verdicts]
    assert first.verdicts != fresh.verdicts
    listed = sample.gating("ledger.runs", "--format", "json").document["runs"]
    assert {first.run.id, second.run.id} <= {run["id"] for run in listed}


def test_a_warm_look_loads_no_tools_code(sample: Project) -> None:
    code = (
        "import sys, gating; gating.preflight(sys.argv[1]);"
        "print(*sorted(name for name in sys.modules if name.startswith('gating.')), 'packaging' in sys.modules)"
    )
    loaded = sample.run(sys.executable, "-c", code, str(sample.root)).stdout.split()
    assert loaded[-1] == "False"
    heavy = {"gating.toolchain.survey", "gating.toolchain.recipes", "gating.versions", "gating.policy.load"}
    assert heavy.isdisjoint(loaded)


@pytest.mark.parametrize(
    "change",
    [
        lambda project: project.tool("good", "echo good 1.3"),
        lambda project: (project.bin / "good").unlink(),
        lambda project: (project.bin / "good").chmod(0o644),
        lambda project: project.policy("[tool.gating.tools]\ngood = '>=2'"),
        lambda project: (project.root / "pyproject.toml").unlink(),
        lambda project: project.write("gating.toml", "[tools]\n"),
        lambda project: project.tool("uv", "exit 1"),  # another remedy for what is not met
    ],
    ids=["tool", "gone", "not executable", "policy", "no policy", "another policy", "channel"],
)
def test_a_change_is_noticed(sample: Project, change: Callable[[Project], object]) -> None:
    change(sample)
    assert not remembered(sample)


@pytest.mark.parametrize(
    ("env", "asked"),
    [
        ({"CI": "true"}, {}),
        ({"GATING_MODE": "strict"}, {}),
        ({"GATING_LEDGER": "off"}, {}),
        ({"PATH": "/usr/bin:/bin"}, {}),
        ({"PYTHONPATH": "/x"}, {}),
        ({"HOME": "/x"}, {}),
        ({}, {"only": ["good"]}),
        ({}, {"strict": True}),
        ({}, {"evidence": "executed"}),
    ],
)
def test_another_question_is_another_answer(sample: Project, env: dict[str, str], asked: dict[str, Any]) -> None:
    assert not remembered(sample, env=env, **asked)


def test_a_run_inside_another_is_the_same_question(sample: Project) -> None:
    parent = "0" * 31 + "1"
    assert remembered(sample, env={"GATING_RUN": parent})
    assert look(sample, env={"GATING_RUN": parent}).run.parent == parent


def test_from_a_sub_folder_every_folder_above_counts(sample: Project) -> None:
    inner = sample.root / "src" / "deep"
    inner.mkdir(parents=True)
    for _ in range(2):
        look(sample, start=inner)
    assert remembered(sample, start=inner)
    (sample.root / "src" / "gating.toml").write_text("[tools]\n")
    assert not remembered(sample, start=inner)


def test_a_checkout_that_begins_above_cuts_the_search_off(sample: Project) -> None:
    inner = sample.root / "src"
    inner.mkdir()
    for _ in range(2):
        look(sample, start=inner)
    (inner / ".git").mkdir()
    assert not remembered(sample, start=inner)
    assert look(sample, start=inner).verdicts == ()


def test_without_a_policy_one_above_is_noticed(project: Project) -> None:
    inner = project.root / "inner"
    inner.mkdir()
    for _ in range(2):
        look(project, start=inner)
    (project.root.parent / "gating.toml").write_text("[tools]\nnowhere = '*'\n")
    assert look(project, start=inner).exit_code == 1


def test_refresh_and_fix_look_at_everything(sample: Project) -> None:
    log = sample.root / "log"
    sample.tool("good", f"echo x >> {log}; echo good 1.2")
    for _ in range(2):
        look(sample)
    assert remembered(sample)
    look(sample, refresh=True)
    assert log.read_text() == "x\nx\n"


def test_another_system_is_another_answer(sample: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gating.checks.memo.system", lambda: ["Linux", "another", "kernel", "here"])
    assert not remembered(sample)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=4),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=6,
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_an_answer_of_any_other_shape_is_forgotten(sample: Project, data: st.DataObject) -> None:
    (file,) = [one for one in (sample.home / "cache" / "probes").iterdir() if '"answer"' in one.read_text()]
    whole = file.read_text()
    document: Any = json.loads(whole)
    place: Any = document["entries"]["answer"]
    path: Any = data.draw(
        st.sampled_from(
            [
                ["result"],
                ["seen"],
                ["result", "subject"],
                ["result", "verdicts"],
                ["result", "verdicts", 0],
                ["result", "mode"],
                ["seen", "names"],
                ["seen", "files"],
            ]
        )
    )
    for key in path[:-1]:
        place = place[key]
    place[path[-1]] = data.draw(JSON)
    try:
        file.write_text(json.dumps(document))
        report = look(sample)
        assert {one.id for one in report.verdicts} <= {"tool:good", "optional:no-such-distribution"}
    finally:
        file.write_text(whole)
