"""A recording summed up: totals, peaks, percentiles, and how complete it is; the document `gating.recording/1`."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from gating.metrics.completeness import Completeness
from gating.metrics.format import TOTALS_KEYS
from gating.metrics.reading import Recording, open_recording
from gating.metrics.series import Series

__all__ = ["SCHEMA", "Summary", "summarise", "summary_of"]

SCHEMA = "gating.recording/1"

_TREE_RATES = {"cpu_s": "cpu_cores", "read_bytes": "read_bytes_per_s", "write_bytes": "write_bytes_per_s"}
_HOST_RATES = {
    "cpu_busy_s": "cpu_cores",
    "disk_read_bytes": "disk_read_bytes_per_s",
    "disk_write_bytes": "disk_write_bytes_per_s",
    "network_received_bytes": "network_received_bytes_per_s",
    "network_sent_bytes": "network_sent_bytes_per_s",
    "pressure_cpu_some_s": "pressure_cpu_some_ratio",
    "pressure_memory_some_s": "pressure_memory_some_ratio",
    "pressure_memory_full_s": "pressure_memory_full_ratio",
    "pressure_io_some_s": "pressure_io_some_ratio",
    "pressure_io_full_s": "pressure_io_full_ratio",
}
_RATES = {"tree": _TREE_RATES, "host": _HOST_RATES, "cgroup": {"cpu_throttled_s": "cpu_throttled_ratio"}}
_LEVELS = {
    "tree": ("rss_bytes", "processes", "threads", "descriptors"),
    "host": ("memory_used_bytes", "swap_used_bytes", "load_1m"),
    "cgroup": ("memory_used_bytes", "pids"),
}
_FRESH = 4  # half intervals for which what was read of PSS is taken to hold
_ROUNDED_S = 0.001  # ages and times are rounded; a later reading is later by an interval
_GPU_LEVELS = ("utilisation_ratio", "memory_used_bytes", "temperature_celsius", "power_watts")
# all states in which a processor is at work; a machine that does not tell all of them tells the others
_BUSY = ("cpu_user_s", "cpu_nice_s", "cpu_system_s", "cpu_irq_s", "cpu_softirq_s", "cpu_steal_s")


@dataclass(frozen=True, kw_only=True)
class Summary:
    """One recording. `series` are its figures over time by part and name (`tree.cpu_cores`, `gpus.0.power_watts`).

    `length_s` is the recording's length, 0 where there is no sample.
    """

    document: Mapping[str, Any]
    series: Mapping[str, Series]
    length_s: float

    @property
    def totals(self) -> Mapping[str, Any]:
        totals: Mapping[str, Any] = self.document["totals"]
        return totals


def summary_of(path: str | os.PathLike[str]) -> Summary:
    """Read a recording and sum it up. Raises UsageError where it is none, or cannot be read."""
    with open_recording(path) as recording:
        return summarise(recording)


def summarise(recording: Recording) -> Summary:
    """Sum up an open recording, in bounded memory. Raises UsageError where it can no longer be read."""
    header, early = recording.header, recording.footer
    complete = Completeness(header["interval_s"], early["intervals"] if early else ())
    figures = _Figures(complete)
    for sample in recording.samples():
        complete.saw(sample["t_s"], sample["late_s"])
        figures.saw(sample)
    figures.ended()
    footer = recording.footer  # again: what looked like one may have been none
    wall_s = footer["totals"]["wall_s"] if footer else None
    complete.ended(wall_s)
    totals = dict(footer["totals"]) if footer else figures.totals()
    length_s = max(wall_s or 0.0, figures.last_s)
    document = {
        "schema": SCHEMA,
        "file": recording.name,
        "run": header["run"],
        "name": header["name"],
        "command": header["command"],
        "started_ns": header["started_ns"],
        "ended_ns": footer["ended_ns"] if footer else None,
        "incomplete": recording.incomplete,
        "problems": list(recording.problems),
        "left_out": recording.left_out,
        "ending": {key: footer[key] if footer else None for key in ("reason", "exit_code", "signal")},
        "totals": totals,
        "peak_memory": _peak_memory(totals, figures.most_bytes, figures.seen("tree.rss_bytes")),
        "totals_from": "footer" if footer else "samples",
        "cpu_source": footer["cpu_source"] if footer else None,
        "orphans": footer["orphans"] if footer else {"reaped": None, "running": None, "uncounted": None},
        "flags": list(footer["flags"]) if footer else [],
        "completeness": complete.as_dict(footer),
        "figures": figures.as_dict(),
        "missing": dict(header["missing"]),
        "sampler": {**header["sampler"], **_cost(footer, length_s)},
        "host": header["host"],
        "cgroup": header["cgroup"],
        "gpus": header["gpus"],
        "ledger": None,
    }
    return Summary(document=document, series=figures.series, length_s=length_s)


class _Figures:
    """The series of a recording, as its samples come."""

    def __init__(self, complete: Completeness) -> None:
        self.series: dict[str, Series] = {}
        self._complete = complete
        self._before: dict[str, tuple[float, float]] = {}  # of each counter: when it was last taken, and what it was
        self._now: dict[str, tuple[float, float]] = {}
        self._tree: Mapping[str, Any] = {}  # of the last sample that has one
        self._samples = 0
        self._read_s = -1.0  # when PSS was last read, and what it and RSS were then
        self._read: tuple[float, float | None] | None = None
        self.most_bytes: float | None = None
        self.last_s = 0.0
        self._least_s = 0.0

    def saw(self, sample: Mapping[str, Any]) -> None:
        t_s: float = sample["t_s"]
        self._samples += 1
        # a rate needs half an interval: the kernel counts in ticks, and over less they would look like much
        self._least_s = 0.5 * self._complete.interval_at(self.last_s)
        for part, names in _RATES.items():
            if (values := sample[part]) is not None:
                if part == "host":
                    values["cpu_busy_s"] = _sum(values[key] for key in _BUSY)
                for counter, name in names.items():
                    self._count(f"{part}.{name}", t_s, values[counter])
                for key in _LEVELS[part]:
                    self._level(f"{part}.{key}", t_s, values[key])
        for gpu in sample["gpus"] or ():
            for key in _GPU_LEVELS:
                self._level(f"gpus.{gpu['index']}.{key}", t_s, gpu[key])
        if sample["tree"] is not None:
            self._tree = sample["tree"]
            self._memory(t_s, self._tree["rss_bytes"], self._tree["pss_bytes"], self._tree["pss_age_s"])
        self.last_s = t_s

    def ended(self) -> None:
        """What was too short for a rate of its own belongs to the rate before it."""
        for name, (t_s, value) in self._now.items():
            begin, before = self._before[name]
            if t_s > begin:
                rate = _rate(name, begin, before, t_s, value)
                if name in self.series:
                    self.series[name].extend(t_s, rate)
                else:
                    self._of(name).add(begin, t_s, rate)

    def seen(self, name: str) -> float | None:
        """The highest of a figure; None where it is not known at any time."""
        return self.series[name].peak if name in self.series else None

    def totals(self) -> dict[str, Any]:
        """The totals as far as samples tell them, in the keys of a footer."""
        counters = ("cpu_s", "user_s", "system_s", "read_bytes", "write_bytes")
        known = {
            "wall_s": self.last_s if self._samples else None,
            **{key: self._tree.get(key) for key in counters},
            **{f"peak_{name}": self.seen(f"tree.{name}") for name in ("rss_bytes", "pss_bytes")},
        }
        return {key: None if (value := known[key]) is None else _whole(key, value) for key in TOTALS_KEYS}

    def as_dict(self) -> dict[str, Any]:
        """The object `figures` of `gating.recording/1`."""
        parts: dict[str, Any] = {}
        for part, names in _RATES.items():
            keys = (*names.values(), *_LEVELS[part], *(("pss_bytes",) if part == "tree" else ()))
            parts[part] = {name: self._statistics(f"{part}.{name}") for name in keys}
        indices = dict.fromkeys(name.split(".")[1] for name in self.series if name.startswith("gpus."))
        parts["gpus"] = [
            {
                "index": int(index) if index.isdecimal() else None,
                **{key: self._statistics(f"gpus.{index}.{key}") for key in _GPU_LEVELS},
            }
            for index in indices
        ]
        return parts

    def _count(self, name: str, t_s: float, value: float | None) -> None:
        if value is None:
            return
        self._now[name] = (t_s, value)
        if name not in self._before:
            self._before[name] = (t_s, value)
            return
        begin, before = self._before[name]
        if t_s - begin >= self._least_s:
            self._of(name).add(begin, t_s, _rate(name, begin, before, t_s, value))
            self._before[name] = (t_s, value)

    def _memory(self, t_s: float, rss: float | None, pss: float | None, age_s: float | None) -> None:
        """PSS is read now and then, and stands in the samples between, where it soon tells nothing any more.

        In between the processes cannot have come to hold more than RSS has grown by; that bounds the peak.
        """
        age_s = age_s or 0.0
        if pss is not None:
            if age_s <= _FRESH * self._least_s:
                self._level("tree.pss_bytes", t_s, pss)
            if t_s - age_s > self._read_s + _ROUNDED_S:
                self._read_s, self._read = t_s - age_s, (pss, rss)
        if rss is None:
            most = pss
        else:
            then = self._read
            most = rss if then is None or then[1] is None else min(rss, then[0] + max(0.0, rss - then[1]))
        if most is not None:
            self.most_bytes = max(most, self.most_bytes or 0.0)

    def _level(self, name: str, t_s: float, value: float | None) -> None:
        if value is not None:
            self._of(name).add(min(self.last_s, t_s), t_s, value)

    def _statistics(self, name: str) -> dict[str, float | None] | None:
        """Mean, percentiles and peak of a figure; None where it is not known at any time."""
        series = self.series.get(name)
        if series is None or series.peak is None:
            return None
        p50, p95, p99 = series.percentiles(0.5, 0.95, 0.99)
        values = {"mean": series.mean, "p50": p50, "p95": p95, "p99": p99, "peak": series.peak}
        digits = None if name.endswith("_bytes") else 6
        told = {key: None if value is None else round(value, digits) for key, value in values.items()}
        return {**told, "peak_at_s": series.peak_at_s}

    def _of(self, name: str) -> Series:
        if name not in self.series:
            self.series[name] = Series()
        return self.series[name]


def _peak_memory(totals: Mapping[str, Any], most: float | None, seen: float | None) -> dict[str, int | None]:
    """The least and the most that the whole tree can have held, shared pages counted once.

    `most` is what the samples allow, and `seen` their highest RSS. Where the kernel told of more, no sample saw it.
    """
    least, rss = totals["peak_pss_bytes"] or None, totals["peak_rss_bytes"] or None  # what lived held something
    if rss is not None and (not seen or rss > seen):
        most = rss
    if most is not None and least is not None:
        most = max(most, least)
    return {"least_bytes": least, "most_bytes": int(most) if most else None}


def _cost(footer: Mapping[str, Any] | None, length_s: float) -> dict[str, Any]:
    """What the sampler itself used, also as a share of one processor."""
    cost = dict(footer["sampler"]) if footer else {"cpu_s": None, "peak_rss_bytes": None, "pss_cpu_s": None}
    cores = cost["cpu_s"] / length_s if cost["cpu_s"] is not None and length_s else None
    return {**cost, "cpu_cores": None if cores is None else round(cores, 6)}


def _rate(name: str, begin: float, before: float, t_s: float, value: float) -> float:
    """How fast a counter rose; a share of time is at most 1, whatever the clocks of kernel and sampler say."""
    rate = max(0.0, value - before) / (t_s - begin)
    return min(1.0, rate) if name.endswith("_ratio") else rate


def _whole(key: str, value: float) -> float | int:
    return int(value) if key.endswith("_bytes") else value


def _sum(values: Iterable[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return sum(known) if known else None
