"""Whether a look would find something new, told by stat calls and HEAD alone.

The key stands for the interpreter, the folders it finds distributions in, the project's HEAD and declaration,
the machine since its start, and gating itself. Dirtiness and GPUs are not in it, as in a light snapshot.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from gating import __version__
from gating.snapshot.words import SCHEMA, read

if TYPE_CHECKING:
    from gating.process.interpreter import Interpreter

__all__ = ["freshness_key"]

_OWNED = ("site-packages", "dist-packages")  # folders that only installers write to
_METADATA = (".dist-info", ".egg-info", ".egg-link", ".pth")


def freshness_key(*, python: str | Interpreter | None, root: Path, env: Mapping[str, str] | None = None) -> str:
    """A key that is the same as long as a light snapshot would be.

    `python` as for `gating.snapshot.take`, except that a name is not looked up. Of another interpreter that
    is given by its path the site folders are found by their usual place, and PYTHONPATH is read from `env`;
    folders that .pth files add are known only of our own and of one that was described. The key of such an
    interpreter therefore differs from that of its path. Nothing raises, no process is started.
    """
    from gating.snapshot.head import find, head, table

    executable, site = _interpreter(python, env)
    place = find(str(root))
    parts = (
        (__version__, SCHEMA),
        (executable, _stat(executable)),
        [(folder, _stat(folder) if os.path.basename(folder) in _OWNED else _metadata(folder)) for folder in site],
        place and (place, head(place), table(place)),
        (os.path.abspath(root), _stat(os.path.join(root, "pyproject.toml"))),
        _machine(env or {}),
    )
    return _digest(repr(parts))


def _interpreter(python: str | Interpreter | None, env: Mapping[str, str] | None) -> tuple[str, list[str]]:
    if python is not None and not isinstance(python, str):
        return python.executable, list(python.site)
    from gating.process.facts import is_own, site_folders

    if python is None or is_own(python):
        return python or sys.executable, site_folders()
    path = os.path.abspath(python)
    named = [entry for entry in (env or {}).get("PYTHONPATH", "").split(os.pathsep) if entry]
    return path, [*named, *_usual(path)]


def _usual(executable: str) -> Iterator[str]:
    """The site folders of a virtual environment or of an installation, by their usual places."""
    if "\0" in executable:
        return
    prefix = os.path.dirname(os.path.dirname(executable))
    if os.path.exists(os.path.join(prefix, "pyvenv.cfg")):
        prefixes = [prefix, *_base(prefix)]
    else:
        prefixes = [os.path.dirname(os.path.dirname(os.path.realpath(executable)))]
    for one in prefixes:
        if sys.platform == "win32":
            yield os.path.join(one, "Lib", "site-packages")
            continue
        for library in ("lib", "lib64", "local/lib"):
            try:
                names = sorted(os.listdir(os.path.join(one, library)))
            except OSError:
                continue
            for name in names:
                if name.startswith(("python", "pypy")):
                    yield from (os.path.join(one, library, name, folder) for folder in _OWNED)


def _base(prefix: str) -> list[str]:
    """The prefix of the installation below a virtual environment that sees its packages (PEP 405)."""
    text = read(os.path.join(prefix, "pyvenv.cfg")) or ""
    said = {key.strip().lower(): value.strip() for key, _, value in (line.partition("=") for line in text.splitlines())}
    if said.get("include-system-site-packages", "").lower() != "true" or "home" not in said:
        return []
    return [os.path.dirname(said["home"])]


def _stat(path: str) -> tuple[int, int] | None:
    try:
        found = os.stat(path)
    except (OSError, ValueError):
        return None
    return found.st_mtime_ns, found.st_size


def _metadata(folder: str) -> list[tuple[str, tuple[int, int] | None]]:
    """In a folder of sources, whose own time changes with every file, the metadata that lies in it."""
    try:
        names = sorted(name for name in os.listdir(folder) if name.endswith(_METADATA))
    except OSError:
        return []
    return [(name, _stat(os.path.join(folder, name))) for name in names]


def _machine(env: Mapping[str, str]) -> tuple[object, ...]:
    """What tells two machines with one ledger apart, and one machine before and after it was started."""
    named = tuple(os.uname()) if hasattr(os, "uname") else env.get("COMPUTERNAME")
    cpus = sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return named, cpus, read("/proc/sys/kernel/random/boot_id")


def _digest(text: str) -> str:
    try:
        from _blake2 import blake2b  # hashlib loads OpenSSL first, which costs more than the rest of this
    except ImportError:
        from hashlib import blake2b
    return blake2b(text.encode("utf-8", "surrogateescape"), digest_size=16).hexdigest()
