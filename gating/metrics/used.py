"""What a recorded run used, between what and what, and what makes a figure doubtful; for holding it to a budget."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from gating.metrics.format import FLAG_SIGCHLD_IGNORED

__all__ = ["BOUNDS", "Used", "used_by_document", "used_by_totals"]

BOUNDS = ("wall", "cpu", "peak-memory")

_UNSEEN = 0.1  # of the time, and _UNSEEN_S at least: in less a peak passes unseen at the usual interval too
_UNSEEN_S = 1.0


@dataclass(frozen=True, kw_only=True)
class Used:
    """One figure of a recorded run, in seconds or bytes.

    It was from `least` to `most`, None where that is not known. `doubts` say why it may have been more than that;
    `beside` is what is to be said with it.
    """

    least: float | None
    most: float | None
    doubts: Sequence[str] = ()
    beside: str = ""


def used_by_document(document: Mapping[str, Any]) -> dict[str, Used]:
    """By bound, what the document `gating.recording/1` says."""
    totals, memory, ending = document["totals"], document["peak_memory"], document["ending"]
    complete, doubts = document["completeness"], []
    if document["incomplete"]:
        doubts.append(f"the recording is not finished: {document['incomplete']}")
    elif ending["signal"] is not None:
        doubts.append(f"signal {ending['signal']:.0f} ended the command")
    elif ending["reason"] in {"recorder-gone", "root-gone"}:
        doubts.append("how the command ended is not known")
    of_cpu = []
    if FLAG_SIGCHLD_IGNORED in document["flags"]:
        of_cpu.append("a parent ignored SIGCHLD, and what its children used is lost")
    if document["orphans"]["uncounted"]:
        of_cpu.append("processes outlived their parents, and what they used may not be counted")
    of_memory = []
    if complete["gap_s"] >= max(_UNSEEN_S, _UNSEEN * (totals["wall_s"] or 0.0)):
        of_memory.append(f"nothing was sampled for {complete['gap_s']:.1f} s")
    least, most = memory["least_bytes"], memory["most_bytes"]
    return {
        "wall": Used(least=totals["wall_s"], most=totals["wall_s"], doubts=doubts),
        "cpu": Used(least=totals["cpu_s"], most=totals["cpu_s"], doubts=[*doubts, *of_cpu]),
        "peak-memory": _memory(least, most, [*doubts, *of_memory]),
    }


def used_by_totals(totals: Mapping[str, Any], doubts: Sequence[str] = ()) -> dict[str, Used]:
    """The same by totals alone, as the ledger keeps them when a file is gone."""
    wall, cpu = totals.get("wall_s"), totals.get("cpu_s")
    return {
        "wall": Used(least=wall, most=wall, doubts=doubts),
        "cpu": Used(least=cpu, most=cpu, doubts=doubts),
        "peak-memory": _memory(totals.get("peak_pss_bytes"), totals.get("peak_rss_bytes"), doubts),
    }


def _memory(pss: float | None, most: float | None, doubts: Sequence[str]) -> Used:
    """By PSS where it is known: the least that it was, since it is not read at each sample."""
    if pss is None:
        told = "by RSS, which counts shared pages for each process" if most is not None else ""
        return Used(least=most, most=most, doubts=doubts, beside=told)
    most = pss if most is None else max(pss, most)
    return Used(least=pss, most=most, doubts=doubts, beside="" if most == pss else "PSS was not read at the peak")
