"""GPUs, asked through stand-ins for NVIDIA's library and tool that run as real processes."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from gating.snapshot.gpu import Gpus, gpus
from tests.hidden import stands_in_for

Tool = Callable[[str, str], None]

# what the library answers is made up; its names and types are those of nvidia-ml-py
LIBRARY = """
class NVMLError(Exception): pass
class Memory: total = 150754820096
def nvmlInit(): {init}
def nvmlShutdown(): pass
def nvmlSystemGetDriverVersion(): return "570.1"
def nvmlDeviceGetCount(): return 2
def nvmlDeviceGetHandleByIndex(place): return place
def nvmlDeviceGetName(device): return b"NVIDIA H200"
def nvmlDeviceGetUUID(device): return f"GPU-{{device}}"
def nvmlDeviceGetMemoryInfo(device):
    if device: raise NVMLError("Not Supported")
    return Memory
"""


def look(host: Path, env: Mapping[str, str]) -> tuple[Gpus, list[str]]:
    notes: list[str] = []
    return gpus(host, env, notes), notes


@pytest.fixture
def env(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """An environment with a folder of tools of our own on PATH, and a Python path without a real pynvml."""
    monkeypatch.setitem(sys.modules, "pynvml", None)
    (tmp_path / "bin").mkdir()
    return {"PATH": f"{tmp_path / 'bin'}{os.pathsep}/usr/bin{os.pathsep}/bin"}


@pytest.fixture
def tool(tmp_path: Path, env: dict[str, str]) -> Tool:
    def write(name: str, script: str) -> None:
        (tmp_path / "bin" / name).write_text(f"#!/bin/sh\n{script}\n")
        (tmp_path / "bin" / name).chmod(0o755)

    return write


@pytest.fixture
def library(tmp_path: Path, env: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    stands_in_for("nvidia-ml-py")

    def write(init: str) -> None:
        (tmp_path / "lib").mkdir(exist_ok=True)
        (tmp_path / "lib" / "pynvml.py").write_text(LIBRARY.format(init=init))
        monkeypatch.delitem(sys.modules, "pynvml", raising=False)
        monkeypatch.syspath_prepend(str(tmp_path / "lib"))

    return write


@pytest.fixture
def driver(tmp_path: Path) -> Path:
    """A host with NVIDIA's driver and one device in /proc."""
    device = tmp_path / "host/proc/driver/nvidia/gpus/0000:01:00.0"
    device.mkdir(parents=True)
    (device / "information").write_text("Model: \t\t NVIDIA A100-SXM4-40GB\nIRQ:   \t 37\nGPU UUID: \t GPU-1-2\n")
    version = (
        "NVRM version: NVIDIA UNIX Open Kernel Module for x86_64  535.104.05  Release Build\nGCC version:  gcc 12\n"
    )
    (device.parent.parent / "version").write_text(version)
    return tmp_path / "host"


def test_no_trace_of_a_driver_asks_nobody(tmp_path: Path, env: dict[str, str], library: Callable[[str], None]) -> None:
    library("raise SystemExit('was asked')")
    assert look(tmp_path, env) == ({"cuda": None, "gpus": []}, [])


def test_the_library_answers_first(
    driver: Path, env: dict[str, str], tool: Tool, library: Callable[[str], None]
) -> None:
    library("print('noise')")
    tool("nvidia-smi", "echo never, asked, 1, 1")
    found, notes = look(driver, env)
    assert notes == []
    assert found["cuda"] == {"driver_version": "570.1", "runtime": None, "visible_devices": None}
    first = {"name": "NVIDIA H200", "uuid": "GPU-0", "memory_bytes": 150754820096, "driver": "570.1"}
    assert found["gpus"] == [first, {**first, "uuid": "GPU-1", "memory_bytes": None}]
    assert "pynvml" not in sys.modules


@pytest.mark.parametrize(
    ("init", "said"),
    [
        ("raise NVMLError('Driver Not Loaded')", "gpus: nvml: ended with 1: Driver Not Loaded"),
        ("import os; os.kill(os.getpid(), 11)", "gpus: nvml: signalled"),
        ("import time; print('waiting', flush=True); time.sleep(60)", "gpus: nvml: timed-out: waiting"),
    ],
    ids=["refuses", "crashes", "hangs"],
)
def test_where_the_library_fails_the_tool_answers(
    driver: Path,
    env: dict[str, str],
    tool: Tool,
    library: Callable[[str], None],
    monkeypatch: pytest.MonkeyPatch,
    *,
    init: str,
    said: str,
) -> None:
    monkeypatch.setattr("gating.snapshot.gpu._DEADLINE", 1.0)
    library(init)
    tool("nvidia-smi", 'echo "NVIDIA H200, GPU-1, 143771, 570.1"')
    found, notes = look(driver, env)
    assert found["gpus"] == [{"name": "NVIDIA H200", "uuid": "GPU-1", "memory_bytes": 143771 << 20, "driver": "570.1"}]
    assert notes == [said]


def test_what_the_tool_does_not_know_is_null(tmp_path: Path, env: dict[str, str], tool: Tool) -> None:
    tool("nvidia-smi", 'echo "Tegra, rev 2, [N/A], [N/A], 540.3"; echo ", GPU-1, , [Not Supported]"')
    found, notes = look(tmp_path, env)
    assert found["gpus"] == [
        {"name": "Tegra, rev 2", "uuid": None, "memory_bytes": None, "driver": "540.3"},
        {"name": None, "uuid": "GPU-1", "memory_bytes": None, "driver": None},
    ]
    assert notes == []


def test_the_tool_is_asked_for_what_it_prints(tmp_path: Path, env: dict[str, str], tool: Tool) -> None:
    tool("nvidia-smi", f'echo "$@" > {tmp_path}/asked')
    look(tmp_path, env)
    asked = (tmp_path / "asked").read_text().split()
    assert asked == ["--query-gpu=name,uuid,memory.total,driver_version", "--format=csv,noheader,nounits"]


def test_a_hanging_tool_costs_its_deadline_and_proc_answers(
    driver: Path, env: dict[str, str], tool: Tool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gating.snapshot.gpu._DEADLINE", 0.5)
    tool("nvidia-smi", "sleep 60")
    started = time.monotonic()
    found, notes = look(driver, env)
    assert time.monotonic() - started < 20
    assert found["gpus"] == [
        {"name": "NVIDIA A100-SXM4-40GB", "uuid": "GPU-1-2", "memory_bytes": None, "driver": "535.104.05"}
    ]
    assert notes == ["gpus: nvidia-smi: timed-out", "gpus: known from /proc only, so without their memory"]


def test_a_device_that_sleeps_has_no_identifier(driver: Path, env: dict[str, str]) -> None:
    (file,) = driver.glob("proc/driver/nvidia/gpus/*/information")
    file.write_text("Model: Unknown\nGPU UUID: \t GPU-????????-????-????-????-????????????\n")
    found, _ = look(driver, env)
    assert found["gpus"] == [{"name": "Unknown", "uuid": None, "memory_bytes": None, "driver": "535.104.05"}]


def test_a_driver_that_does_not_answer_is_unknown_and_not_none(tmp_path: Path, env: dict[str, str], tool: Tool) -> None:
    tool("nvidia-smi", "echo 'Failed to initialize NVML: Unknown Error'; exit 255")
    found, notes = look(tmp_path, env)
    assert found["gpus"] is None
    assert notes == [
        "gpus: nvidia-smi: ended with 255: Failed to initialize NVML: Unknown Error",
        "gpus: there is a driver, but nothing tells which devices it has",
    ]


@pytest.mark.parametrize("variable", ["PATH", "CUDA_HOME", "CUDA_PATH"])
def test_the_toolkit_is_found_without_a_driver(tmp_path: Path, env: dict[str, str], tool: Tool, variable: str) -> None:
    tool("nvcc", "echo 'nvcc: NVIDIA (R) Cuda compiler driver'; echo 'Cuda compilation tools, release 12.4, V12.4.131'")
    if variable != "PATH":
        env = {"PATH": "/usr/bin:/bin", variable: str(tmp_path)}
    found, notes = look(tmp_path, env)
    assert found["cuda"] == {"driver_version": None, "runtime": "12.4", "visible_devices": None}
    assert found["gpus"] == []
    assert notes == []


@pytest.mark.parametrize("visible", ["", "0,1"])
def test_visible_devices_are_kept_and_empty_is_not_unset(tmp_path: Path, env: dict[str, str], visible: str) -> None:
    found, _ = look(tmp_path, {**env, "CUDA_VISIBLE_DEVICES": visible})
    assert found["cuda"] == {"driver_version": None, "runtime": None, "visible_devices": visible}
