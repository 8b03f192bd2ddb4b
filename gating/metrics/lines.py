"""The lines of a recording as values: what they hold by the form, each of its own type, and None for all else."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from gating.metrics.format import CGROUP_KEYS, HOST_KEYS, TOTALS_KEYS, TREE_KEYS

__all__ = ["footer", "header", "load", "number", "sample", "text"]

_MOST = 2**63  # numbers from here on are no measurements
_PARTS = {"host": HOST_KEYS, "tree": TREE_KEYS, "cgroup": CGROUP_KEYS}
_GPU_NUMBERS = ("utilisation_ratio", "memory_used_bytes", "memory_bytes", "temperature_celsius", "power_watts")


def load(line: bytes) -> dict[str, Any] | None:
    """The JSON object of a line, None where it is none."""
    try:
        value = json.loads(line)
    except (ValueError, RecursionError):  # no JSON, or nested too deeply
        return None
    return value if isinstance(value, dict) else None


def number(value: object) -> float | int | None:
    """`value` where it can be a measurement: a finite number, from 0 and below 2**63; else None."""
    kind = type(value)  # of JSON, so that no other class of numbers comes; and True is none
    return value if (kind is float or kind is int) and 0 <= value < _MOST else None  # type: ignore[operator, return-value]


def text(value: object) -> str | None:
    return value if isinstance(value, str) else None


def sample(value: Mapping[str, Any]) -> dict[str, Any] | None:
    """The sample that a line holds, None where it has no time."""
    t_s = number(value.get("t_s"))
    if t_s is None:
        return None
    made: dict[str, Any] = {
        "n": number(value.get("n")),
        "t_s": float(t_s),
        "time_ns": number(value.get("time_ns")),
        "late_s": number(value.get("late_s")),
    }
    for part, keys in _PARTS.items():
        made[part] = _numbers(value.get(part), keys)
    gpus = value.get("gpus")
    made["gpus"] = None
    if isinstance(gpus, list):
        made["gpus"] = [
            {"index": number(one.get("index")), "asleep": one.get("asleep") is True, **_some(one, _GPU_NUMBERS)}
            for one in gpus
            if isinstance(one, dict)
        ]
    return made


def header(value: Mapping[str, Any]) -> dict[str, Any]:
    """The header that a line holds."""
    command, missing, sampler = value.get("command"), value.get("missing"), _object(value.get("sampler"))
    host, root, cgroup, gpus = (value.get(key) for key in ("host", "root", "cgroup", "gpus"))
    numbers = ("cpus", "cpus_usable", "memory_bytes", "swap_bytes", "page_bytes", "ticks_per_s")
    words = ("name", "system", "release", "machine")
    return {
        "run": text(value.get("run")),
        "name": text(value.get("name")) or "",
        "command": [str(word) for word in command] if isinstance(command, list) else None,
        "started_ns": number(value.get("started_ns")),
        "interval_s": number(value.get("interval_s")) or None,
        "boot": text(value.get("boot")),
        "host": {**{key: text(_object(host).get(key)) for key in words}, **_some(_object(host), numbers)},
        "root": {**_some(_object(root), ("pid", "started_ticks")), "owned": _object(root).get("owned") is True},
        "sampler": {
            "pid": number(sampler.get("pid")),
            **{key: text(sampler.get(key)) for key in ("version", "python", "source")},
        },
        "cgroup": {
            "path": text(cgroup.get("path")),
            **_some(cgroup, ("version", "memory_limit_bytes", "cpu_limit_cores", "pids_limit")),
        }
        if isinstance(cgroup, dict)
        else None,
        "gpus": [
            {**_some(one, ("index", "memory_bytes")), "name": text(one.get("name")), "uuid": text(one.get("uuid"))}
            for one in gpus
            if isinstance(one, dict)
        ]
        if isinstance(gpus, list)
        else None,
        "missing": {str(key): str(why) for key, why in _object(missing).items()},
    }


def footer(value: Mapping[str, Any]) -> dict[str, Any]:
    """The footer that a line holds."""
    orphans, flags, code = _object(value.get("orphans")), value.get("flags"), value.get("exit_code")
    uncounted = orphans.get("uncounted")
    return {
        "ended_ns": number(value.get("ended_ns")),
        "reason": text(value.get("reason")),
        "samples": number(value.get("samples")),
        "exit_code": code if isinstance(code, int) and not isinstance(code, bool) else None,
        "signal": number(value.get("signal")),
        "totals": _some(_object(value.get("totals")), TOTALS_KEYS),
        "cpu_source": text(value.get("cpu_source")),
        "orphans": {
            **_some(orphans, ("reaped", "running")),
            "uncounted": uncounted if isinstance(uncounted, bool) else None,
        },
        "flags": [flag for flag in flags if isinstance(flag, str)] if isinstance(flags, list) else [],
        "gaps": _spans(value.get("gaps")),
        "lateness_s": _some(_object(value.get("lateness_s")), ("p50", "p99", "max")),
        "intervals": _spans(value.get("intervals")),
        "sampler": _some(_object(value.get("sampler")), ("cpu_s", "peak_rss_bytes", "pss_cpu_s")),
        "lost": number(value.get("lost")),
    }


def _object(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _some(value: Mapping[str, Any], keys: tuple[str, ...]) -> dict[str, float | int | None]:
    return {key: number(value.get(key)) for key in keys}


def _numbers(value: object, keys: tuple[str, ...]) -> dict[str, float | int | None] | None:
    return _some(value, keys) if isinstance(value, dict) else None


def _spans(value: object) -> list[tuple[float, float]]:
    """Pairs of numbers; anything else among them is left out."""
    if not isinstance(value, list):
        return []
    pairs = [(number(one[0]), number(one[1])) for one in value if isinstance(one, list) and len(one) == 2]  # noqa: PLR2004
    return [(float(first), float(second)) for first, second in pairs if first is not None and second is not None]
