"""Channels: where a found tool came from, and what must not be remembered because it stands for another."""

from __future__ import annotations

from pathlib import Path

import pytest

from gating.toolchain.channels import SYSTEM, channel_of, is_shim, on_path, system_channel
from gating.toolchain.host import Host
from tests.installs import tool


@pytest.mark.parametrize(
    ("real", "channel"),
    [
        ("/home/a/.local/share/pipx/venvs/black/bin/black", "pipx"),
        ("/opt/pipx/venvs/black/bin/black", "pipx"),
        ("/home/a/.local/share/uv/tools/ruff/bin/ruff", "uv-tool"),
        ("/usr/lib/node_modules/eslint/bin/eslint.js", "npm"),
        ("/work/app/node_modules/eslint/bin/eslint.js", "npm"),
        ("/usr/lib/node_modules/corepack/dist/pnpm.js", "corepack"),
        ("/opt/homebrew/Cellar/git/2.45/bin/git", "brew"),
        ("/home/linuxbrew/.linuxbrew/Cellar/git/2.45/bin/git", "brew"),
        ("/nix/store/abc-git-2.45/bin/git", "nix"),
        ("/home/a/.cargo/bin/rg", "cargo"),
        ("/snap/bin/hugo", "snap"),
        ("C:\\Users\\a\\scoop\\apps\\git\\current\\git.exe", "scoop"),
        ("/usr/bin/git", "system"),
        ("/bin/sh", "system"),
        ("/usr/local/bin/docker", None),
        ("/home/a/bin/mine", None),
    ],
)
def test_the_path_tells_the_channel(real: str, channel: str | None) -> None:
    assert channel_of(real, real) == channel


def test_a_link_on_path_is_told_by_what_is_behind_it() -> None:
    assert channel_of("/home/a/.local/bin/black", "/home/a/.local/share/pipx/venvs/black/bin/black") == "pipx"
    assert channel_of("/opt/homebrew/bin/git", "/somewhere/git") == "brew"


def test_an_environment_that_metadata_found_is_pips_or_condas(tmp_path: Path) -> None:
    assert channel_of("/v/bin/black", "/v/bin/black", str(tmp_path)) == "pip"
    (tmp_path / "conda-meta").mkdir()
    assert channel_of("/v/bin/black", "/v/bin/black", str(tmp_path)) == "conda"


PYENV = 'set -e\nprogram="${0##*/}"\nexport PYENV_ROOT="/opt/py"\nexec "/opt/py/libexec/pyenv" exec "$program" "$@"'


@pytest.mark.parametrize(
    ("place", "body"),
    [
        (".pyenv/shims/python", "x"),
        (".asdf/shims/node", "x"),
        ("mise/shims/node", "x"),
        (".volta/bin/node", "x"),
        ("elsewhere/python3.12", PYENV),
        ("elsewhere/ruby", 'exec "/usr/lib/rbenv/libexec/rbenv" exec "$program" "$@"'),
        ("elsewhere/node", '# asdf-plugin: nodejs 20\nexec /opt/asdf/bin/asdf exec node "$@"'),
        ("elsewhere/terraform", 'exec mise x -- terraform "$@"'),
        ("elsewhere/mine", "# EASY-INSTALL-DEV-SCRIPT: 'mine==0.1','mine'"),
    ],
)
def test_shims_of_version_managers_are_known(tmp_path: Path, place: str, body: str) -> None:
    made = str(tool(tmp_path / place, body))
    assert is_shim(made, made)


def test_one_program_behind_many_names_is_a_shim_under_each_but_its_own(tmp_path: Path) -> None:
    mise = tool(tmp_path / "mise", "x")
    link = tmp_path / "bin" / "node"
    link.parent.mkdir()
    link.symlink_to(mise)
    assert is_shim(str(link), str(mise))
    assert not is_shim(str(mise), str(mise))


def test_rustup_is_known_by_its_copies(tmp_path: Path) -> None:
    rustup = tool(tmp_path / "rustup", "the same for all")
    cargo = tool(tmp_path / "cargo", "the same for all")
    clippy = tool(tmp_path / "cargo-clippy", "not quite the same")
    assert is_shim(str(cargo), str(cargo))
    assert not is_shim(str(rustup), str(rustup))
    assert not is_shim(str(clippy), str(clippy))


@pytest.mark.parametrize("body", ["echo 1.0", 'exec /usr/lib/tool/bin/tool "$@"', "# an environment"])
def test_other_scripts_are_none(tmp_path: Path, body: str) -> None:
    made = str(tool(tmp_path / "bin" / "tool", body))
    assert not is_shim(made, made)
    assert not is_shim(str(tmp_path / "gone"), str(tmp_path / "gone"))


def test_the_systems_own_manager_is_the_one_that_is_there(tmp_path: Path) -> None:
    host = Host(path=(str(tmp_path),), env={})
    assert system_channel(host) is None
    for channel, program in SYSTEM.items():
        made = tool(tmp_path / program, "x")
        assert system_channel(host) == channel
        made.unlink()


def test_on_path_is_what_can_be_executed(tmp_path: Path) -> None:
    host = Host(path=(str(tmp_path / "a"), str(tmp_path / "b")), env={})
    tool(tmp_path / "a" / "uv", "x", mode=0o644)
    assert on_path("uv", host) is None
    made = tool(tmp_path / "b" / "uv", "x")
    assert on_path("uv", host) == str(made)
