"""The JSON schema says of each policy what the loader says, as far as a schema can."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Callable
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any

import jsonschema
import pytest

import gating
from gating.errors import PolicyError
from gating.policy import Policy
from gating.policy.schema import json_schema, schema_text, tool_schema

Load = Callable[..., Policy]

GOOD = [
    "",
    "mode = 'strict'\nledger = 'off'\nrequires = '>=0.1'",
    "[tools]\ngit = '>=2'\nx = {version = '*', need = 'ci', ok-codes = [0, 3], timeout = 2.5, remedy = ['a', 'b']}",
    "[optional]\ntorch = 'torch>=2'\nx = {fallback = 'shim', names = ['a.b']}",
    "[needs]\n'tests/*' = ['torch']",
    "[coverage]\nfail-under = 80.5\npaths = {'src/*' = 100}",
    "[metrics]\nkeep = {runs = 1, size = '1.5 GiB'}\nbudgets.x = {wall = '1 h 30 min', cpu = 90, peak-memory = '2 GB'}",
    "[gates.docs]\nrun = ['x']\nenv = {A = ''}\ntimeout = 3\ncwd = 'docs'",
]
BAD = [
    "mode = 'x'",
    "moed = 'auto'",
    "ledger = ''",
    "[tools]\n'a/b' = '*'",
    "[tools]\ngit = 3",
    "[tools]\nx = {timeout = 0}",
    "[tools]\nx = {timeout = true}",
    "[tools]\nx = {ok-codes = [256]}",
    "[tools]\nx = {any-of = 'make'}",
    "[tools]\nx = {any-of = []}",
    "[optional]\nx = {import = 'a-b'}",
    "[coverage]\nfail-under = 101",
    "[metrics]\ninterval = 0.001",
    "[metrics]\nkeep = {size = '200'}",
    "[gates.docs]\ntools = ['git']",
    "[gates.docs]\nrun = 'mkdocs build'",
    "[gates.'a b']\nrun = ['x']",
]


def says(table: dict[str, Any]) -> bool:
    return bool(jsonschema.Draft7Validator(json_schema()).is_valid(table))


@pytest.mark.parametrize("text", GOOD)
def test_what_the_loader_takes_the_schema_takes(load: Load, project: Path, text: str) -> None:
    (project / "gating.toml").write_text(text)
    assert load("").notes == ()
    assert says(tomllib.loads(text))


@pytest.mark.parametrize("text", BAD)
def test_what_the_schema_refuses_the_loader_refuses(load: Load, project: Path, text: str) -> None:
    (project / "gating.toml").write_text(text)
    with pytest.raises(PolicyError):
        load("")
    assert not says(tomllib.loads(text))


def test_the_schema_is_one_of_draft_7_and_every_key_says_what_it_means() -> None:
    schema = json_schema()
    jsonschema.Draft7Validator.check_schema(schema)

    def keys(part: Any) -> list[Any]:
        if isinstance(part, list):
            return [key for each in part for key in keys(each)]
        if not isinstance(part, dict):
            return []
        return [*part.get("properties", {}).items(), *(key for each in part.values() for key in keys(each))]

    found = keys(schema)
    assert len(found) > 50
    assert [name for name, each in found if not each.get("description", "").endswith(".")] == []


def test_the_defaults_that_it_names_are_valid_themselves() -> None:
    def defaults(part: Any) -> list[tuple[Any, Any]]:
        if isinstance(part, list):
            return [each for below in part for each in defaults(below)]
        if not isinstance(part, dict):
            return []
        own = [(part, part["default"])] if "default" in part and "description" in part else []
        return own + [each for below in part.values() for each in defaults(below)]

    found = defaults(json_schema())
    assert len(found) > 15
    for part, default in found:
        jsonschema.Draft7Validator(part).validate(default)


def test_the_file_in_the_package_is_up_to_date() -> None:
    kept = Path(gating.__file__).parent / "schemas" / "policy.json"
    assert kept.read_text(encoding="utf-8") == schema_text(), (
        "write it anew: python -m gating.policy.schema > gating/schemas/policy.json"
    )
    assert json.loads(schema_text()) == json_schema()


def test_validate_pyproject_finds_it_and_judges_by_it() -> None:
    from validate_pyproject import api, errors, plugins

    (point,) = [each for each in entry_points(group="validate_pyproject.tool_schema") if each.name == "gating"]
    assert point.load() is tool_schema
    validate = api.Validator(plugins=[plugins.PluginWrapper("gating", tool_schema)])
    validate({"tool": {"gating": tomllib.loads(GOOD[2])}})
    with pytest.raises(errors.ValidationError, match=r"tool\.gating\.mode"):
        validate({"tool": {"gating": {"mode": "x"}}})


def test_it_is_the_schema_of_no_other_tool() -> None:
    with pytest.raises(ValueError, match=r"not of \[tool.other\]"):
        tool_schema("other")
