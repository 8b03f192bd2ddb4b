"""The Markdown for issues, held against a Markdown parser: every text arrives whole, and none becomes markup."""

from __future__ import annotations

import html
import os
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from gating.snapshot import as_markdown, take

NASTY = st.text(alphabet=st.sampled_from("a |`\\<>&*_[]()@#~!\n\r\t\x1b:/.;-")) | st.text()


@pytest.fixture(scope="module")
def snapshot() -> dict[str, object]:
    return take(python=None, root=Path(__file__).parents[2], env=os.environ, thorough=False)


def rendered(text: str) -> str:
    return str(MarkdownIt("commonmark", {"html": True}).enable("table").render(text))


def cells(page: str) -> list[str]:
    """The text of each cell; a cell that holds other markup than a code span is none."""
    return [html.unescape(found) for found in re.findall(r"<td><code>([^<]*)</code></td>", page)]


def shown(text: str) -> str:
    """What is to be seen of a text: its ends, and what cannot be printed, may be lost."""
    made = "".join(mark if mark.isprintable() else "\ufffd" for mark in text)
    return re.sub(" +", " ", made.strip())  # HTML shows a run of spaces as one


def test_it_is_tables_with_the_distributions_folded(snapshot: dict[str, object]) -> None:
    made = as_markdown(snapshot)
    page = rendered(made)
    assert page.count("<table>") == 3
    folded = page[page.index("<details>") : page.index("</details>")]
    assert pytest.__version__ in cells(folded)
    assert pytest.__version__ not in cells(page[: page.index("<details>")])
    assert made.endswith("\n")
    python, metrics = cells(page)[:2], cells(page).index("metrics")
    assert python[0] == "python"
    assert cells(page)[metrics + 1] in {"complete", "lacks psutil>=5.9"}


@pytest.mark.parametrize("extras", [{}, None])
def test_a_project_without_extras_has_no_table_of_them(snapshot: dict[str, object], extras: object) -> None:
    assert rendered(as_markdown({**snapshot, "extras": extras})).count("<table>") == 2


def test_unknown_distributions_are_not_called_none(snapshot: dict[str, object]) -> None:
    made = as_markdown({**snapshot, "distributions": None, "notes": ["python: is broken"]})
    assert "distributions" not in made
    assert "<li><code>python: is broken</code></li>" in rendered(made)


@given(name=NASTY, version=NASTY, note=NASTY)
def test_no_text_becomes_markup(snapshot: dict[str, object], name: str, version: str, note: str) -> None:
    page = rendered(as_markdown({**snapshot, "extras": {}, "distributions": {name: version}, "notes": [note]}))
    found = cells(page[page.index("<details>") : page.index("</details>")])
    assert [shown(cell) for cell in found] == [shown(name), shown(version or "unknown")]
    (said,) = re.findall(r"<li>(?:<p>)?<code>([^<]*)</code>(?:</p>)?</li>", page)
    assert shown(html.unescape(said)) == shown(note)
    known = {"table", "thead", "tbody", "tr", "th", "td", "code", "details", "summary", "ul", "li", "p"}
    assert {tag.lower() for tag in re.findall(r"</?([A-Za-z][^\s/>]*)", page)} <= known
