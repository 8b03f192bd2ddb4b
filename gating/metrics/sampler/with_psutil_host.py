"""The machine where there is no /proc, as psutil knows it. What it cannot know is None."""

from gating.metrics.sampler.host import host_facts, loads
from gating.metrics.sampler.with_psutil import NOT_HERE, whole

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import ModuleType
    from typing import Any

__all__ = ["Host"]

_NO_PRESSURE = "only Linux's /proc/pressure tells it"


class Host:
    """What the machine does, with the interface of `gating.metrics.sampler.host.HostReader`."""

    def __init__(self, psutil: "ModuleType", disk: str | None = None) -> None:
        self._psutil, self._disk = psutil, disk
        self._first: dict[str, float] = {}
        self._at_most: dict[str, float] = {}
        sample = self.sample()
        self.missing = {
            f"host.{key}": _NO_PRESSURE if key.startswith("pressure_") else NOT_HERE
            for key, value in sample.items()
            if value is None
        }

    def facts(self) -> dict[str, object]:
        """What does not change while the machine runs, for the header."""
        memory, swap = self._told("virtual_memory"), self._told("swap_memory")
        facts = {"memory_bytes": getattr(memory, "total", None), "swap_bytes": getattr(swap, "total", None)}
        return {**host_facts(), **facts}

    def sample(self) -> dict[str, float | None]:
        """Each key, None where it is unknown."""
        cpu, memory, swap = self._told("cpu_times"), self._told("virtual_memory"), self._told("swap_memory")
        disk, network = self._told("disk_io_counters"), self._network()
        usage = self._told("disk_usage", self._disk) if self._disk else None
        available = getattr(memory, "available", None)
        load_1m, load_5m, load_15m = loads()
        states = {
            f"cpu_{state}_s": self._since(f"cpu_{state}_s", getattr(cpu, theirs, None))
            for state, theirs in {
                "user": "user",
                "nice": "nice",
                "system": "system",
                "idle": "idle",
                "iowait": "iowait",
                "irq": "interrupt" if self._psutil.WINDOWS else "irq",
                "softirq": "dpc" if self._psutil.WINDOWS else "softirq",
                "steal": "steal",
            }.items()
        }
        return {
            **states,
            "load_1m": load_1m,
            "load_5m": load_5m,
            "load_15m": load_15m,
            "memory_used_bytes": None if available is None else memory.total - available,
            "memory_available_bytes": available,
            "swap_used_bytes": getattr(swap, "used", None),
            "disk_read_bytes": whole(self._since("disk_read_bytes", getattr(disk, "read_bytes", None))),
            "disk_write_bytes": whole(self._since("disk_write_bytes", getattr(disk, "write_bytes", None))),
            "disk_free_bytes": getattr(usage, "free", None),
            "network_received_bytes": whole(self._since("network_received_bytes", network and network[0])),
            "network_sent_bytes": whole(self._since("network_sent_bytes", network and network[1])),
            "pressure_cpu_some_s": None,
            "pressure_memory_some_s": None,
            "pressure_memory_full_s": None,
            "pressure_io_some_s": None,
            "pressure_io_full_s": None,
        }

    def close(self) -> None:
        """Nothing is held."""

    def _network(self) -> tuple[float, float] | None:
        """Bytes that the interfaces received and sent, the loopback's apart."""
        interfaces = self._told("net_io_counters", pernic=True)
        if not interfaces:
            return None
        counted = [one for name, one in interfaces.items() if not name.startswith(("lo", "Loopback"))]
        return sum(one.bytes_recv for one in counted), sum(one.bytes_sent for one in counted)

    def _told(self, call: str, *given: object, **named: object) -> "Any":
        try:
            return getattr(self._psutil, call)(*given, **named)
        except (self._psutil.Error, AttributeError, NotImplementedError, OSError, RuntimeError, ValueError):
            return None

    def _since(self, key: str, value: float | None) -> float | None:
        """A counter since the beginning; it never goes back."""
        if value is None:
            return None
        first = self._first.setdefault(key, value)
        self._at_most[key] = known = max(self._at_most.get(key, 0.0), round(value - first, 6))
        return known
