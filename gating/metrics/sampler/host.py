"""What the whole machine does, from kept /proc and /sys files: CPU, load, memory, swap, disks, network, pressure."""

import sys

from gating.metrics.sampler.devices import Disks, Network
from gating.metrics.sampler.kept import keep, read, release
from gating.metrics.sampler.pressure import Pressure
from gating.metrics.sampler.system import os

__all__ = ["HostReader", "free_bytes", "host_facts", "loads"]

_STATES = ("user", "nice", "system", "idle", "iowait", "irq", "softirq", "steal")  # guests are part of user and nice
_KIB = 1024


class HostReader:
    """Samples of the machine. Counters are since the reader was made.

    `disk` is the folder whose file system's free space is told. `root` goes before every path of /proc and /sys: none
    but in tests. `missing` has a reason for each key of a sample that stays None here.
    """

    def __init__(self, disk: str | None = None, root: str = "") -> None:
        self._stat = keep(f"{root}/proc/stat")
        self._meminfo = keep(f"{root}/proc/meminfo")
        self._disks, self._network, self._pressure = Disks(root), Network(root), Pressure(root)
        self._folder = keep(disk) if disk else -1
        self._ticks_per_s = os.sysconf("SC_CLK_TCK")
        self._known = [0] * len(_STATES)
        self._first = (self._cpu(), self._disks.moved(), self._network.moved())
        self.missing = {f"host.{key}": why for key, why in (*self._pressure.missing.items(), *self._never())}

    def facts(self) -> dict[str, object]:
        """What does not change while the machine runs, for the header."""
        memory, _, swap, _ = self._memory()
        return {**host_facts(), "memory_bytes": memory, "swap_bytes": swap, "ticks_per_s": self._ticks_per_s}

    def sample(self) -> dict[str, float | None]:
        """Each key, None where it is unknown."""
        cpu_first, disk_first, network_first = self._first
        now, ticks = self._cpu(), self._ticks_per_s
        if now is None or cpu_first is None:
            user = nice = system = idle = iowait = irq = softirq = steal = None
        else:
            user, nice, system, idle, iowait, irq, softirq, steal = [
                (value - first) / ticks for value, first in zip(now, cpu_first, strict=True)
            ]
        memory, available, swap, swap_free = self._memory()
        load_1m, load_5m, load_15m = loads()
        disk_read, disk_write = _since(self._disks.moved(), disk_first)
        received, sent = _since(self._network.moved(), network_first)
        return {
            "cpu_user_s": user,
            "cpu_nice_s": nice,
            "cpu_system_s": system,
            "cpu_idle_s": idle,
            "cpu_iowait_s": iowait,
            "cpu_irq_s": irq,
            "cpu_softirq_s": softirq,
            "cpu_steal_s": steal,
            "load_1m": load_1m,
            "load_5m": load_5m,
            "load_15m": load_15m,
            "memory_used_bytes": None if memory is None or available is None else memory - available,
            "memory_available_bytes": available,
            "swap_used_bytes": None if swap is None or swap_free is None else swap - swap_free,
            "disk_read_bytes": disk_read,
            "disk_write_bytes": disk_write,
            "disk_free_bytes": free_bytes(self._folder),
            "network_received_bytes": received,
            "network_sent_bytes": sent,
            **self._pressure.sample(),
        }

    def close(self) -> None:
        release(self._stat, self._meminfo, self._folder)
        self._disks.close()
        self._network.close()
        self._pressure.close()

    def _cpu(self) -> list[int] | None:
        """Ticks by state since the machine's start, never fewer than before: idle and iowait do go back a little."""
        fields = read(self._stat, 256).split(None, len(_STATES) + 1)
        try:
            now = [int(field) for field in fields[1 : len(_STATES) + 1]]
        except ValueError:
            return None
        if len(now) < len(_STATES) or fields[0] != b"cpu":
            return None
        self._known = now = list(map(max, now, self._known))
        return now

    def _memory(self) -> tuple[int | None, int | None, int | None, int | None]:
        """Bytes: all memory, what is available of it, all swap, what is free of it."""
        text = read(self._meminfo)
        fields = text.split(None, 8)
        try:
            _, swap, _, name, swap_free, _ = text[text.index(b"SwapTotal:") :].split(None, 5)
            if fields[6] == b"MemAvailable:" and name == b"SwapFree:":  # as it has been since Linux 3.14
                return int(fields[1]) * _KIB, int(fields[7]) * _KIB, int(swap) * _KIB, int(swap_free) * _KIB
        except (ValueError, IndexError):
            pass
        return _by_name(text)

    def _never(self) -> list[tuple[str, str]]:
        """The keys that stay None, each with the reason."""
        cpu, disks, network = self._first
        memory, available, swap, swap_free = self._memory()
        why = [
            (cpu, "/proc/stat cannot be read", tuple(f"cpu_{state}_s" for state in _STATES)),
            (loads()[0], "the system has no load averages", ("load_1m", "load_5m", "load_15m")),
            (available, "/proc/meminfo does not tell what is available", ("memory_available_bytes",)),
            (memory and available, "/proc/meminfo does not tell what is available", ("memory_used_bytes",)),
            (swap if swap_free is not None else None, "/proc/meminfo does not tell of swap", ("swap_used_bytes",)),
            (disks, "/sys/block shows no disk", ("disk_read_bytes", "disk_write_bytes")),
            (free_bytes(self._folder), "the folder's file system does not tell", ("disk_free_bytes",)),
            (network, "/proc/net/dev cannot be read", ("network_received_bytes", "network_sent_bytes")),
        ]
        return [(key, reason) for found, reason, keys in why if found is None for key in keys]


def host_facts() -> dict[str, object]:
    """What the header says of a machine without /proc: `cpus_usable` is what affinity leaves of `cpus`."""
    if sys.platform == "win32":
        import platform

        name, system, release, machine = platform.node(), "Windows", platform.version(), platform.machine()
    else:
        told = os.uname()
        name, system, release, machine = told.nodename, told.sysname, told.release, told.machine
    usable = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return {
        "name": name or None,
        "system": system or None,
        "release": release or None,
        "machine": machine or None,
        "cpus": os.cpu_count(),
        "cpus_usable": usable,
        "memory_bytes": None,
        "swap_bytes": None,
        "page_bytes": os.sysconf("SC_PAGE_SIZE") if hasattr(os, "sysconf") else None,
        "ticks_per_s": None,
    }


def loads() -> tuple[float | None, float | None, float | None]:
    """The load averages over 1, 5 and 15 minutes, None where the system has none."""
    try:
        one, five, fifteen = os.getloadavg()
    except (OSError, AttributeError):
        return None, None, None
    # by whole hundredths: round() goes by way of decimal digits, and takes longer than the system call
    return int(one * 100 + 0.5) / 100, int(five * 100 + 0.5) / 100, int(fifteen * 100 + 0.5) / 100


def free_bytes(folder: int) -> int | None:
    """Bytes that may still be written where a folder is, its descriptor given, None where that is unknown."""
    if folder < 0:
        return None
    try:
        found = os.fstatvfs(folder)
    except (OSError, AttributeError):
        return None
    return found.f_bavail * found.f_frsize


def _since(now: tuple[int, int] | None, first: tuple[int, int] | None) -> tuple[int | None, int | None]:
    """Both counters since the first, and not below it: an interface that was made anew begins again."""
    if now is None or first is None:
        return None, None
    return max(0, now[0] - first[0]), max(0, now[1] - first[1])


def _by_name(text: bytes) -> tuple[int | None, int | None, int | None, int | None]:
    """As `HostReader._memory`, where the lines stand elsewhere."""
    found = {}
    for line in text.splitlines():
        name, _, rest = line.partition(b":")
        fields = rest.split()
        if fields and fields[0].isdigit():
            found[name] = int(fields[0]) * _KIB
    return found.get(b"MemTotal"), found.get(b"MemAvailable"), found.get(b"SwapTotal"), found.get(b"SwapFree")
