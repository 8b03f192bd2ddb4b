"""Control groups, laid out as systemd, docker and older machines mount them, and this machine's own."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

import pytest

from gating.metrics.format import CGROUP_KEYS
from gating.metrics.sampler.cgroup import CgroupReader
from tests.metrics.sampler.layout import lay

V2 = "29 23 0:26 / /sys/fs/cgroup rw,nosuid shared:9 - cgroup2 cgroup2 rw,nsdelegate\n"
V1 = "".join(
    f"{place} 31 0:{place} {{inside}} /sys/fs/cgroup/{name} rw,relatime - cgroup cgroup rw,{name}\n"
    for place, name in enumerate(("memory", "cpu,cpuacct", "pids"), start=32)
)
CPU_STAT = "usage_usec {used}\nuser_usec 1\nsystem_usec 1\nnr_periods 9\nnr_throttled 3\nthrottled_usec {waited}\n"
UNLIMITED = "9223372036854771712\n"


def group_v2(
    *, current: int = 4096, used: int = 1_000_000, waited: int = 0, pids: int = 3, kills: int = 0
) -> dict[str, str]:
    return {
        "cgroup.type": "domain\n",
        "memory.current": f"{current}\n",
        "memory.peak": "8192\n",
        "memory.max": "max\n",
        "memory.events": f"low 0\nhigh 0\nmax 7\noom 5\noom_kill {kills}\noom_group_kill 0\n",
        "cpu.stat": CPU_STAT.format(used=used, waited=waited),
        "cpu.max": "max 100000\n",
        "pids.current": f"{pids}\n",
        "pids.max": "max\n",
    }


def below(folder: str, files: Mapping[str, str]) -> dict[str, str]:
    return {f"{folder}/{name}": text for name, text in files.items()}


def systemd(root: Path, pid: str = "self") -> str:
    """A process in app.service, in a slice, in the machine's own group."""
    return lay(
        root,
        {
            f"proc/{pid}/cgroup": "0::/app.slice/app.service\n",
            f"proc/{pid}/mountinfo": V2,
            "sys/fs/cgroup/cgroup.controllers": "cpu memory pids\n",
            "sys/fs/cgroup/cpu.stat": CPU_STAT.format(used=10**12, waited=0),
            **below("sys/fs/cgroup/app.slice", group_v2(current=10**9)),
            **below("sys/fs/cgroup/app.slice/app.service", group_v2()),
        },
    )


def test_version_2(tmp_path: Path) -> None:
    reader = CgroupReader(root=systemd(tmp_path))
    assert reader.missing == {}
    assert reader.facts() == {
        "version": 2,
        "path": "/app.slice/app.service",
        "memory_limit_bytes": None,
        "cpu_limit_cores": None,
        "pids_limit": None,
    }
    began = {"memory_used_bytes": 4096, "memory_peak_bytes": 8192, "cpu_s": 0, "cpu_throttled_s": 0}
    assert reader.sample() == {**began, "pids": 3, "oom_kills": 0}
    later = group_v2(current=5000, used=3_500_000, waited=250_000, pids=4, kills=2)
    lay(tmp_path, below("sys/fs/cgroup/app.slice/app.service", later))
    later_sample = {"memory_used_bytes": 5000, "memory_peak_bytes": 8192, "cpu_s": 2.5, "cpu_throttled_s": 0.25}
    assert reader.sample() == {**later_sample, "pids": 4, "oom_kills": 2}
    assert list(reader.sample() or ()) == list(CGROUP_KEYS)
    reader.close()


def test_the_tightest_limit_counts_wherever_it_stands(tmp_path: Path) -> None:
    root = systemd(tmp_path)
    above, own = "sys/fs/cgroup/app.slice", "sys/fs/cgroup/app.slice/app.service"
    lay(tmp_path, {f"{above}/memory.max": "4096\n", f"{own}/memory.max": "8192\n"})
    lay(tmp_path, {f"{above}/cpu.max": "150000 100000\n", f"{own}/cpu.max": "max 100000\n", f"{own}/pids.max": "64\n"})
    facts = CgroupReader(root=root).facts()
    assert facts is not None
    assert (facts["memory_limit_bytes"], facts["cpu_limit_cores"], facts["pids_limit"]) == (4096, 1.5, 64)


def test_the_group_of_another_process(tmp_path: Path) -> None:
    reader = CgroupReader(4711, systemd(tmp_path, pid="4711"))
    assert (reader.facts() or {})["path"] == "/app.slice/app.service"
    assert CgroupReader(4712, str(tmp_path)).facts() is None


def test_the_machines_own_group_is_none(tmp_path: Path) -> None:
    root = lay(tmp_path / "empty", {"proc/self/cgroup": "0::/\n", "proc/self/mountinfo": V2})
    lay(tmp_path / "empty", {"sys/fs/cgroup/cpu.stat": CPU_STAT.format(used=1, waited=1)})
    reader = CgroupReader(root=root)
    assert (reader.facts(), reader.sample()) == (None, None)
    assert "whole machine" in reader.missing["cgroup.cpu_s"]


def test_a_containers_topmost_group_is_one(tmp_path: Path) -> None:
    files = {"proc/self/cgroup": "0::/\n", "proc/self/mountinfo": V2}
    root = lay(tmp_path, {**files, **below("sys/fs/cgroup", group_v2()), "sys/fs/cgroup/memory.max": "1048576\n"})
    reader = CgroupReader(root=root)
    assert (reader.facts() or {})["memory_limit_bytes"] == 1048576
    assert (reader.sample() or {})["memory_used_bytes"] == 4096


def version_1(root: Path, path: str, *, inside: str, folder: str) -> str:
    names = ("memory", "cpu,cpuacct", "pids")
    lines = [f"{number}:{name}:{path}" for number, name in enumerate(names, start=2)]
    groups = {f"sys/fs/cgroup/{name}/release_agent": "" for name in names} if inside == "/" else {}
    return lay(
        root,
        {
            "proc/self/cgroup": "\n".join(["9:name=systemd:/", *lines, "0::/", ""]),
            "proc/self/mountinfo": V1.format(inside=inside) + V2.replace("/sys/fs/cgroup", "/sys/fs/cgroup/unified"),
            "sys/fs/cgroup/unified/cpu.stat": CPU_STAT.format(used=1, waited=1),
            **groups,
            f"sys/fs/cgroup/memory{folder}/memory.usage_in_bytes": "4096\n",
            f"sys/fs/cgroup/memory{folder}/memory.max_usage_in_bytes": "8192\n",
            f"sys/fs/cgroup/memory{folder}/memory.limit_in_bytes": UNLIMITED,
            f"sys/fs/cgroup/memory{folder}/memory.oom_control": "oom_kill_disable 0\nunder_oom 0\noom_kill 0\n",
            f"sys/fs/cgroup/cpu,cpuacct{folder}/cpuacct.usage": "1000000000\n",
            f"sys/fs/cgroup/cpu,cpuacct{folder}/cpu.stat": "nr_periods 0\nnr_throttled 0\nthrottled_time 500000000\n",
            f"sys/fs/cgroup/cpu,cpuacct{folder}/cpu.cfs_quota_us": "-1\n",
            f"sys/fs/cgroup/cpu,cpuacct{folder}/cpu.cfs_period_us": "100000\n",
            f"sys/fs/cgroup/pids{folder}/pids.current": "3\n",
            f"sys/fs/cgroup/pids{folder}/pids.max": "max\n",
        },
    )


@pytest.mark.parametrize(
    ("path", "inside", "folder"),
    [
        ("/user/job", "/", "/user/job"),
        ("/docker/abc", "/docker/abc", ""),
        ("/docker/abc/job", "/docker/abc", "/job"),
    ],
    ids=["the machine's", "docker", "below docker"],
)
def test_version_1(tmp_path: Path, path: str, inside: str, folder: str) -> None:
    root = version_1(tmp_path, path, inside=inside, folder=folder)
    reader = CgroupReader(root=root)
    assert reader.missing == {}
    facts = reader.facts()
    assert facts is not None
    assert (facts["version"], facts["path"], facts["memory_limit_bytes"], facts["cpu_limit_cores"]) == (
        1,
        path,
        None,
        None,
    )
    lay(tmp_path, {f"sys/fs/cgroup/cpu,cpuacct{folder}/cpuacct.usage": "3500000000\n"})
    lay(tmp_path, {f"sys/fs/cgroup/cpu,cpuacct{folder}/cpu.stat": "nr_periods 0\nthrottled_time 750000000\n"})
    assert reader.sample() == {
        "memory_used_bytes": 4096,
        "memory_peak_bytes": 8192,
        "cpu_s": 2.5,
        "cpu_throttled_s": 0.25,
        "pids": 3,
        "oom_kills": 0,
    }


def test_limits_of_version_1_above_the_group(tmp_path: Path) -> None:
    root = version_1(tmp_path, "/user/job", inside="/", folder="/user/job")
    above = "sys/fs/cgroup/cpu,cpuacct/user"
    lay(tmp_path, {f"{above}/cpu.cfs_quota_us": "50000\n", f"{above}/cpu.cfs_period_us": "100000\n"})
    lay(tmp_path, {"sys/fs/cgroup/memory/user/memory.limit_in_bytes": "4096\n"})
    facts = CgroupReader(root=root).facts()
    assert facts is not None
    assert (facts["cpu_limit_cores"], facts["memory_limit_bytes"]) == (0.5, 4096)


@pytest.mark.parametrize("path", ["/../other", "/elsewhere"])
def test_a_group_that_is_not_mounted_here(tmp_path: Path, path: str) -> None:
    reader = CgroupReader(root=version_1(tmp_path, path, inside="/docker/abc", folder=""))
    assert reader.sample() is None
    assert "outside" in reader.missing["cgroup.memory_used_bytes"]


def test_a_kernel_without_a_peak_and_a_group_that_goes(tmp_path: Path) -> None:
    root = systemd(tmp_path)
    (tmp_path / "sys/fs/cgroup/app.slice/app.service/memory.peak").unlink()
    reader = CgroupReader(root=root)
    assert set(reader.missing) == {"cgroup.memory_peak_bytes"}
    assert (reader.sample() or {})["memory_peak_bytes"] is None
    lay(tmp_path, below("sys/fs/cgroup/app.slice/app.service", dict.fromkeys(group_v2(), "")))
    assert set((reader.sample() or {}).values()) == {None}


def test_a_mount_point_with_a_blank(tmp_path: Path) -> None:
    root = lay(
        tmp_path,
        {
            "proc/self/cgroup": "0::/job\n",
            "proc/self/mountinfo": V2.replace("/sys/fs/cgroup", "/c\\040g"),
            **below("c g/job", group_v2()),
        },
    )
    assert (CgroupReader(root=root).sample() or {})["pids"] == 3


@pytest.mark.parametrize("text", ["", "nonsense\n", "0:\n", ":::\n\n", "5:memory\n"])
def test_files_that_make_no_sense(tmp_path: Path, text: str) -> None:
    root = lay(tmp_path, {"proc/self/cgroup": text, "proc/self/mountinfo": text})
    reader = CgroupReader(root=root)
    assert (reader.facts(), reader.sample()) == (None, None)
    assert {f"cgroup.{key}" for key in CGROUP_KEYS} == set(reader.missing)


@pytest.mark.skipif(not os.path.exists("/proc/self/cgroup"), reason="a kernel without control groups")
def test_this_machine() -> None:
    before = set(os.listdir("/proc/self/fd"))
    reader = CgroupReader(os.getpid())
    facts, sample = reader.facts(), reader.sample()
    assert (facts is None) <= (sample is None)
    for key in CGROUP_KEYS:
        unknown = sample is None or sample[key] is None
        assert unknown == (f"cgroup.{key}" in reader.missing)
    reader.close()
    assert set(os.listdir("/proc/self/fd")) == before
