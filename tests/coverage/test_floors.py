"""Floors: who wins, who was rejected, and what is no percentage."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from gating.coverage.floors import VARIABLE, Candidate, Floor, floor, path_floors
from gating.errors import PolicyError
from gating.policy import load_policy
from gating.policy.model import Policy

TABLE = '[tool.gating.coverage]\nfail-under = 85.5\npaths = { "src/app/core/**" = 99.9, "src/app/core/old.py" = 10 }\n'
THEIRS = "[tool.coverage.report]\nfail_under = 66.67\n"


def policy(folder: Path, text: str = TABLE + THEIRS, *, file: str = "pyproject.toml") -> Policy:
    (folder / file).write_text(text)
    return load_policy(folder, env={})


def shown(found: Floor) -> list[tuple[str, str]]:
    return [(str(found.value), found.source), *((str(one.value), one.source) for one in found.rejected)]


def test_the_first_that_names_one_wins_and_the_others_are_kept(tmp_path: Path) -> None:
    found = floor(policy(tmp_path), argument="90", env={VARIABLE: "88.25"})
    assert shown(found) == [
        ("90", "argument fail-under"),
        ("88.25", VARIABLE),
        ("85.5", "pyproject.toml:2:14"),
        ("66.67", "pyproject.toml:5:14"),
    ]
    assert found.as_dict() == {
        "value": "90",
        "source": "argument fail-under",
        "rejected": [
            {"value": "88.25", "source": VARIABLE},
            {"value": "85.5", "source": "pyproject.toml:2:14"},
            {"value": "66.67", "source": "pyproject.toml:5:14"},
        ],
    }


def test_without_any_there_is_none(tmp_path: Path) -> None:
    assert floor(policy(tmp_path, "[tool.gating]\n"), env={}) == Floor()


def test_what_the_policy_was_loaded_with_does_not_hide_its_file(tmp_path: Path) -> None:
    policy(tmp_path)
    loaded = load_policy(tmp_path, env={VARIABLE: "70"}, overrides={"coverage.fail-under": 71})
    assert shown(floor(loaded, env={}))[0] == ("85.5", "pyproject.toml:2:14")


def test_a_gating_toml_has_no_prefix(tmp_path: Path) -> None:
    found = floor(policy(tmp_path, "[coverage]\nfail-under = 80.5\n", file="gating.toml"), env={})
    assert shown(found) == [("80.5", "gating.toml:2:14")]


@pytest.mark.parametrize(
    ("argument", "value"), [("80.5", "80.5"), (80.5, "80.5"), (80, "80"), (Decimal("80.55"), "80.55"), ("0", "0")]
)
def test_an_argument_is_exact(tmp_path: Path, argument: object, value: str) -> None:
    assert floor(policy(tmp_path), argument=argument, env={}).value == Decimal(value)


WRONG = ["abc", "", " ", "nan", "NaN", "inf", "-inf", "101", "100.0001", "-1", "1e2", "80,5", "80%", "٨٠"]


@pytest.mark.parametrize("wrong", WRONG)
def test_what_is_no_percentage_is_named_with_its_source(tmp_path: Path, wrong: str) -> None:
    for arguments, source in (
        ({"argument": wrong, "env": {}}, "argument fail-under"),
        ({"env": {VARIABLE: wrong}}, VARIABLE),
    ):
        with pytest.raises(PolicyError) as caught:
            floor(policy(tmp_path), **arguments)
        (problem,) = caught.value.problems
        assert problem.place == source
        assert problem.message.startswith("coverage.fail-under is ")
        assert problem.allowed == "a number from 0 to 100"


@pytest.mark.parametrize("wrong", [float("nan"), float("inf"), 101, -1, True, [], Decimal("NaN"), Decimal(101)])
def test_a_number_that_is_no_percentage_is_refused(tmp_path: Path, wrong: object) -> None:
    with pytest.raises(PolicyError, match="is"):
        floor(policy(tmp_path), argument=wrong, env={})


def test_every_mistake_is_named_at_once_also_of_those_that_lose(tmp_path: Path) -> None:
    loaded = policy(tmp_path, TABLE + "[tool.coverage.report]\nfail_under = 101\n")
    with pytest.raises(PolicyError) as caught:
        floor(loaded, argument="abc", env={VARIABLE: ""})
    assert [problem.place for problem in caught.value.problems] == [
        "argument fail-under",
        VARIABLE,
        "pyproject.toml:5:14",
    ]
    assert caught.value.problems[-1].message == "fail_under is 101, not a percentage"
    assert caught.value.problems[-1].text == "fail_under = 101"


@pytest.mark.parametrize(
    ("file", "text", "source"),
    [
        (".coveragerc", "[run]\nbranch = true\n[report]\nfail_under = 77.7\n", ".coveragerc:4:14"),
        (".coveragerc", "[report]\nfail_under: 77.7\n", ".coveragerc:2:13"),
        ("setup.cfg", "[coverage:report]\nfail_under=77.7\n", "setup.cfg:2:12"),
        ("tox.ini", "[tox]\n\n[coverage:report]\nfail_under = 77.7\n", "tox.ini:4:14"),
        ("pyproject.toml", "[tool.gating]\n[tool.coverage.report]\nfail_under = 77.7\n", "pyproject.toml:3:14"),
        ("pyproject.toml", "[tool.gating]\n[tool.coverage]\nreport.fail_under = 77.7\n", "pyproject.toml:3:21"),
    ],
)
def test_coverages_own_settings_come_last(tmp_path: Path, file: str, text: str, source: str) -> None:
    (tmp_path / "pyproject.toml").write_text("[tool.gating]\n")
    (tmp_path / file).write_text(text)
    assert shown(floor(load_policy(tmp_path, env={}), env={})) == [("77.7", source)]


def test_only_the_file_that_coverage_reads_counts(tmp_path: Path) -> None:
    (tmp_path / ".coveragerc").write_text("[report]\nfail_under = 12\n")
    assert shown(floor(policy(tmp_path), env={}))[1:] == [("12", ".coveragerc:2:14")]
    (tmp_path / "other.ini").write_text("[report]\nfail_under = ${LEAST-13}\n")
    env = {"COVERAGE_RCFILE": "other.ini"}
    assert shown(floor(policy(tmp_path), env=env))[1:] == [("13", "other.ini:2:14")]
    assert shown(floor(policy(tmp_path), env=env | {"LEAST": "14.5"}))[1:] == [("14.5", "other.ini:2:14")]


@pytest.mark.parametrize("wrong", ["abc", "nan", "101", ""])
def test_coverages_own_settings_may_be_wrong(tmp_path: Path, wrong: str) -> None:
    (tmp_path / ".coveragerc").write_text(f"[report]\nfail_under = {wrong}\n")
    with pytest.raises(PolicyError) as caught:
        floor(policy(tmp_path), env={})
    assert caught.value.problems[0].place == ".coveragerc:2:14"


def test_the_last_glob_that_fits_a_file_is_its_floor(tmp_path: Path) -> None:
    files = ["src/app/core/new.py", "src/app/core/old.py", "src/app/cli.py"]
    found = path_floors(policy(tmp_path), files)
    assert found == {
        files[0]: Candidate(value=Decimal("99.9"), source="pyproject.toml:3:31"),
        files[1]: Candidate(value=Decimal(10), source="pyproject.toml:3:61"),
    }
