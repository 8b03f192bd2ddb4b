"""The machine as psutil knows it: the same keys as from /proc, and null where it cannot say."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import psutil
import pytest

from gating.metrics.format import HOST_COUNTERS, HOST_KEYS
from gating.metrics.sampler.host import HostReader
from gating.metrics.sampler.with_psutil_host import Host

pytestmark = pytest.mark.needs("psutil")

PRESSURE = {name for name in HOST_KEYS if name.startswith("pressure_")}


def test_beside_the_reader_of_proc(tmp_path: Path) -> None:
    ours, proc = Host(psutil, str(tmp_path)), HostReader(str(tmp_path))
    sample, other = ours.sample(), proc.sample()
    assert list(sample) == list(HOST_KEYS)
    assert {name for name, value in sample.items() if value is None} == PRESSURE
    assert {f"host.{name}" for name in PRESSURE} == set(ours.missing)
    total = psutil.virtual_memory().total
    for name in ("memory_used_bytes", "memory_available_bytes", "disk_free_bytes"):
        mine, theirs = sample[name], other[name]
        assert mine is not None
        assert theirs is not None
        assert abs(mine - theirs) < total / 4
    facts, proc_facts = ours.facts(), proc.facts()
    assert {key for key in facts if facts[key] != proc_facts[key]} <= {"ticks_per_s"}
    proc.close()
    ours.close()


def test_counters_are_since_the_beginning(tmp_path: Path) -> None:
    host = Host(psutil, str(tmp_path))
    first, again = host.sample(), host.sample()
    for name in set(HOST_COUNTERS) - PRESSURE:
        mine, later = first[name], again[name]
        assert mine is not None
        assert later is not None
        assert 0 <= mine <= later
    assert (first["cpu_idle_s"] or 0) < 60


def test_a_system_of_which_psutil_knows_little() -> None:
    times = [SimpleNamespace(user=10.0, system=2.0, idle=5.0, interrupt=0.5, dpc=0.25)]
    windows = SimpleNamespace(WINDOWS=True, Error=psutil.Error, cpu_times=lambda: times[0])
    host = Host(windows)  # type: ignore[arg-type]
    times[0] = SimpleNamespace(user=11.5, system=2.25, idle=4.0, interrupt=1.0, dpc=0.75)
    sample = host.sample()
    known = {key: value for key, value in sample.items() if value is not None and not key.startswith("load_")}
    assert known == {
        "cpu_user_s": 1.5,
        "cpu_system_s": 0.25,
        "cpu_idle_s": 0.0,
        "cpu_irq_s": 0.5,
        "cpu_softirq_s": 0.5,
    }
    assert {key.removeprefix("host.") for key in host.missing} == {key for key in HOST_KEYS if sample[key] is None}
    assert (host.facts()["memory_bytes"], host.facts()["swap_bytes"]) == (None, None)
