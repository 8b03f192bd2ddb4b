"""Remedies: the commands that mend an unmet tool, by the channel that it came from or could come from.

The order is the found tool's own channel, then the policy's words, then Python's own channels for a Python
tool, then the platform's package manager. Commands name the judged interpreter; nothing is run here.
"""

from __future__ import annotations

import os
import re
import shlex
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from gating.toolchain.channels import channel_of, on_path, system_channel
from gating.toolchain.host import Host
from gating.toolchain.select import Selection
from gating.verdict import Remedy, State

__all__ = ["Target", "for_distribution", "for_python", "for_tool", "from_policy"]

_SHELL_WORDS = re.compile(r"[|&;<>`\n]|\$\(|\$\{?\w")
_SYSTEM_INSTALL: Mapping[str, tuple[str, ...]] = {
    "apt": ("apt-get", "install"),
    "dnf": ("dnf", "install"),
    "pacman": ("pacman", "-S"),
    "apk": ("apk", "add"),
    "zypper": ("zypper", "install"),
    "brew": ("brew", "install"),
    "winget": ("winget", "install"),
    "choco": ("choco", "install"),
}
_UNPRIVILEGED = frozenset({"brew", "winget"})


@dataclass(frozen=True, kw_only=True)
class Target:
    """What is to be mended where: the tool, its package names by channel, and the judged interpreter's path."""

    name: str
    host: Host
    python: str
    wanted: str | None = None
    packages: Mapping[str, str] = field(default_factory=dict)
    links: tuple[str, ...] = ()


def for_tool(target: Target, selection: Selection, *, words: Sequence[str] = ()) -> Remedy:
    """The remedy for a tool that is not met; `words` are the policy's own lines. No commands where none is known."""
    if selection.fitting is not None:
        folder = os.path.dirname(selection.fitting)
        first = ("export", f"PATH={folder}{os.pathsep}$PATH")
        return Remedy(commands=(first,), channel="path", why="a fitting one stands later on PATH", links=target.links)
    command: tuple[str, ...] | None = None
    channel: str | None = None
    if selection.path is not None and selection.state is not State.ABSENT:
        channel, command = _upgrade(target, selection)
    if command is None and words:
        return from_policy(words, python=target.python, links=target.links)
    if command is None:
        channel, command = _install(target)
    if command is None:
        return Remedy(links=target.links)
    return Remedy(commands=(command,), channel=channel, links=target.links)


def for_distribution(name: str, host: Host, *, python: str, wanted: str | None, words: Sequence[str] = ()) -> Remedy:
    """The remedy for a Python distribution that the judged interpreter lacks or has too old."""
    if words:
        return from_policy(words, python=python)
    channel, command = _into_python(host, python, f"{name}{wanted or ''}")
    return Remedy(commands=(command,), channel=channel)


def for_python(host: Host, *, wanted: str | None, words: Sequence[str] = ()) -> Remedy:
    """The remedy for a judged interpreter that is too old or broken: another one has to be named."""
    links = ("https://www.python.org/downloads/",)
    if words:
        return from_policy(words, python="python", links=links)
    match = re.search(r"(?:>=|~=|==)\s*(\d+\.\d+)", wanted or "")
    if match and on_path("uv", host):
        return Remedy(commands=(("uv", "python", "install", match[1]),), channel="uv", links=links)
    if match and on_path("pyenv", host):
        return Remedy(commands=(("pyenv", "install", match[1]),), channel="pyenv", links=links)
    return Remedy(links=links)


def from_policy(words: Sequence[str], *, python: str, links: Sequence[str] = ()) -> Remedy:
    """The policy's own lines. Those of pip and uv are made to name the judged interpreter.

    A line that needs a shell is kept whole as one `sh -c` command; its channel is `policy`, so that it is
    printed and never run by gating.
    """
    commands = []
    channels = []
    for line in words:
        command, channel = _line(line, python)
        commands.append(command)
        channels.append(channel)
    same = len(set(channels)) == 1
    return Remedy(commands=tuple(commands), channel=channels[0] if same else "policy", links=tuple(links))


def _line(line: str, python: str) -> tuple[tuple[str, ...], str]:
    if _SHELL_WORDS.search(line):
        return ("sh", "-c", line), "policy"
    try:
        argv = tuple(shlex.split(line))
    except ValueError:
        return ("sh", "-c", line), "policy"
    match argv:
        case ("pip" | "pip3", *rest):
            return (python, "-m", "pip", *rest), "pip"
        case ("python" | "python3" | "py", "-m", "pip", *rest):
            return (python, "-m", "pip", *rest), "pip"
        case ("uv", "pip", action, *rest) if "--python" not in rest and "-p" not in rest:
            return ("uv", "pip", action, "--python", python, *rest), "uv"
        case ("uv" | "pipx" | "npm" as program, *_):
            return argv, program
        case _:
            return argv, "policy"


_Command = tuple[str | None, tuple[str, ...] | None]


def _upgrade(target: Target, selection: Selection) -> _Command:
    """By the channel that the found tool came from."""
    path, packages = selection.path or "", target.packages
    channel = channel_of(path, os.path.realpath(path), selection.environment)
    distribution = selection.distribution or packages.get("pip")
    wants = f"{distribution or target.name}{target.wanted or ''}"
    if channel == "pipx":
        return "pipx", ("pipx", "install", "--force", wants)
    if channel == "uv-tool":
        again = "--force" if selection.state is State.BROKEN else "--upgrade"
        return "uv", ("uv", "tool", "install", again, wants)
    if channel in {"pip", "conda"} and distribution:
        return _into_python(target.host, target.python, wants, upgrade=True)
    if channel == "npm" and "npm" in packages:
        return "npm", _npm(target)
    if channel == "cargo" and "cargo" in packages:
        return "cargo", ("cargo", "install", "--locked", "--force", packages["cargo"])
    manager = "brew" if channel == "brew" else system_channel(target.host) if channel == "system" else None
    if manager is not None and manager in packages:
        return manager, _system(manager, packages[manager])
    return channel, None


def _install(target: Target) -> _Command:
    """By the channels that this host has."""
    host, packages = target.host, target.packages
    if "pip" in packages:
        return _into_python(host, target.python, f"{packages['pip']}{target.wanted or ''}")
    manager = system_channel(host)
    if manager is not None and manager in packages:
        return manager, _system(manager, packages[manager])
    if "npm" in packages and on_path("npm", host):
        return "npm", _npm(target)
    if "cargo" in packages and on_path("cargo", host):
        return "cargo", ("cargo", "install", "--locked", packages["cargo"])
    return None, None


def _npm(target: Target) -> tuple[str, ...]:
    wanted = target.wanted
    which = wanted.replace(",", " ").replace("~=", "~").replace("==", "") if wanted else "latest"
    return ("npm", "install", "--global", f"{target.packages['npm']}@{which}")


def _into_python(host: Host, python: str, wants: str, *, upgrade: bool = False) -> tuple[str, tuple[str, ...]]:
    """Into the judged interpreter: by uv where its environment was made by uv, else by its own pip."""
    more = ("-U",) if upgrade else ()
    if _made_by_uv(python) and on_path("uv", host):
        return "uv", ("uv", "pip", "install", "--python", python, *more, wants)
    return "pip", (python, "-m", "pip", "install", *more, wants)


def _made_by_uv(python: str) -> bool:
    config = os.path.join(os.path.dirname(os.path.dirname(python)), "pyvenv.cfg")
    try:
        with open(config, encoding="utf-8", errors="replace") as file:
            return any(line.startswith("uv =") for line in file)
    except OSError:
        return False


def _system(manager: str, package: str) -> tuple[str, ...]:
    install = (*_SYSTEM_INSTALL[manager], package)
    privileged = manager not in _UNPRIVILEGED and sys.platform != "win32" and os.geteuid() != 0
    return ("sudo", *install) if privileged else install
