"""Coverage in words and as pages: lost lines are named one by one, and nothing in a source gets through as markup."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gating.coverage.figures import Figure
from gating.coverage.judge import Exempt, Lost, Result
from gating.coverage.measured import MeasuredFile
from gating.report.coverage import in_workspace, render, render_files
from gating.report.coverage_pages import Page, page_of, write_pages
from gating.verdict import Mode, Outcome, Report, RunInfo, Verdict

REPORT = Report(
    run=RunInfo(id="1"),
    mode=Mode.LENIENT,
    verdicts=(Verdict(id="coverage:reach", outcome=Outcome.FAIL, reason="2 lines lost"),),
)


def lost(line: int, text: str, *, to: int | None = None, needs: tuple[str, ...] = (), path: str = "a.py") -> Any:
    accept = ["gating", "coverage.learn", "--accept", path, "--reason", "WHY"]
    return {"path": path, "line": line, "to": to, "text": text, "needs": list(needs), "accept": accept}


def document(*rows: Any, **more: Any) -> dict[str, Any]:
    made = {
        "schema": "gating.coverage/1",
        "reach": ".gating/reach.json",
        "data": [],
        "lost": list(rows),
        "exempt": [],
        "slack": [],
        "stale": [],
        "files": [{"path": "a.py", "covered": 2, "total": 3}],
        "verdicts": [one.as_dict() for one in REPORT.verdicts],
    }
    return {**made, **more}


DOCUMENT = document(
    lost(3, "return 1", needs=("torch",)),
    lost(14, "if x:", to=-9),
    lost(7, "y = 2", path="b.py"),
    exempt=[
        {"path": "a.py", "line": 20, "to": None, "why": "learnt", "ran": False, "credited": True},
        {"path": "a.py", "line": 21, "to": None, "why": "static: x", "ran": False, "credited": True},
        {"path": "a.py", "line": 22, "to": None, "why": "learnt", "ran": True, "credited": True},
    ],
    slack=[{"path": "a.py", "line": 30}],
    stale=[{"path": "old.py", "text": ""}],
)


def test_lost_lines_stand_under_their_file_with_what_accepts_them() -> None:
    told = render(REPORT, DOCUMENT)
    assert told.startswith("""\
lost in a.py:
  3              return 1  (needs torch?)
  14 to the end  if x:
  accept it by: gating coverage.learn --accept a.py --reason WHY

lost in b.py:
  7  y = 2
  accept it by: gating coverage.learn --accept b.py --reason WHY

out of reach here: 2 (1 learnt, 1 static)
said to be out of reach, and ran: 1
above the reference: 1; gating coverage.learn raises it
stale in .gating/reach.json, in no source any more: old.py: all of it

""")
    assert told.endswith("gating: FAIL  1 failed (lenient)\n")


def test_what_runs_instead_of_something_absent_is_nothing_to_learn() -> None:
    lacking = {**DOCUMENT, "data": [{"here": {"absent": ["torch"]}}]}
    assert "above the reference" in render(REPORT, DOCUMENT)
    assert "above the reference" not in render(REPORT, lacking)


def test_markdown_has_a_row_for_each() -> None:
    told = render(REPORT, DOCUMENT, "markdown")
    assert "| `a.py:3` | `return 1` | `torch` |" in told
    assert "| `a.py:14 to the end` | `if x:` |  |" in told
    assert "- out of reach here: 2 (1 learnt, 1 static)" in told


def test_github_gets_an_error_on_each_lost_line() -> None:
    lines = render(REPORT, DOCUMENT, "github").splitlines()
    assert lines[0] == (
        "::error file=a.py,line=3,title=lost coverage::return 1%0Ait no longer runs in the tests; it may need torch%0A"
        "accept it by: gating coverage.learn --accept a.py --reason WHY"
    )
    assert lines[1].startswith("::error file=a.py,line=14,title=lost coverage::if x:%0Ait is no longer left")
    assert sum(line.startswith("::error file=") for line in lines) == 3


def test_github_s_paths_are_from_the_checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "sub").mkdir()
    monkeypatch.chdir(tmp_path / "sub")
    assert [one["path"] for one in in_workspace(DOCUMENT, str(tmp_path))["lost"]] == [
        "sub/a.py",
        "sub/a.py",
        "sub/b.py",
    ]
    assert in_workspace(DOCUMENT, None) == DOCUMENT


def test_files_are_a_table() -> None:
    assert render_files(DOCUMENT).splitlines()[:2] == [
        "file  covered  of  %      lost  out of reach",
        "a.py  2        3   66.66  2     2",
    ]
    assert "| `a.py` | 2 | 3 | 66.66 | 2 | 2 |" in render_files(DOCUMENT, "markdown")
    assert render_files(document(files=[])) == "nothing is measured\n"


@given(st.text(max_size=40), st.text(max_size=40))
def test_no_source_forges_a_line_or_a_command(text: str, path: str) -> None:
    told = render(REPORT, document(lost(3, text, path=path or "a.py")), "github")
    assert [line for line in told.splitlines() if line.startswith("::")][2:] == []
    assert len(render(REPORT, document(lost(3, text, path=path or "a.py"))).splitlines()) == 7


class _Cells(HTMLParser):
    """The texts of the cells that hold source, and every tag."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.cells: list[str] = []
        self.inside = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.inside = ("class", "c") in attrs
        if self.inside:
            self.cells.append("")

    def handle_endtag(self, tag: str) -> None:
        self.inside = False

    def handle_data(self, data: str) -> None:
        if self.inside:
            self.cells[-1] += data


TAGS = {"html", "head", "meta", "title", "style", "body", "h1", "p", "a", "table", "tr", "th", "td"}


@pytest.mark.parametrize(
    "source",
    ["<script>alert(1)</script>\n&amp; 'x' \"y\"\n\tindented", "</td></table>]]><!-- \n", "", "x = '\x1b[31m'\r\n"],
)
def test_a_page_shows_the_source_and_none_of_its_markup(source: str, tmp_path: Path) -> None:
    page = Page('src/<b>"x"</b>.py', source, {1: ("lost", "may need <b>")})
    index = write_pages(tmp_path / "html", {page.path: page}, document())
    (there,) = [one for one in index.parent.iterdir() if one != index]
    parsed = _Cells()
    parsed.feed(there.read_text(encoding="utf-8"))
    assert parsed.tags <= TAGS
    shown = [text.replace("\\x1b", "\x1b") for text in parsed.cells]
    assert shown == re.split(r"\r\n|\r|\n", source)


def test_a_page_says_of_each_line_what_became_of_it() -> None:
    one = MeasuredFile(
        statements=frozenset({1, 2, 3, 4, 5, 6}), covered=frozenset({1, 6}), branches=frozenset({(6, 7)})
    )
    result = Result(
        lost=(Lost(path="a.py", line=2, text="", needs=("torch",)), Lost(path="a.py", line=6, text="", to=7)),
        exempt=(Exempt(path="a.py", line=3, why="learnt"), Exempt(path="b.py", line=1, why="learnt")),
        raw=Figure(covered=2, total=7),
        restricted=Figure(covered=2, total=6),
        credited=Figure(covered=3, total=7),
    )
    page = page_of("a.py", "", one, result, frozenset({4}))
    assert page.lines == {
        1: ("covered", ""),
        2: ("lost", "may need torch"),
        3: ("exempt", "learnt"),
        4: ("unsteady", ""),
        5: ("uncovered", ""),
        6: ("lost", "not on to line 7"),
    }


@given(st.lists(st.text(min_size=1, max_size=12), min_size=2, max_size=2, unique=True))
def test_two_files_never_have_the_same_page(paths: list[str]) -> None:
    first, second = (Page(path, "", {}).name for path in paths)
    assert first != second
    assert re.fullmatch(r"[A-Za-z0-9._-]+\.html", first)
