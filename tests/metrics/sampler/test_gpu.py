"""GPUs, asked through a module with the names, arguments and errors of nvidia-ml-py's `pynvml`; there is none here."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from gating.metrics.format import GPU_KEYS
from gating.metrics.sampler.gpu import GpuReader
from tests.hidden import stands_in_for
from tests.metrics.sampler.layout import lay

FIRST, SECOND = "0000:01:00.0", "0000:41:00.0"
FAKE = '''\
"""Signatures and errors as in nvidia-ml-py 13. Every call is written down beside this file."""
import ctypes, os, time

NVML_TEMPERATURE_GPU = 0
HERE = os.path.dirname(os.path.abspath(__file__))

class NVMLError(Exception):
    def __init__(self, value):
        super().__init__(value)
        self.value = value

class c_nvmlUtilization_t(ctypes.Structure):
    _fields_ = [("gpu", ctypes.c_uint), ("memory", ctypes.c_uint)]

class c_nvmlMemory_t(ctypes.Structure):
    _fields_ = [("total", ctypes.c_ulonglong), ("free", ctypes.c_ulonglong), ("used", ctypes.c_ulonglong)]

def _does(name, *given):
    with open(os.path.join(HERE, "calls"), "a") as file:
        print(name, *given, file=file)
    while os.path.exists(os.path.join(HERE, name + ".hangs")):
        time.sleep(0.01)
    if os.path.exists(os.path.join(HERE, name + ".fails")):
        raise NVMLError(3)

def nvmlInit():
    _does("nvmlInit")

def nvmlDeviceGetHandleByPciBusId(pciBusId):
    assert isinstance(pciBusId, bytes)
    _does("nvmlDeviceGetHandleByPciBusId", pciBusId.decode())
    if os.path.exists(os.path.join(HERE, pciBusId.decode() + ".forbidden")):
        raise NVMLError(4)
    return pciBusId.decode()

def nvmlDeviceGetUtilizationRates(handle):
    _does("nvmlDeviceGetUtilizationRates", handle)
    return c_nvmlUtilization_t(25, 3)

def nvmlDeviceGetMemoryInfo(handle, version=None):
    _does("nvmlDeviceGetMemoryInfo", handle)
    return c_nvmlMemory_t(80 << 30, 60 << 30, 20 << 30)

def nvmlDeviceGetTemperature(handle, sensor):
    _does("nvmlDeviceGetTemperature", handle, sensor)
    return 41

def nvmlDeviceGetPowerUsage(handle):
    _does("nvmlDeviceGetPowerUsage", handle)
    return 61500
'''
AWAKE = {
    "utilisation_ratio": 0.25,
    "memory_used_bytes": 20 << 30,
    "memory_bytes": 80 << 30,
    "temperature_celsius": 41,
    "power_watts": 61.5,
    "asleep": False,
}
ASLEEP: dict[str, object] = {**dict.fromkeys(AWAKE), "asleep": True}


class Machine:
    """A PCI bus with GPUs, a driver and the module."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.root = folder, str(folder / "root")
        self.module = folder / "site" / "pynvml.py"
        lay(folder, {"site/pynvml.py": FAKE, "root/sys/bus/pci/devices/": ""})
        self.plug("0000:00:02.0", vendor="0x8086")
        self.plug("0000:01:00.1", kind="0x040300")  # the GPU's own sound device

    def plug(self, bus: str, state: str | None = "active", vendor: str = "0x10de", kind: str = "0x030200") -> None:
        device = f"root/sys/bus/pci/devices/{bus}"
        lay(self.folder, {f"{device}/vendor": f"{vendor}\n", f"{device}/class": f"{kind}\n"})
        if state is not None:
            lay(self.folder, {f"{device}/power/runtime_status": f"{state}\n"})

    def will(self, what: str) -> None:
        lay(self.folder, {f"site/{what}": ""})

    @property
    def calls(self) -> list[str]:
        file = self.folder / "site" / "calls"
        return file.read_text().splitlines() if file.exists() else []

    def reader(self) -> GpuReader:
        return GpuReader(str(self.module), self.root)


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Machine]:
    stands_in_for("nvidia-ml-py")
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    before = sys.modules.get("pynvml")
    yield Machine(tmp_path)
    sys.modules.pop("pynvml", None)
    if before is not None:
        sys.modules["pynvml"] = before


def until(reader: GpuReader, index: int, key: str) -> dict[str, Any]:
    """A sample in which a GPU says something; the first question loads the module, which may take its time."""
    for _ in range(200):
        found: list[dict[str, Any]] | None = reader.sample()
        assert found is not None
        if found[index][key] is not None:
            return found[index]
        time.sleep(0.01)
    pytest.fail("the GPU says nothing")


def test_a_gpu_that_is_awake(machine: Machine) -> None:
    machine.plug(FIRST)
    page = "Model: \t\t NVIDIA H100\nIRQ:   \t\t 42\nGPU UUID: \t GPU-6a5c\nVideo BIOS: \t 96.00\n"
    lay(machine.folder, {f"root/proc/driver/nvidia/gpus/{FIRST}/information": page})
    reader = machine.reader()
    assert reader.missing == {}
    assert reader.facts() == [{"index": 0, "name": "NVIDIA H100", "memory_bytes": None, "uuid": "GPU-6a5c"}]
    sample = until(reader, 0, "power_watts")
    assert sample == {"index": 0, **AWAKE}
    assert list(sample) == list(GPU_KEYS)
    assert (reader.facts() or [{}])[0]["memory_bytes"] == 80 << 30
    assert machine.calls.count("nvmlInit") == 1
    reader.close()


@pytest.mark.parametrize("state", ["suspended", "suspending"])
def test_a_sleeping_gpu_is_not_woken(machine: Machine, state: str) -> None:
    machine.plug(FIRST, state)
    information = machine.folder / f"root/proc/driver/nvidia/gpus/{FIRST}/information"
    lay(information.parent, {"information": "Model: \t NVIDIA H100\n"})
    reader = machine.reader()
    assert reader.facts() == [{"index": 0, "name": None, "memory_bytes": None, "uuid": None}]
    for _ in range(3):
        assert reader.sample() == [{"index": 0, **ASLEEP}]
    assert machine.calls == []
    reader.close()


def test_it_is_asked_when_it_wakes_and_left_alone_when_it_sleeps_again(machine: Machine) -> None:
    machine.plug(FIRST, "suspended")
    reader = machine.reader()
    assert reader.sample() == [{"index": 0, **ASLEEP}]
    machine.plug(FIRST, "active")
    until(reader, 0, "power_watts")
    machine.plug(FIRST, "suspended")
    before = len(machine.calls)
    assert reader.sample() == [{"index": 0, **ASLEEP}]
    assert len(machine.calls) == before
    reader.close()


def test_one_sleeps_beside_one_that_does_not(machine: Machine) -> None:
    machine.plug(FIRST, "suspended")
    machine.plug(SECOND, None, kind="0x030000")  # without power management it cannot sleep
    reader = machine.reader()
    assert until(reader, 1, "power_watts") == {"index": 1, **AWAKE}
    assert (reader.sample() or [{}])[0] == {"index": 0, **ASLEEP}
    assert not [call for call in machine.calls if FIRST in call]
    reader.close()


def test_what_a_gpu_does_not_tell_is_unknown(machine: Machine) -> None:
    machine.plug(FIRST)
    machine.will("nvmlDeviceGetUtilizationRates.fails")
    machine.will("nvmlDeviceGetTemperature.fails")
    reader = machine.reader()
    expected = {**AWAKE, "utilisation_ratio": None, "temperature_celsius": None}
    assert until(reader, 0, "power_watts") == {"index": 0, **expected}
    reader.close()


def test_a_gpu_that_belongs_to_others(machine: Machine) -> None:
    machine.plug(FIRST)
    machine.plug(SECOND)
    machine.will(f"{FIRST}.forbidden")
    reader = machine.reader()
    assert until(reader, 1, "power_watts") == {"index": 1, **AWAKE}
    assert (reader.sample() or [{}])[0]["power_watts"] is None
    reader.close()


def test_a_driver_that_fails_is_asked_once(machine: Machine) -> None:
    machine.plug(FIRST)
    machine.will("nvmlInit.fails")
    reader = machine.reader()
    for _ in range(5):
        assert (reader.sample() or [{}])[0]["power_watts"] is None
        time.sleep(0.02)
    assert machine.calls == ["nvmlInit"]
    reader.close()


def test_a_module_that_cannot_be_loaded(machine: Machine) -> None:
    machine.plug(FIRST)
    machine.module.write_text("raise RuntimeError('broken')\n")
    reader = machine.reader()
    for _ in range(3):
        assert (reader.sample() or [{}])[0]["power_watts"] is None
    reader.close()


def test_a_driver_that_hangs_keeps_no_sample_waiting(machine: Machine) -> None:
    machine.plug(FIRST)
    until(reader := machine.reader(), 0, "power_watts")
    machine.will("nvmlDeviceGetPowerUsage.hangs")
    first, second, third = reader.sample(), reader.sample(), reader.sample()
    assert [(sample or [{}])[0]["power_watts"] for sample in (first, second, third)] == [None, None, None]
    (machine.folder / "site" / "nvmlDeviceGetPowerUsage.hangs").unlink()
    assert until(reader, 0, "power_watts")["power_watts"] == 61.5
    reader.close()


@pytest.mark.parametrize("lacking", ["gpu", "module", "module's file"])
def test_nothing_to_ask(machine: Machine, lacking: str) -> None:
    if lacking != "gpu":
        machine.plug(FIRST)
    if lacking == "module's file":
        machine.module.unlink()
    reader = GpuReader(None if lacking == "module" else str(machine.module), machine.root)
    assert (reader.facts(), reader.sample()) == (None, None)
    assert lacking.partition("'")[0].replace("gpu", "GPU") in reader.missing["gpus"]
    reader.close()


def test_this_machine(machine: Machine) -> None:
    before = set(os.listdir("/proc/self/fd"))
    reader = GpuReader(None)
    assert reader.sample() is None
    assert reader.missing
    reader.close()
    assert set(os.listdir("/proc/self/fd")) == before


# what `gating.metrics.sampler.gpu` calls, and with how many arguments
CALLS = {
    "nvmlInit": 0,
    "nvmlDeviceGetHandleByPciBusId": 1,
    "nvmlDeviceGetUtilizationRates": 1,
    "nvmlDeviceGetMemoryInfo": 1,
    "nvmlDeviceGetTemperature": 2,
    "nvmlDeviceGetPowerUsage": 1,
}
REAL = """\
import inspect, json, pynvml, sys, time
from gating.metrics.sampler.gpu import GpuReader
calls, root = json.loads(sys.argv[1]), sys.argv[2]
for name, count in calls.items():
    inspect.signature(inspect.unwrap(getattr(pynvml, name))).bind(*range(count))
assert issubclass(pynvml.NVMLError, Exception) and pynvml.NVML_TEMPERATURE_GPU == 0
fields = {name for kind in (pynvml.c_nvmlUtilization_t, pynvml.c_nvmlMemory_t) for name, _ in kind._fields_}
assert fields == {"gpu", "memory", "total", "free", "used"}, fields
reader = GpuReader(pynvml.__file__, root)
reader.sample()
time.sleep(0.2)
print(reader.sample()[0]["power_watts"])
"""


@pytest.mark.needs("nvidia-ml-py")
def test_the_stand_in_is_as_the_real_module(machine: Machine) -> None:
    machine.plug(FIRST)
    argv = [sys.executable, "-c", REAL, json.dumps(CALLS), machine.root]
    done = subprocess.run(argv, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    if not os.path.exists("/proc/driver/nvidia/version"):
        assert done.stdout == "None\n"  # it finds no library of the driver, says so, and nothing comes of it
    stand_in: dict[str, Any] = {"__file__": str(machine.module)}
    exec(FAKE, stand_in)
    assert {name for name in stand_in if name.startswith("nvml")} == set(CALLS)
