"""Fix: of the remedies, those that need no privilege and change nothing but a named environment; planned, then run.

Run are pip and uv into the judged interpreter where that is an environment of the project's own (see
`gating.toolchain.environments`), and pipx, uv tool and npm into folders of the user. Everything else is only printed
with its verdict.
"""

from __future__ import annotations

import os
import shlex
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from gating.process import Ending, stream
from gating.toolchain.channels import on_path
from gating.toolchain.environments import refusal
from gating.toolchain.host import Host
from gating.verdict import Outcome, Verdict

__all__ = ["Fixes", "carry_out", "plan_fixes"]

_TIMEOUT = 600.0  # seconds for one remedy


@dataclass(frozen=True, kw_only=True)
class Fixes:
    """What is to be run, each command with the id that it mends, and in words what is not and why."""

    runnable: tuple[tuple[str, tuple[str, ...]], ...] = ()
    notes: tuple[str, ...] = ()

    def as_dict(self) -> dict[str, object]:
        """The plan's part in `gating.plan/1`."""
        return {"fixes": [{"id": one, "command": list(argv)} for one, argv in self.runnable], "notes": list(self.notes)}


def plan_fixes(verdicts: Sequence[Verdict], host: Host, *, may_start: bool = True) -> Fixes:
    """The remedies of unmet verdicts that may be run, each command once, and notes on those that may not.

    npm is asked where it would install to, unless `may_start` is False; a note says then that it was not.
    """
    runnable: dict[tuple[str, ...], str] = {}
    notes = []
    for verdict in verdicts:
        remedy = verdict.remedy
        if verdict.outcome not in {Outcome.FAIL, Outcome.DEGRADED} or remedy is None or not remedy.commands:
            continue
        refusals = (_refusal(argv, remedy.channel, host, may_start=may_start) for argv in remedy.commands)
        if refused := next((why for why in refusals if why is not None), None):
            notes.append(f"{verdict.id} is not fixed by gating: {refused}")
        else:
            for argv in remedy.commands:
                runnable.setdefault(argv, verdict.id)
    return Fixes(runnable=tuple((one, argv) for argv, one in runnable.items()), notes=tuple(notes))


def carry_out(fixes: Fixes, host: Host, *, environment: Mapping[str, str]) -> tuple[str, ...]:
    """Print the planned commands, run them one after the other, and return a note on each.

    All of it goes to stderr. One that fails is left to the next probe.
    """
    for one, argv in fixes.runnable:
        print(f"gating: to fix {one}: {shlex.join(argv)}", file=sys.stderr)
    notes = []
    for one, argv in fixes.runnable:
        program = argv[0] if os.path.dirname(argv[0]) else on_path(argv[0], host) or argv[0]
        ran = stream((program, *argv[1:]), env={**host.env, **environment}, cwd=host.root, timeout=_TIMEOUT, stdout=2)
        good = ran.ending is Ending.EXITED and ran.code == 0
        how = "" if good else f", which did not work: {ran.error or f'{ran.ending.value} with {ran.code}'}"
        notes.append(f"ran for {one}: {shlex.join(argv)}{how}")
        if not good:
            print(f"gating: {notes[-1]}", file=sys.stderr)
    return tuple(notes)


def _refusal(argv: tuple[str, ...], channel: str | None, host: Host, *, may_start: bool) -> str | None:
    """Why a command must not be run by gating, None where it may be."""
    if channel in {"pip", "uv"} and (python := _target(argv)) is not None:
        return refusal(python, host)
    if (channel == "pipx" and "--global" not in argv) or (channel == "uv" and argv[:2] == ("uv", "tool")):
        return None
    if channel == "npm" and argv[:3] == ("npm", "install", "--global"):
        return _npm_refusal(host) if may_start else "npm is not asked now whether its global folder is the user's own"
    if channel == "policy":
        return "its remedy is the policy's own line, which gating only prints"
    return f"{channel or 'that channel'} may need privileges or a person's decision"


def _target(argv: tuple[str, ...]) -> str | None:
    """The interpreter that a pip or uv command installs into, None where it names none."""
    if argv[1:3] == ("-m", "pip"):
        return argv[0]
    if argv[:2] == ("uv", "pip") and "--python" in argv[:-1]:
        return argv[argv.index("--python") + 1]
    return None


def _npm_refusal(host: Host) -> str | None:
    from gating.process import Command, capture

    npm = on_path("npm", host)
    if npm is None:
        return "npm is not on PATH"
    (answer,) = capture([Command(argv=(npm, "prefix", "--global"), env=host.env, label="npm")])
    prefix, home = answer.stdout.strip(), host.env.get("HOME", "")
    of_user = answer.code == 0 and prefix and home
    if of_user and os.path.realpath(prefix).startswith(os.path.realpath(home) + os.sep):
        return None
    return "npm's global folder is not the user's own"
