"""The totals of a recording: what rusage knows is the truth, /proc stands in where nobody handed it over."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from gating.metrics.sampler.readers import TreeReader

__all__ = ["completed", "orphans", "totals"]


def totals(tree: TreeReader, rusage: Mapping[str, Any] | None) -> dict[str, Any]:
    """What was used, in seconds and bytes.

    `rusage` has `user_s` and `system_s` of all that was waited for (for a recording of the caller itself, its own
    too), and may have `peak_rss_bytes`, `read_bytes` and `write_bytes`. What is still running comes on top.
    """
    known = tree.totals()
    for key in ("peak_rss_bytes", "peak_pss_bytes"):
        known[key] = known[key] or None  # where nobody was seen alive nothing is known
    if rusage is None:
        return known
    beside_user_s, beside_system_s = tree.beside_root()
    user_s, system_s = rusage["user_s"] + beside_user_s, rusage["system_s"] + beside_system_s
    # rusage lacks the children of those who ignore SIGCHLD; what was seen of them is more than nothing
    if not tree.ignored_children or user_s + system_s > (known["cpu_s"] or 0):
        known["user_s"], known["system_s"] = round(user_s, 6), round(system_s, 6)
        known["cpu_s"] = round(user_s + system_s, 6)
    for key in ("peak_rss_bytes", "read_bytes", "write_bytes"):
        known[key] = _greater(known[key], rusage.get(key))
    return known


def completed(sample: dict[str, Any], known: Mapping[str, Any]) -> dict[str, Any]:
    """The last sample of a tree with what the totals know beyond it: what was used since somebody last looked."""
    for key in ("user_s", "system_s", "read_bytes", "write_bytes"):
        sample[key] = _greater(sample[key], known[key])
    if sample["user_s"] is not None and sample["system_s"] is not None:
        sample["cpu_s"] = round(sample["user_s"] + sample["system_s"], 6)
    return sample


def orphans(tree: TreeReader, told: Mapping[str, Any] | None, *, owned: bool) -> dict[str, Any]:
    """How many orphans the recorder has reaped, how many run on, and whether some could not be counted.

    Only a recorder that is their child-subreaper, and has lived to say so, knows of them all.
    """
    told = (told or {}) if owned else {}
    reaped, running = told.get("reaped"), told.get("running")
    return {
        "reaped": reaped,
        "running": tree.alive()[1] if running is None else running,
        "uncounted": told.get("uncounted", reaped is None),
    }


def _greater(one: float | None, other: float | None) -> float | None:
    if one is None or other is None:
        return one if other is None else other
    return max(one, other)
