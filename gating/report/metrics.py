"""A recording in words: what was used in all, how it went, and what is not known and why."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from gating.report.quantities import UNKNOWN, duration, plain_number, rate, share, size
from gating.report.runs import utc
from gating.report.sparkline import sparkline
from gating.report.terminal import Style, columns, pad, wrap
from gating.report.words import command_line, label, plain, shorten
from gating.verdict import Outcome

if TYPE_CHECKING:
    from collections.abc import Callable

    from gating.metrics.series import Series
    from gating.metrics.summary import Summary

__all__ = ["ROWS", "Figure", "known", "remarks", "render"]

_SPARK = 40  # columns of a sparkline where nobody says how many there are
_SPARK_MOST, _SPARK_LEAST = 60, 8
_COMMAND_LIMIT = 300
_NAME = 11  # columns of the names before the facts
_ROOM = 20  # columns that facts have at least
_NO_WIDTH = 100_000
_LISTED = 5  # gaps and problems that are named
_STATISTICS = ("mean", "p50", "p95", "p99", "peak")
_FEW = ("mean", "peak")  # where there is no room for all


class Figure(NamedTuple):
    """A figure that is shown: its part and key in the summary, its name, and how it is told.

    `always`: also where it was 0 all the time. `peaks`: of each stretch the most is drawn, and not the mean.
    """

    part: str
    key: str
    name: str
    tell: Callable[[float | None], str]
    always: bool = False
    peaks: bool = False


ROWS = (
    Figure(
        "tree", "cpu_cores", "CPU cores", lambda value: UNKNOWN if value is None else plain_number(value), always=True
    ),
    Figure("tree", "pss_bytes", "memory (PSS)", size, always=True, peaks=True),
    Figure("tree", "rss_bytes", "memory (RSS)", size, always=True, peaks=True),
    Figure("tree", "processes", "processes", lambda value: UNKNOWN if value is None else _count(value), always=True),
    Figure("tree", "threads", "threads", lambda value: UNKNOWN if value is None else _count(value)),
    Figure("tree", "read_bytes_per_s", "read", rate),
    Figure("tree", "write_bytes_per_s", "written", rate),
    Figure("host", "cpu_cores", "host: CPU cores", lambda value: UNKNOWN if value is None else plain_number(value)),
    Figure("host", "memory_used_bytes", "host: memory", size, peaks=True),
    Figure("host", "swap_used_bytes", "host: swap", size, peaks=True),
    Figure("host", "pressure_cpu_some_ratio", "host: CPU pressure", share),
    Figure("host", "pressure_memory_some_ratio", "host: memory pressure", share),
    Figure("host", "pressure_io_some_ratio", "host: I/O pressure", share),
    Figure("cgroup", "memory_used_bytes", "cgroup: memory", size, peaks=True),
    Figure("cgroup", "cpu_throttled_ratio", "cgroup: throttled", share),
)
_GPU = (
    Figure("gpus", "utilisation_ratio", "busy", share, always=True),
    Figure("gpus", "memory_used_bytes", "memory", size, always=True, peaks=True),
    Figure("gpus", "power_watts", "power", lambda value: UNKNOWN if value is None else f"{value:.0f} W"),
)


def render(
    summary: Summary, form: str = "text", *, colour: bool = False, encoding: str | None = None, width: int | None = None
) -> str:
    """A recording as `text`, `markdown` or `json` (the document `gating.recording/1`), ending in a newline.

    `width` is the stream's in columns: sparklines fill what is left of it. None for a file or a log.
    """
    if form == "json":
        from gating.report.as_json import dumps

        return dumps(summary.document)
    style = Style(colour=colour, encoding=encoding)
    if form == "markdown":
        return style.encodable("\n\n".join(_markdown(summary)) + "\n")
    lines = _listed(_head(summary.document), style, width)
    lines += [
        style.outcome(f"{style.symbol(Outcome.DEGRADED)} {one}", Outcome.DEGRADED) for one in remarks(summary.document)
    ]
    if table := list(_table(summary, style, width)):
        lines += ["", *table]
    lines += ["", *_listed(_foot(summary.document), style, width)]
    return style.encodable("\n".join(lines) + "\n")


def remarks(document: Mapping[str, Any]) -> Iterator[str]:
    """What keeps the figures from being all that was used, or the file from being what was recorded."""
    ledger = document["ledger"]
    if ledger is not None and ledger["matches"] is False:
        yield "this is not the file that was recorded: its checksum is another than the ledger's"
    if document["incomplete"]:
        yield f"not finished: {document['incomplete']}; totals are as of the last sample, and may have become more"
    if document["ending"]["reason"] == "recorder-gone":
        yield "whoever started the command was gone before its end, so that its exit code is not known"
    if "sigchld-ignored" in document["flags"]:
        yield "a parent ignored SIGCHLD: what its children used is lost, and CPU time is at least what is shown"
    if document["orphans"]["uncounted"]:
        yield "processes outlived their parents, and what they used may not be in the totals"
    if count := document["orphans"]["running"]:
        yield f"{_count(count)} of its processes went on after its end"
    if count := document["completeness"]["lost"]:
        yield f"{_count(count)} lines could not be written"
    if gaps := document["completeness"]["gaps"]:
        named = ", ".join(f"{duration(start)} to {duration(end)}" for start, end in gaps[:_LISTED])
        more = f" and {len(gaps) - _LISTED} more" if len(gaps) > _LISTED else ""
        yield f"nothing was sampled from {named}{more}"
    if problems := document["problems"]:
        more = f" and {document['left_out'] - _LISTED} more" if document["left_out"] > _LISTED else ""
        yield f"left out: {'; '.join(map(plain, problems[:_LISTED]))}{more}"


def known(summary: Summary) -> Iterator[tuple[Figure, str, Mapping[str, Any], Series]]:
    """The figures that there is something to say of: how each is told, its name, its statistics and its series."""
    figures = summary.document["figures"]
    for row in ROWS:
        if (found := figures[row.part].get(row.key)) and (row.always or found["peak"]):
            yield row, row.name, found, summary.series[f"{row.part}.{row.key}"]
    for one in figures["gpus"]:
        for row in _GPU:
            if (found := one[row.key]) and (row.always or found["peak"]):
                name = f"GPU {one['index']}: {row.name}"
                yield row, name, found, summary.series[f"gpus.{one['index']}.{row.key}"]


def _head(document: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    totals, ending = document["totals"], document["ending"]
    yield "recorded", label(document["name"])
    if document["command"]:
        yield "command", shorten(command_line(document["command"]), _COMMAND_LIMIT)
    if document["started_ns"] is not None:
        run = f", run {label(document['run'])}" if document["run"] else ""
        yield "started", f"{utc(document['started_ns'])} UTC{run}"
    yield "file", label(document["file"])
    if ending["signal"] is not None:
        yield "ended", f"by signal {ending['signal']:.0f}"
    elif ending["exit_code"] is not None:
        yield "ended", f"exit {ending['exit_code']}"
    yield "wall", duration(totals["wall_s"])
    source = {"rusage": "exact, by wait4", "proc": "by /proc"}.get(document["cpu_source"] or "", "")
    parts = f"{duration(totals['user_s'])} user, {duration(totals['system_s'])} system"
    cpu, wall = totals["cpu_s"], totals["wall_s"]
    mean = f", {plain_number(cpu / wall)} cores on average" if cpu is not None and wall else ""
    yield "CPU", f"{duration(cpu)} ({'; '.join(filter(None, (parts, source)))}){mean}"
    yield "peak memory", _peak_memory(document)
    yield "storage", f"{size(totals['read_bytes'])} read, {size(totals['write_bytes'])} written"


def _peak_memory(document: Mapping[str, Any]) -> str:
    """`129 MB PSS (412 MB RSS)`; from the least to the most where PSS was not read at the peak."""
    rss = document["totals"]["peak_rss_bytes"]
    least, most = document["peak_memory"]["least_bytes"], document["peak_memory"]["most_bytes"]
    if least is None:
        return UNKNOWN if not rss else f"{size(rss)} RSS, which counts shared pages for each process"
    beside = f"{size(rss)} RSS"
    if most is None or size(least) == size(most):
        return f"{size(least)} PSS ({beside})"
    return f"{size(least)} to {size(most)} PSS, which was not read at the peak ({beside})"


def _table(summary: Summary, style: Style, width: int | None) -> Iterator[str]:
    """A row for each figure, and its sparkline as wide as there is room."""
    found = list(known(summary))
    if not found:
        return
    shown: Sequence[str] = _STATISTICS
    rows = [[name, *(row.tell(told[key]) for key in shown)] for row, name, told, _ in found]
    if width is not None and _width(rows, shown) > width - _SPARK_LEAST - 2:
        shown = _FEW
        rows = [[name, *(row.tell(told[key]) for key in shown)] for row, name, told, _ in found]
    left = _SPARK if width is None else min(_SPARK_MOST, width - _width(rows, shown) - 2)
    sizes = _sizes(rows, shown)
    yield style.paint("  ".join(_aligned(["", *shown], sizes)).rstrip(), "dim")
    for row, (figure, _, _, series) in zip(rows, found, strict=True):
        line = "  ".join(_aligned(row, sizes))
        if left >= _SPARK_LEAST:
            parts = list(series.columns(left, summary.length_s))
            gaps = list(_in_gaps(summary, left))
            values = [
                None if gap else most if figure.peaks else mean for gap, (mean, most) in zip(gaps, parts, strict=True)
            ]
            line += f"  {style.paint(sparkline(values, style), 'cyan')}"
        yield line.rstrip()


def _in_gaps(summary: Summary, count: int) -> Iterator[bool]:
    """Of each of so many parts of the time, whether nothing was sampled in all of it."""
    gaps, length = summary.document["completeness"]["gaps"], summary.length_s
    for number in range(count):
        begin, end = length * number / count, length * (number + 1) / count
        yield any(start <= begin and end <= until for start, until in gaps)


def _foot(document: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    complete, sampler = document["completeness"], document["sampler"]
    expected = f" of {complete['expected']} ({share(complete['ratio'])})" if complete["ratio"] is not None else ""
    steps = [duration(length) for _, length in complete["intervals"]]
    every = f", every {', then '.join(steps[:_LISTED])}" if steps else ""
    late = complete["late_s"]["p99"]
    yield (
        "samples",
        f"{complete['samples']}{expected}{every}" + (f"; late by {duration(late)} (p99)" if late is not None else ""),
    )
    told = [f"by {label(sampler['source'])}"] if sampler["source"] else []
    if sampler["cpu_cores"] is not None:
        told.append(f"{duration(sampler['cpu_s'])} of CPU ({sampler['cpu_cores'] * 100:.2f} % of a processor)")
    if sampler["peak_rss_bytes"] is not None:
        told.append(size(sampler["peak_rss_bytes"]))
    if told:
        yield "sampler", ", ".join(told)
    reasons: dict[str, list[str]] = {}
    for key, why in document["missing"].items():
        reasons.setdefault(plain(why), []).append(label(key))
    for why, keys in reasons.items():
        yield "not known", f"{', '.join(keys)}: {why}"


def _markdown(summary: Summary) -> Iterator[str]:
    from gating.report.markdown import code, escaped, row, table

    document = summary.document
    facts = [row([escaped(name), escaped(value)]) for name, value in (*_head(document), *_foot(document))]
    yield f"### recording {code(label(document['name']))}"
    if said := [f"- {escaped(one)}" for one in remarks(document)]:
        yield "\n".join(said)
    yield table(("recording", ""), facts)
    rows = [
        row([escaped(name), *(escaped(figure.tell(told[key])) for key in _STATISTICS)])
        for figure, name, told, _ in known(summary)
    ]
    if rows:
        yield table(("figure", *_STATISTICS), rows)


def _listed(facts: Iterator[tuple[str, str]], style: Style, width: int | None) -> list[str]:
    lines = []
    for name, value in facts:
        first, *more = wrap(value, max(_ROOM, (width or _NO_WIDTH) - _NAME - 2))
        lines.append(f"{style.paint(pad(name, _NAME), 'dim')}  {first}")
        lines += [f"{'':{_NAME}}  {line}" for line in more]
    return lines


def _aligned(row: Sequence[str], sizes: Sequence[int]) -> Iterator[str]:
    """The name on the left, the numbers on the right."""
    yield pad(row[0], sizes[0])
    yield from (" " * (room - columns(cell)) + cell for cell, room in zip(row[1:], sizes[1:], strict=True))


def _sizes(rows: Sequence[Sequence[str]], shown: Sequence[str]) -> list[int]:
    lines: list[Sequence[str]] = [("", *shown), *rows]
    return [max(columns(line[index]) for line in lines) for index in range(len(shown) + 1)]


def _width(rows: Sequence[Sequence[str]], shown: Sequence[str]) -> int:
    return sum(_sizes(rows, shown)) + 2 * len(shown)


def _count(value: float) -> str:
    return f"{value:.0f}" if value == int(value) else f"{value:.1f}"
