"""Python itself and Python distributions, read from the judged interpreter's metadata; nothing is imported."""

from __future__ import annotations

import re

from gating.toolchain.cache import identity
from gating.toolchain.judged import JudgedPython
from gating.toolchain.select import Selection
from gating.verdict import Evidence, State

__all__ = ["find_distribution", "find_python"]


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

    A dist-info folder without METADATA is an `impostor`: a removal or an installation that did not finish.
    """
    interpreter = judged.interpreter
    if interpreter.error is not None:
        return Selection(
            state=State.ABSENT, evidence=Evidence.ABSENT, reason=f"the judged interpreter {interpreter.error}"
        )
    cached_under = f"distribution {normalise(name)}"
    seen = [interpreter.executable, [identity(folder)[:2] for folder in interpreter.site]]
    known = judged.cache.get(cached_under, wanted, seen)
    if known is not None:
        return Selection(
            state=State(known["state"]),
            evidence=Evidence.STATIC,
            path=known["path"],
            version=known["version"],
            reason=known["reason"],
            distribution=name,
            environment=interpreter.prefix,
            cached=True,
        )
    found = _look_up(name, judged, wanted)
    if found.keep:
        kept = {"state": found.state, "path": found.path, "version": found.version, "reason": found.reason}
        judged.cache.put(cached_under, wanted, seen, kept, took=0.0)
    return found


def _look_up(name: str, judged: JudgedPython, wanted: str | None) -> Selection:
    from importlib.metadata import Distribution

    interpreter = judged.interpreter
    found = next(iter(Distribution.discover(name=name, path=list(interpreter.site))), None)
    if found is None:
        reason = f"{name} is not installed for {interpreter.executable}"
        return Selection(state=State.ABSENT, evidence=Evidence.ABSENT, reason=reason, environment=interpreter.prefix)
    path = str(found.locate_file(""))
    metadata = found.read_text("METADATA") or found.read_text("PKG-INFO")
    match = re.search(r"^Version:[ \t]*(\S+)", (metadata or "").partition("\n\n")[0], re.MULTILINE)
    if match is None:
        reason = "its metadata folder is there, but holds no version: an installation or removal that did not finish"
        return Selection(
            state=State.IMPOSTOR,
            evidence=Evidence.STATIC,
            path=path,
            reason=reason,
            distribution=name,
            environment=interpreter.prefix,
        )
    state = _compare(match[1], wanted)
    origin = found.read_text("direct_url.json") or ""
    return Selection(
        state=state,
        evidence=Evidence.STATIC,
        path=path,
        version=match[1],
        reason=_reason(state, match[1], wanted),
        distribution=name,
        environment=interpreter.prefix,
        # the version of an editable install can change without any installed file changing
        keep=re.search(r'"editable"\s*:\s*true', origin) is None,
    )


def _compare(version: str, wanted: str | None) -> State:
    if not wanted:
        return State.OK
    from gating.versions import distribution_satisfies

    fits = distribution_satisfies(version, wanted)
    if fits is None:
        return State.UNKNOWN
    return State.OK if fits else State.OUTDATED


def _reason(state: State, version: str, wanted: str | None) -> str:
    if state is State.OUTDATED:
        return f"found {version}, wanted {wanted}"
    return f"{version} is no version to compare; wanted {wanted}" if state is State.UNKNOWN else ""


def normalise(name: str) -> str:
    """A distribution's name as PEP 503 compares it."""
    return re.sub(r"[-_.]+", "-", name).lower()
