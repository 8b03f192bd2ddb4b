"""Coverage in words: what was lost, line by line, with what could explain it, and what else the reference is told."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from typing import Any

from gating.report.terminal import Style, columns, pad
from gating.report.words import command_line, label, plain, shorten
from gating.verdict import Report

__all__ = ["FORMATS", "in_workspace", "render", "render_files"]

FORMATS = ("text", "json", "markdown", "github")
_LISTED = 200  # lost lines of a run; all of them are in the JSON
_TEXT = 100  # characters of a source line
_STALE = 5


def render(
    report: Report,
    document: Mapping[str, Any],
    form: str = "text",
    *,
    colour: bool = False,
    encoding: str | None = None,
    width: int | None = None,
) -> str:
    """Judged coverage as `text`, `markdown`, `github` or `json` (the document `gating.coverage/1`).

    `report` has its verdicts, `document` all the rest; the other parameters are those of `gating.report.render`.
    """
    if form == "json":
        from gating.report.as_json import dumps

        return dumps(document)
    style = Style(colour=colour, encoding=encoding)
    if form == "markdown":
        return style.encodable("\n\n".join(_markdown(report, document, encoding)) + "\n")
    from gating.report import github, text

    parts = [*_lost(document, style), "\n".join(_beside(document))]
    told = "".join(f"{part}\n\n" for part in parts if part)
    if form == "github":
        lines = [*_annotations(document), *github.annotation_lines(report)]
        told = "".join(f"{line}\n" for line in lines) + told
    return style.encodable(told) + text.render(report, colour=colour, encoding=encoding, width=width)


def render_files(
    document: Mapping[str, Any], form: str = "text", *, colour: bool = False, encoding: str | None = None
) -> str:
    """The measured files as a table with their figures, as `text` or `markdown`, or the whole document as `json`."""
    if form == "json":
        from gating.report.as_json import dumps

        return dumps(document)
    style = Style(colour=colour, encoding=encoding)
    head, *rows = _table(document)
    if form == "markdown":
        from gating.report.markdown import code, escaped, row, table

        made = table(head, [row([code(cells[0]), *map(escaped, cells[1:])]) for cells in rows])
        return style.encodable(f"{made}\n")
    if not rows:
        return "nothing is measured\n"
    sizes = [max(map(columns, cells)) for cells in zip(head, *rows, strict=True)]
    lines = ["  ".join(pad(cell, size) for cell, size in zip(cells, sizes, strict=True)).rstrip() for cells in rows]
    first = "  ".join(pad(cell, size) for cell, size in zip(head, sizes, strict=True)).rstrip()
    return style.encodable("\n".join([style.paint(first, "dim"), *lines, *_beside(document)]) + "\n")


def in_workspace(document: Mapping[str, Any], workspace: str | None) -> Mapping[str, Any]:
    """The document with the lost lines' paths as GitHub wants them: from the checkout, not from the current folder."""
    if not workspace:
        return document

    def moved(path: str) -> str:
        try:
            return os.path.relpath(os.path.abspath(path), workspace).replace(os.sep, "/")
        except ValueError:  # on another drive
            return path

    return {**document, "lost": [{**one, "path": moved(one["path"])} for one in document["lost"]]}


def _lost(document: Mapping[str, Any], style: Style) -> Iterator[str]:
    """A block for each file: its lost lines, and the command that accepts them."""
    for path, ones in _by_file(document["lost"][:_LISTED]):
        lines = [style.paint(f"lost in {label(path)}:", "bold")]
        places = [_place(one) for one in ones]
        size = max(map(columns, places))
        for place, one in zip(places, ones, strict=True):
            needs = f"  (needs {label(', '.join(one['needs']))}?)" if one["needs"] else ""
            text = f"  {pad(place, size)}  {shorten(plain(one['text']), _TEXT)}"
            lines.append(f"{text}{style.paint(needs, 'dim')}".rstrip())
        accept = command_line(ones[0]["accept"], encoding=style.encoding)
        lines.append(f"  accept it by: {style.paint(accept, 'cyan')}")
        yield "\n".join(lines)
    if (more := len(document["lost"]) - _LISTED) > 0:
        yield f"and {more} more, which --format json names"


def _beside(document: Mapping[str, Any]) -> Iterator[str]:
    """What is out of reach, above the reference, and spoken of in vain."""
    exempt = [one for one in document["exempt"] if one["credited"]]
    if unreached := [one for one in exempt if not one["ran"]]:
        kinds = Counter(one["why"].partition(":")[0] for one in unreached)
        told = ", ".join(f"{count} {label(kind)}" for kind, count in sorted(kinds.items()))
        yield f"out of reach here: {len(unreached)} ({told})"
    if ran := len(exempt) - len(unreached):
        yield f"said to be out of reach, and ran: {ran}"
    full = not any(one["here"] and one["here"]["absent"] for one in document["data"])
    if full and (slack := len(document["slack"])):
        yield f"above the reference: {slack}; gating coverage.learn raises it"
    if stale := document["stale"]:
        named = [f"{label(one['path'])}: {shorten(plain(one['text']), 40) or 'all of it'}" for one in stale[:_STALE]]
        more = f" and {len(stale) - _STALE} more" if len(stale) > _STALE else ""
        yield f"stale in {label(document['reach'])}, in no source any more: {'; '.join(named)}{more}"


def _markdown(report: Report, document: Mapping[str, Any], encoding: str | None) -> Iterator[str]:
    from gating.report import markdown
    from gating.report.markdown import code, escaped, row, table

    yield markdown.render(report, encoding=encoding).removesuffix("\n")
    rows = [
        row([code(f"{label(one['path'])}:{_place(one)}"), code(shorten(plain(one["text"]), _TEXT)), _needs(one)])
        for one in document["lost"][:_LISTED]
    ]
    if rows:
        yield table(("lost", "line", "may need"), rows)
    if (more := len(document["lost"]) - _LISTED) > 0:
        yield f"And {more} more."
    if said := [f"- {escaped(line)}" for line in _beside(document)]:
        yield "\n".join(said)


def _annotations(document: Mapping[str, Any]) -> Iterator[str]:
    """An error on each lost line, as many as GitHub shows."""
    from gating.report.github import ANNOTATIONS_A_KIND, annotation

    for one in document["lost"][:ANNOTATIONS_A_KIND]:
        way = f"it no longer goes on to line {one['to']}" if (one["to"] or 0) > 0 else "it is no longer left"
        what = way if one["to"] is not None else "it no longer runs in the tests"
        needs = f"; it may need {label(', '.join(one['needs']))}" if one["needs"] else ""
        message = f"{shorten(plain(one['text']), _TEXT)}\n{what}{needs}\naccept it by: {command_line(one['accept'])}"
        yield annotation("error", message, title="lost coverage", file=label(one["path"]), line=one["line"])


def _table(document: Mapping[str, Any]) -> Iterator[tuple[str, ...]]:
    lost = Counter(one["path"] for one in document["lost"])
    exempt = Counter(one["path"] for one in document["exempt"] if not one["ran"])
    yield ("file", "covered", "of", "%", "lost", "out of reach")
    for one in document["files"]:
        path, total = one["path"], one["total"]
        hundredths = 10_000 * one["covered"] // total if total else 10_000
        percent = f"{hundredths // 100}.{hundredths % 100:02d}"
        cells = (str(one["covered"]), str(total), percent, str(lost[path] or ""), str(exempt[path] or ""))
        yield (label(path), *cells)


def _by_file(lost: Sequence[Mapping[str, Any]]) -> Iterator[tuple[str, list[Mapping[str, Any]]]]:
    for path, ones in groupby(lost, key=lambda one: str(one["path"])):
        yield path, list(ones)


def _place(one: Mapping[str, Any]) -> str:
    """`12`; of a branch `12 to 14`, or `12 to the end`."""
    if one["to"] is None:
        return str(one["line"])
    return f"{one['line']} to {one['to'] if one['to'] > 0 else 'the end'}"


def _needs(one: Mapping[str, Any]) -> str:
    from gating.report.markdown import code

    return ", ".join(code(label(name)) for name in one["needs"])
