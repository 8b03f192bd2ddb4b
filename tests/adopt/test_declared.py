"""What a pyproject.toml declares of distributions, in each of the tables that people use."""

from __future__ import annotations

import tomllib

import pytest

from gating.adopt.declared import declared

EVERYWHERE = """
[project]
name = "My_Project"
requires-python = ">=3.11"
dependencies = ["attrs>=23", "tomli; python_version < '3.11'", "not a requirement !"]
optional-dependencies.fast = ["orjson>=3.9"]
scripts.sample = "sample:main"
[dependency-groups]
lint = ["ruff>=0.9", { include-group = "test" }]
test = ["pytest>=8"]
[tool.uv]
dev-dependencies = ["uv-thing"]
[tool.pdm.dev-dependencies]
a = ["pdm-thing"]
[tool.hatch.envs.types]
dependencies = ["mypy~=1.4"]
extra-dependencies = ["hatch_thing"]
[tool.poetry.dev-dependencies]
old = "*"
[tool.poetry.group.dev.dependencies]
new = "^2.1"
"""


def test_names_and_scripts() -> None:
    found = declared(tomllib.loads(EVERYWHERE))
    assert found.name == "my-project"
    assert found.python == (">=3.11", "[project] requires-python")
    assert found.always == {"attrs"}
    assert found.scripts == {"sample"}
    assert found.extras == {"fast": ("orjson>=3.9",)}


@pytest.mark.parametrize(
    ("name", "place"),
    [
        ("ruff", "[dependency-groups] lint"),
        ("pytest", "[dependency-groups] test"),
        ("orjson", "the extra fast"),
        ("uv_thing", "[tool.uv] dev-dependencies"),
        ("pdm-thing", "[tool.pdm.dev-dependencies] a"),
        ("mypy", "[tool.hatch.envs.types]"),
        ("Hatch-Thing", "[tool.hatch.envs.types]"),
        ("old", "[tool.poetry.dev-dependencies]"),
        ("new", "[tool.poetry.group.dev.dependencies]"),
        ("attrs", None),
        ("ruf", None),
    ],
)
def test_who_brings_a_developer_s_tool(name: str, place: str | None) -> None:
    assert declared(tomllib.loads(EVERYWHERE)).bringer(name) == place


@pytest.mark.parametrize(
    ("groups", "floor"),
    [
        (["mypy>=1.4"], ">=1.4"),
        (["mypy~=1.4.2,!=1.4.3"], ">=1.4.2"),
        (["mypy>=1.4; python_version<'3.12'", "mypy>=1.10; python_version>='3.12'"], ">=1.4"),
        (["mypy>=1.4,>=1.5"], ">=1.5"),
        (["mypy"], None),
        (["mypy==1.11.1"], None),
        (["mypy<2"], None),
        (["ruff>=1"], None),
    ],
)
def test_a_floor_is_the_least_that_is_asked(groups: list[str], floor: str | None) -> None:
    found = declared({"dependency-groups": {"dev": groups}}).floor("mypy")
    assert (found and found[0]) == floor


@pytest.mark.parametrize(
    "text",
    [
        "project = 1",
        "tool = []",
        "[project]\nname = 1\nrequires-python = 3.11\ndependencies = 'x'\noptional-dependencies = []\nscripts = 1",
        "[project]\noptional-dependencies.a = 'x'\noptional-dependencies.b = [1]",
        "[dependency-groups]\na = 'x'\nb = [1, {}]",
        "[tool]\nuv = 1\npdm = 1\nhatch = 1\npoetry = 1",
        "[tool]\nhatch.envs.a = 1\npoetry.group.a = 1\npoetry.extras.a = 1\npoetry.dependencies = 1",
    ],
)
def test_tables_of_another_form_are_as_if_they_were_not_there(text: str) -> None:
    found = declared(tomllib.loads(text))
    assert (found.name, found.python, found.bringer("x")) == ("", None, None)


def test_a_project_of_poetry() -> None:
    text = """
[tool.poetry]
name = "sample"
[tool.poetry.dependencies]
python = "^3.9"
orjson = { version = "^0.3.2", optional = true }
rich = { version = ">=10, <14", optional = true }
toml = { version = "~1.2", optional = true }
[tool.poetry.extras]
fast = ["orjson", "rich", "toml", "unknown"]
"""
    found = declared(tomllib.loads(text))
    assert found.python == (">=3.9,<4", "[tool.poetry.dependencies] python")
    assert found.extras == {"fast": ("orjson>=0.3.2,<0.4", "rich>=10,<14", "toml", "unknown")}
