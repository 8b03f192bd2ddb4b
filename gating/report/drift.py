"""Drift in words: a table of what breaks without which dependency, each broken test by name, and the verdicts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from gating.checks.drift_record import ALL
from gating.report.terminal import Style, columns, pad
from gating.report.words import label, plain, shorten

if TYPE_CHECKING:
    from gating.verdict import Report

__all__ = ["render"]

_LISTED = 40  # broken tests of one dependency by name; the document has all of them
_REASON = 100  # characters


def render(
    report: Report,
    document: Mapping[str, Any],
    form: str = "text",
    *,
    colour: bool = False,
    encoding: str | None = None,
    width: int | None = None,
) -> str:
    """A drift run as `text`, `markdown` or `json` (the document `gating.drift/1`); ends in a newline.

    `report` has its verdicts, `document` what broke; the other parameters are those of `gating.report.render`.
    """
    if form == "json":
        from gating.report.as_json import dumps

        return dumps(document)
    style = Style(colour=colour, encoding=encoding)
    if form == "markdown":
        return style.encodable("\n\n".join(_markdown(report, document, encoding)) + "\n")
    from gating.report import text

    parts = [_aligned(_table(document), style), *_lists(document, style)]
    told = text.render(report, colour=colour, encoding=encoding, width=width)
    return style.encodable("".join(f"{part}\n\n" for part in parts if part)) + told


def _markdown(report: Report, document: Mapping[str, Any], encoding: str | None) -> Iterator[str]:
    from gating.report import markdown
    from gating.report.markdown import code, escaped, row, table

    yield markdown.render(report, encoding=encoding).removesuffix("\n")
    if rows := _table(document):
        head, *body = rows
        yield table(head, [row([code(cells[0]), *map(escaped, cells[1:])]) for cells in body])
    for entry in _listed(document):
        if entry["broken"]:
            lines = [
                f"- {code(label(one['id']))} {escaped(shorten(plain(one['reason']), _REASON))}".rstrip()
                for one in entry["broken"][:_LISTED]
            ]
            more = [f"- {_more(entry)}"] if _more(entry) else []
            name = _name(entry) if entry["name"] == ALL else code(_name(entry))
            yield "\n".join([f"Broken without {name}, and not accounted for:", "", *lines, *more])


def _table(document: Mapping[str, Any]) -> list[tuple[str, ...]]:
    """Modules against dependencies: how many of its tests break; empty where none does. The head comes first."""
    entries = [entry for entry in document["entries"] if entry["broken"]]
    sizes = _sizes(document)
    modules = sorted({_module(one["id"]) for entry in entries for one in entry["broken"]})
    if not modules:
        return []
    rows = [tuple(_cell(module, entry, sizes.get(module, 0)) for entry in entries) for module in modules]
    head = ("broken without", *(label(entry["name"]) for entry in entries))
    return [head, *((label(module), *cells) for module, cells in zip(modules, rows, strict=True))]


def _cell(module: str, entry: Mapping[str, Any], size: int) -> str:
    ids = [one["id"] for one in entry["broken"] if _module(one["id"]) == module]
    if module in ids:
        return "all of it"
    return f"{len(ids)} of {max(size, len(ids))}" if ids else ""


def _sizes(document: Mapping[str, Any]) -> dict[str, int]:
    sizes: dict[str, int] = {}
    for reference in document["references"].values():
        for one in reference["tests"]:
            sizes[_module(one)] = sizes.get(_module(one), 0) + 1
    return sizes


def _module(test_id: str) -> str:
    return test_id.partition("::")[0]


def _aligned(rows: Sequence[tuple[str, ...]], style: Style) -> str:
    sizes = [max(map(columns, cells)) for cells in zip(*rows, strict=True)]
    lines = ["  ".join(pad(cell, size) for cell, size in zip(row, sizes, strict=True)).rstrip() for row in rows]
    return "\n".join([*(style.paint(line, "dim") for line in lines[:1]), *lines[1:]])


def _lists(document: Mapping[str, Any], style: Style) -> Iterator[str]:
    for entry in _listed(document):
        if entry["broken"]:
            head = style.paint(f"broken without {_name(entry)}, and not accounted for:", "bold")
            lines = [f"  {_line(one)}" for one in entry["broken"][:_LISTED]]
            yield "\n".join([head, *lines, *([f"  {_more(entry)}"] if _more(entry) else [])])


def _listed(document: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """The entries, that of all with those only that no other names."""
    named = {one["id"] for entry in document["entries"] if entry["name"] != ALL for one in entry["broken"]}
    for entry in document["entries"]:
        if entry["name"] == ALL:
            yield {**entry, "broken": [one for one in entry["broken"] if one["id"] not in named]}
        else:
            yield entry


def _name(entry: Mapping[str, Any]) -> str:
    return "all of them" if entry["name"] == ALL else label(entry["name"])


def _line(one: Mapping[str, Any]) -> str:
    reason = shorten(plain(one["reason"]), _REASON)
    return f"{label(one['id'])}{reason and '  '}{reason}"


def _more(entry: Mapping[str, Any]) -> str:
    left = len(entry["broken"]) - _LISTED
    return f"and {left} more, which --format json names" if left > 0 else ""
