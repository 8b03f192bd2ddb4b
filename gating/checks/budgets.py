"""Budgets: what a recorded run may use, held against the latest recording of its name."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gating.checks.recording import Subject, recorded
from gating.checks.recordings import Kept, is_as_recorded, of_file, recordings
from gating.checks.surveying import settings
from gating.errors import UsageError, meant
from gating.metrics.summary import summary_of
from gating.metrics.used import Used, used_by_document, used_by_totals
from gating.policy import Policy
from gating.policy.model import Budget, Recorded
from gating.policy.quantities import Size
from gating.report.quantities import size, span
from gating.verdict import Evidence, Mode, Outcome, Remedy, Report, State, Verdict, judge

__all__ = ["check_budgets"]

_NAMES = {"wall": "wall time", "cpu": "CPU time", "peak-memory": "peak memory"}


def check_budgets(
    only: Sequence[str] = (),
    start: str | Path | None = None,
    *,
    files: Sequence[str] = (),
    policy: Policy | None = None,
    strict: bool | None = None,
    env: Mapping[str, str] | None = None,
) -> Report:
    """Judge the policy's budgets and record the run: a verdict `metrics:NAME:BOUND` for each bound of each budget.

    `only` are names of budgets, none for all. `files` are recordings to be judged instead of the latest that the
    ledger knows; a name that none of them has is judged as not recorded. What is above its bound, was not recorded or
    is not known costs what the budget's `need` says. What may be below only because less than all was seen is
    degraded. The other parameters are those of `gating.preflight`.

    Raises `PolicyError` for a wrong policy, and `UsageError` for a budget that it does not have and for a file that is
    no recording.
    """
    env = os.environ if env is None else env
    policy, _ = settings(start, policy=policy, strict=strict, env=env)
    budgets = _named(policy, only)
    named = [of_file(policy, file) for file in files]
    mode = policy.resolved_mode(env)
    with recorded(Subject.of(policy), "metrics.check", env=env, mode=mode, python=sys.executable, argv=sys.argv) as run:
        known = named or (recordings(policy) if budgets else [])
        verdicts = [
            verdict
            for name, budget in budgets.items()
            for verdict in _Judge(name, budget, policy, mode).verdicts(_latest(known, name))
        ]
        notes = () if budgets else ("the policy has no budgets: [tool.gating.metrics.budgets] says what runs may use",)
        return run.conclude(verdicts, notes=notes)


def _latest(known: Sequence[Kept], name: str) -> Kept | None:
    return next((one for one in known if one.name == name), None)


def _named(policy: Policy, only: Sequence[str]) -> dict[str, Budget]:
    budgets = policy.metrics.budgets
    for name in only:
        if name not in budgets:
            known = ", ".join(budgets) or "none: write a table [tool.gating.metrics.budgets]"
            raise UsageError(f"the policy has no budget {name!r}; {meant(name, budgets, f'it has {known}')}")
    return {name: budget for name, budget in budgets.items() if not only or name in only}


@dataclass(frozen=True)
class _Judge:
    """One budget in one run."""

    name: str
    budget: Budget
    policy: Policy
    mode: Mode

    def verdicts(self, kept: Kept | None) -> Iterator[Verdict]:
        """A verdict for each bound, on this recording; None where there is none of that name."""
        bounds = {"wall": self.budget.wall, "cpu": self.budget.cpu, "peak-memory": self.budget.peak_memory}
        if kept is None or not any(bounds.values()):
            used, about = None, {"problem": f"there is no recording {self.name!r}"}
        else:
            used, about = _used(kept)
        for key, bound in bounds.items():
            if bound is not None and used is not None and kept is not None:
                yield self._compared(key, bound, used[key], kept, about)
            elif bound is not None:
                yield self._not_recorded(key, bound, about["problem"])

    def _compared(self, key: str, bound: float, used: Used, kept: Kept, about: Mapping[str, Any]) -> Verdict:
        """Above for sure, below for sure, or neither; what is compared are the figures, never how they are shown."""
        least, most, name = used.least, used.most, _NAMES[key]
        details = {**about, "bound": bound, "least": least, "most": most, "doubts": list(used.doubts)}
        if least is None or most is None:
            outcome = judge(State.UNKNOWN, self.budget.need, self.mode, version_asked=True)
            return self._made(
                key, bound, kept, (outcome, State.UNKNOWN), reason=f"{name} is not known", details=details
            )
        found = _apart(key, least, bound)
        if least > bound:
            # the state is the recording's, which is there; what it shows does not meet the requirement
            outcome = judge(State.OUTDATED, self.budget.need, self.mode, version_asked=True)
            reason = _said(f"{name} is {found}, above {_exact(key, bound)}", used.beside)
            return self._made(key, bound, kept, (outcome, State.OK), reason=reason, found=found, details=details)
        if most > bound:
            reason = _said(f"{name} is between {found} and {_apart(key, most, bound)}", used.beside, *used.doubts)
        elif used.doubts:
            reason = f"{name} is at least {found}: {'; '.join(used.doubts)}"
        else:
            code = about.get("exit_code")
            reason = _said(
                used.beside if key == "peak-memory" else "", f"the command ended with exit {code}" if code else ""
            )
            return self._made(key, bound, kept, (Outcome.PASS, State.OK), reason=reason, found=found, details=details)
        return self._made(
            key, bound, kept, (Outcome.DEGRADED, State.UNKNOWN), reason=reason, found=found, details=details
        )

    def _not_recorded(self, key: str, bound: float, reason: str) -> Verdict:
        name = self.name
        outcome = judge(State.ABSENT, self.budget.need, self.mode, version_asked=True)
        command: tuple[str, ...] = ("gating", "metrics.record", "--name", name, "--", "COMMAND")
        if name in self.policy.gates and Recorded.GATES in self.policy.metrics.record:
            command = ("gating", "gate", name)
        elif name == Recorded.TESTS and Recorded.TESTS in self.policy.metrics.record:
            command = ("gating", "coverage.run")
        remedy = Remedy(commands=(command,), channel="gating")
        return self._made(key, bound, None, (outcome, State.ABSENT), reason=reason, remedy=remedy)

    def _made(
        self, key: str, bound: float, kept: Kept | None, judged: tuple[Outcome, State], *, reason: str, **fields: Any
    ) -> Verdict:
        outcome, state = judged
        source = self.policy.source("metrics", "budgets", self.name, key)
        if kept is not None and outcome is not Outcome.PASS:
            which = ("--name", self.name) if kept.row else ("--file", kept.path)
            fields["remedy"] = Remedy(commands=(("gating", "metrics.show", *which),), channel="gating")
        return Verdict(
            id=f"metrics:{self.name}:{key}",
            outcome=outcome,
            state=state,
            need=self.budget.need,
            evidence=Evidence.EXECUTED if kept is not None else Evidence.ABSENT,
            wanted=f"<={_exact(key, bound)}",
            path=kept.path if kept is not None else None,
            reason=reason,
            source=source or self.policy.source("metrics", "budgets", self.name),
            **fields,
        )


def _used(kept: Kept) -> tuple[Mapping[str, Used] | None, dict[str, Any]]:
    """What a recording used, from its file or, where that is gone or changed, from the ledger; and where from.

    None with a `problem` where neither tells.
    """
    row = kept.row
    about: dict[str, Any] = {"file": kept.path, "run": row.run_id if row else None}
    problem = f"the recording {kept.path} is there no more"
    if kept.is_there:
        problem = f"the recording {kept.path} is not the file that was recorded"
        if is_as_recorded(kept) is not False:
            try:
                document = summary_of(kept.path).document
            except UsageError as unreadable:
                problem = str(unreadable)
            else:
                about |= {"from": "file", "started_ns": document["started_ns"]}
                return used_by_document(document), {**about, "exit_code": document["ending"]["exit_code"]}
    if row is None or row.totals is None:
        return None, {**about, "problem": problem}
    doubts = [] if row.complete else [f"the recording is not complete: {row.reason or 'why is not known'}"]
    return used_by_totals(row.totals, doubts), {**about, "from": "ledger", "started_ns": row.started_ns}


def _said(*parts: str) -> str:
    return "; ".join(filter(None, parts))


def _exact(key: str, bound: float) -> str:
    return span(bound) if key != "peak-memory" else Size().plain(int(bound))


def _apart(key: str, value: float, bound: float) -> str:
    """A figure as people read it, and exactly where that could not be told from its bound."""
    if key == "peak-memory":
        return size(value) if size(value) != size(bound) or value == bound else f"{value:.0f} B"
    return span(value) if span(value) != span(bound) or value == bound else span(value, 9)
