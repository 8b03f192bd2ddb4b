"""Select: from the probes of a tool's candidates, the one that counts, compared with what is wanted."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass

from gating.toolchain.candidates import Candidate
from gating.toolchain.probe import Probe
from gating.verdict import Evidence, State

__all__ = ["Alternative", "Selection", "compare", "fits", "select"]


@dataclass(frozen=True, kw_only=True)
class Alternative:
    """One name that the tool may go by: its candidates in order, and the probes of the first few of them."""

    name: str
    candidates: tuple[Candidate, ...]
    probes: tuple[Probe, ...]


@dataclass(frozen=True, kw_only=True)
class Selection:
    """What stands for a requirement: the judged result that the cache keeps.

    `state` is with regard to the version that is wanted. `shadowed` are the paths of the other candidates of the
    same name. `fitting` is one later on PATH that would have been good enough where the selected one is not, None
    where there is none. `duration_s` is the time of the probe that counts, in seconds. `distribution`,
    `environment` and `keep` are the probe's; `cached` says that nothing was looked at but the files' identity.
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
    from gating.versions import plainly_satisfies, tool_satisfies

    version = probe.version or ""
    satisfied = plainly_satisfies(version, wanted) or tool_satisfies(version, wanted)
    if satisfied is None:
        return State.UNKNOWN
    return State.OK if satisfied else State.OUTDATED


def fits(probe: Probe, wanted: str | None) -> bool:
    """Whether a probe is good enough; one whose version cannot be read is, where no version is wanted."""
    state = compare(probe, wanted)
    return state is State.OK or (state is State.UNKNOWN and wanted is None)


def select(alternatives: Sequence[Alternative], wanted: str | None) -> Selection:
    """The first alternative that fits; else the first that is there, with what is wrong with it.

    Of one name the first candidate counts, since it is the one that runs when the name is typed.
    """
    present = [one for one in alternatives if one.probes]
    for one in present:
        if fits(one.probes[0], wanted):
            return _selection(one, wanted)
    if present:
        later = (probe for one in present for probe in one.probes[1:] if fits(probe, wanted))
        return _selection(present[0], wanted, fitting=next(later, None))
    names = [one.name for one in alternatives]
    which = f"{names[0]} is not" if len(names) == 1 else f"none of {', '.join(names)} is"
    where = "there" if os.path.dirname(names[0]) else "on PATH"
    return Selection(state=State.ABSENT, evidence=Evidence.ABSENT, reason=f"{which} {where}")


def _selection(one: Alternative, wanted: str | None, *, fitting: Probe | None = None) -> Selection:
    probe = one.probes[0]
    state = compare(probe, wanted)
    path = probe.candidate.path if probe.candidate else None
    would_fit = fitting.candidate.path if fitting and fitting.candidate else None
    reason = probe.reason
    if state is State.OUTDATED:
        reason = f"found {probe.version}, wanted {wanted}"
    elif state is State.UNKNOWN and wanted is not None:
        reason = f"{reason or f'{probe.version} is no version to compare'}; wanted {wanted}"
    if would_fit:
        reason += f"; {would_fit} would fit, but stands later on PATH"
    return Selection(
        state=state,
        evidence=probe.evidence,
        path=path,
        version=probe.version,
        reason=reason,
        duration_s=probe.duration_s,
        shadowed=tuple(other.path for other in one.candidates if other.path != path),
        fitting=would_fit,
        distribution=probe.distribution,
        environment=probe.environment,
        keep=probe.keep,
    )
