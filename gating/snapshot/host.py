"""The operating system: its name and release, its C library, and whether a container is around us."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TypedDict

from gating.snapshot.words import read

__all__ = ["Distribution", "Host", "platform_of"]


class Distribution(TypedDict):
    """`NAME` and `VERSION_ID` of os-release(5)."""

    name: str | None
    version: str | None


class Host(TypedDict):
    """`libc` as `glibc 2.36`, or `musl` alone; `container` lists what gives a container away."""

    system: str | None
    release: str | None
    machine: str | None
    libc: str | None
    distribution: Distribution | None
    container: list[str]


def platform_of(host: Path, env: Mapping[str, str]) -> Host:
    """`host` is the root of the file system that is looked at, `/` but in tests."""
    if sys.platform == "win32":
        import platform

        system, release, machine = platform.system(), platform.release(), platform.machine()
    else:
        named = os.uname()
        system, release, machine = named.sysname, named.release, named.machine
    return {
        "system": system or None,
        "release": release or None,
        "machine": machine or None,
        "libc": _libc(host),
        "distribution": _distribution(host),
        "container": _container(host, env, release),
    }


def _libc(host: Path) -> str | None:
    if not sys.platform.startswith("linux"):
        return None
    try:
        if said := os.confstr("CS_GNU_LIBC_VERSION"):
            return said
    except (ValueError, OSError):
        pass
    return "musl" if next((host / "lib").glob("ld-musl-*"), None) else None


def _distribution(host: Path) -> Distribution | None:
    text = read(host / "etc/os-release") or read(host / "usr/lib/os-release")
    if text is None:
        return None
    import shlex

    found = {}
    for line in text.splitlines():
        name, equals, said = line.strip().partition("=")
        if equals and not name.startswith("#"):
            try:
                found[name] = "".join(shlex.split(said))
            except ValueError:  # a quote that nobody closed
                continue
    return {"name": found.get("NAME") or None, "version": found.get("VERSION_ID") or None}


def _container(host: Path, env: Mapping[str, str], release: str) -> list[str]:
    found = set()
    if (host / ".dockerenv").exists():
        found.add("docker")
    if (host / "run/.containerenv").exists():
        found.add("podman")
    if env.get("KUBERNETES_SERVICE_HOST"):
        found.add("kubernetes")
    if "microsoft" in release.lower():
        found.add("wsl")
    if named := (read(host / "run/systemd/container") or "").strip():
        found.add(named)  # systemd-nspawn, lxc, podman, …: systemd writes down what it was told
    return sorted(found)
