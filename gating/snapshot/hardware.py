"""The CPUs and the memory: what the machine has, and what this process may use of it."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TypedDict

from gating.snapshot.cgroup import cpu_quota, memory_limit
from gating.snapshot.words import read

__all__ = ["Cpu", "Memory", "cpu", "memory"]


class Cpu(TypedDict):
    """`logical` and `physical` are the machine's cores; `available` is what affinity and quota leave to us."""

    model: str | None
    logical: int | None
    physical: int | None
    available: float | None


class Memory(TypedDict):
    """In bytes. `limit_bytes` is that of the control group, None where there is none."""

    total_bytes: int | None
    limit_bytes: int | None
    swap_total_bytes: int | None


def cpu(host: Path, notes: list[str]) -> Cpu:
    """`host` is the root of the file system that is looked at, `/` but in tests."""
    blocks = _blocks(read(host / "proc/cpuinfo") or "")
    model = next((block[key] for block in blocks for key in ("model name", "Hardware") if block.get(key)), None)
    cores = {(block.get("physical id"), block["core id"]) for block in blocks if "core id" in block}
    physical = len(cores) or _physical(host)
    if not blocks:
        model = _model_elsewhere()
    if not model:
        notes.append("cpu: the model is unknown")
    if not physical:
        notes.append("cpu: the number of physical cores is unknown")
    return {"model": model or None, "logical": os.cpu_count(), "physical": physical, "available": _available(host)}


def memory(host: Path, notes: list[str]) -> Memory:
    """`host` as in `cpu`."""
    found = {}
    for line in (read(host / "proc/meminfo") or "").splitlines():
        name, _, rest = line.partition(":")
        number, _, unit = rest.strip().partition(" ")
        if unit == "kB" and number.isdecimal():
            found[name] = int(number) * 1024
    total = found.get("MemTotal") or _total_elsewhere()
    limit = memory_limit(host)
    if total is None:
        notes.append("memory: the total is unknown")
    elif limit is not None and limit >= total:
        limit = None
    return {"total_bytes": total, "limit_bytes": limit, "swap_total_bytes": found.get("SwapTotal")}


def _blocks(text: str) -> list[dict[str, str]]:
    blocks = []
    for part in text.split("\n\n"):
        pairs = (line.partition(":") for line in part.splitlines())
        blocks.append({key.strip(): said.strip() for key, colon, said in pairs if colon})
    return [block for block in blocks if block]


def _available(host: Path) -> float | None:
    affinity = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    quota = cpu_quota(host)
    if affinity is None or quota is None or quota >= affinity:
        return affinity
    return quota


def _physical(host: Path) -> int | None:
    """Where /proc/cpuinfo knows no cores (ARM): sysfs, else psutil if it is installed."""
    cores = set()
    for folder in (host / "sys/devices/system/cpu").glob("cpu[0-9]*/topology"):
        core = read(folder / "core_id")
        if core is not None:
            cores.add((read(folder / "physical_package_id"), core))
    if cores:
        return len(cores)
    try:
        import psutil
    except ImportError:
        return None
    count: int | None = psutil.cpu_count(logical=False)
    return count


def _model_elsewhere() -> str | None:
    if sys.platform == "darwin":
        from gating.process import Command, capture

        (made,) = capture([Command(argv=("/usr/sbin/sysctl", "-n", "machdep.cpu.brand_string"), timeout=2.0)])
        return made.stdout.strip() if made.code == 0 else None
    if sys.platform == "win32":
        import winreg

        try:
            with winreg.OpenKey(winreg.HKEY_LOCAL_MACHINE, r"HARDWARE\DESCRIPTION\System\CentralProcessor\0") as key:
                return str(winreg.QueryValueEx(key, "ProcessorNameString")[0]).strip()
        except OSError:
            return None
    return None


def _total_elsewhere() -> int | None:
    try:
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (AttributeError, ValueError, OSError):  # Windows has no sysconf
        pass
    try:
        import psutil
    except ImportError:
        return None
    total: int = psutil.virtual_memory().total
    return total
