"""Recording a command the way gating does: the sampler first, then the command, and what wait4 knew of it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from gating.metrics.launch import Sampler

__all__ = ["Recorded", "lines", "record", "rusage"]


@dataclass
class Recorded:
    """What came of a recording: its lines, and what rusage knew."""

    footer: dict[str, Any]
    lines: list[dict[str, Any]]
    cpu_s: float
    sampler: Sampler = field(repr=False)

    @property
    def header(self) -> dict[str, Any]:
        assert self.lines[0]["kind"] == "header"
        return self.lines[0]

    @property
    def samples(self) -> list[dict[str, Any]]:
        return [line for line in self.lines if line["kind"] == "sample"]

    def column(self, key: str) -> list[Any]:
        return [sample["tree"][key] for sample in self.samples]


def lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def rusage(used: Any) -> dict[str, Any]:
    return {"user_s": used.ru_utime, "system_s": used.ru_stime, "peak_rss_bytes": used.ru_maxrss * 1024}


def record(
    path: Path,
    command: Sequence[str] | str,
    config: Mapping[str, Any] | None = None,
    *,
    ready: bool = False,
    **popen: Any,
) -> Recorded:
    """Record `command` (a text is a Python program) to `path`; with `ready` the sampler is waited for first."""
    argv = [sys.executable, "-I", "-S", "-c", command] if isinstance(command, str) else list(command)
    sampler = Sampler.start({"path": str(path), "name": "a test", "owned": True, "command": argv, **(config or {})})
    if ready:
        assert sampler.ready(30), sampler.trouble
    started = time.monotonic()
    process = subprocess.Popen(argv, **popen)
    sampler.watch(process.pid)
    _, status, used = os.wait4(process.pid, 0)
    wall_s = time.monotonic() - started
    process.returncode = os.waitstatus_to_exitcode(status)
    code, number = (process.returncode, None) if process.returncode >= 0 else (None, -process.returncode)
    footer = sampler.finish(rusage(used), code, number, {"reaped": 0}, wall_s=wall_s, timeout_s=60)
    assert footer is not None, sampler.trouble
    return Recorded(footer, lines(path) if path.exists() else [], used.ru_utime + used.ru_stime, sampler)
