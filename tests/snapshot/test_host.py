"""The operating system, read from file systems laid out as distributions and containers have them."""

from __future__ import annotations

import platform
import sys
from pathlib import Path

import pytest

from gating.snapshot.host import platform_of


def test_this_machine() -> None:
    found = platform_of(Path("/"), {})
    assert (found["system"], found["release"], found["machine"]) == (
        platform.system(),
        platform.release(),
        platform.machine(),
    )
    name, version = platform.libc_ver()
    if name == "glibc":
        assert found["libc"] == f"glibc {version}"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('NAME="Debian GNU/Linux"\nVERSION_ID="12"\n', {"name": "Debian GNU/Linux", "version": "12"}),
        ("# NAME=x\nNAME=Fedora\nVERSION_ID=41\n", {"name": "Fedora", "version": "41"}),
        ("NAME='Arch Linux'\n", {"name": "Arch Linux", "version": None}),
        ('NAME="It\\"s"\nVERSION_ID="unclosed\n', {"name": 'It"s', "version": None}),
        ("", {"name": None, "version": None}),
    ],
)
def test_distributions(tmp_path: Path, text: str, expected: dict[str, str | None]) -> None:
    (tmp_path / "usr/lib").mkdir(parents=True)
    (tmp_path / "usr/lib/os-release").write_text(text)
    assert platform_of(tmp_path, {})["distribution"] == expected
    (tmp_path / "etc").mkdir()
    (tmp_path / "etc/os-release").write_text("NAME=First\n")
    assert platform_of(tmp_path, {})["distribution"] == {"name": "First", "version": None}


def test_nothing_there_is_null(tmp_path: Path) -> None:
    found = platform_of(tmp_path, {})
    assert (found["distribution"], found["container"]) == (None, ["wsl"] if "microsoft" in platform.release() else [])


def test_containers(tmp_path: Path) -> None:
    (tmp_path / "run/systemd").mkdir(parents=True)
    (tmp_path / ".dockerenv").touch()
    (tmp_path / "run/systemd/container").write_text("lxc\n")
    found = platform_of(tmp_path, {"KUBERNETES_SERVICE_HOST": "10.0.0.1"})["container"]
    assert found == ["docker", "kubernetes", "lxc"]
    (tmp_path / "run/.containerenv").touch()
    assert "podman" in platform_of(tmp_path, {})["container"]


@pytest.mark.skipif(sys.platform != "linux", reason="the C library is asked for on Linux")
def test_musl_is_told_by_its_loader(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.confstr", lambda name: None)  # as it is under musl
    assert platform_of(tmp_path, {})["libc"] is None
    (tmp_path / "lib").mkdir()
    (tmp_path / "lib/ld-musl-x86_64.so.1").touch()
    assert platform_of(tmp_path, {})["libc"] == "musl"
