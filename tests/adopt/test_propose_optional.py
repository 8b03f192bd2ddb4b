"""Optional dependencies from a project's extras."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from gating.adopt import Proposal

Propose = Callable[..., Proposal]
Table = Callable[..., dict[str, Any]]


def extras(text: str, head: str = "") -> str:
    return f"[project]\nname = 'my-app'\n{head}\n[project.optional-dependencies]\n{text}\n"


def test_each_distribution_stands_once_with_its_most_specific_extra(table: Table) -> None:
    found = table(
        extras("""
all = ["openpyxl>=2.6", "xlrd", "tabulate"]
cli = ["tabulate>=0.9"]
xls = ["xlrd", "openpyxl"]
xlsx = ["OpenPyXL>=2.6"]
""")
    )
    assert found["optional"] == {
        "OpenPyXL": {"requires": "OpenPyXL>=2.6", "extra": "xlsx"},
        "xlrd": {"requires": "xlrd", "extra": "xls"},
        "tabulate": {"requires": "tabulate>=0.9", "extra": "cli"},
    }


def test_an_extra_called_like_the_distribution_goes_before_a_smaller_one(table: Table) -> None:
    found = table(extras("slim = ['h2>=5']\nh2 = ['h2>=4', 'hyperframe']"))
    assert found["optional"]["h2"] == {"requires": "h2>=4", "extra": "h2"}


def test_the_project_itself_and_what_is_always_there_are_not_optional(table: Table) -> None:
    head = "dependencies = ['httpx>=0.27', \"tomli; python_version<'3.11'\"]"
    found = table(extras("http2 = ['httpx[http2]', 'tomli', 'h2']\nall = ['My.App[http2]']", head))
    assert set(found["optional"]) == {"tomli", "h2"}


@pytest.mark.parametrize(
    ("line", "requires"),
    [
        ("brotli; platform_python_implementation == 'CPython'", "brotli; platform_python_implementation == 'CPython'"),
        ("trio >= 0.32", "trio >= 0.32"),
        ("uvicorn[standard]>=0.2", "uvicorn[standard]>=0.2"),
        ("thing @ https://user:secret@example.org/thing.whl", "thing"),
    ],
)
def test_a_requirement_is_as_the_project_wrote_it(table: Table, line: str, requires: str) -> None:
    found = table(extras(f'x = ["{line}"]')).get("optional", {})
    assert [one["requires"] for one in found.values()] == [requires]


def test_a_requirement_over_several_lines_becomes_one(table: Table) -> None:
    found = table(extras('x = ["""\\\nuvloop >= 0.22; \\\n   os_name == \'posix\' \\\n"""]'))
    assert found["optional"]["uvloop"]["requires"] == "uvloop >= 0.22; os_name == 'posix'"


def test_several_lines_for_one_distribution_ask_for_no_version(proposal: Propose, table: Table) -> None:
    text = extras("np = [\"numpy>=1; python_version<'3.12'\", \"numpy>=2; python_version>='3.12'\"]")
    assert table(text)["optional"] == {"numpy": {"requires": "numpy", "extra": "np"}}
    assert "optional.numpy: the extra np has 2 lines for it, so no version is asked" in proposal(text).notes


def test_groups_and_extras_for_developers_are_not_optional(proposal: Propose) -> None:
    found = proposal(extras("dev = ['x']\nquality = ['ruff']") + "[dependency-groups]\nextra = ['numpy']\n")
    assert "[tool.gating.optional]" not in found.table
    assert [note for note in found.notes if "for developers" in note] == [
        "left out: the extra dev, which is for developers",
        "left out: the extra quality, which is for developers",
    ]


def test_what_cannot_be_judged_is_left_out_with_the_reason(proposal: Propose) -> None:
    found = proposal(extras("x = ['good', 'strange>=2.00000000000000000000001', 'not a requirement!']"))
    assert "good" in found.table
    assert "strange" not in found.table
    assert [note for note in found.notes if note.startswith("left out: optional.strange.requires is ")]


def test_extras_that_the_build_makes_are_said_to_be_unread(proposal: Propose) -> None:
    found = proposal("[project]\nname = 'a'\ndynamic = ['version', 'optional-dependencies']\n")
    assert "not read: the extras, which the build makes ([project] dynamic)" in found.notes
