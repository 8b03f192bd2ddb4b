"""One run of the ledger: its head, its verdicts as a report prints them, and the machine it ran on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from gating.report.quantities import duration, size
from gating.report.runs import counts_of, ending, took, utc
from gating.report.terminal import Style, pad
from gating.report.text import verdict_lines
from gating.report.words import counted, label, plain, shorten
from gating.verdict import Verdict

__all__ = ["RUN_SCHEMA", "render"]

RUN_SCHEMA = "gating.run/1"

_VALUE_LIMIT = 200  # characters


def render(
    shown: Mapping[str, Any],
    form: str = "text",
    *,
    colour: bool = False,
    encoding: str | None = None,
    width: int | None = None,
) -> str:
    """The document `gating.run/1` as `text`, `markdown` or `json`, ending in a newline.

    Any other format of `gating.report.FORMATS` has no form for a stored run and gets the text.
    """
    if form == "json":
        from gating.report.as_json import dumps

        return dumps(shown)
    style = Style(colour=colour, encoding=encoding)
    verdicts = [Verdict.from_dict(verdict) for verdict in shown.get("verdicts", ())]
    if form == "markdown":
        return style.encodable("\n\n".join(_markdown(shown, verdicts)) + "\n")
    lines = _listed(_head(shown["run"]), style)
    if verdicts:
        lines += ["", *verdict_lines(verdicts, style, width=width)]
    for title, facts in (("recordings", _recordings(shown)), ("snapshot", _snapshot(shown))):
        if facts:
            lines += ["", style.paint(title, "bold"), *_listed(facts, style, indent="  ")]
    lines += ["", _last_line(shown["run"], style)]
    return style.encodable("\n".join(lines) + "\n")


def _markdown(shown: Mapping[str, Any], verdicts: Sequence[Verdict]) -> list[str]:
    from gating.report.markdown import VERDICT_COLUMNS, code, escaped, row, table, verdict_row, verdict_section

    run = shown["run"]
    facts = [row([escaped(name), escaped(value)]) for name, value in _head(run)]
    parts = [f"### run {code(label(str(run['id'])))}: {escaped(ending(run))}", table(("run", ""), facts)]
    if verdicts:
        parts.append(table(VERDICT_COLUMNS, [verdict_row(verdict) for verdict in verdicts]))
    parts += filter(None, map(verdict_section, verdicts))
    for title, listed in (("recording", _recordings(shown)), ("snapshot", _snapshot(shown))):
        if listed:
            parts.append(table((title, ""), [row([escaped(name), escaped(value)]) for name, value in listed]))
    return parts


def _head(run: Mapping[str, Any]) -> list[tuple[str, str]]:
    facts = {
        "run": run.get("id"),
        "parent": run.get("parent"),
        "command": run.get("command"),
        "project": run.get("project"),
        "policy": run.get("policy"),
        "python": run.get("python"),
        "started": f"{utc(run.get('started_ns'))} UTC",
        "took": took(run),
    }
    return [(name, plain(str(value))) for name, value in facts.items() if value]


def _recordings(shown: Mapping[str, Any]) -> list[tuple[str, str]]:
    """What was recorded of system metrics: what was used in all, and where the file is, or why it is not."""
    facts = []
    for one in shown.get("recordings") or ():
        totals = one.get("totals") or {}
        used = f"{duration(totals.get('wall_s'))}, {duration(totals.get('cpu_s'))} CPU"
        if totals.get("peak_rss_bytes") is not None:
            used += f", {size(totals['peak_rss_bytes'])} RSS"
        if one.get("deleted"):
            where = f"deleted: {one['deleted']}"
        else:
            where = str(one["path"])
            if not one.get("complete"):
                where += f" (not complete: {one.get('reason') or 'its end is not known yet'})"
        facts.append((label(str(one["name"])), f"{used}; {plain(where)}"))
    return facts


def _snapshot(shown: Mapping[str, Any]) -> list[tuple[str, str]]:
    """The snapshot in lines, whatever it holds: simple values as they are, long lists counted."""
    return [(plain(str(name)), _in_brief(value)) for name, value in (shown.get("snapshot") or {}).items()]


def _in_brief(value: object) -> str:
    if isinstance(value, Mapping):
        if any(isinstance(item, Mapping | list | tuple) for item in value.values()) or len(value) > 12:  # noqa: PLR2004 - a line's worth
            return f"{len(value)} entries"
        said = ", ".join(f"{name} {item}" for name, item in value.items() if item is not None)
    elif isinstance(value, list | tuple):
        if any(isinstance(item, Mapping | list | tuple) for item in value):
            return f"{len(value)} entries"
        said = ", ".join(map(str, value)) or "none"
    else:
        said = "unknown" if value is None else str(value)
    return shorten(plain(said), _VALUE_LIMIT)


def _listed(facts: Sequence[tuple[str, str]], style: Style, *, indent: str = "") -> list[str]:
    size = max((len(name) for name, _ in facts), default=0)
    return [f"{indent}{style.paint(pad(name, size), 'dim')}  {value}" for name, value in facts]


def _last_line(run: Mapping[str, Any], style: Style) -> str:
    counts = counts_of(run)
    return f"{style.paint(ending(run), 'bold')}: {counted(counts) if counts else 'no verdicts'}"
