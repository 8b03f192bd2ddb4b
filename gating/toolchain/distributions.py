"""Python itself and Python distributions, read from the judged interpreter's metadata; nothing is imported."""

from __future__ import annotations

import os
from collections.abc import Mapping
from functools import partial
from typing import Any

from gating.toolchain import metadata
from gating.toolchain.cache import identity
from gating.toolchain.judged import JudgedPython
from gating.toolchain.select import Selection
from gating.verdict import Evidence, State

__all__ = ["find_distribution", "find_python"]

_READ = ("METADATA", "PKG-INFO", "direct_url.json")


def find_python(judged: JudgedPython, wanted: str | None) -> Selection:
    """The judged interpreter as a tool: its version is compared by PEP 440, as distributions are."""
    interpreter = judged.interpreter
    if interpreter.error is not None:
        return Selection(
            state=State.BROKEN,
            evidence=Evidence.PRESENT,
            path=interpreter.executable,
            reason=f"the judged interpreter {interpreter.error}",
        )
    state = _compare(interpreter.version, wanted)
    return Selection(
        state=state,
        evidence=Evidence.EXECUTED,
        path=interpreter.executable,
        version=interpreter.version,
        reason=_reason(state, interpreter.version, wanted),
        environment=interpreter.prefix,
        cached=judged.cached,
    )


def find_distribution(name: str, judged: JudgedPython, wanted: str | None) -> Selection:
    """An installed distribution by its name (PEP 503 normalised) in the judged interpreter's site folders.

    One whose metadata folder holds no version is an `impostor`: an installation or a removal that did not finish.
    Without an interpreter that answers nothing is known, and it is `broken`.
    """
    interpreter = judged.interpreter
    if interpreter.error is not None:
        reason = f"the judged interpreter {interpreter.error}"
        return Selection(state=State.BROKEN, evidence=Evidence.ABSENT, reason=reason)
    cached_under = f"distribution {metadata.normalise(name)}"
    seen = [interpreter.executable, [identity(folder)[:2] for folder in interpreter.site]]
    if (known := judged.cache.get(cached_under, wanted, seen)) is not None:
        restored = _restored(known, name, interpreter.prefix)
        if restored is not None:
            judged.read += _read(known["folder"])
            return restored
    found, folder = _look_up(name, judged, wanted)
    judged.read += _read(folder)
    if found.keep:
        kept = {"state": found.state, "path": found.path, "version": found.version, "reason": found.reason}
        result = {**kept, "folder": folder, "files": _files(folder)}
        judged.cache.put(cached_under, wanted, seen, result, took=0.0)
    return found


def _restored(known: Mapping[str, Any], name: str, prefix: str) -> Selection | None:
    """The kept answer, unless its own metadata has changed since; the site folder does not tell that."""
    try:
        if known["files"] != _files(known["folder"]):
            return None
        return Selection(
            state=State(known["state"]),
            evidence=Evidence.ABSENT if known["folder"] is None else Evidence.STATIC,
            path=known["path"],
            version=known["version"],
            reason=known["reason"],
            distribution=name,
            environment=prefix,
            cached=True,
        )
    except (KeyError, TypeError, ValueError):
        return None  # written by another version


def _files(folder: str | None) -> list[object]:
    """The identities of the files that an answer is read from."""
    return [identity(file) for file in _read(folder)]


def _read(folder: str | None) -> list[str]:
    """The metadata folder (which may be an egg-info file) and what is read of it."""
    return [] if folder is None else [folder, *(os.path.join(folder, name) for name in _READ)]


def _look_up(name: str, judged: JudgedPython, wanted: str | None) -> tuple[Selection, str | None]:
    """What is installed under the name, and its metadata folder; an empty left-over does not hide a whole one."""
    interpreter = judged.interpreter
    made = partial(Selection, distribution=name, environment=interpreter.prefix)
    ghost = None
    for site in interpreter.site:
        for folder in metadata.folders_of(name, site):
            version = metadata.field(folder, "Version")
            if version is not None:
                state = _compare(version, wanted)
                reason, keep = _reason(state, version, wanted), not metadata.is_editable(folder)
                static = made(
                    state=state, evidence=Evidence.STATIC, path=site, version=version, reason=reason, keep=keep
                )
                return static, folder
            ghost = ghost or folder
    if ghost is not None:
        reason = "its metadata folder is there, but holds no version: an installation or removal that did not finish"
        return made(state=State.IMPOSTOR, evidence=Evidence.STATIC, path=ghost, reason=reason), ghost
    reason = f"{name} is not installed for {interpreter.executable}"
    return made(state=State.ABSENT, evidence=Evidence.ABSENT, reason=reason, keep=True), None


def _compare(version: str, wanted: str | None) -> State:
    if not wanted:
        return State.OK
    from gating.versions import distribution_satisfies, plainly_satisfies

    fits = plainly_satisfies(version, wanted) or distribution_satisfies(version, wanted)
    if fits is None:
        return State.UNKNOWN
    return State.OK if fits else State.OUTDATED


def _reason(state: State, version: str, wanted: str | None) -> str:
    if state is State.OUTDATED:
        return f"found {version}, wanted {wanted}"
    return f"{version} is no version to compare; wanted {wanted}" if state is State.UNKNOWN else ""
