"""Probe: what one candidate is, learned from installed metadata or by running it. It judges nothing."""

from __future__ import annotations

import re
import signal
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from gating.process import Captured, Command, Ending, capture
from gating.toolchain.candidates import Candidate
from gating.toolchain.host import Host
from gating.verdict import Evidence, State

__all__ = ["Ask", "Probe", "defective", "execute", "read"]

Progress = Callable[[Sequence[str]], None]

_ESCAPE = r"\x1b\[[0-?]*[ -/]*[@-~]"  # ECMA-48: a colour, and what else moves a terminal
_LONGEST = 100  # characters of a version; a pattern that finds more has found something else
# exits by which a shell, a wrapper or a store stub says that there is nothing behind the name
_NOTHING_BEHIND = {
    49: "a stub that stands for a program that is not installed",
    126: "what it wraps cannot be executed",
    127: "what it wraps or stands for is not there",
}


@dataclass(frozen=True, kw_only=True)
class Ask:
    """How a tool is asked for its version: arguments, the pattern to read it by, exit codes that are normal.

    `pattern` has one group, None leaves the reading to `gating.versions`. `ok_codes` are good beside 0.
    """

    name: str
    arguments: tuple[str, ...] = ("--version",)
    pattern: str | None = None
    ok_codes: tuple[int, ...] = (0,)
    timeout: float = 10.0


@dataclass(frozen=True, kw_only=True)
class Probe:
    """What was learned of one candidate.

    `state` is `ok` (it runs, `version` is known), `unknown` (it runs, `version` is None), `broken` or `absent`;
    whether a version is good enough is not asked here. `version` is as printed. `reason` says in words what is
    wrong. `distribution` and `environment` say where it came from where metadata told: the Python distribution
    and the prefix of the environment it belongs to. `keep` is False for what must not be cached.
    """

    state: State
    evidence: Evidence
    candidate: Candidate | None = None
    version: str | None = None
    reason: str = ""
    duration_s: float = 0.0
    distribution: str | None = None
    environment: str | None = None
    keep: bool = True


def execute(asks: Sequence[tuple[Ask, Candidate]], host: Host, *, progress: Progress | None = None) -> list[Probe]:
    """Run every candidate, all at once, in the project's folder, and read what it says. None of them has a defect.

    A version manager's shim is then the tool that the project's gates get, wherever it was asked from.
    """
    if not asks:
        return []
    commands = [
        Command(argv=(candidate.path, *ask.arguments), env=host.env, cwd=host.root, timeout=ask.timeout, label=ask.name)
        for ask, candidate in asks
    ]
    answers = capture(commands, on_tick=progress)
    if progress is not None:
        progress(())
    return [read(ask, candidate, answer) for (ask, candidate), answer in zip(asks, answers, strict=True)]


def defective(candidate: Candidate) -> Probe:
    """The probe of a candidate that cannot be executed, so that nobody need try."""
    return Probe(
        state=State.BROKEN,
        evidence=Evidence.PRESENT,
        candidate=candidate,
        reason=candidate.defect or "",
        keep=False,
    )


def read(ask: Ask, candidate: Candidate, answer: Captured) -> Probe:
    """Turn what came of running a candidate into a probe. The exit status is read before any text."""
    reason = _breakage(ask, answer)
    version = None
    if reason is None or answer.ending in {Ending.TIMED_OUT, Ending.FLOODED}:
        version = _version(ask, candidate, answer)  # what was printed before the end counts
    if reason is not None:
        state = State.BROKEN
    elif version is None:
        state, reason = State.UNKNOWN, "it runs, but its words hold no version that can be read"
    else:
        state, reason = State.OK, ""
    return Probe(
        state=state,
        evidence=Evidence.PRESENT if answer.ending is Ending.NOT_STARTED else Evidence.EXECUTED,
        candidate=candidate,
        version=version,
        reason=reason,
        duration_s=answer.duration_s,
        keep=state is not State.BROKEN,  # a missing library or a full disk may be mended without a new file
    )


def _version(ask: Ask, candidate: Candidate, answer: Captured) -> str | None:
    if ask.pattern is not None:
        for text in (answer.stdout, answer.stderr):
            if match := re.search(ask.pattern, re.sub(_ESCAPE, "", text), re.MULTILINE):
                found = re.sub(r"\A[vV](?=\d)", "", (match[1] or "").strip())
                return found if found.isprintable() and 0 < len(found) <= _LONGEST else None
        return None
    from gating.versions import extract

    program = candidate.path.replace("\\", "/").rpartition("/")[2]
    # where a part of a program is asked for, it speaks of itself by the name that the policy has for it
    versions = (extract(answer.stdout, answer.stderr, tool=name) for name in dict.fromkeys((program, ask.name)))
    return next((version for version in versions if version is not None), None)


def _breakage(ask: Ask, answer: Captured) -> str | None:
    """Why the tool is broken, None where it is not."""
    if answer.ending is Ending.NOT_STARTED:
        return f"it cannot be started: {answer.error}"
    if answer.ending is Ending.TIMED_OUT:
        return f"no answer within {ask.timeout:g} s"
    if answer.ending is Ending.FLOODED:
        return "it printed without end and was stopped"
    if answer.ending is Ending.SIGNALLED and answer.code is not None:
        return f"it was killed by {_signal(-answer.code)}"
    if answer.code == 0 or answer.code in ask.ok_codes:
        return None
    said = next((line.strip() for line in (answer.stderr + "\n" + answer.stdout).splitlines() if line.strip()), "")
    why = _NOTHING_BEHIND.get(answer.code or 0)
    reason = f"it ends with {answer.code}" + (f" ({why})" if why else "")
    return f"{reason}: {said[:200]}" if said else reason


def _signal(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"
