"""The printed policy reference: up to date in the repository, and silent about no key."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from gating.policy.model import POLICY
from gating.policy.reference import reference_markdown
from gating.policy.tables import Entry, Map, Table

PAGE = Path(__file__).parents[2] / "docs" / "policy.md"


def entries(table: Table[Any]) -> Iterator[Entry]:
    for each in table.entries.values():
        yield each
        inner = each.kind.item if isinstance(each.kind, Map) else each.kind
        if isinstance(inner, Table):
            yield from entries(inner)


def test_the_page_in_the_repository_is_up_to_date() -> None:
    command = [sys.executable, "-X", "utf8", "-m", "gating.policy.reference"]
    said = subprocess.run(command, capture_output=True, check=True, encoding="utf-8").stdout
    assert PAGE.read_text(encoding="utf-8") == said, "python -m gating.policy.reference > docs/policy.md"


@pytest.mark.parametrize("each", list(entries(POLICY)), ids=lambda each: str(each.key))
def test_every_key_is_described_with_its_default(each: Entry) -> None:
    rows = [line for line in reference_markdown().splitlines() if line.startswith(f"| `{each.key}` |")]
    told = [row for row in rows if each.doc in row]
    assert told
    if isinstance(each.default, str | int | float) and each.default:
        assert any(f"`{json.dumps(each.kind.plain(each.default))}`" in row for row in told)


def test_a_reader_is_told_what_must_be_given_and_where_a_table_is() -> None:
    page = reference_markdown()
    assert "| `run` | a list of words | **must be given** |" in page
    assert "| `gates` | [a table](#toolgatinggatesname) |" in page
    assert "## `[tool.gating.gates.NAME]`" in page


def test_every_form_that_is_named_is_explained() -> None:
    page = reference_markdown()
    explained = page.partition("## Forms of values")[2]
    for noun in ("a version specifier", "a marker", "a list of words", "a size", "a glob"):
        assert f"| {noun} |" in explained
