"""The modules that the sampler may use are found where they may serve, and are not imported for that."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from gating.metrics import helping
from gating.metrics.helping import helping_modules
from tests.hidden import stands_in_for


def test_nothing_is_looked_for_that_does_not_serve() -> None:
    code = "from gating.metrics.helping import helping_modules; print(helping_modules(), 'psutil' in sys.modules)"
    code = f"import sys; {code}"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["{}", "False"] or os.path.exists("/proc/driver/nvidia/version")


@pytest.mark.needs("psutil")
def test_psutil_where_it_is_asked_for() -> None:
    import psutil

    assert helping_modules("psutil")["psutil"] == psutil.__file__


def test_pynvml_beside_a_driver(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stands_in_for("nvidia-ml-py")
    (tmp_path / "driver").touch()
    (tmp_path / "pynvml.py").write_text("raise SystemExit('imported')\n")
    monkeypatch.setattr(helping, "TRACES_OF_NVIDIA", (str(tmp_path / "driver"),))
    monkeypatch.syspath_prepend(tmp_path)
    assert helping_modules()["pynvml"] == str(tmp_path / "pynvml.py")


def test_what_is_not_installed_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "path", [])
    assert helping_modules("psutil") == {}
