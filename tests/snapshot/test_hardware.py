"""CPUs and memory, read from file systems that were laid out as real machines have them."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from gating.snapshot.hardware import Cpu, Memory, cpu, memory

AFFINITY = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else None

INTEL = """\
processor\t: {n}
vendor_id\t: GenuineIntel
model name\t: Intel(R) Xeon(R) CPU @ 2.20GHz
physical id\t: {socket}
core id\t\t: {core}

"""
ARM = "processor\t: 0\nBogoMIPS\t: 243.75\nCPU implementer\t: 0x41\nCPU part\t: 0xd0c\n\n"


def lay(host: Path, files: Mapping[str, str]) -> Path:
    for name, text in files.items():
        (host / name).parent.mkdir(parents=True, exist_ok=True)
        (host / name).write_text(text)
    return host


def look_cpu(host: Path) -> tuple[Cpu, list[str]]:
    notes: list[str] = []
    return cpu(host, notes), notes


def look_memory(host: Path) -> tuple[Memory, list[str]]:
    notes: list[str] = []
    return memory(host, notes), notes


@pytest.mark.needs("psutil")
def test_this_machine() -> None:
    import psutil

    found, notes = look_cpu(Path("/"))
    assert (found["logical"], found["physical"]) == (os.cpu_count(), psutil.cpu_count(logical=False))
    assert found["available"] is not None
    assert 0 < found["available"] <= (os.cpu_count() or 0)
    assert notes == [] or found["model"] is None
    known, _ = look_memory(Path("/"))
    assert known["total_bytes"] == psutil.virtual_memory().total
    assert known["swap_total_bytes"] == psutil.swap_memory().total


def test_threads_share_a_core_and_sockets_count_apart(tmp_path: Path) -> None:
    places = [(0, 0), (0, 0), (0, 1), (0, 1), (1, 0), (1, 0)]
    text = "".join(INTEL.format(n=n, socket=socket, core=core) for n, (socket, core) in enumerate(places))
    found, notes = look_cpu(lay(tmp_path, {"proc/cpuinfo": text}))
    assert (found["model"], found["physical"], notes) == ("Intel(R) Xeon(R) CPU @ 2.20GHz", 3, [])


def test_where_cpuinfo_knows_no_cores_sysfs_does(tmp_path: Path) -> None:
    topology = "sys/devices/system/cpu/cpu{}/topology/{}"
    files = {"proc/cpuinfo": ARM}
    for number in range(4):
        files[topology.format(number, "core_id")] = f"{number // 2}\n"
        files[topology.format(number, "physical_package_id")] = "0\n"
    found, notes = look_cpu(lay(tmp_path, files))
    assert (found["model"], found["physical"]) == (None, 2)
    assert notes == ["cpu: the model is unknown"]


@pytest.mark.needs("psutil")
def test_without_proc_psutil_counts_and_the_model_is_unknown(tmp_path: Path) -> None:
    import psutil

    found, notes = look_cpu(tmp_path)
    assert found["physical"] == psutil.cpu_count(logical=False)
    if sys.platform == "linux":
        assert (found["model"], notes) == (None, ["cpu: the model is unknown"])
    known, notes = look_memory(tmp_path)
    assert (known["total_bytes"] or 0) > 1 << 20
    assert (known["swap_total_bytes"], notes) == (None, [])


def test_without_psutil_as_well_it_is_null(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "psutil", None)
    found, notes = look_cpu(tmp_path)
    assert found["physical"] is None
    assert "cpu: the number of physical cores is unknown" in notes


@pytest.mark.parametrize(
    ("files", "quota"),
    [
        ({"cgroup.controllers": "cpu", "cpu.max": "max 100000\n"}, None),
        ({"cgroup.controllers": "cpu", "cpu.max": "50000 100000\n"}, 0.5),
        ({"cgroup.controllers": "cpu", "cpu.max": "400000000 100000\n"}, None),
        ({"cpu/cpu.cfs_quota_us": "-1\n", "cpu/cpu.cfs_period_us": "100000\n"}, None),
        ({"cpu/cpu.cfs_quota_us": "25000\n", "cpu/cpu.cfs_period_us": "100000\n"}, 0.25),
        ({"cpu/cpu.cfs_quota_us": "25000\n"}, None),
        ({"cpu/cpu.cfs_quota_us": "1\n", "cpu/cpu.cfs_period_us": "0\n"}, None),
    ],
)
def test_a_quota_below_the_affinity_is_what_is_available(
    tmp_path: Path, files: dict[str, str], quota: float | None
) -> None:
    lay(tmp_path / "sys/fs/cgroup", files)
    lay(tmp_path, {"proc/self/cgroup": "3:cpu,cpuacct:/\n0::/\n"})
    assert look_cpu(tmp_path)[0]["available"] == (AFFINITY if quota is None else quota)


def test_the_tightest_group_counts(tmp_path: Path) -> None:
    files = {
        "cgroup.controllers": "cpu memory",
        "a/cpu.max": "30000 100000",
        "a/memory.max": "max",
        "a/b/cpu.max": "60000 100000",
        "a/b/memory.max": "1048576",
    }
    lay(tmp_path / "sys/fs/cgroup", files)
    lay(tmp_path, {"proc/self/cgroup": "0::/a/b\n", "proc/meminfo": "MemTotal: 4096 kB\nSwapTotal: 0 kB\n"})
    assert look_cpu(tmp_path)[0]["available"] == 0.3
    assert look_memory(tmp_path)[0] == {"total_bytes": 4 << 20, "limit_bytes": 1 << 20, "swap_total_bytes": 0}


@pytest.mark.parametrize(
    ("limit", "expected"),
    [("9223372036854771712", None), ("4194304", None), ("4194303", 4194303), ("nonsense", None), ("max", None)],
)
def test_a_limit_of_version_1(tmp_path: Path, limit: str, expected: int | None) -> None:
    lay(
        tmp_path / "sys/fs/cgroup/memory",
        {"memory.limit_in_bytes": "9223372036854771712", "x/memory.limit_in_bytes": limit},
    )
    lay(tmp_path, {"proc/self/cgroup": "4:memory:/x\n", "proc/meminfo": "MemTotal: 4096 kB\n"})
    assert look_memory(tmp_path)[0]["limit_bytes"] == expected


def test_a_group_outside_of_our_view_is_not_climbed_to(tmp_path: Path) -> None:
    lay(tmp_path / "sys/fs", {"memory.max": "1", "cgroup/cgroup.controllers": "", "cgroup/memory.max": "4096"})
    lay(tmp_path, {"proc/self/cgroup": "0::/../..\n", "proc/meminfo": "MemTotal: 4096 kB\n"})
    assert look_memory(tmp_path)[0]["limit_bytes"] == 4096
