from __future__ import annotations

import pytest
from hypothesis import given
from markdown_it import MarkdownIt

from gating.report import markdown
from gating.report.words import plain
from gating.verdict import Mode, Outcome, Remedy, Report, RunInfo, Verdict
from tests.strategies import nasty_texts


def shown(line: str) -> str:
    """What a browser shows of a line of Markdown in a table cell."""
    tokens = (
        MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"]).parse(f"| a |\n|---|\n| {line} |")
    )
    inlines = [token for token in tokens if token.type == "inline"]
    assert len(inlines) == 2, "one cell"
    children = inlines[1].children or []
    kinds = {child.type for child in children}
    assert kinds <= {"text", "text_special", "code_inline", "html_inline"}, kinds
    return "".join(child.content for child in children if child.type != "html_inline")


@given(nasty_texts())
def test_words_are_shown_as_they_are(text: str) -> None:
    assert shown(markdown.escaped(plain(text))).strip() == plain(text)


@given(nasty_texts())
def test_code_is_shown_as_it_is(text: str) -> None:
    assert shown(markdown.code(plain(text))).strip() == plain(text)


@given(nasty_texts())
def test_a_fence_holds_its_text(text: str) -> None:
    (token,) = MarkdownIt().parse(markdown.fenced(plain(text), "sh"))
    assert (token.type, token.info, token.content) == ("fence", "sh", plain(text) + "\n")


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("2.9.0 is older than 3.7", "2.9.0 is older than 3.7"),
        ("sys_platform == 'win32'", "sys_platform == 'win32'"),
        ("_under_ *star*", r"\_under\_ \*star\*"),
        ("a | b <b>", "a &#124; b &lt;b&gt;"),
    ],
)
def test_a_reader_of_the_raw_text_is_spared_escapes_that_nothing_needs(text: str, written: str) -> None:
    assert markdown.escaped(text) == written


def test_remedies_stand_in_fences_under_the_table() -> None:
    remedy = Remedy(
        commands=(("echo", "```"), ("pip", "install", "x>=1")), why="the docs", links=("https://example.org/a_b",)
    )
    verdict = Verdict(id="tool:x", outcome=Outcome.DEGRADED, remedy=remedy)
    said = markdown.render(Report(run=RunInfo(id="r1"), mode=Mode.LENIENT, verdicts=(verdict,)))
    assert said.endswith(
        """\
`tool:x`: the docs

````sh
echo '```'
pip install 'x>=1'
````

- see <https://example.org/a_b>
"""
    )


def test_a_met_verdict_needs_no_remedy() -> None:
    verdict = Verdict(id="tool:x", outcome=Outcome.PASS, remedy=Remedy(commands=(("true",),)))
    assert markdown.verdict_section(verdict) == ""


def test_a_degraded_run_is_said_not_to_be_a_full_one() -> None:
    verdict = Verdict(id="tool:x", outcome=Outcome.DEGRADED)
    assert "**Not a full run" in markdown.heading(Report(run=RunInfo(id="r1"), mode=Mode.LENIENT, verdicts=(verdict,)))


def test_where_the_symbols_cannot_be_written_the_words_stand_alone() -> None:
    verdict = Verdict(id="tool:é", outcome=Outcome.FAIL)
    report = Report(run=RunInfo(id="r1"), mode=Mode.LENIENT, verdicts=(verdict,))
    said = markdown.render(report, encoding="ascii")
    assert "| fail | `tool:\\xe9` |" in said
    assert "✅" not in markdown.render(report, encoding="utf-8")
    assert "❌ fail" in markdown.render(report, encoding="utf-8")
