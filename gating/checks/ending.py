"""What the end of a command means: it passed, it found something, or it could not judge."""

from __future__ import annotations

import signal
from collections.abc import Sequence
from dataclasses import dataclass

from gating.process import Ending, Streamed
from gating.verdict import Mode, Need, Outcome, State, judge

__all__ = ["Meaning", "meaning"]

_SHELL_SAYS = {126: "what it calls cannot be executed", 127: "what it calls is not there"}


@dataclass(frozen=True, kw_only=True)
class Meaning:
    """`result` is `pass`, `findings` or `no judgement`; `state` is that of the command itself."""

    outcome: Outcome
    state: State
    result: str
    reason: str = ""


def meaning(
    ended: Streamed, *, findings: Sequence[int], need: Need, mode: Mode, timeout: float | None = None
) -> Meaning:
    """Read an end: 0 passes, one of `findings` fails whatever the need, all else costs what `need` says."""
    if ended.ending is Ending.EXITED and ended.code == 0:
        return Meaning(outcome=Outcome.PASS, state=State.OK, result="pass")
    if ended.ending is Ending.EXITED and ended.code in findings:
        return Meaning(
            outcome=Outcome.FAIL, state=State.OK, result="findings", reason=f"it found something (exit {ended.code})"
        )
    return Meaning(
        outcome=judge(State.BROKEN, need, mode, version_asked=False),
        state=State.BROKEN,
        result="no judgement",
        reason=f"could not judge: {_why(ended, timeout)}",
    )


def _why(ended: Streamed, timeout: float | None) -> str:
    if ended.ending is Ending.NOT_STARTED:
        return f"it cannot be started: {ended.error}"
    if ended.ending is Ending.TIMED_OUT:
        return f"no end within {timeout:g} s" if timeout else "no end in time"
    if ended.ending is Ending.SIGNALLED and ended.code is not None:
        try:
            return f"it was killed by {signal.Signals(-ended.code).name}"
        except ValueError:
            return f"it was killed by signal {-ended.code}"
    said = _SHELL_SAYS.get(ended.code or 0)
    return f"it ended with {ended.code}" + (f" ({said})" if said else "")
