"""The whole document: every section looked at once and put together."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gating.snapshot.words import SCHEMA, clean

if TYPE_CHECKING:
    from gating.process.interpreter import Interpreter

__all__ = ["take"]


def take(
    *,
    python: str | Interpreter | None,
    root: Path,
    env: Mapping[str, str],
    thorough: bool = True,
    host: Path = Path("/"),
) -> dict[str, Any]:
    """Look at the machine, the interpreter `python` and the project at `root`.

    `python` is a path, a name on the PATH of `env`, an interpreter that was described before, or None for our
    own; another than our own costs one process. Not `thorough` leaves out what takes more of them: dirtiness,
    GPUs and CUDA are null then. `host` is the root of the file system that is looked at, `/` but in tests.

    The document is that of `gating/schemas/snapshot-1.json`. It is the same for an unchanged machine, holds
    no variable of `env` but CUDA_VISIBLE_DEVICES, no URL and no password. Unknown is null; `notes` says why.
    """
    from gating.process.interpreter import Interpreter, describe
    from gating.snapshot.git import git
    from gating.snapshot.gpu import gpus
    from gating.snapshot.hardware import cpu, memory
    from gating.snapshot.host import platform_of

    notes: list[str] = []
    judged = python if isinstance(python, Interpreter) else describe(python, env=env)
    document: dict[str, Any] = {
        "schema": SCHEMA,
        "thorough": thorough,
        "python": _python(judged, notes),
        "platform": platform_of(host, env),
        "cpu": cpu(host, notes),
        "memory": memory(host, notes),
        **(gpus(host, env, notes) if thorough else {"cuda": None, "gpus": None}),
        "git": git(root, env, thorough=thorough, notes=notes),
        **_packages(judged, root, notes),
        "notes": notes,
    }
    return {key: _cleaned(part) for key, part in document.items()}


def _python(judged: Interpreter, notes: list[str]) -> dict[str, str | bool | None]:
    if judged.error is not None:
        notes.append(f"python: {judged.executable}: {judged.error}")
    known = judged.error is None
    return {
        "version": judged.version or None,
        "implementation": judged.implementation or None,
        "executable": judged.executable or None,
        "prefix": judged.prefix or None,
        "base_prefix": judged.base_prefix or None,
        "virtual_env": judged.is_virtual if known else None,
        "compiler": judged.compiler,
        "soabi": judged.soabi,
        "free_threaded": judged.free_threaded if known else None,
        "debug": judged.debug if known else None,
    }


def _packages(judged: Interpreter, root: Path, notes: list[str]) -> dict[str, object]:
    if judged.error is not None:
        return {"distributions": None, "origins": None, "extras": None}
    from gating.snapshot.distributions import installed
    from gating.snapshot.extras import extras

    found = installed(judged.site, notes)
    return {
        "distributions": {name: one.version for name, one in found.items()},
        "origins": {name: one.origin for name, one in found.items() if one.origin is not None},
        "extras": extras(root, found, judged.markers, notes),
    }


def _cleaned(part: Any) -> Any:
    if isinstance(part, str):
        return clean(part)
    if isinstance(part, dict):
        return {clean(str(key)): _cleaned(value) for key, value in part.items()}
    if isinstance(part, list):
        return [_cleaned(one) for one in part]
    return part
