"""A metered command in one line, for the end of its own output."""

from __future__ import annotations

import os
from typing import Any

from gating.report.quantities import duration, size
from gating.report.words import label, plain
from gating.verdict import Evidence, Verdict

__all__ = ["told_in_a_line"]


def told_in_a_line(verdict: Verdict, *, folder: str) -> str:
    """What a command took, and where the recording is, seen from `folder`; or why there is none."""
    metrics: dict[str, Any] = verdict.details["metrics"]
    totals = metrics["totals"]
    if verdict.evidence is Evidence.ABSENT:
        return f"{label(verdict.name)}: {plain(verdict.reason)}"
    facts = [f"took {duration(totals['wall_s'])}"]
    if totals["cpu_s"] is not None:
        facts.append(f"{duration(totals['cpu_s'])} CPU")
    if totals["peak_rss_bytes"] is not None:
        facts.append(f"{size(totals['peak_rss_bytes'])} RSS")
    said = f"{label(verdict.name)} {', '.join(facts)}"
    file, trouble = metrics["file"], metrics["trouble"]
    if file is None:
        return f"{said}; not recorded: {plain(trouble or 'unknown')}"
    said += f"; recorded in {plain(_from(folder, file))}"
    return said if metrics["complete"] else f"{said}, not in full: {plain(trouble or 'unknown')}"


def _from(folder: str, path: str) -> str:
    """The shorter of the path and the way to it."""
    try:
        way = os.path.relpath(path, folder)
    except ValueError:  # on another drive
        return path
    return min(way, path, key=len)
