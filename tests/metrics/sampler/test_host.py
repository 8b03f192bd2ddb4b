"""The machine, from files as Linux has them and on this one."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from gating.metrics.format import HOST_COUNTERS, HOST_KEYS
from gating.metrics.sampler.host import HostReader
from tests.metrics.sampler.layout import lay

TICKS = os.sysconf("SC_CLK_TCK")
MEMINFO = """\
MemTotal:       24684084 kB
MemFree:        23191008 kB
MemAvailable:   24182884 kB
Buffers:           20412 kB
SwapCached:            0 kB
Active:           181780 kB
SwapTotal:       1048576 kB
SwapFree:        1000000 kB
Zswap:                 0 kB
"""
LARGE = MEMINFO.replace("24684084", "3246840840").replace("24182884", "1241828840")
OLD = "MemTotal:   1024 kB\nMemFree:   512 kB\nBuffers:    20 kB\nSwapTotal:     0 kB\nSwapFree:      0 kB\n"


def cpu(*ticks: int) -> str:
    return f"cpu  {' '.join(map(str, ticks))}\ncpu0 1 2 3 4 5 6 7 8 9 10\nintr {'0 ' * 500}\nctxt 5\nbtime 1795267350\n"


@pytest.mark.needs("psutil")
def test_this_machine_as_psutil_sees_it(tmp_path: Path) -> None:
    import psutil

    reader = HostReader(str(tmp_path))
    before, began = psutil.cpu_times(), time.monotonic()
    total = sum(range(3_000_000))
    assert total
    sample, wall = reader.sample(), time.monotonic() - began
    after = psutil.cpu_times()
    assert list(sample) == list(HOST_KEYS)
    for name, theirs in (("user", after.user - before.user), ("idle", after.idle - before.idle)):
        ours = sample[f"cpu_{name}_s"]
        assert ours is not None
        assert abs(ours - theirs) <= 0.05 + wall  # counted in hundredths, and not read at the same moment
    available, free = sample["memory_available_bytes"], sample["disk_free_bytes"]
    assert available is not None
    assert abs(available - psutil.virtual_memory().available) < psutil.virtual_memory().total / 4
    assert free is not None
    assert free > 0
    facts = reader.facts()
    assert facts["memory_bytes"] == psutil.virtual_memory().total
    assert facts["cpus"] == os.cpu_count()
    assert all(sample[key.removeprefix("host.")] is None for key in reader.missing)
    reader.close()


def test_counters_are_since_the_beginning(tmp_path: Path) -> None:
    reader = HostReader(str(tmp_path))
    first, again = reader.sample(), reader.sample()
    for name in HOST_COUNTERS:
        assert (first[name] is None) == (f"host.{name}" in reader.missing)
        assert (first[name] or 0) <= (again[name] or 0)
    assert (first["cpu_user_s"] or 0) < 60


def test_ticks_become_seconds_by_state(tmp_path: Path) -> None:
    root = lay(tmp_path, {"proc/stat": cpu(10, 20, 30, 40, 50, 60, 70, 80, 90, 100)})
    reader = HostReader(root=root)
    lay(tmp_path, {"proc/stat": cpu(*(value + TICKS * n for n, value in enumerate(range(10, 101, 10), start=1)))})
    sample = reader.sample()
    states = ("user", "nice", "system", "idle", "iowait", "irq", "softirq", "steal")
    assert [sample[f"cpu_{state}_s"] for state in states] == [1, 2, 3, 4, 5, 6, 7, 8]


def test_idle_time_that_the_kernel_takes_back(tmp_path: Path) -> None:
    root = lay(tmp_path, {"proc/stat": cpu(10, 20, 30, 40, 50, 60, 70, 80)})
    reader = HostReader(root=root)
    lay(tmp_path, {"proc/stat": cpu(10, 20, 30, 40 + TICKS, 50, 60, 70, 80)})
    assert reader.sample()["cpu_idle_s"] == 1
    lay(tmp_path, {"proc/stat": cpu(10, 20, 30, 39 + TICKS, 50, 60, 70, 80)})
    assert reader.sample()["cpu_idle_s"] == 1


@pytest.mark.parametrize(
    ("text", "used", "available", "swap"),
    [
        (MEMINFO, (24684084 - 24182884) * 1024, 24182884 * 1024, 48576 * 1024),
        (LARGE, (3246840840 - 1241828840) * 1024, 1241828840 * 1024, 48576 * 1024),
        (OLD, None, None, 0),
        ("MemTotal: 5 kB\nHugePages: 3\nMemAvailable: 4 kB\n", 1024, 4096, None),
        ("", None, None, None),
    ],
    ids=["usual", "terabytes", "before 3.14", "in another order", "empty"],
)
def test_memory(tmp_path: Path, text: str, used: int | None, available: int | None, swap: int | None) -> None:
    reader = HostReader(root=lay(tmp_path, {"proc/meminfo": text}))
    sample = reader.sample()
    assert (sample["memory_used_bytes"], sample["memory_available_bytes"]) == (used, available)
    assert sample["swap_used_bytes"] == swap
    for name in ("memory_used_bytes", "memory_available_bytes", "swap_used_bytes"):
        assert (sample[name] is None) == (f"host.{name}" in reader.missing)


def test_nothing_is_there(tmp_path: Path) -> None:
    reader = HostReader(str(tmp_path / "no folder"), str(tmp_path))
    sample = reader.sample()
    known = {name for name, value in sample.items() if value is not None}
    assert known == {"load_1m", "load_5m", "load_15m"}
    assert {f"host.{name}" for name in HOST_KEYS} - set(reader.missing) == {f"host.{name}" for name in known}
    assert all(reader.missing.values())
    assert reader.facts()["memory_bytes"] is None
    reader.close()


def test_no_descriptor_is_left(tmp_path: Path) -> None:
    before = set(os.listdir("/proc/self/fd"))
    reader = HostReader(str(tmp_path))
    assert len(os.listdir("/proc/self/fd")) > len(before)
    reader.close()
    assert set(os.listdir("/proc/self/fd")) == before
