"""GitHub Actions: annotations on the lines of the policy, and the step summary.

Workflow commands are escaped as `actions/toolkit` does (`packages/core/src/command.ts`): in data `%`, CR and
LF, in properties `:` and `,` too. GitHub shows ten annotations of a kind for a step and drops the others
without a word, so the others are counted in a line of plain text.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from gating.report.words import command_lines, counted, label, plain, shorten, why_of
from gating.verdict import Counts, Outcome, Report, Verdict

__all__ = ["annotation", "annotation_lines", "render", "step_summary"]

ANNOTATIONS_A_KIND = 10
SUMMARY_BYTES = 1024 * 1024  # of one step; above it GitHub drops the whole summary

_KINDS = {Outcome.FAIL: "error", Outcome.DEGRADED: "warning"}
_MESSAGE_LIMIT = 2000  # characters of a reason
_WORST_FIRST = (Outcome.FAIL, Outcome.DEGRADED, Outcome.SKIP, Outcome.PASS)


def render(report: Report, *, colour: bool = False, encoding: str | None = None, width: int | None = None) -> str:
    """The annotations, then the report as text; for the log of a step."""
    from gating.report import text
    from gating.report.terminal import Style

    lines = annotation_lines(report)
    said = text.render(report, colour=colour, encoding=encoding, width=width)
    return Style(encoding=encoding).encodable("".join(f"{line}\n" for line in lines)) + said


def annotation_lines(report: Report) -> list[str]:
    """A command for each failed (`error`) and degraded (`warning`) verdict, and what was left out, counted.

    A skipped verdict is nothing to act on and gets none.
    """
    lines: list[str] = []
    more = []
    for outcome, kind in _KINDS.items():
        unmet = [verdict for verdict in report.verdicts if verdict.outcome is outcome]
        lines += [_of_verdict(kind, verdict) for verdict in unmet[:ANNOTATIONS_A_KIND]]
        if len(unmet) > ANNOTATIONS_A_KIND:
            more.append(f"{len(unmet) - ANNOTATIONS_A_KIND} more {kind}s")
    if more:
        lines.append(f"gating: {' and '.join(more)} than GitHub shows as annotations; all are listed below")
    return lines


def annotation(
    kind: str, message: str, *, title: str, file: str | None = None, line: int | None = None, column: int | None = None
) -> str:
    """One workflow command: `::error file=…,line=…,col=…,title=…::message`.

    `kind` is `error`, `warning` or `notice`; line and column are 1-based. `message` may have several lines.
    """
    properties = {"file": file, "line": line, "col": column, "title": title}
    given = ",".join(f"{name}={_property(str(value))}" for name, value in properties.items() if value is not None)
    return f"::{kind} {given}::{_data(message)}"


def step_summary(report: Report, *, room: int = SUMMARY_BYTES) -> str:
    """Markdown to append to the file that `GITHUB_STEP_SUMMARY` names, at most `room` bytes of UTF-8.

    `room` is what the file's content leaves of `SUMMARY_BYTES`. Where the whole does not fit, whole verdicts
    are left out, those that are met first, and a last line counts them. Where not even that fits: empty.
    """
    from gating.report import markdown

    # the blank line ends whatever another writer left open
    whole = "\n" + markdown.render(report)
    if _size(whole) <= room:
        return whole
    longest_closing = max(_left_out(report.verdicts), _left_out([]), key=len)
    spent = _size(_summary(report, [], longest_closing))
    if spent > room:
        return ""
    kept: set[int] = set()
    for index in sorted(range(len(report.verdicts)), key=lambda index: _rank(report.verdicts[index])):
        verdict = report.verdicts[index]
        cost = _size(markdown.verdict_row(verdict)) + 1
        if section := markdown.verdict_section(verdict):
            cost += _size(section) + 2
        if spent + cost <= room:
            spent += cost
            kept.add(index)
    left = [verdict for index, verdict in enumerate(report.verdicts) if index not in kept]
    return _summary(report, [report.verdicts[index] for index in sorted(kept)], _left_out(left))


def _of_verdict(kind: str, verdict: Verdict) -> str:
    source = verdict.source
    return annotation(
        kind,
        "\n".join(_message(verdict)),
        title=label(verdict.id),
        file=label(source.file) if source else None,
        line=source.line if source else None,
        column=source.column if source else None,
    )


def _message(verdict: Verdict) -> Iterable[str]:
    reason = plain(verdict.reason) or (verdict.state.value if verdict.state else verdict.outcome.value)
    yield f"{verdict.outcome.value}: {shorten(reason, _MESSAGE_LIMIT)}"
    told = all(part in reason for part in (verdict.wanted, verdict.found) if part)
    if (verdict.wanted or verdict.found) and not told:
        yield f"wanted {plain(verdict.wanted or '') or 'any'}, found {plain(verdict.found or '') or 'none'}"
    if why := why_of(verdict):
        yield f"why: {shorten(plain(why), _MESSAGE_LIMIT)}"
    if verdict.remedy:
        yield from command_lines(verdict.remedy)


def _summary(report: Report, verdicts: Sequence[Verdict], closing: str) -> str:
    from gating.report import markdown

    rows = [markdown.verdict_row(verdict) for verdict in verdicts]
    sections = filter(None, map(markdown.verdict_section, verdicts))
    parts = [markdown.heading(report), markdown.table(markdown.VERDICT_COLUMNS, rows), *sections, closing]
    return "\n" + "\n\n".join(parts) + "\n"


def _left_out(verdicts: Sequence[Verdict]) -> str:
    what = counted(Counts.of(tuple(verdicts))) if verdicts else "the notes"
    return f"Left out, as a step summary is at most 1 MiB: {what}. The log has all."


def _rank(verdict: Verdict) -> int:
    return _WORST_FIRST.index(verdict.outcome)


def _size(text: str) -> int:
    return len(text.encode())


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
