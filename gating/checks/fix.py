"""Fix: of the remedies, those that need no privilege and change nothing but a named environment; planned, then run.

Run are pip and uv into the judged interpreter where that is a virtual environment of its own, and pipx, uv
tool and npm into folders of the user. Never touched are the system's Python and the environment that nox or
gating itself runs in. Everything else is only printed with its verdict.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from gating.process import Ending, stream
from gating.toolchain.host import Host
from gating.verdict import Outcome, Verdict

__all__ = ["Fixes", "carry_out", "plan_fixes"]

_TIMEOUT = 600.0  # seconds for one remedy


@dataclass(frozen=True, kw_only=True)
class Fixes:
    """What is to be run, and in words what is not and why."""

    runnable: tuple[tuple[str, tuple[str, ...]], ...] = ()
    notes: tuple[str, ...] = ()

    def as_dict(self) -> dict[str, object]:
        """The plan's part in `gating.plan/1`."""
        return {"fixes": [{"id": one, "command": list(argv)} for one, argv in self.runnable], "notes": list(self.notes)}


def plan_fixes(verdicts: Sequence[Verdict], host: Host) -> Fixes:
    """The remedies of unmet verdicts that may be run, each command once, and notes on those that may not."""
    runnable: dict[tuple[str, ...], str] = {}
    notes = []
    for verdict in verdicts:
        if verdict.outcome not in {Outcome.FAIL, Outcome.DEGRADED} or verdict.remedy is None:
            continue
        refusals = [_refusal(argv, verdict.remedy.channel, host) for argv in verdict.remedy.commands]
        if refused := next((why for why in refusals if why is not None), None):
            notes.append(f"{verdict.id} is not fixed by gating: {refused}")
        else:
            for argv in verdict.remedy.commands:
                runnable.setdefault(argv, verdict.id)
    return Fixes(runnable=tuple((one, argv) for argv, one in runnable.items()), notes=tuple(notes))


def carry_out(fixes: Fixes, host: Host, *, environment: Mapping[str, str]) -> None:
    """Run the planned commands one after the other; their output goes to stderr.

    One that fails is left to the next probe.
    """
    for one, argv in fixes.runnable:
        print(f"gating: fixing {one}: {' '.join(argv)}", file=sys.stderr)
        found = stream(argv, env={**host.env, **environment}, cwd=host.root, timeout=_TIMEOUT, stdout=2)
        if found.ending is not Ending.EXITED or found.code != 0:
            why = found.error or f"{found.ending.value} with {found.code}"
            print(f"gating: that did not work: {why}", file=sys.stderr)


def _refusal(argv: tuple[str, ...], channel: str | None, host: Host) -> str | None:
    """Why a command must not be run by gating, None where it may be."""
    if channel in {"pip", "uv"} and (python := _target(argv)) is not None:
        return _environment_refusal(python, host)
    if channel == "pipx" or (channel == "uv" and argv[:2] == ("uv", "tool")):
        return None
    if channel == "npm":
        return None if _npm_is_unprivileged(host) else "npm's global folder is not the user's own"
    return f"{channel or 'that channel'} may need privileges or a person's decision"


def _target(argv: tuple[str, ...]) -> str | None:
    """The interpreter that a pip or uv command installs into, None where it names none."""
    if argv[1:3] == ("-m", "pip"):
        return argv[0]
    if argv[:2] == ("uv", "pip") and "--python" in argv[:-1]:
        return argv[argv.index("--python") + 1]
    return None


def _environment_refusal(python: str, host: Host) -> str | None:
    prefix = os.path.dirname(os.path.dirname(os.path.abspath(python)))
    if not os.path.isfile(os.path.join(prefix, "pyvenv.cfg")):
        return f"{python} is not that of a virtual environment"
    if os.path.realpath(prefix) in {os.path.realpath(one) for one in host.protected}:
        return f"{prefix} is the environment that nox runs in"
    return None


def _npm_is_unprivileged(host: Host) -> bool:
    from gating.process import Command, capture

    (answer,) = capture([Command(argv=("npm", "prefix", "--global"), env=host.env, label="npm")])
    prefix, home = answer.stdout.strip(), host.env.get("HOME", "")
    return answer.code == 0 and bool(home) and os.path.realpath(prefix).startswith(os.path.realpath(home) + os.sep)
