"""Accepting: lines that were lost, and need not run any more, are taken out of the reference with somebody's reason."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from gating.checks.coverage import look_at_coverage
from gating.checks.recording import Subject, recorded
from gating.checks.surveying import PLAN_SCHEMA, settings
from gating.coverage.judge import Lost
from gating.coverage.reach import Reach, ReachError, read_reach, write_reach
from gating.coverage.renewal import accepting
from gating.errors import UsageError
from gating.policy import Policy
from gating.verdict import Evidence, Outcome, Report, State, Verdict

__all__ = ["accept_lost", "plan_accepting"]

_PLACE = re.compile(r"(?P<path>.+?)(?::(?P<first>\d+)(?:-(?P<last>\d+))?)?\Z", re.DOTALL)
_SHOWN = 5  # places in a message


class _Place(NamedTuple):
    """A file as it was named, and the lines of it; all where `last` is None."""

    path: str
    first: int = 0
    last: int | None = None

    def has(self, one: Lost) -> bool:
        return one.path == self.path and (self.last is None or self.first <= one.line <= self.last)


class _Asked(NamedTuple):
    policy: Policy
    reach: Reach
    chosen: Mapping[str, tuple[Lost, ...]]  # by the place as it was named
    sources: Mapping[str, str]


def accept_lost(
    places: Sequence[str],
    reason: str,
    start: str | Path | None = None,
    *,
    policy: Policy | None = None,
    python: str | None = None,
    env: Mapping[str, str] | None = None,
) -> Report:
    """Take what was lost in these places out of the reference; what was lost is judged from the data that is there.

    A place is a file from the project's folder, `PATH`, or lines of it, `PATH:12` and `PATH:12-20`. `reason` is kept
    beside the lines. The other parameters are those of `gating.preflight`.

    Raises UsageError where there is no reference, no data, or nothing lost in a place, and where the reason is empty.
    """
    env = os.environ if env is None else env
    asked = _asked(places, reason, start, policy=policy, python=python, env=env)
    mode, judged = asked.policy.resolved_mode(env), python or sys.executable
    with recorded(Subject.of(asked.policy), "coverage.learn", env=env, mode=mode, python=judged, argv=sys.argv) as run:
        found = [(one.path, one.line, one.to) for lost in asked.chosen.values() for one in lost]
        place = asked.policy.root / asked.policy.coverage.reach
        try:
            write_reach(place, accepting(asked.reach, found, asked.sources, reason.strip()))
        except OSError as error:
            raise UsageError(f"{place} cannot be written: {error.strerror or error}") from None
        return run.conclude([_verdict(asked.policy, name, lost, reason) for name, lost in asked.chosen.items()])


def plan_accepting(
    places: Sequence[str],
    reason: str,
    start: str | Path | None = None,
    *,
    policy: Policy | None = None,
    python: str | None = None,
    env: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    """What `accept_lost` would take out, as the document `gating.plan/1`; nothing is written and nothing recorded."""
    env = os.environ if env is None else env
    asked = _asked(places, reason, start, policy=policy, python=python, env=env)
    return {
        "schema": PLAN_SCHEMA,
        "command": "coverage.learn",
        "mode": asked.policy.resolved_mode(env).value,
        "python": python or sys.executable,
        "steps": [],
        "notes": [f"no longer required: {_at(one)}: {one.text}" for lost in asked.chosen.values() for one in lost],
    }


def _asked(
    places: Sequence[str],
    reason: str,
    start: str | Path | None,
    *,
    policy: Policy | None,
    python: str | None,
    env: Mapping[str, str],
) -> _Asked:
    if not reason.strip():
        raise UsageError("--accept wants a --reason: why the lines need not run any more")
    policy, _ = settings(start, policy=policy, python=python, env=env)
    try:
        reach = read_reach(policy.root / policy.coverage.reach)
    except ReachError as error:
        raise UsageError(str(error)) from None
    if reach is None:
        raise UsageError(f"there is no {policy.coverage.reach} to take from; `gating coverage.learn` makes it")
    checked = look_at_coverage(policy=policy, python=python, env=env)
    if checked.reached is None or checked.reached.result is None:
        why = next((one.reason for one in checked.report.verdicts if one.reason), "there is none")
        raise UsageError(f"there is no coverage to be judged: {why}; `gating coverage.run` measures it")
    lost = checked.reached.result.lost
    chosen = {name: tuple(one for one in lost if _place(name, policy.root).has(one)) for name in dict.fromkeys(places)}
    if nothing := [name for name, found in chosen.items() if not found]:
        raise UsageError(f"nothing is lost in {', '.join(nothing)}; {_all(lost)}")
    return _Asked(policy, reach, chosen, checked.reached.sources)


def _place(name: str, root: Path) -> _Place:
    """A place as it was named; a path may also be absolute, or from the current folder."""
    match = _PLACE.fullmatch(name)
    path, first, last = match.group("path", "first", "last") if match else (name, None, None)
    for base in (root, Path.cwd()):
        if (there := base / path).exists() and there.is_relative_to(root):
            path = os.path.normpath(there.relative_to(root)).replace(os.sep, "/")
            break
    return _Place(path) if first is None else _Place(path, int(first), int(last or first))


def _all(lost: Sequence[Lost]) -> str:
    if not lost:
        return "nothing is lost at all"
    more = len(lost) - _SHOWN
    return f"lost are {', '.join(map(_at, lost[:_SHOWN]))}{f' and {more} more' if more > 0 else ''}"


def _at(one: Lost) -> str:
    return f"{one.path}:{one.line}" + ("" if one.to is None else f" to {one.to}")


def _verdict(policy: Policy, name: str, lost: Sequence[Lost], reason: str) -> Verdict:
    return Verdict(
        id=f"coverage:accept:{name}",
        outcome=Outcome.PASS,
        state=State.OK,
        need=policy.coverage.need,
        evidence=Evidence.EXECUTED,
        reason=f"no longer required, {reason.strip()}: {_all(lost).removeprefix('lost are ')}",
        source=policy.source("coverage", "reach"),
        details={"accepted": [{"path": one.path, "line": one.line, "to": one.to, "text": one.text} for one in lost]},
    )
