"""Recordings as tests write them: whole lines of the form, with what the test is about in its place."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from gating.metrics.format import CGROUP_KEYS, HOST_KEYS, SCHEMA, TREE_KEYS

__all__ = ["START_NS", "a_footer", "a_header", "a_sample", "written"]

START_NS = 1_795_149_692_000_000_000


def a_header(**more: Any) -> dict[str, Any]:
    return {
        "kind": "header",
        "schema": SCHEMA,
        "run": "01a1f7427cc57027ba4663ca283bd2fa",
        "name": "tests",
        "command": ["python", "-m", "pytest"],
        "started_ns": START_NS,
        "interval_s": 1.0,
        "boot": None,
        "host": {
            "name": "build-1",
            "system": "Linux",
            "release": "6.12.0",
            "machine": "x86_64",
            "cpus": 4,
            "cpus_usable": 4,
            "memory_bytes": 16_000_000_000,
            "swap_bytes": 0,
            "page_bytes": 4096,
            "ticks_per_s": 100,
        },
        "root": {"pid": 1000, "started_ticks": 5000, "owned": True},
        "sampler": {"pid": 999, "version": "0.1.0", "python": "3.13.0", "source": "proc"},
        "cgroup": None,
        "gpus": None,
        "missing": {},
        **more,
    }


def a_sample(
    n: int, t_s: float | None = None, *, tree: Mapping[str, Any] | None = None, host: Any = None, **more: Any
) -> dict[str, Any]:
    """The sample `n` of a command that keeps one processor busy and holds 100 MB."""
    t_s = float(n) if t_s is None else t_s
    known = {
        "processes": 1,
        "threads": 1,
        "user_s": t_s,
        "system_s": 0.0,
        "cpu_s": t_s,
        "rss_bytes": 200_000_000,
        "pss_bytes": 100_000_000,
        "pss_age_s": 0.0,
        "read_bytes": 0,
        "write_bytes": n * 1000,
        "descriptors": 10,
        "unreadable": 0,
    }
    return {
        "kind": "sample",
        "n": n,
        "t_s": t_s,
        "time_ns": START_NS + int(t_s * 1e9),
        "late_s": 0.0001,
        "host": {**dict.fromkeys(HOST_KEYS), "cpu_user_s": 2 * t_s, "memory_used_bytes": 8_000_000_000, **(host or {})},
        "tree": {**dict.fromkeys(TREE_KEYS), **known, **(tree or {})},
        "cgroup": None,
        "gpus": None,
        **more,
    }


def a_cgroup(**more: Any) -> dict[str, Any]:
    return {**dict.fromkeys(CGROUP_KEYS), **more}


def a_footer(*, totals: Mapping[str, Any] | None = None, **more: Any) -> dict[str, Any]:
    known = {
        "wall_s": 2.0,
        "cpu_s": 2.0,
        "user_s": 2.0,
        "system_s": 0.0,
        "peak_rss_bytes": 200_000_000,
        "peak_pss_bytes": 100_000_000,
        "read_bytes": 0,
        "write_bytes": 2000,
    }
    return {
        "kind": "footer",
        "ended_ns": START_NS + 2_000_000_000,
        "reason": "ended",
        "samples": 3,
        "exit_code": 0,
        "signal": None,
        "totals": {**known, **(totals or {})},
        "cpu_source": "rusage",
        "orphans": {"reaped": 0, "running": 0, "uncounted": False},
        "flags": [],
        "gaps": [],
        "lateness_s": {"p50": 0.0001, "p99": 0.0001, "max": 0.0001},
        "intervals": [[0.0, 1.0]],
        "sampler": {"cpu_s": 0.002, "peak_rss_bytes": 9_000_000, "pss_cpu_s": 0.0},
        "lost": 0,
        **more,
    }


def written(folder: Path, lines: Iterable[Mapping[str, Any] | str], name: str = "recording.jsonl") -> Path:
    """A file with these lines; a text is a line as it stands."""
    path = folder / name
    texts = [line if isinstance(line, str) else json.dumps(line) for line in lines]
    path.write_bytes("".join(f"{text}\n" for text in texts).encode("utf-8", "surrogateescape"))
    return path
