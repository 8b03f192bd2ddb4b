"""Environments: which of them things may be installed into, and by what."""

from __future__ import annotations

from pathlib import Path

import pytest

from gating.toolchain.environments import installer, refusal
from gating.toolchain.host import Host
from tests.installs import Environment, tool


def host(*folders: Path, protected: tuple[str, ...] = ()) -> Host:
    return Host.of(
        {"PATH": ":".join(map(str, folders))}, python="/nowhere/python", first=["/none"], protected=protected
    )


def conda(prefix: Path) -> str:
    (prefix / "conda-meta").mkdir(parents=True)
    (prefix / "conda-meta" / "history").touch()
    tool(prefix / "bin" / "python", "")
    return str(prefix / "bin" / "python")


class TestRefusal:
    def test_a_virtual_environment_may_be_changed(self, tmp_path: Path) -> None:
        assert refusal(str(Environment(tmp_path / "v").python), host()) is None

    def test_the_systems_python_may_not(self, tmp_path: Path) -> None:
        python = tool(tmp_path / "usr" / "bin" / "python3", "")
        assert "not that of a virtual environment" in str(refusal(str(python), host()))
        assert "not that of a virtual environment" in str(refusal("python3", host()))
        (tmp_path / "usr" / "lib" / "python3.11").mkdir(parents=True)
        (tmp_path / "usr" / "lib" / "python3.11" / "EXTERNALLY-MANAGED").touch()
        assert "EXTERNALLY-MANAGED" in str(refusal(str(python), host()))

    def test_the_marker_of_the_system_says_nothing_of_its_virtual_environments(self, tmp_path: Path) -> None:
        made = Environment(tmp_path / "v")
        (made.site.parent / "EXTERNALLY-MANAGED").touch()
        assert refusal(str(made.python), host()) is None

    def test_an_environment_of_conda_may_but_its_own_installation_may_not(self, tmp_path: Path) -> None:
        assert refusal(conda(tmp_path / "envs" / "mine"), host()) is None
        base = conda(tmp_path / "base")
        (tmp_path / "base" / "condabin").mkdir()
        assert "not that of a virtual environment" in str(refusal(base, host()))
        managed = conda(tmp_path / "managed")
        (tmp_path / "managed" / "lib" / "python3.11").mkdir(parents=True)
        (tmp_path / "managed" / "lib" / "python3.11" / "EXTERNALLY-MANAGED").touch()
        assert "EXTERNALLY-MANAGED" in str(refusal(managed, host()))

    def test_neither_what_is_protected_nor_an_applications_own(self, tmp_path: Path) -> None:
        made = Environment(tmp_path / "pipx" / "venvs" / "app")
        assert "an application's own" in str(refusal(str(made.python), host()))
        other = Environment(tmp_path / "nox")
        assert "nox runs in" in str(refusal(str(other.python), host(protected=(str(other.prefix),))))


class TestInstaller:
    @pytest.mark.parametrize(
        ("config", "pip", "uv", "chosen"),
        [
            ("", True, True, "pip"),
            ("", False, True, "uv"),
            ("", False, False, "pip"),
            ("uv = 0.9.0\n", True, True, "uv"),
            ("uv = 0.9.0\n", True, False, "pip"),
        ],
    )
    def test_uv_where_it_made_the_environment_or_pip_is_not_in_it(
        self, tmp_path: Path, config: str, pip: bool, uv: bool, chosen: str
    ) -> None:
        made = Environment(tmp_path / "v", config=config)
        if pip:
            tool(made.bin / "pip", "")
        if uv:
            tool(tmp_path / "tools" / "uv", "")
        assert installer(str(made.python), host(tmp_path / "tools")) == chosen

    def test_an_environment_of_conda_without_pip_gets_uv(self, tmp_path: Path) -> None:
        python = conda(tmp_path / "c")
        tool(tmp_path / "tools" / "uv", "")
        assert installer(python, host(tmp_path / "tools")) == "uv"
        tool(tmp_path / "c" / "bin" / "pip", "")
        assert installer(python, host(tmp_path / "tools")) == "pip"

    def test_what_is_no_environment_keeps_its_pip(self, tmp_path: Path) -> None:
        tool(tmp_path / "tools" / "uv", "")
        python = tool(tmp_path / "usr" / "bin" / "python3", "")
        assert installer(str(python), host(tmp_path / "tools")) == "pip"
        assert installer("python3", host(tmp_path / "tools")) == "pip"
