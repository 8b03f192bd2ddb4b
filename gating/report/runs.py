"""The runs of the ledger as a table: each under the run that started it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from time import gmtime, strftime
from typing import Any

from gating.report.terminal import Style, columns, pad
from gating.report.words import counted, label, plain
from gating.verdict import Counts

__all__ = ["RUNS_SCHEMA", "counts_of", "document", "ending", "render", "took", "utc"]

RUNS_SCHEMA = "gating.runs/1"

_HEAD = ("started (UTC)", "command", "ended", "verdicts", "took", "run")
_LAST_SECOND = 253402300799  # of the year 9999


def render(
    runs: Sequence[Mapping[str, Any]], form: str = "text", *, colour: bool = False, encoding: str | None = None
) -> str:
    """The runs, dicts of the document `gating.runs/1`, as `text`, `markdown` or `json`; ends in a newline.

    Runs without a parent in the list keep its order; the runs that one started stand under it, oldest first.
    Any other format of `gating.report.FORMATS` has no form for runs and gets the text.
    """
    if form == "json":
        from gating.report.as_json import dumps

        return dumps(document(runs))
    style = Style(colour=colour, encoding=encoding)
    if form == "markdown":
        from gating.report.markdown import code, escaped, row, table

        rows = [row([*map(escaped, cells[:-1]), code(cells[-1])]) for cells in _rows(runs, style)]
        return style.encodable(table(_HEAD, rows) + "\n")
    if not runs:
        return "no runs in the ledger\n"
    return style.encodable("\n".join(_aligned(list(_rows(runs, style)), style)) + "\n")


def document(runs: Sequence[Mapping[str, Any]]) -> dict[str, object]:
    """The document `gating.runs/1`."""
    return {"schema": RUNS_SCHEMA, "runs": [dict(run) for run in runs]}


def utc(time_ns: int | None) -> str:
    """A time in UTC nanoseconds as `2026-11-20 03:40:12`; None as nothing."""
    if time_ns is None:
        return ""
    return strftime("%Y-%m-%d %H:%M:%S", gmtime(min(max(time_ns // 1_000_000_000, 0), _LAST_SECOND)))


def took(run: Mapping[str, Any]) -> str:
    """How long a run took, empty where it has no end."""
    if run.get("ended_ns") is None or run.get("started_ns") is None:
        return ""
    seconds = max(0, run["ended_ns"] - run["started_ns"]) / 1e9
    if seconds < 60:  # noqa: PLR2004 - seconds in a minute
        return f"{seconds:.1f} s"
    minutes, seconds = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{seconds:02}" if hours else f"{minutes}:{seconds:02}"


def ending(run: Mapping[str, Any]) -> str:
    """How a run stands: `exit 0`, `running` or `killed`."""
    if run.get("status") == "finished" and run.get("exit_code") is not None:
        return f"exit {run['exit_code']}"
    return plain(str(run.get("status", "")))


def counts_of(run: Mapping[str, Any]) -> Counts | None:
    """The run's verdicts by outcome, None where it has none (yet)."""
    counts = run.get("counts") or {}
    made = Counts(
        passed=counts.get("pass", 0),
        degraded=counts.get("degraded", 0),
        skipped=counts.get("skip", 0),
        failed=counts.get("fail", 0),
    )
    return made if made != Counts() else None


def _rows(runs: Sequence[Mapping[str, Any]], style: Style) -> Iterator[tuple[str, ...]]:
    for run, depth in _tree(runs):
        branch = "  " * (depth - 1) + ("└ " if style.ours else "- ") if depth else ""
        counts = counts_of(run)
        yield (
            utc(run.get("started_ns")),
            branch + plain(str(run.get("command") or "")),
            ending(run),
            counted(counts) if counts else "",
            took(run),
            label(str(run.get("id", ""))),
        )


def _tree(runs: Sequence[Mapping[str, Any]]) -> Iterator[tuple[Mapping[str, Any], int]]:
    """Every run once, with its depth. A circle of parents, which no ledger should hold, is opened at its first run."""
    known = {run.get("id") for run in runs}
    children: dict[object, list[Mapping[str, Any]]] = {}
    for run in sorted(runs, key=lambda run: run.get("started_ns") or 0):
        children.setdefault(run.get("parent"), []).append(run)
    roots = [run for run in runs if run.get("parent") not in known]
    seen: set[int] = set()
    for start in [*roots, *runs]:
        waiting = [(start, 0)]
        while waiting:
            run, depth = waiting.pop()
            if id(run) in seen:
                continue
            seen.add(id(run))
            yield run, depth
            waiting += [(child, depth + 1) for child in reversed(children.get(run.get("id"), []))]


def _aligned(rows: list[tuple[str, ...]], style: Style) -> list[str]:
    sizes = [max(columns(row[index]) for row in [_HEAD, *rows]) for index in range(len(_HEAD))]
    lines = [style.paint("  ".join(pad(cell, size) for cell, size in zip(_HEAD, sizes, strict=True)).rstrip(), "dim")]
    for row in rows:
        cells = [pad(cell, size) for cell, size in zip(row, sizes, strict=True)]
        cells[2] = style.paint(cells[2], _colour(row[2])) if row[2] else cells[2]
        lines.append("  ".join(cells).rstrip())
    return lines


def _colour(ended: str) -> str:
    return {"exit 0": "green", "running": "cyan"}.get(ended, "red")
