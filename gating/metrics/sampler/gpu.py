"""NVIDIA's GPUs by NVML (module `pynvml` of the extra `gpu`), of which one that sleeps is never woken.

It serves where the driver is loaded. Which GPUs there are and which of them sleep is read from the PCI bus in /sys.
NVML is loaded once one of them is awake, in a thread: a driver can take seconds to answer, or for ever, and samples are
not to wait for it.
"""

from gating.metrics.sampler.kept import keep, read, release
from gating.metrics.sampler.system import exists, os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

__all__ = ["GpuReader"]

_NVIDIA, _DISPLAY = b"0x10de", b"0x03"  # vendor; VGA and 3D controllers
_ASLEEP = (b"suspended", b"suspending")
_MOST_S = 0.02  # what a sample waits for an answer
_MILLI = 1000
_PERCENT = 100
_NO_GPU = "there is no NVIDIA GPU on the PCI bus"
_NO_MODULE = "the module pynvml (extra gpu) is not installed"


class GpuReader:
    """Samples of every GPU. Numbered as they stand on the PCI bus, which is NVML's order too.

    `pynvml` is the file of that module, None where it is not installed. `root` goes before every path of /proc, /sys
    and /dev: none but in tests. `missing` has a reason for the key `gpus`, where it stays None here.
    """

    def __init__(self, pynvml: str | None, root: str = "") -> None:
        self._buses, why = _found(root, pynvml)
        self.missing = {} if why is None else {"gpus": why}
        self._root = root
        self._states = [keep(f"{root}/sys/bus/pci/devices/{bus}/power/runtime_status") for bus in self._buses]
        self._asked = _Asked(pynvml, self._buses) if pynvml and self._buses else None

    def facts(self) -> list[dict[str, object]] | None:
        """For the header, None where there is no GPU or nothing to ask it with; one that sleeps tells nothing."""
        if self._asked is None:
            return None
        found = []
        for index, (bus, asleep) in enumerate(zip(self._buses, self._sleeping(), strict=True)):
            # the driver's page of a device that is awake costs nothing; how much memory it has only NVML knows
            said = {} if asleep else _information(f"{self._root}/proc/driver/nvidia/gpus/{bus}/information")
            uuid = said.get("GPU UUID")
            found.append(
                {
                    "index": index,
                    "name": said.get("Model") or None,
                    "memory_bytes": self._asked.known(index).get("memory_bytes"),
                    "uuid": uuid if uuid and "?" not in uuid else None,  # before its first use it reads GPU-????-…
                }
            )
        return found

    def sample(self) -> list[dict[str, object]] | None:
        """Each GPU; null what it does not know, what came too late, and everything of one that sleeps."""
        if self._asked is None:
            return None
        sleeping = self._sleeping()
        answers = self._asked.ask([index for index, asleep in enumerate(sleeping) if not asleep])
        return [
            {"index": index, **_NOTHING, **answers.get(index, {}), "asleep": asleep}
            for index, asleep in enumerate(sleeping)
        ]

    def close(self) -> None:
        release(*self._states)
        self._states = []
        if self._asked is not None:
            self._asked.end()

    def _sleeping(self) -> list[bool]:
        """Whether each of them sleeps. One without that file cannot."""
        return [read(state, 64).startswith(_ASLEEP) for state in self._states]


_NOTHING = dict.fromkeys(
    ("utilisation_ratio", "memory_used_bytes", "memory_bytes", "temperature_celsius", "power_watts")
)


class _Asked:
    """A thread that asks NVML, begun with the first question."""

    def __init__(self, pynvml: str, buses: list[str]) -> None:
        import _thread

        self._start = _thread.start_new_thread
        self._wanted, self._answered = _thread.allocate_lock(), _thread.allocate_lock()
        self._wanted.acquire()  # both are given by one thread and taken by the other
        self._answered.acquire()
        self._file, self._buses = pynvml, buses
        self._indexes: list[int] = []
        self._answers: dict[int, dict[str, object]] = {}
        self._begun = self._waiting = self._ended = False

    def ask(self, indexes: list[int]) -> dict[int, dict[str, object]]:
        """What the GPUs of these indexes say now; nothing while an answer is still awaited."""
        if self._waiting:
            if not self._answered.acquire(blocking=False):
                return {}
            self._waiting = False
        if not indexes:
            return {}
        self._indexes = indexes
        if not self._begun:
            self._begun = True
            try:
                self._start(self._run, ())
            except RuntimeError:  # no more threads
                return {}
        self._waiting = True
        self._wanted.release()
        if not self._answered.acquire(timeout=_MOST_S):
            return {}
        self._waiting = False
        return self._answers

    def known(self, index: int) -> dict[str, object]:
        """What a GPU said last."""
        return self._answers.get(index, {})

    def end(self) -> None:
        """Let the thread end, without waiting for it."""
        self._ended = True
        if self._begun and not self._waiting:
            self._wanted.release()

    def _run(self) -> None:
        """The thread's life."""
        library: Any = None
        devices: dict[int, Any] = {}
        while True:
            self._wanted.acquire()
            if self._ended:
                return
            answers = {}
            try:
                if library is None:
                    library = False  # tried once: what fails here fails again
                    library = _loaded(self._file)
                for index in self._indexes if library else ():
                    if index not in devices:
                        devices[index] = _device(library, self._buses[index])
                    if devices[index] is not None:
                        answers[index] = _said(library, devices[index])
            except Exception:  # noqa: BLE001, S110 - whatever a module raises is no reason to stop sampling
                pass
            self._answers = answers
            self._answered.release()


def _loaded(file: str) -> "Any":
    """The module of that file and of no other, with NVML initialised, which by itself touches no GPU."""
    import sys
    from importlib.util import module_from_spec, spec_from_file_location

    spec = spec_from_file_location("pynvml", file)  # a package, where the file is called __init__.py
    if spec is None or spec.loader is None:
        raise ImportError(file)
    library: Any = module_from_spec(spec)
    sys.modules["pynvml"] = library  # where it is a package, its own modules look for it there
    spec.loader.exec_module(library)
    library.nvmlInit()
    return library


def _device(library: "Any", bus: str) -> "Any":
    """The handle of a GPU, None where it is not ours to ask. By its address: a look-up by index may wake others."""
    try:
        return library.nvmlDeviceGetHandleByPciBusId(bus.encode())
    except library.NVMLError:
        return None


def _said(library: "Any", device: "Any") -> dict[str, object]:
    """What a GPU tells of itself."""

    def told(call: "Callable[..., Any]", *given: object) -> "Any":
        try:
            return call(*given)
        except library.NVMLError:  # this device cannot tell, or not to us
            return None

    used = told(library.nvmlDeviceGetUtilizationRates, device)
    memory = told(library.nvmlDeviceGetMemoryInfo, device)
    watts = told(library.nvmlDeviceGetPowerUsage, device)
    return {
        "utilisation_ratio": None if used is None else used.gpu / _PERCENT,
        "memory_used_bytes": None if memory is None else int(memory.used),
        "memory_bytes": None if memory is None else int(memory.total),
        "temperature_celsius": told(library.nvmlDeviceGetTemperature, device, library.NVML_TEMPERATURE_GPU),
        "power_watts": None if watts is None else watts / _MILLI,
    }


def _found(root: str, pynvml: str | None) -> tuple[list[str], str | None]:
    """The GPUs' addresses, or none and why they cannot be asked. The bus is looked at last: it can be a large one."""
    if not pynvml or not exists(pynvml):
        return [], _NO_MODULE
    buses = _buses(root)
    return buses, None if buses else _NO_GPU


def _buses(root: str) -> list[str]:
    """The PCI addresses of NVIDIA's display devices."""
    folder = f"{root}/sys/bus/pci/devices"
    try:
        names = sorted(os.listdir(folder))
    except OSError:
        return []
    return [
        name
        for name in names
        if _begins(f"{folder}/{name}/vendor", _NVIDIA) and _begins(f"{folder}/{name}/class", _DISPLAY)
    ]


def _begins(path: str, with_what: bytes) -> bool:
    descriptor = keep(path)
    try:
        return read(descriptor, 64).startswith(with_what)
    finally:
        release(descriptor)


def _information(path: str) -> dict[str, str]:
    """The lines `Key: value` of the driver's page of a device."""
    descriptor = keep(path)
    try:
        lines = (line.partition(":") for line in read(descriptor).decode("utf-8", "replace").splitlines())
        return {key.strip(): value.strip() for key, colon, value in lines if colon}
    finally:
        release(descriptor)
