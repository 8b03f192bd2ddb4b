"""Learned needs in files as people write them: what was there stays, to the byte."""

from __future__ import annotations

import tomllib

import pytest

from gating.adopt.needs_table import lines_of, with_needs

GATING = ("tool", "gating")
NEEDS = {"tests/test_x.py::*": ("pandas", "xlrd"), "tests/test_y.py::test_[[]a]": ("pandas",)}
POLICY = "[tool.gating.optional]\npandas = 'pandas>=2'  # frames\n"

FILES = {
    "no table": f"{POLICY}",
    "no line break at the end": f"{POLICY}[tool.gating.tools]\ngit = '*'",
    "others behind it": f"{POLICY}\n# of ruff\n[tool.ruff]\nline-length = 120\n",
    "a table": f"{POLICY}\n[tool.gating.needs]  # by hand\n'a::*' = ['pandas']  # mine\n\n# of ruff\n[tool.ruff]\n",
    "an empty table": f"[tool.gating.needs]\n\n{POLICY}",
    "a table at the end": f"{POLICY}[tool.gating.needs]\n'a::*' = [\n  # why\n  'pandas',\n]",
    "a table in the middle": f"[tool.gating.needs]\n'a::*' = [\n  'pandas'\n]\n# c\n\n{POLICY}",
    "comments at the end": f"{POLICY}# the end\n\n\n",
    "a nan": f"{POLICY}[tool.other]\nx = nan\n",
}


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
@pytest.mark.parametrize("name", FILES)
def test_every_byte_stays(name: str, newline: str) -> None:
    before = FILES[name].replace("\n", newline)
    after = with_needs(before, NEEDS, GATING)
    assert after is not None
    lines = after.splitlines(keepends=True)
    left = iter(lines)
    assert all(any(line.rstrip("\r\n") == one.rstrip("\r\n") for one in left) for line in before.splitlines()), after
    table = tomllib.loads(after)["tool"]["gating"]["needs"]
    assert {glob: tuple(table[glob]) for glob in NEEDS} == NEEDS
    assert "\r" not in after.replace("\r\n", "")
    assert ("\r\n" in after) is (newline == "\r\n")


def test_they_stand_last_in_the_table() -> None:
    after = with_needs(FILES["a table"], {"b::*": ("pandas",)}, GATING)
    assert after == FILES["a table"].replace("# mine\n", '# mine\n"b::*" = ["pandas"]\n')


def test_a_table_of_its_own_stands_behind_the_policy() -> None:
    after = with_needs(FILES["others behind it"], {"b::*": ("pandas",)}, GATING)
    assert after is not None
    head, _, rest = after.partition("# of ruff")
    assert head.startswith(f"{POLICY}\n[tool.gating.needs]")
    assert head.endswith('"b::*" = ["pandas"]\n\n')
    assert rest == "\n[tool.ruff]\nline-length = 120\n"


def test_a_file_of_our_own() -> None:
    after = with_needs("[optional]\npandas = '*'\n", {"b::*": ("pandas",)}, ())
    assert after is not None
    assert tomllib.loads(after) == {"optional": {"pandas": "*"}, "needs": {"b::*": ["pandas"]}}


@pytest.mark.parametrize(
    "before",
    [
        "[tool.gating]\nneeds = { 'a::*' = ['pandas'] }\n",
        "tool.gating.mode = 'lenient'\ntool.gating.needs.x = ['pandas']\n",
        "[tool]\ngating = { mode = 'lenient' }\n",
        "[tool.gating.needs]\n'tests/test_x.py::*' = ['pandas']\n",
    ],
)
def test_a_form_that_takes_no_further_lines_is_left_alone(before: str) -> None:
    assert with_needs(before, NEEDS, GATING) is None


def test_the_lines_by_themselves() -> None:
    assert tomllib.loads(lines_of(NEEDS, ("tool", "gating")))["tool"]["gating"]["needs"].keys() == NEEDS.keys()
