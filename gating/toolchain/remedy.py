"""Remedies: the commands that mend an unmet tool, by the channel that it came from or could come from.

The order is the found tool's own channel, then the policy's words, then Python's own channels for a Python
tool, then the platform's package manager, then npm and cargo. Commands name the judged interpreter; nothing is
run here.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from gating.toolchain.channels import SYSTEM, channel_of, on_path, system_channel
from gating.toolchain.environments import installer
from gating.toolchain.host import Host
from gating.toolchain.words import from_policy
from gating.verdict import Remedy, State

if TYPE_CHECKING:
    from gating.toolchain.probe import Probe
    from gating.toolchain.select import Selection

__all__ = ["PROGRAMS", "Target", "for_distribution", "for_python", "for_tool", "into_python"]

# the programs whose presence decides which remedy is given
PROGRAMS = ("uv", "pyenv", "npm", "cargo", "sudo", "doas", *SYSTEM.values())
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
    channel, command = None, None
    if selection.path is not None:
        channel, command = _upgrade(target, selection)
        # what the judged environment has stands before PATH whatever PATH says, and is mended where it is
        own = os.path.dirname(selection.path) == os.path.dirname(target.python)
        if selection.fitting is not None and not (own and command):
            return _path_first(target, selection.fitting)
    if command is None and words:
        return from_policy(words, python=target.python, links=target.links)
    if command is None:
        channel, command = _install(target)
    return Remedy(commands=(command,) if command else (), channel=channel if command else None, links=target.links)


def for_distribution(name: str, host: Host, *, python: str, wanted: str | None, words: Sequence[str] = ()) -> Remedy:
    """The remedy for a Python distribution that the judged interpreter lacks or has too old."""
    if words:
        return from_policy(words, python=python)
    channel, command = into_python(host, python, f"{name}{wanted or ''}")
    return Remedy(commands=(command,), channel=channel)


def into_python(host: Host, python: str, *words: str) -> tuple[str, tuple[str, ...]]:
    """The channel and the command that install `words` (flags, requirements) into the judged interpreter.

    It is uv where uv made its environment or pip is not in it, else its own pip.
    """
    if installer(python, host) == "uv":
        return "uv", ("uv", "pip", "install", "--python", python, *words)
    return "pip", (python, "-m", "pip", "install", *words)


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


_Command = tuple[str | None, tuple[str, ...] | None]


def _upgrade(target: Target, selection: Selection) -> _Command:
    """By the channel that the found tool came from."""
    path, packages = selection.path or "", target.packages
    real = os.path.realpath(path)
    distribution, environment = selection.distribution, selection.environment
    if distribution is None and (origin := _origin(path, target.host)) is not None:
        distribution, environment = origin.distribution, origin.environment
    channel = channel_of(path, real, environment)
    application = re.search(r"/(?:pipx/venvs|uv/tools)/([^/]+)/", real.replace("\\", "/"))
    if application and channel in {"pipx", "uv-tool"}:
        wants = f"{application[1]}{target.wanted or ''}"
        if channel == "pipx":
            return "pipx", ("pipx", "install", "--force", wants)
        again = "--force" if selection.state is State.BROKEN else "--upgrade"
        return "uv", ("uv", "tool", "install", again, wants)
    if channel in {"pip", "conda"} and distribution:
        return into_python(target.host, target.python, "-U", f"{distribution}{target.wanted or ''}")
    if channel == "npm" and "npm" in packages:
        return "npm", _npm(target, of_project="/node_modules/.bin/" in path.replace("\\", "/"))
    if channel == "cargo" and "cargo" in packages:
        return "cargo", ("cargo", "install", "--locked", "--force", packages["cargo"])
    manager = "brew" if channel == "brew" else system_channel(target.host) if channel == "system" else None
    if manager is not None and manager in packages:
        return manager, _system(target.host, manager, packages[manager])
    return None, None


def _origin(path: str, host: Host) -> Probe | None:
    """What metadata says of a file that was executed."""
    # a remedy for a Python distribution does without what these load
    from gating.toolchain.candidates import candidates
    from gating.toolchain.scripts import static_probe

    there = candidates(path, host)
    return static_probe(there[0]) if there else None


def _install(target: Target) -> _Command:
    """By the channels that this host has."""
    host, packages = target.host, target.packages
    if "pip" in packages:
        return into_python(host, target.python, f"{packages['pip']}{target.wanted or ''}")
    manager = system_channel(host)
    if manager is not None and manager in packages:
        return manager, _system(host, manager, packages[manager])
    if "npm" in packages and on_path("npm", host):
        return "npm", _npm(target, of_project=False)
    if "cargo" in packages and on_path("cargo", host):
        return "cargo", ("cargo", "install", "--locked", packages["cargo"])
    return None, None


def _npm(target: Target, *, of_project: bool) -> tuple[str, ...]:
    where = "--save-dev" if of_project else "--global"
    return ("npm", "install", where, f"{target.packages['npm']}@{_npm_range(target.wanted)}")


def _npm_range(specifier: str | None) -> str:
    """A specifier in npm's words: clauses with blanks between them, `~=` as its two bounds, no `!=`."""
    clauses = []
    for clause in (specifier or "").replace(" ", "").split(","):
        operator, version = clause[:2], clause[2:]
        if operator == "~=":
            *kept, _ = version.split(".")
            upper = [*kept[:-1], str(int(kept[-1]) + 1)] if kept and kept[-1].isdecimal() else []
            clauses += [f">={version}", *([f"<{'.'.join(upper)}"] if upper else [])]
        elif operator != "!=" and clause:
            clauses.append(version.lstrip("=") if operator == "==" else clause)
    return " ".join(clauses) or "latest"


def _path_first(target: Target, fitting: str) -> Remedy:
    """The whole PATH as it should be: a line with `$PATH` in it would be quoted, and then be wrong."""
    folder = os.path.dirname(fitting)
    others = [one for one in target.host.env.get("PATH", os.defpath).split(os.pathsep) if one != folder]
    command = ("export", f"PATH={os.pathsep.join([folder, *others])}")
    why = f"{fitting} fits, but stands later on PATH"
    return Remedy(commands=() if sys.platform == "win32" else (command,), channel="path", why=why, links=target.links)


def _system(host: Host, manager: str, package: str) -> tuple[str, ...]:
    install = (*_SYSTEM_INSTALL[manager], package)
    if manager in _UNPRIVILEGED or sys.platform == "win32" or os.geteuid() == 0:
        return install
    # where neither is there, whoever reads it has to become root in a way of their own
    become = next((name for name in ("sudo", "doas") if on_path(name, host)), None)
    return (become, *install) if become else install
