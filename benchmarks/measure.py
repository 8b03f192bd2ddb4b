"""Measuring side by side: the competitors take turns, so that a noisy machine is noisy for all of them alike."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import pyperf

__all__ = ["Claim", "command", "machine", "medians", "used", "used_cpu"]


@dataclass(frozen=True, kw_only=True)
class Claim:
    """A bound that was promised, and what was measured: `ratio` is ours over theirs, or our `unit`s above theirs."""

    what: str
    beside: str
    ratio: float
    bound: float
    at_least: bool = False
    detail: str = ""
    unit: str = ""

    @property
    def held(self) -> bool:
        return self.ratio >= self.bound if self.at_least else self.ratio <= self.bound

    @property
    def row(self) -> str:
        sign = "≥" if self.at_least else "≤"
        held = "yes" if self.held else "**no**"
        unit = f" {self.unit}" if self.unit else ""
        measured, promised = f"{self.ratio:.3g}{unit}", f"{sign} {self.bound:g}{unit}"
        return f"| {self.what} | {self.beside} | {measured} | {promised} | {held} | {self.detail} |"


def medians(rounds: int, **competitors: Callable[[], float]) -> dict[str, float]:
    """Let the competitors take turns for `rounds` rounds; the median seconds of each. The first round warms up."""
    values: dict[str, list[float]] = {name: [] for name in competitors}
    for turn in range(rounds + 1):
        for name, work in competitors.items():
            seconds = work()
            if turn:
                values[name].append(seconds)
    benchmarks = {
        name: pyperf.Benchmark([pyperf.Run(taken, metadata={"name": name, "unit": "second"}, collect_metadata=False)])
        for name, taken in values.items()
    }
    return {name: benchmark.median() for name, benchmark in benchmarks.items()}


def command(argv: Sequence[str], *, env: Mapping[str, str], cwd: str | os.PathLike[str]) -> Callable[[], float]:
    """A competitor that is a whole command: seconds from its start to its end."""

    def run() -> float:
        started = time.perf_counter()
        done = subprocess.run(argv, env=dict(env), cwd=cwd, capture_output=True, check=False)
        taken = time.perf_counter() - started
        if done.returncode not in {0, 1}:
            sys.exit(f"{' '.join(argv)} ended with {done.returncode}:\n{done.stderr.decode()}")
        return taken

    return run


def used_cpu(argv: Sequence[str], *, env: Mapping[str, str]) -> tuple[float, float]:
    """The wall and CPU seconds of one command."""
    return used(lambda: subprocess.run(argv, env=dict(env), stdin=subprocess.DEVNULL, capture_output=True, check=False))


def used(work: Callable[[], object]) -> tuple[float, float]:
    """The wall seconds of `work`, and the CPU seconds of the processes that it started and waited for."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    started = time.perf_counter()
    work()
    wall = time.perf_counter() - started
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return wall, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def machine() -> str:
    """The machine in one line, as pyperf knows it."""
    metadata = pyperf.Run([1.0], collect_metadata=True).get_metadata()
    told = [
        str(metadata.get(name, ""))
        for name in ("cpu_model_name", "platform", "python_implementation", "python_version")
    ]
    return ", ".join([f"{os.cpu_count()} cores", *filter(None, told)])
