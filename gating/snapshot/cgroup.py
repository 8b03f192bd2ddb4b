"""The limits that a Linux control group sets: CPUs and memory (the kernel's cgroup-v1 and cgroup-v2 pages)."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

from gating.snapshot.words import read

__all__ = ["cpu_quota", "memory_limit"]


def cpu_quota(host: Path) -> float | None:
    """How many CPUs' time this process may use, None where nothing limits it. The tightest group counts."""
    found = []
    for folder, version in _folders(host, "cpu"):
        if version == 1:
            parts = [read(folder / "cpu.cfs_quota_us") or "", read(folder / "cpu.cfs_period_us") or ""]
        else:
            parts = (read(folder / "cpu.max") or "").split()
        with contextlib.suppress(ValueError, ZeroDivisionError):
            quota, period = map(int, parts)  # "max" and a missing file are no numbers; -1 is no limit
            if quota > 0:
                found.append(round(quota / period, 3))
    return min(found, default=None)


def memory_limit(host: Path) -> int | None:
    """How many bytes this process and its group may use, None where nothing limits it.

    Version 1 writes a number larger than any memory for no limit.
    """
    found = []
    for folder, version in _folders(host, "memory"):
        text = read(folder / ("memory.limit_in_bytes" if version == 1 else "memory.max")) or ""
        with contextlib.suppress(ValueError):
            found.append(int(text))
    return min(found, default=None)


def _folders(host: Path, controller: str) -> Iterator[tuple[Path, int]]:
    """The folders of our group and of those above it, each with its version of the interface."""
    top = host / "sys/fs/cgroup"
    for line in (read(host / "proc/self/cgroup") or "").splitlines():
        _, _, rest = line.partition(":")
        controllers, _, path = rest.partition(":")
        if not controllers:
            base, version = (top if (top / "cgroup.controllers").exists() else top / "unified"), 2
        elif controller in controllers.split(","):
            base, version = top / controllers, 1
            if not base.exists():
                base = top / controller
        else:
            continue
        yield base, version
        group = base
        if ".." not in path:  # a group outside of what this namespace shows
            for name in filter(None, path.split("/")):
                group /= name
                yield group, version
