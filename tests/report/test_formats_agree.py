"""One report, five formats: the same ids, outcomes and exit code in each, whatever the tools said."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import NamedTuple
from xml.etree import ElementTree as ET

import pytest
import xmlschema
from hypothesis import given
from jsonschema import Draft202012Validator
from markdown_it import MarkdownIt
from markdown_it.token import Token

import gating
from gating.report import FORMATS, render
from gating.verdict import Report
from tests.ci_runner import commands, forged
from tests.strategies import ids, nasty_texts, reports

HERE = Path(__file__).parent
OUTCOME_OF_SYMBOL = {"✓": "pass", "▲": "degraded", "○": "skip", "✗": "fail"}
OUTCOME_OF_ASCII = {"+": "pass", "!": "degraded", "-": "skip", "x": "fail"}


class Read(NamedTuple):
    """What a reader of one format learns."""

    verdicts: list[tuple[str, str]]
    exit_code: int


def learned(report: Report) -> Read:
    return Read([(verdict.id, verdict.outcome.value) for verdict in report.verdicts], report.exit_code)


def read_text(text: str, symbols: dict[str, str] = OUTCOME_OF_SYMBOL) -> Read:
    assert text.endswith("\n")
    *lines, last = text.removesuffix("\n").split("\n")
    verdicts = []
    for line in lines:
        if line[:1] in symbols and line[1:2] == " ":
            outcome = line[2:12].strip()
            assert outcome == symbols[line[0]], line
            verdicts.append((line[12:].split("  ")[0].rstrip(), outcome))
    said = re.match(r"gating: (FAIL|DEGRADED|PASS|NOTHING CHECKED)  (.+) \((strict|lenient)\)", last)
    assert said, last
    assert sum(line.startswith("gating: ") for line in lines) == 0
    return Read(verdicts, 1 if said[1] == "FAIL" else 0)


def read_json(text: str) -> Read:
    document = json.loads(text)
    errors = [error.message for error in report_schema().iter_errors(document)]
    assert not errors
    return Read([(verdict["id"], verdict["outcome"]) for verdict in document["verdicts"]], document["exit_code"])


def read_junit(text: str) -> Read:
    junit_schema().validate(text)
    root = ET.fromstring(text)
    verdicts = []
    for case in root.iter("testcase"):
        outcome = "pass"
        for child in case:
            outcome = "fail" if child.tag == "failure" else child.attrib["message"].partition(":")[0]
        verdicts.append((case.attrib["name"], outcome))
    properties = {found.attrib["name"]: found.attrib["value"] for found in root.iter("property")}
    return Read(verdicts, int(properties["gating.exit_code"]))


def read_markdown(text: str) -> Read:
    tokens = MarkdownIt("commonmark", {"html": True}).enable("table").parse(text)
    rows: list[list[str]] = []
    whole = ""
    for index, token in enumerate(tokens):
        if token.type == "tr_open":
            rows.append([])
        elif token.type == "inline" and tokens[index - 1].type in {"td_open", "th_open"}:
            rows[-1].append(_shown(token))
        elif token.type == "inline" and tokens[index - 1].type == "heading_open":
            assert not whole, "a second heading"
            whole = _shown(token)
    assert all(len(row) == 6 for row in rows)
    verdicts = [(row[1], row[0].split()[-1]) for row in rows[1:]]
    return Read(verdicts, 1 if whole.endswith("gating: FAIL") else 0)


def _shown(inline: Token) -> str:
    """What a browser shows of a line: tags are not text."""
    assert inline.children is not None
    for child in inline.children:
        assert child.type != "html_inline" or child.content in {"<code>", "</code>"}, child.content
    return "".join(child.content for child in inline.children if child.type != "html_inline")


def read_github(text: str) -> Read:
    given = commands(text)
    assert all(command.name in {"error", "warning"} for command in given)
    log = "".join(line for line in text.splitlines(keepends=True) if not line.startswith("::"))
    read = read_text(log)
    for kind, outcome in (("error", "fail"), ("warning", "degraded")):
        unmet = [name for name, found in read.verdicts if found == outcome]
        assert [command.properties["title"] for command in given if command.name == kind] == unmet[:10]
    return read


READERS: dict[str, Callable[[str], Read]] = {
    "text": read_text,
    "json": read_json,
    "junit": read_junit,
    "markdown": read_markdown,
    "github": read_github,
}


@cache
def report_schema() -> Draft202012Validator:
    published = Path(gating.__file__).parent / "schemas" / "report-1.json"
    return Draft202012Validator(json.loads(published.read_text(encoding="utf-8")))


@cache
def junit_schema() -> xmlschema.XMLSchema:
    return xmlschema.XMLSchema(str(HERE.parent / "data" / "junit.xsd"))


def test_every_format_has_a_reader_here() -> None:
    assert tuple(READERS) == FORMATS


@pytest.mark.parametrize("form", FORMATS)
@given(report=reports())
def test_every_format_carries_the_same_ids_outcomes_and_exit_code(form: str, report: Report) -> None:
    assert READERS[form](render(report, form)) == learned(report)


@pytest.mark.parametrize("form", FORMATS)
@given(report=reports(made_ids=ids() | nasty_texts().map("tool:{}".format)))
def test_no_words_of_a_tool_paint_the_terminal_or_command_the_ci(form: str, report: Report) -> None:
    said = render(report, form)

    unseen = {mark for mark in said if not mark.isprintable() and mark not in "\n\u200c\u200d"}
    assert not unseen
    if form == "github":
        said = "".join(
            line for line in said.splitlines(keepends=True) if not line.startswith(("::error ", "::warning "))
        )
    assert forged(said) == []
    said.encode("utf-8")  # no lone surrogate


@given(report=reports())
def test_a_narrow_ascii_stream_in_colour_carries_them_too(report: Report) -> None:
    said = render(report, "text", colour=True, encoding="ascii", width=60)

    bare = re.sub(r"\x1b\[[0-9;]*m", "", said)
    assert "\x1b" not in bare
    assert bare.isascii()
    verdicts, exit_code = learned(report)
    escaped = [(name.encode("ascii", "backslashreplace").decode(), outcome) for name, outcome in verdicts]
    assert read_text(bare, OUTCOME_OF_ASCII) == Read(escaped, exit_code)
