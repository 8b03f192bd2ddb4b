"""NVIDIA's GPUs, driver and CUDA, never by importing a framework and never for longer than a deadline.

Asked in turn until one answers: NVML (nvidia-ml-py), nvidia-smi, /proc/driver/nvidia. Nothing is asked where
nothing speaks of a driver.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TypedDict

from gating.snapshot.words import read

__all__ = ["Cuda", "Gpu", "Gpus", "gpus"]

_DEADLINE = 10.0  # seconds: a driver without persistence wakes its devices one by one, about one second each
_MIB = 1 << 20


class Gpu(TypedDict):
    """One device; `driver` is the driver's version."""

    name: str | None
    uuid: str | None
    memory_bytes: int | None
    driver: str | None


class Cuda(TypedDict):
    """`runtime` is the release that nvcc names; `visible_devices` is CUDA_VISIBLE_DEVICES, None if unset."""

    driver_version: str | None
    runtime: str | None
    visible_devices: str | None


class Gpus(TypedDict):
    """Both sections. `cuda` is None where there is no trace of it, `gpus` where a driver did not answer."""

    cuda: Cuda | None
    gpus: list[Gpu] | None


def gpus(host: Path, env: Mapping[str, str], notes: list[str]) -> Gpus:
    """`host` is the root of the file system that is looked at, `/` but in tests."""
    driver, found = _devices(host, env, notes)
    runtime = _runtime(env, notes)
    visible = env.get("CUDA_VISIBLE_DEVICES")
    if driver is None and runtime is None and visible is None and found == []:
        return {"cuda": None, "gpus": []}
    return {"cuda": {"driver_version": driver, "runtime": runtime, "visible_devices": visible}, "gpus": found}


def _devices(host: Path, env: Mapping[str, str], notes: list[str]) -> tuple[str | None, list[Gpu] | None]:
    smi = _which("nvidia-smi", env)
    traces = ("proc/driver/nvidia/version", "dev/nvidiactl")
    if smi is None and sys.platform != "win32" and not any((host / trace).exists() for trace in traces):
        return None, []
    answer = _by_nvml(env, notes)
    if answer is None and smi is not None:
        answer = _by_smi(smi, env, notes)
    if answer is None:
        answer = _by_proc(host, notes)
    if answer is not None:
        return answer
    if sys.platform == "win32" and smi is None:
        return None, []
    notes.append("gpus: there is a driver, but nothing tells which devices it has")
    return None, None


def _by_nvml(env: Mapping[str, str], notes: list[str]) -> tuple[str | None, list[Gpu]] | None:
    from importlib.util import find_spec

    from gating.snapshot.nvml import MARK
    from gating.snapshot.nvml import __file__ as script

    try:
        spec = find_spec("pynvml")
    except (ImportError, ValueError):
        spec = None
    if spec is None or not spec.origin or not sys.executable:
        return None
    import json

    folder = os.path.dirname(spec.origin if not spec.submodule_search_locations else os.path.dirname(spec.origin))
    printed = _printed((sys.executable, "-I", script, folder), env, notes)
    for line in (printed or "").splitlines():
        if line.startswith(MARK):
            said = json.loads(line.removeprefix(MARK))
            return said["driver"], said["gpus"]
    return None


def _by_smi(smi: str, env: Mapping[str, str], notes: list[str]) -> tuple[str | None, list[Gpu]] | None:
    wanted = "--query-gpu=name,uuid,memory.total,driver_version"
    printed = _printed((smi, wanted, "--format=csv,noheader,nounits"), env, notes)
    if printed is None:
        return None
    found: list[Gpu] = []
    for line in printed.splitlines():
        cells = [cell.strip() for cell in line.rsplit(",", 3)]
        if len(cells) != 4:  # noqa: PLR2004 (as many as were asked for)
            continue  # "No devices were found"
        name, uuid, memory, driver = (None if cell.startswith("[") else cell or None for cell in cells)
        size = int(memory) * _MIB if memory and memory.isdecimal() else None
        found.append({"name": name, "uuid": uuid, "memory_bytes": size, "driver": driver})
    return (found[0]["driver"] if found else None), found


def _by_proc(host: Path, notes: list[str]) -> tuple[str | None, list[Gpu]] | None:
    text = read(host / "proc/driver/nvidia/version")
    if text is None:
        return None
    match = re.search(r"^NVRM version:.*?\s(\d+\.\d+(?:\.\d+)?)\s", text, re.MULTILINE)
    driver = match[1] if match else None
    found: list[Gpu] = []
    for file in sorted((host / "proc/driver/nvidia/gpus").glob("*/information")):
        lines = (line.partition(":") for line in (read(file) or "").splitlines())
        said = {key.strip(): value.strip() for key, colon, value in lines if colon}
        uuid = said.get("GPU UUID")
        # before its first use a device's identifier reads GPU-????????-…
        known = uuid if uuid and "?" not in uuid else None
        found.append({"name": said.get("Model") or None, "uuid": known, "memory_bytes": None, "driver": driver})
    if found:
        notes.append("gpus: known from /proc only, so without their memory")
    return driver, found


def _runtime(env: Mapping[str, str], notes: list[str]) -> str | None:
    """The release of the CUDA toolkit on PATH, or in CUDA_HOME or CUDA_PATH."""
    nvcc = _which("nvcc", env)
    for variable in ("CUDA_HOME", "CUDA_PATH"):
        if nvcc is None and (folder := env.get(variable)):
            nvcc = _which("nvcc", {"PATH": os.path.join(folder, "bin")})
    if nvcc is None:
        return None
    match = re.search(r"release (\d+(?:\.\d+)+)", _printed((nvcc, "--version"), env, notes) or "")
    return match[1] if match else None


def _printed(argv: tuple[str, ...], env: Mapping[str, str], notes: list[str]) -> str | None:
    """What a command printed, None with a note where it failed."""
    from gating.process import Command, Ending, capture

    (made,) = capture([Command(argv=argv, env=env, timeout=_DEADLINE, label=os.path.basename(argv[0]))])
    if made.ending is Ending.EXITED and made.code == 0:
        return made.stdout
    name = "nvml" if argv[0] == sys.executable else os.path.basename(argv[0])
    lines = (made.error or made.stderr.strip() or made.stdout.strip()).splitlines()
    how = f"ended with {made.code}" if made.ending is Ending.EXITED else made.ending.value
    notes.append(f"gpus: {name}: {how}{f': {lines[-1]}' if lines else ''}")
    return None


def _which(name: str, env: Mapping[str, str]) -> str | None:
    from shutil import which

    return which(name, path=env.get("PATH", os.defpath))
