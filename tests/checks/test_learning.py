"""Whether anything can be learned here, before a test is started; how parts of a suite are judged."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

import pytest

from gating.checks.learning_asked import Asked, plan_learning
from gating.checks.need_sets import NeedSet, Part, named, refused
from gating.checks.suite import Row, Suite
from gating.errors import UsageError
from tests.installs import Environment

POLICY = """
[tool.gating.optional]
packaging = "packaging>=20"
elsewhere = { requires = "elsewhere", when = "sys_platform == 'nowhere'" }

[tool.gating.coverage]
source = ["app"]
"""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder = tmp_path / "project"
    folder.mkdir()
    (folder / "pyproject.toml").write_text(POLICY)
    return folder


@pytest.fixture
def env(tmp_path: Path) -> Mapping[str, str]:
    return {"PATH": os.environ["PATH"], "GATING_CACHE": str(tmp_path / "cache"), "HOME": str(tmp_path)}


def ran(*tests: str, needs: str = "", problem: str = "") -> Part:
    rows = {one: Row(id=one, outcome="passed") for one in tests}
    return Part(needs=NeedSet(needs), suite=Suite(tests=rows), problem=problem)


def test_all_is_well_here(root: Path, env: Mapping[str, str]) -> None:
    asked = Asked([], root, env=env)
    assert asked.reasons == ()
    assert asked.inapplicable == ("elsewhere",)


def test_data_of_parts_goes_to_a_file_of_their_own(root: Path, env: Mapping[str, str]) -> None:
    asked = Asked([], root, env={**env, "COVERAGE_FILE": str(root / "mine")})
    assert asked.plan.data_file == str(root / ".gating" / "coverage" / "data-learn")


def test_nothing_can_be_learned_without_coverage(root: Path, env: Mapping[str, str], tmp_path: Path) -> None:
    bare = Environment(tmp_path / "bare")
    bare.install("packaging", "25.0")
    asked = Asked([], root, env=env, python=str(bare.python))
    assert asked.reasons == (f"unmeasured: coverage is not installed for {bare.python}",)
    assert asked.remedy is not None
    assert asked.remedy.commands == ((str(bare.python), "-m", "pip", "install", "coverage>=7.0", "pytest-cov"),)


def test_nothing_can_be_learned_from_a_part_or_without_a_dependency(
    root: Path, env: Mapping[str, str], tmp_path: Path
) -> None:
    bare = Environment(tmp_path / "bare")
    bare.install("coverage", "7.10")
    asked = Asked(["-x"], root, env=env, python=str(bare.python))
    assert asked.reasons == (
        "a part of the suite only: -x stops at the first failure",
        "degraded: packaging is absent",
    )
    assert asked.remedy is not None


def test_a_name_that_the_policy_lacks_is_a_mistake(root: Path, env: Mapping[str, str]) -> None:
    with pytest.raises(UsageError, match="did you mean 'packaging'"):
        Asked([], root, env=env, without=[("packagin",)])


def test_the_plan_names_each_run(root: Path, env: Mapping[str, str]) -> None:
    document = plan_learning(["-q", "a b"], root, env=env, without=[("packaging",)])
    assert [one["id"] for one in document["steps"]] == [
        "coverage:learn:1",
        "coverage:learn:2",
        "coverage:without:packaging",
    ]
    assert document["steps"][0]["commands"][0][-2:] == ["-q", "a b"]
    assert document["steps"][2]["commands"][0][-4:] == ["--gating-without", "packaging", "-q", "a b"]


def test_sets_are_named_by_keys_and_each_is_one_run(root: Path, env: Mapping[str, str], tmp_path: Path) -> None:
    (root / "pyproject.toml").write_text(POLICY.replace("elsewhere =", 'Invoke = "invoke"\nelsewhere ='))
    sets = [("packaging", "invoke"), ("all",), ("Invoke",), ("any",), ("invoke",)]
    asked = Asked([], root, env=env, without=sets)
    assert asked.without == (NeedSet({"packaging", "Invoke"}), NeedSet({"Invoke"}))
    assert asked.explores
    document = plan_learning([], root, env=env, without=[("any",)])
    assert [one["id"] for one in document["steps"]][2:] == ["coverage:without:Invoke", "coverage:without:packaging"]
    assert "and up to 1 run without several of them, as far as these show the need" in document["notes"]
    with pytest.raises(UsageError, match="any stands by itself"):
        Asked([], root, env=env, without=[("any", "packaging")])


def test_parts_that_went_wrong_are_named_with_what_they_were() -> None:
    parts = [ran("a::b"), ran(problem="a::c failed", needs="yx")]
    assert refused(parts) == ["tests that need x and y: a::c failed"]
    assert refused(parts[:1]) == []


def test_a_test_that_was_in_two_parts_makes_them_useless() -> None:
    assert refused([ran("a::b[1]"), ran("a::b[1]", needs="x")]) == ["a::b[1] has not the same needs in every run"]


def test_need_sets_have_words() -> None:
    assert named(NeedSet()) == "tests that need nothing"
    assert named(NeedSet({"b", "a"})) == "tests that need a and b"
