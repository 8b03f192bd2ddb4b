"""Markdown for step summaries, pull requests and chats: a table of the verdicts, then what mends them."""

from __future__ import annotations

import re
from collections.abc import Sequence

from gating.report.terminal import Style
from gating.report.words import command_lines, counted, full_run, label, plain, shorten, whole, why_of
from gating.verdict import Outcome, Remedy, Report, Verdict

__all__ = [
    "VERDICT_COLUMNS",
    "code",
    "escaped",
    "fenced",
    "heading",
    "render",
    "row",
    "table",
    "verdict_row",
    "verdict_section",
]

VERDICT_COLUMNS = ("outcome", "verdict", "found", "wanted", "reason", "where")

_SYMBOLS = {Outcome.PASS: "✅", Outcome.DEGRADED: "⚠️", Outcome.SKIP: "⏭️", Outcome.FAIL: "❌"}
_REASON_LIMIT = 1000  # characters; the whole of it stands in the JSON
_AUTOLINK = r"https?://[^\s<>|`]+"


def render(report: Report, *, encoding: str | None = None) -> str:
    """The report as GitHub-flavoured Markdown, ending in a newline.

    Where `encoding` is given and cannot write the symbols, the words stand alone.
    """
    parts = [heading(report)]
    if report.verdicts:
        parts.append(table(VERDICT_COLUMNS, [verdict_row(verdict) for verdict in report.verdicts]))
    parts += filter(None, map(verdict_section, report.verdicts))
    parts += [f"**Note:** {escaped(plain(note))}" for note in report.notes]
    return _written("\n\n".join(parts) + "\n", encoding)


def heading(report: Report) -> str:
    """The verdict of the whole, and the counts."""
    said = f"{counted(report.counts)} ({report.mode.value})"
    if warning := full_run(report):
        said = f"**{warning.capitalize()}.** {said}"
    return f"### {_SYMBOLS[report.outcome]} gating: {whole(report)}\n\n{said}"


def table(columns: Sequence[str], rows: Sequence[str]) -> str:
    """A table of rows that `verdict_row` or `row` made."""
    return "\n".join([row(columns), f"|{' --- |' * len(columns)}", *rows])


def row(cells: Sequence[str]) -> str:
    """A table row of cells that are Markdown already."""
    return f"| {' | '.join(cells)} |"


def verdict_row(verdict: Verdict) -> str:
    """The verdict as a row under `VERDICT_COLUMNS`."""
    source = verdict.source if verdict.outcome in {Outcome.FAIL, Outcome.DEGRADED} else None
    return row(
        [
            f"{_SYMBOLS[verdict.outcome]} {verdict.outcome.value}",
            code(label(verdict.id)),
            code(shorten(plain(verdict.found or ""), 100)),
            code(shorten(plain(verdict.wanted or ""), 100)),
            escaped(shorten(plain(verdict.reason), _REASON_LIMIT)),
            code(label(str(source))) if source else "",
        ]
    )


def verdict_section(verdict: Verdict) -> str:
    """What mends an unmet verdict: its commands in a fence, its links in a list. Empty where nothing is known."""
    remedy = verdict.remedy or Remedy()
    if verdict.outcome not in {Outcome.FAIL, Outcome.DEGRADED}:
        return ""
    parts = []
    if commands := command_lines(remedy):
        parts.append(fenced("\n".join(commands), "sh"))
    if remedy.links:
        parts.append("\n".join(f"- see {_link(label(link))}" for link in remedy.links))
    whys = [escaped(shorten(plain(why), _REASON_LIMIT)) for why in (why_of(verdict), remedy.why) if why]
    if not parts and not whys:
        return ""
    return "\n\n".join([f"{code(label(verdict.id))}{': ' if whys else ''}{'; '.join(whys)}", *parts])


def code(text: str) -> str:
    """`text` as a code span that shows every character, in a table cell too; empty for an empty text."""
    if "|" in text:  # a span has no escapes, and a cell would end here; in the element references work
        return f"<code>{escaped(text)}</code>"
    longest = _longest_run(text)
    if not longest and text == text.strip():
        return f"`{text}`" if text else ""
    return f"{'`' * (longest + 1)} {text} {'`' * (longest + 1)}"


def escaped(text: str) -> str:
    """`text` within a line of Markdown, in a table cell too, shown as it is: no markup and no HTML gets through."""
    text = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    # an underscore between letters is one, and a reader of the raw text is spared the backslash
    return re.sub(r"[\\`*\[\]~$]|(?<![^\W_])_|_(?![^\W_])", r"\\\g<0>", text).replace("|", "&#124;")


def fenced(text: str, language: str = "") -> str:
    """`text` in a fence that is longer than any run of back-ticks in it."""
    fence = "`" * max(3, _longest_run(text) + 1)
    return f"{fence}{language}\n{text}\n{fence}"


def _link(text: str) -> str:
    return f"<{text}>" if re.fullmatch(_AUTOLINK, text) else escaped(text)


def _longest_run(text: str) -> int:
    return max(map(len, re.findall(r"`+", text)), default=0)


def _written(text: str, encoding: str | None) -> str:
    style = Style(encoding=encoding)
    if style.encodable(text) == text:
        return text
    for symbol in _SYMBOLS.values():
        text = text.replace(f"{symbol} ", "")
    return style.encodable(text)
