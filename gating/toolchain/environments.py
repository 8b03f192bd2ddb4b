"""Environments: which Python things may be installed into without asking, and by what."""

from __future__ import annotations

import os
import re

from gating.toolchain import metadata
from gating.toolchain.channels import on_path
from gating.toolchain.host import Host

__all__ = ["installer", "refusal"]

_APPLICATION = re.compile(r"/(?:pipx/venvs|uv/tools)/")
_PIP = ("pip", "pip.exe", "pip3")


def refusal(python: str, host: Host) -> str | None:
    """Why gating itself installs nothing into the environment of `python`, None where it may.

    It may where that is a virtual or a conda environment of the project's own: not the system's Python, not an
    application's environment (as pipx makes them), not one that is marked as managed from outside (PEP 668), and
    none that the host protects, as nox's own is in a session.
    """
    prefix = os.path.dirname(os.path.dirname(python))
    if not os.path.dirname(python):
        return f"{python} is not that of a virtual environment"
    if not _is_virtual(prefix):
        if _is_managed(prefix):
            return f"{python} is not that of a virtual environment, and managed by its system (EXTERNALLY-MANAGED)"
        return f"{python} is not that of a virtual environment"
    real = os.path.realpath(prefix)
    if real in map(os.path.realpath, host.protected):
        return f"{prefix} is the environment that nox runs in"
    if _APPLICATION.search(f"{real}/".replace("\\", "/")):
        return f"{prefix} is an application's own environment"
    return None


def installer(python: str, host: Host) -> str:
    """`uv` where uv made the environment of `python`, or pip is not in it; else `pip`, its own."""
    folder = os.path.dirname(python)
    prefix = os.path.dirname(folder)
    if not folder or not on_path("uv", host):
        return "pip"
    config = metadata.text(prefix, "pyvenv.cfg")
    if config is None and not _is_conda(prefix):
        return "pip"
    by_uv = re.search(r"^uv\s*=", config or "", re.MULTILINE) is not None
    has_pip = any(os.path.exists(os.path.join(folder, name)) for name in _PIP)
    return "uv" if by_uv or not has_pip else "pip"


def _is_virtual(prefix: str) -> bool:
    if os.path.isfile(os.path.join(prefix, "pyvenv.cfg")):
        return True
    # conda's own installation runs conda itself; its environments are like virtual ones, unless they say otherwise
    return _is_conda(prefix) and not os.path.isdir(os.path.join(prefix, "condabin")) and not _is_managed(prefix)


def _is_conda(prefix: str) -> bool:
    return os.path.isfile(os.path.join(prefix, "conda-meta", "history"))


def _is_managed(prefix: str) -> bool:
    """Whether the standard library of an installation holds the marker of PEP 668."""
    libraries = [os.path.join(prefix, "Lib")]
    for name in ("lib", "lib64"):
        try:
            libraries += [one.path for one in os.scandir(os.path.join(prefix, name)) if one.name.startswith("python3")]
        except OSError:
            continue
    return any(os.path.isfile(os.path.join(library, "EXTERNALLY-MANAGED")) for library in libraries)
