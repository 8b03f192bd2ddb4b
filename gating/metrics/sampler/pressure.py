"""How long work has waited for CPU, memory and I/O: the kernel's pressure stall information."""

from gating.metrics.sampler.kept import keep, read, release

__all__ = ["Pressure"]

_FILES = ("cpu", "memory", "io")
_KEYS = (
    "pressure_cpu_some_s",
    "pressure_memory_some_s",
    "pressure_memory_full_s",
    "pressure_io_some_s",
    "pressure_io_full_s",
)
_MICRO = 1e6
_NOT_TOLD = "the kernel does not account for pressure (CONFIG_PSI, or psi=0)"


class Pressure:
    """The time in which some, or all, of the machine's tasks stood still, in seconds since this was made.

    `root` goes before every path of /proc: none but in tests. `missing` has a reason for each key that stays None.
    """

    __slots__ = ("_files", "_first", "missing")

    def __init__(self, root: str = "") -> None:
        self._files = [keep(f"{root}/proc/pressure/{name}") for name in _FILES]
        self._first = self._stalled()
        self.missing = {name: _NOT_TOLD for name, stalled in zip(_KEYS, self._first, strict=True) if stalled is None}

    def sample(self) -> dict[str, float | None]:
        """Each key, None where the kernel does not tell."""
        return {
            key: None if now is None or first is None else (now - first) / _MICRO
            for key, now, first in zip(_KEYS, self._stalled(), self._first, strict=True)
        }

    def close(self) -> None:
        release(*self._files)

    def _stalled(self) -> tuple[int | None, int | None, int | None, int | None, int | None]:
        """Microseconds since the machine's start, in the order of the keys."""
        cpu, memory, io = self._files
        memory_some, memory_full = _totals(read(memory, 256))
        io_some, io_full = _totals(read(io, 256))
        return _totals(read(cpu, 256))[0], memory_some, memory_full, io_some, io_full


def _totals(text: bytes) -> tuple[int | None, int | None]:
    """What the two lines end with: `some avg10=… total=N`, `full avg10=… total=N`."""
    some, _, full = text.partition(b"\n")
    try:
        return int(some[some.rindex(b"=") + 1 :]), int(full[full.rindex(b"=") + 1 :]) if full else None
    except ValueError:
        return None, None
