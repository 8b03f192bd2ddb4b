"""The report for people at a terminal: a line for each verdict, what mends it, and the verdict of the whole last."""

from __future__ import annotations

from collections.abc import Sequence

from gating.report.terminal import Style, columns, cut, pad, wrap
from gating.report.words import command_lines, counted, full_run, label, plain, shorten, whole, why_of
from gating.verdict import Outcome, Report, State, Verdict

__all__ = ["render", "verdict_lines"]

_CAPS = (36, 16, 20, 8)  # a wider id, version, specifier or evidence does not push all other lines to the right
_LEAD = 10  # columns of the symbol and the outcome; not measured, as that would load Unicode's tables for "✓"
_FOUND = 1  # the cell that the eye looks for; those behind it are dim
_INDENT = " " * 12  # details stand under the id
_REASON_LIMIT = 600  # characters; the whole of it stands in the JSON
_REASON_ROOM = 36  # with fewer columns beside the cells a reason goes under them
_SLOW_S = 1.0  # a probe that took longer says how long


def render(report: Report, *, colour: bool = False, encoding: str | None = None, width: int | None = None) -> str:
    """The report as text, in the order of the policy; ends in a newline.

    `encoding` is that of the stream (None: every character can be shown), `width` its columns (None: lines
    are not broken, for files and logs). Commands are never broken.
    """
    style = Style(colour=colour, encoding=encoding)
    lines = verdict_lines(report.verdicts, style, width=width)
    if lines:
        lines.append("")
    lines += [f"{style.paint('note:', 'bold')} {plain(note)}" for note in report.notes]
    lines.append(_last_line(report, style))
    return style.encodable("\n".join(lines) + "\n")


def verdict_lines(verdicts: Sequence[Verdict], style: Style, *, width: int | None = None) -> list[str]:
    """The lines of the verdicts alone, aligned with each other."""
    rows = [_cells(verdict) for verdict in verdicts]
    sizes = [min(cap, max(columns(row[index]) for row in rows)) for index, cap in enumerate(_CAPS) if rows]
    lines: list[str] = []
    for verdict, row in zip(verdicts, rows, strict=True):
        if verdict.outcome in {Outcome.FAIL, Outcome.DEGRADED}:
            lines += _unmet(verdict, row, sizes, style, width)
            lines += _details(verdict, style, width)
        else:
            lines.append(_met(verdict, row, sizes, style, width))
    return lines


def _cells(verdict: Verdict) -> tuple[str, ...]:
    """The id, the version found, the specifier wanted, and how it is known."""
    found = shorten(plain(verdict.found), 40) if verdict.found is not None else ""
    if not found:
        found = {State.ABSENT: "-", State.UNKNOWN: "?"}.get(verdict.state or State.OK, "")
    wanted = shorten(plain(verdict.wanted), 60) if verdict.wanted is not None else ""
    known = verdict.evidence.value if verdict.evidence and verdict.state is not State.ABSENT else ""
    return label(verdict.id), found, wanted, known


def _head(verdict: Verdict, row: Sequence[str], sizes: Sequence[int], style: Style) -> tuple[str, int]:
    """The symbol, the outcome and the cells, and how many columns they take."""
    lead = f"{style.symbol(verdict.outcome)} {verdict.outcome.value:<8}"
    taken = _LEAD
    parts = [style.outcome(lead, verdict.outcome)]
    for index, (cell, size) in enumerate(zip(row, sizes, strict=True)):
        if size:
            blanks = pad(cell, size)[len(cell) :]
            taken += 2 + columns(cell) + len(blanks)
            parts.append((style.paint(cell, "dim") if index > _FOUND else cell) + blanks)
    return "  ".join(parts), taken


def _met(verdict: Verdict, row: Sequence[str], sizes: Sequence[int], style: Style, width: int | None) -> str:
    """One line, cut where it does not fit: nothing is to be done about it."""
    words = "  ".join(filter(None, _tail(verdict, unmet=False)))
    if words:
        head, taken = _head(verdict, row, sizes, style)
        if width is not None:
            words = cut(words, max(0, width - taken - 2), style.ellipsis)
        return f"{head}  {style.paint(words, 'dim')}".rstrip()
    last = max((index for index, cell in enumerate(row) if cell), default=0)
    # no blanks before the end of the line
    exact = [*sizes[:last], columns(row[last]), *([0] * (len(sizes) - last - 1))]
    return _head(verdict, row, exact, style)[0]


def _unmet(verdict: Verdict, row: Sequence[str], sizes: Sequence[int], style: Style, width: int | None) -> list[str]:
    """A line of which nothing is cut: what does not fit beside the cells goes under them."""
    head, taken = _head(verdict, row, sizes, style)
    reason, after = _tail(verdict, unmet=True)
    ending = style.paint(after, "dim")
    if width is None or taken + 2 + columns("  ".join(filter(None, (reason, after)))) <= width:
        return ["  ".join(filter(None, (head, reason, ending))).rstrip()]
    beside = width - taken - 2 >= _REASON_ROOM
    indent = " " * (taken + 2) if beside else _INDENT
    lines = wrap(reason, width - len(indent)) if reason else []
    if after and lines and len(indent) + columns(lines[-1]) + 2 + columns(after) <= width:
        lines[-1] += f"  {ending}"
    elif after:
        lines.append(ending)
    if beside:
        return [f"{head}  {lines[0]}", *(indent + line for line in lines[1:])]
    return [head.rstrip(), *(indent + line for line in lines)]


def _tail(verdict: Verdict, *, unmet: bool) -> tuple[str, str]:
    """The reason, and behind it how long it took and where the policy asks for it."""
    reason = shorten(plain(verdict.reason), _REASON_LIMIT)
    if unmet and not reason and verdict.state:
        reason = verdict.state.value
    after = []
    if verdict.duration_s >= _SLOW_S and not verdict.cached:
        after.append(f"{verdict.duration_s:.1f} s")
    if unmet and verdict.source:
        after.append(label(str(verdict.source)))
    return reason, "  ".join(after)


def _details(verdict: Verdict, style: Style, width: int | None) -> list[str]:
    """Under an unmet verdict: what was looked at, why it is wanted, and the lines to paste."""
    lines = []
    if verdict.path is not None and verdict.path not in verdict.reason:
        lines.append(style.paint(f"at {label(verdict.path)}", "dim"))
    if verdict.shadowed:
        others = shorten(", ".join(map(label, verdict.shadowed)), _REASON_LIMIT)
        lines.append(style.paint(f"shadowed: {others}", "dim"))
    for why in (why_of(verdict), verdict.remedy.why if verdict.remedy else None):
        if why:
            room = _REASON_LIMIT if width is None else max(_REASON_ROOM, width - len(_INDENT))
            lines += wrap(f"why: {shorten(plain(why), _REASON_LIMIT)}", room)
    if verdict.remedy:
        lines += [style.paint(line, "cyan") for line in command_lines(verdict.remedy, encoding=style.encoding)]
        lines += [style.paint(f"see {label(link)}", "dim") for link in verdict.remedy.links]
    return [f"{_INDENT}{line}" for line in lines]


def _last_line(report: Report, style: Style) -> str:
    said = style.outcome(whole(report), report.outcome, bold=True)
    warning = full_run(report)
    return f"gating: {said}  {counted(report.counts)} ({report.mode.value})" + (f"; {warning}" if warning else "")
