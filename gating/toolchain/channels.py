"""Channels: where a found tool came from, told by its path, and which channels this host has."""

from __future__ import annotations

import os
import re
import sys

from gating.toolchain.candidates import candidates
from gating.toolchain.host import Host

__all__ = ["SYSTEM", "channel_of", "is_shim", "on_path", "system_channel"]

# the platform's own package managers, by the program that gives each away, in the order they are looked for
SYSTEM = {
    "apt": "apt-get",
    "dnf": "dnf",
    "pacman": "pacman",
    "apk": "apk",
    "zypper": "zypper",
    "brew": "brew",
    "winget": "winget",
    "choco": "choco",
}

# parts of a real path, with forward slashes, by which an installer is known; the first that fits counts
_BY_PATH = (
    ("/pipx/venvs/", "pipx"),
    ("/uv/tools/", "uv-tool"),
    ("/lib/node_modules/corepack/", "corepack"),
    ("/node_modules/", "npm"),
    ("/Cellar/", "brew"),
    ("/opt/homebrew/", "brew"),
    ("/linuxbrew/", "brew"),
    ("/nix/store/", "nix"),
    ("/.cargo/bin/", "cargo"),
    ("/snap/", "snap"),
    ("/.rustup/", "rustup"),
    ("/scoop/apps/", "scoop"),
    ("/chocolatey/", "choco"),
)
_SHIM_FOLDERS = (
    "/.pyenv/shims/",
    "/pyenv-virtualenv/shims/",
    "/.rbenv/shims/",
    "/.nodenv/shims/",
    "/.goenv/shims/",
    "/.jenv/shims/",
    "/.plenv/shims/",
    "/.phpenv/shims/",
    "/.asdf/shims/",
    "/mise/shims/",
    "/rtx/shims/",
    "/.proto/shims/",
    "/.volta/bin/",
    "/aquaproj-aqua/bin/",
    "/corepack/shims/",
    "/corepack/dist/",
    "/chocolatey/bin/",
    "/scoop/shims/",
)
# one program behind many names, which picks the version by the current folder
_DISPATCHERS = frozenset({"rustup", "mise", "rtx", "asdf", "aqua-proxy", "proto-shim", "volta-shim", "snap"})
# how the scripts of version managers hand over, and the scripts of setuptools' old way to install editable
_RUNS_ANOTHER = re.compile(rb"""(?:env|asdf|mise|rtx)["']?[ \t]+(?:exec|x)\b|volta run|EASY-INSTALL-DEV-SCRIPT""")
_HEAD = 2048


def channel_of(path: str, real: str, environment: str | None = None) -> str | None:
    """The channel that a found tool came from, None where its path does not tell.

    `environment` is the Python environment that metadata found it in.
    """
    slashed = real.replace("\\", "/")
    for part, channel in _BY_PATH:
        if part in slashed or (channel in {"brew", "nix"} and part in path):
            return channel
    if environment is not None:
        return "conda" if os.path.isdir(os.path.join(environment, "conda-meta")) else "pip"
    if sys.platform.startswith("linux") and slashed.startswith(("/usr/bin/", "/bin/", "/usr/sbin/", "/usr/lib/")):
        return "system"
    return None


def is_shim(path: str, real: str) -> bool:
    """Whether the file is a version manager's shim: which tool it runs depends on more than the file."""
    slashed = (path.replace("\\", "/"), real.replace("\\", "/"))
    if any(folder in one for folder in _SHIM_FOLDERS for one in slashed):
        return True
    if os.path.basename(real).removesuffix(".exe") in _DISPATCHERS and os.path.basename(real) != os.path.basename(path):
        return True
    return _is_rustup_proxy(path) or _is_shim_script(real)


def _is_rustup_proxy(path: str) -> bool:
    """Tell by size: rustup hard-links or copies itself under each name in its folder."""
    rustup = os.path.join(os.path.dirname(path), "rustup" + os.path.splitext(path)[1])
    try:
        ours, theirs = os.stat(path), os.stat(rustup)
    except OSError:
        return False
    return os.path.basename(path) != os.path.basename(rustup) and ours.st_size == theirs.st_size


def _is_shim_script(real: str) -> bool:
    try:
        with open(real, "rb") as file:
            head = file.read(_HEAD)
    except OSError:
        return False
    return head.startswith(b"#!") and _RUNS_ANOTHER.search(head) is not None


def on_path(name: str, host: Host) -> str | None:
    """The path of an executable on the host's search path, None where there is none."""
    return next((one.path for one in candidates(name, host) if one.defect is None), None)


def system_channel(host: Host) -> str | None:
    """The platform's own package manager on this host, None where no known one is there."""
    return next((channel for channel, program in SYSTEM.items() if on_path(program, host)), None)
