"""Pressure: the totals of three files, where the kernel has them."""

from __future__ import annotations

from pathlib import Path

from gating.metrics.sampler.pressure import Pressure
from tests.metrics.sampler.layout import lay

LINE = "{kind} avg10=1.74 avg60=1.51 avg300=1.97 total={total}\n"


def both(some: int, full: int) -> str:
    return LINE.format(kind="some", total=some) + LINE.format(kind="full", total=full)


def test_seconds_since_the_beginning(tmp_path: Path) -> None:
    root = lay(
        tmp_path,
        {"proc/pressure/cpu": both(1_000_000, 0), "proc/pressure/memory": both(5, 3), "proc/pressure/io": both(70, 60)},
    )
    pressure = Pressure(root)
    assert pressure.missing == {}
    assert set(pressure.sample().values()) == {0.0}
    lay(tmp_path, {"proc/pressure/cpu": both(3_500_000, 0), "proc/pressure/io": both(1_000_070, 500_060)})
    assert pressure.sample() == {
        "pressure_cpu_some_s": 2.5,
        "pressure_memory_some_s": 0.0,
        "pressure_memory_full_s": 0.0,
        "pressure_io_some_s": 1.0,
        "pressure_io_full_s": 0.5,
    }
    pressure.close()


def test_a_kernel_whose_cpu_file_has_one_line(tmp_path: Path) -> None:
    some = LINE.format(kind="some", total=8)
    root = lay(tmp_path, {"proc/pressure/cpu": some, "proc/pressure/memory": both(1, 1), "proc/pressure/io": some})
    pressure = Pressure(root)
    assert set(pressure.missing) == {"pressure_io_full_s"}
    assert pressure.sample()["pressure_io_full_s"] is None
    assert pressure.sample()["pressure_cpu_some_s"] == 0.0


def test_a_kernel_that_does_not_tell(tmp_path: Path) -> None:
    pressure = Pressure(str(tmp_path))
    assert set(pressure.sample().values()) == {None}
    assert set(pressure.missing) == set(pressure.sample())
    assert "CONFIG_PSI" in pressure.missing["pressure_cpu_some_s"]


def test_what_goes_away_is_unknown_and_not_zero(tmp_path: Path) -> None:
    root = lay(tmp_path, {f"proc/pressure/{name}": both(1, 1) for name in ("cpu", "memory", "io")})
    pressure = Pressure(root)
    (tmp_path / "proc/pressure/cpu").write_text("")
    assert pressure.sample()["pressure_cpu_some_s"] is None
