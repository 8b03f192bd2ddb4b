"""Select: from the probes of a tool's candidates, the one that counts, compared with what is wanted."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass

from gating.toolchain.candidates import Candidate
from gating.toolchain.probe import Probe
from gating.verdict import Evidence, State

__all__ = ["Alternative", "Selection", "compare", "select"]


@dataclass(frozen=True, kw_only=True)
class Alternative:
    """One name that the tool may go by: its candidates in order, and the probes of the first few of them."""

    name: str
    candidates: tuple[Candidate, ...]
    probes: tuple[Probe, ...]


@dataclass(frozen=True, kw_only=True)
class Selection:
    """What stands for a requirement: the judged result that the cache keeps.

    `state` is with regard to the version that is wanted. `fitting` is a shadowed candidate that would have
    been good enough where the selected one is not, None where there is none. `duration_s` is the time of the
    probe that counts, in seconds.
    """

    state: State
    evidence: Evidence
    path: str | None = None
    version: str | None = None
    reason: str = ""
    duration_s: float = 0.0
    shadowed: tuple[str, ...] = ()
    fitting: str | None = None
    distribution: str | None = None
    environment: str | None = None
    keep: bool = False
    cached: bool = False


def compare(probe: Probe, wanted: str | None) -> State:
    """The state of a probe with regard to a version specifier, None where any version will do."""
    if probe.state is not State.OK or wanted is None:
        return probe.state
    from gating.versions import tool_satisfies

    fits = tool_satisfies(probe.version or "", wanted)
    if fits is None:
        return State.UNKNOWN
    return State.OK if fits else State.OUTDATED


def select(alternatives: Sequence[Alternative], wanted: str | None) -> Selection:
    """The first alternative that fits; else the first that is there, with what is wrong with it.

    Of one name the first candidate counts, since it is the one that runs when the name is typed.
    """
    present = [one for one in alternatives if one.probes]
    for one in present:
        if _met(compare(one.probes[0], wanted), wanted):
            return _selection(one, wanted)
    if present:
        return _selection(present[0], wanted)
    names = [one.name for one in alternatives]
    which = names[0] if len(names) == 1 else f"none of {', '.join(names)}"
    where = "there" if os.path.dirname(names[0]) else "on PATH"
    return Selection(state=State.ABSENT, evidence=Evidence.ABSENT, reason=f"{which} is not {where}")


def _met(state: State, wanted: str | None) -> bool:
    return state is State.OK or (state is State.UNKNOWN and wanted is None)


def _selection(one: Alternative, wanted: str | None) -> Selection:
    probe = one.probes[0]
    state = compare(probe, wanted)
    path = probe.candidate.path if probe.candidate else None
    fitting = None
    if not _met(state, wanted):
        later = (other for other in one.probes[1:] if _met(compare(other, wanted), wanted))
        fitting = next((other.candidate.path for other in later if other.candidate), None)
    reason = probe.reason
    if state is State.OUTDATED:
        reason = f"found {probe.version}, wanted {wanted}"
    elif state is State.UNKNOWN and wanted is not None:
        reason = f"{reason or f'{probe.version} is no version to compare'}; wanted {wanted}"
    if fitting:
        reason += f"; {fitting} would fit, but stands later on PATH"
    return Selection(
        state=state,
        evidence=probe.evidence,
        path=path,
        version=probe.version,
        reason=reason,
        duration_s=probe.duration_s,
        shadowed=tuple(other.path for other in one.candidates if other.path != path),
        fitting=fitting,
        distribution=probe.distribution,
        environment=probe.environment,
        keep=probe.keep,
    )
