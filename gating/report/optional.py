"""The optional dependencies as a table: what each is here, what mends it, and which extras are complete."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from gating.report.terminal import Style, columns, pad
from gating.report.words import command_lines, label, plain, shorten
from gating.verdict import Remedy

__all__ = ["render"]

_HEAD = ("name", "state", "found", "wanted", "known", "extra", "need", "fallback")
_STATE = 1  # the cell with a colour
_LIMIT = 60  # characters of a cell
_CAUSE_LIMIT = 600
_COLOURS = {"ok": "green", "unknown": "yellow", "does not apply": "dim"}


def render(
    document: Mapping[str, Any], form: str = "text", *, colour: bool = False, encoding: str | None = None
) -> str:
    """The document `gating.optional/1` as `text`, `markdown` or `json`, ending in a newline.

    Any other format of `gating.report.FORMATS` has no form for it and gets the text.
    """
    if form == "json":
        from gating.report.as_json import dumps

        return dumps(document)
    style = Style(colour=colour, encoding=encoding)
    if form == "markdown":
        return style.encodable("\n\n".join(_markdown(document)) + "\n")
    return style.encodable("\n".join(_text(document, style)) + "\n")


def _text(document: Mapping[str, Any], style: Style) -> Iterator[str]:
    ones = document["optional"]
    if ones:
        yield from _aligned([_cells(one) for one in ones], style)
    else:
        yield "the policy has no optional dependencies"
    for one in ones:
        if said := list(_said(one)):
            yield ""
            yield from (f"{label(one['name'])}: {said[0]}", *(f"  {line}" for line in said[1:]))
            lines = command_lines(Remedy.from_dict(one["remedy"] or {}), encoding=style.encoding)
            yield from (f"  {style.paint(line, 'cyan')}" for line in lines)
    if document["extras"]:
        yield ""
        yield from (f"extra {label(name)}: {_complete(extra)}" for name, extra in document["extras"].items())
    yield from (f"note: {plain(note)}" for note in document["notes"])


def _markdown(document: Mapping[str, Any]) -> Iterator[str]:
    from gating.report.markdown import code, escaped, fenced, row, table

    ones = document["optional"]
    yield f"### optional dependencies of {code(label(str(document['python'])))}"
    if ones:
        rows = [[code(cells[0]), *map(escaped, cells[1:])] for cells in map(_cells, ones)]
        yield table(_HEAD, [row(cells) for cells in rows])
    else:
        yield "The policy has none."
    for one in ones:
        if said := list(_said(one)):
            yield f"{code(label(one['name']))}: {escaped('; '.join(said))}"
            if lines := command_lines(Remedy.from_dict(one["remedy"] or {})):
                yield fenced("\n".join(lines), "sh")
    if document["extras"]:
        extras = [row([code(label(name)), escaped(_complete(extra))]) for name, extra in document["extras"].items()]
        yield table(("extra", "installed"), extras)
    yield from (f"**Note:** {escaped(plain(note))}" for note in document["notes"])


def _cells(one: Mapping[str, Any]) -> tuple[str, ...]:
    known = one["evidence"] if one["evidence"] != "absent" else ""
    cells = (one["found"], one["wanted"], known, one["extra"], one["need"], one["fallback"])
    state = one["state"] or "does not apply"
    return (label(one["name"]), state, *(shorten(plain(cell or ""), _LIMIT) for cell in cells))


def _said(one: Mapping[str, Any]) -> Iterator[str]:
    """What has to be said of one beside its cells: why it is not ok, and what is odd about it; nothing of most."""
    skipped = f"does not apply here: {one['skipped']}" if one["skipped"] else ""
    said = (skipped, one["cause"], *one["notes"])
    whys = (f"why: {one['why']}" if one["why"] and one["cause"] else "", (one["remedy"] or {}).get("why"))
    for line in filter(None, (*said, *whys)):
        yield shorten(plain(line), _CAUSE_LIMIT)


def _complete(extra: Mapping[str, Any]) -> str:
    if extra["complete"] is None:
        return "unknown"
    return "complete" if extra["complete"] else plain(f"lacks {', '.join(extra['missing'])}")


def _aligned(rows: Sequence[tuple[str, ...]], style: Style) -> Iterator[str]:
    sizes = [max(columns(row[index]) for row in [_HEAD, *rows]) for index in range(len(_HEAD))]
    yield style.paint("  ".join(pad(cell, size) for cell, size in zip(_HEAD, sizes, strict=True)).rstrip(), "dim")
    for row in rows:
        cells = [pad(cell, size) for cell, size in zip(row, sizes, strict=True)]
        cells[_STATE] = style.paint(cells[_STATE], _COLOURS.get(row[_STATE], "red"))
        yield "  ".join(cells).rstrip()
