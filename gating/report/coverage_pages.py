"""Coverage as pages: each file with its lines as they were covered, lost or out of reach, and why; plain HTML.

Every line says what it is in words as well as by its colour; there are no scripts, and nothing comes from elsewhere.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from html import escape
from pathlib import Path
from typing import Any

from gating.report.words import label

__all__ = ["Page", "page_of", "write_pages"]

_STYLE = """\
body { font: 15px/1.45 system-ui, sans-serif; margin: 1.5rem auto; max-width: 76rem; padding: 0 1rem; }
table { border-collapse: collapse; width: 100%; }
th, td { padding: .1rem .6rem; text-align: left; vertical-align: top; }
th { border-bottom: 2px solid currentColor; }
td.n { color: #767676; text-align: right; user-select: none; width: 1%; }
td.s { white-space: nowrap; width: 1%; }
td.c { font-family: ui-monospace, monospace; overflow-wrap: anywhere; white-space: pre-wrap; }
tr.covered td.s { border-left: .4rem solid #2e7d32; }
tr.lost { background: #fde0dc; } tr.lost td.s { border-left: .4rem double #b71c1c; font-weight: bold; }
tr.exempt { background: #e3ecf7; } tr.exempt td.s { border-left: .4rem dotted #1a4f8b; }
tr.unsteady { background: #fff4d6; } tr.unsteady td.s { border-left: .4rem dashed #8a6100; }
tr.uncovered { background: #efefef; } tr.uncovered td.s { border-left: .4rem solid #9e9e9e; }
@media (prefers-color-scheme: dark) {
  body { background: #16181c; color: #e6e6e6; } a { color: #8ab4f8; }
  tr.lost { background: #4a1f1f; } tr.exempt { background: #1d2c42; }
  tr.unsteady { background: #40361a; } tr.uncovered { background: #2a2c30; }
}
"""
_LEGEND = {
    "covered": "it ran",
    "lost": "it should have run, and did not",
    "exempt": "it is out of reach here, and why",
    "unsteady": "it runs at times",
    "uncovered": "the tests have never reached it, or need not",
}


class Page:
    """One file: its source and, by line, what became of it (a word of the legend) and what is said beside that."""

    def __init__(self, path: str, source: str, lines: Mapping[int, tuple[str, str]]) -> None:
        self.path = path
        self.source = source
        self.lines = lines

    @property
    def name(self) -> str:
        """The file's name, which says the path without ambiguity on any file system."""
        return re.sub(r"[^A-Za-z0-9.-]", lambda found: f"_{ord(found[0]):x}_", self.path) + ".html"


def page_of(path: str, source: str, measured: Any, result: Any, unsteady: frozenset[int] = frozenset()) -> Page:
    """The page of a file: what was measured of it, and what the rule on sets came to.

    `measured` is a `MeasuredFile`, `result` a `Result` of `gating.coverage.judge`.
    """
    lines = {line: ("covered" if line in measured.covered else "uncovered", "") for line in measured.statements}
    lines |= dict.fromkeys(unsteady & measured.statements - measured.covered, ("unsteady", ""))
    for one in result.exempt:
        if one.path == path and not one.ran and one.to is None:
            lines[one.line] = ("exempt", one.why)
    ways = [one for one in (*result.exempt, *result.lost) if one.path == path and one.to is not None]
    for one in result.lost:
        if one.path == path and one.to is None:
            lines[one.line] = ("lost", f"may need {', '.join(one.needs)}" if one.needs else "")
    for one in ways:
        word, said = lines.get(one.line, ("covered", ""))
        is_lost = one in result.lost
        if not is_lost and one.ran:
            continue
        to = f"line {one.to}" if one.to > 0 else "the end"
        more = f"not on to {to}" + ("" if is_lost else f": {one.why}")
        lines[one.line] = ("lost" if is_lost and word == "covered" else word, "; ".join(filter(None, (said, more))))
    return Page(path, source, lines)


def write_pages(folder: Path, pages: Mapping[str, Page], document: Mapping[str, Any]) -> Path:
    """Write a page for each file and an index; the path of the index. Raises OSError."""
    folder.mkdir(parents=True, exist_ok=True)
    for page in pages.values():
        (folder / page.name).write_text(_whole(page.path, _source(page)), encoding="utf-8")
    index = folder / "index.html"
    index.write_text(_whole("coverage", _index(pages, document)), encoding="utf-8")
    return index


def _index(pages: Mapping[str, Page], document: Mapping[str, Any]) -> Iterator[str]:
    yield "<ul>"
    for one in document["verdicts"]:
        yield f"<li><strong>{_text(one['outcome'])}</strong> {_text(one['id'])}: {_text(one['reason'])}</li>"
    yield "</ul>\n<table>\n<tr><th>file</th><th>covered</th><th>of</th><th>lost</th><th>out of reach</th></tr>"
    for one in document["files"]:
        path = one["path"]
        words = [word for word, _ in pages[path].lines.values()] if path in pages else []
        name = f'<a href="{_text(pages[path].name)}">{_text(path)}</a>' if path in pages else _text(path)
        lost = sum(each["path"] == path for each in document["lost"])
        yield (
            f'<tr class="{"lost" if lost else "covered"}"><td class="s">{name}</td><td>{one["covered"]}</td>'
            f"<td>{one['total']}</td><td>{lost or ''}</td><td>{words.count('exempt') or ''}</td></tr>"
        )
    yield "</table>"


def _source(page: Page) -> Iterator[str]:
    yield '<p><a href="index.html">all files</a></p>\n<table>'
    for word, means in _LEGEND.items():
        yield f'<tr class="{word}"><td class="s">{word}</td><td>{_text(means)}</td></tr>'
    yield "</table>\n<table>\n<tr><th>line</th><th>state</th><th>source</th><th>why</th></tr>"
    for number, text in enumerate(re.split(r"\r\n|\r|\n", page.source), 1):
        word, why = page.lines.get(number, ("", ""))
        head = f'<tr id="L{number}" class="{word}">' if word else f'<tr id="L{number}">'
        cells = f'<td class="n">{number}</td><td class="s">{word}</td><td class="c">{_text(text, keep=True)}</td>'
        yield f"{head}{cells}<td>{_text(why)}</td></tr>"
    yield "</table>"


def _whole(title: str, body: Iterator[str]) -> str:
    head = f'<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n<title>{_text(title)}</title>\n'
    view = '<meta name="viewport" content="width=device-width">\n'
    inner = "\n".join(body)
    return (
        f"{head}{view}<style>\n{_STYLE}</style>\n</head>\n<body>\n<h1>{_text(title)}</h1>\n{inner}\n</body>\n</html>\n"
    )


def _text(text: str, *, keep: bool = False) -> str:
    """Text as HTML shows it, without what cannot be seen; `keep` keeps tabs."""
    parts = text.split("\t") if keep else [text]
    return "\t".join(escape(label(part)) for part in parts)
