"""The runs of a drift plan, one after the other, and what is judged of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from gating.checks.drift_plan import Plan, Target
from gating.checks.drift_record import ALL, DRIFT_SCHEMA, entry_of, rows
from gating.checks.drifted import GONE, Drifted, broken_in, compare, tried_again
from gating.checks.from_start import hidden_from_start
from gating.checks.recording import Run
from gating.checks.suite import Suite, run_suite
from gating.coverage.selection import left_out
from gating.verdict import Evidence, Outcome, Remedy, State, Verdict

if TYPE_CHECKING:
    from gating.optional.availability import Availability

__all__ = ["Runs"]

_SHORTEST = 120.0  # seconds that a run gets at least
_TIMES_AS_LONG = 10  # as the reference took
_NAMED = 20  # ids in a verdict's details; the record has all of them
_LEARN = Remedy(
    commands=(("gating", "optional.learn"),),
    channel="gating",
    why="proposes [tool.gating.needs] for these tests; or mark them, or make them work without it",
)


@dataclass(kw_only=True)
class Runs:
    """The runs of a plan, one after the other, and what is judged of them so far."""

    plan: Plan
    words: tuple[str, ...]
    env: Mapping[str, str]
    stdout: int | None
    say: Callable[[str], None]
    run: Run

    def __post_init__(self) -> None:
        self.verdicts: list[Verdict] = []
        self.entries: list[dict[str, Any]] = []
        self.notes: list[str] = []
        self.reference = Suite(problem="it was not run")
        self.partial = left_out(self.words, folder=str(self.plan.policy.root))

    def take(self, problem: str = "") -> None:
        """Run the reference, then each without; `problem` says why nothing can be run, empty where it can."""
        plan = self.plan
        if not plan.targets and not plan.together:
            self.notes.append("the policy has no optional dependencies, so there is nothing to take away")
            return
        self.reference = Suite(problem=problem) if problem else self._suite("the reference, in full")
        if not self.reference.problem and (already := broken_in(self.reference)):
            self.notes.append(f"{_count(already)} broken in the reference already, which is no drift")
        if self.partial:
            self.notes.append(f"a part of the suite only: {'; '.join(self.partial)}")
        single: dict[tuple[str, ...], tuple[Drifted, Suite]] = {}
        for one in plan.targets:
            if one.is_tried and not self.reference.problem:
                single[(one.name,)] = self._drifted((one.name,))
                self._judge(one.name, one, *single[(one.name,)])
            else:
                self._judge_untried(one)
        if plan.together:
            self._judge_together(single.get(plan.together))

    def _judge_together(self, known: tuple[Drifted, Suite] | None) -> None:
        """The run without all; where there is but one, its own run was that."""
        together = self.plan.together
        if self.reference.problem:
            self._add(
                ALL, None, Outcome.DEGRADED, f"the reference gives nothing to compare with: {self.reference.problem}"
            )
            return
        self._judge(ALL, None, *(known or self._drifted(together)))

    def _drifted(self, without: tuple[str, ...]) -> tuple[Drifted, Suite]:
        suite = self._suite(f"without {', '.join(without)}", without)
        drifted = compare(self.reference, suite, self.plan.needs)
        if again := [key for key, row in drifted.broken.items() if row.outcome != GONE]:
            drifted = tried_again(drifted, self._suite("what broke, once more", without, only=again))
        return drifted, suite

    def _suite(self, what: str, without: Sequence[str] = (), *, only: Sequence[str] = ()) -> Suite:
        self.say(f"drift: {what}")
        timeout = None if not without else max(_SHORTEST, _TIMES_AS_LONG * self.reference.duration_s)
        policy, judged = self.plan.policy, self.plan.judged
        with hidden_from_start(without, self.words, policy=policy, judged=judged, env=self.env) as hidden:
            return run_suite(
                self.words,
                python=judged.path,
                env={**self.env, **hidden},
                cwd=str(policy.root),
                without=without,
                only=only,
                timeout=timeout,
                stdout=self.stdout,
            )

    def _judge(self, name: str, target: Target | None, drifted: Drifted, suite: Suite) -> None:
        if drifted.problem and not suite.started:
            outcome, reason = Outcome.DEGRADED, drifted.problem
        elif drifted.problem:
            outcome, reason = Outcome.FAIL, f"the suite comes to no end without it: {drifted.problem}"
        elif drifted.broken:
            outcome, reason = Outcome.FAIL, f"{_count(drifted.broken)} broken, and not accounted for"
        else:
            outcome, reason = Outcome.PASS, _fine(drifted)
        self._add(name, target, outcome, reason, drifted=drifted, suite=suite)

    def _judge_untried(self, one: Target) -> None:
        found = one.availability
        if found is None:
            self._add(one.name, one, Outcome.SKIP, "it does not apply here")
            return
        if self.reference.problem:
            reason = f"the reference gives nothing to compare with: {self.reference.problem}"
            self._add(one.name, one, Outcome.DEGRADED, reason)
            return
        # who reached it in the reference, and did not say so, broke for lack of it
        reached = {key: row for key, row in broken_in(self.reference).items() if one.name in row.undeclared}
        reason = f"{found.state} here: the reference is already without it"
        if reached:
            reason += f", and {_count(reached)} broken there for lack of it"
        outcome = Outcome.FAIL if reached else Outcome.DEGRADED
        self._add(one.name, one, outcome, reason, drifted=Drifted(without=(one.name,), broken=reached))

    def _add(
        self,
        name: str,
        target: Target | None,
        outcome: Outcome,
        reason: str,
        *,
        drifted: Drifted | None = None,
        suite: Suite | None = None,
    ) -> None:
        found = target.availability if target else None
        made = drifted or Drifted(without=(name,) if target else self.plan.together)
        verdict = Verdict(
            id=f"drift:{name}",
            outcome=outcome,
            state=found.state if found else None if target else State.OK,
            evidence=Evidence.EXECUTED if suite else found.evidence if found else None,
            wanted=found.wanted if found else None,
            found=found.found if found else None,
            reason=reason,
            remedy=_remedy(outcome, made, found),
            source=self.plan.policy.source("optional", name) if target else None,
            duration_s=suite.duration_s if suite else 0.0,
            details=_details(made, suite, target),
        )
        self.verdicts.append(verdict if target is None else replace(verdict, need=target.entry.need))
        self.run.conclude(self.verdicts, notes=self.notes)
        if suite is not None or made.broken:
            code = suite.exit_code if suite else self.reference.exit_code
            told = {"outcome": outcome.value, "reason": reason, "reference": self.run.record.id, "exit_code": code}
            self.entries.append(entry_of(name, made, **told))  # type: ignore[arg-type]

    def document(self) -> dict[str, Any]:
        """The document `gating.drift/1` of this run alone."""
        reference = self.reference
        told = {
            "started_ns": self.run.record.started_ns,
            "python": self.plan.judged.interpreter.version,
            "arguments": list(self.words),
            "partial": list(self.partial),
            "absent": [one.name for one in self.plan.known if not one.is_tried],
            "problem": reference.problem,
            "exit_code": reference.exit_code,
            "duration_s": round(reference.duration_s, 3),
            "tests": sorted(reference.tests),
            "modules": sorted(reference.modules),
            "broken": rows(broken_in(reference).values()),
        }
        ran = bool(self.verdicts)
        return {
            "schema": DRIFT_SCHEMA,
            "references": {self.run.record.id: told} if ran else {},
            "entries": list(self.entries),
        }


def _count(broken: Mapping[str, Any]) -> str:
    tests = sum("::" in one for one in broken)
    modules = len(broken) - tests
    parts = [
        f"{count} {word}{'' if count == 1 else 's'}" for count, word in ((tests, "test"), (modules, "module")) if count
    ]
    return " and ".join(parts)


def _fine(drifted: Drifted) -> str:
    parts = [
        f"{_count(rows)} {what}"
        for rows, what in (
            (drifted.not_run, "not run, and accounted for"),
            (drifted.skipped, "skipped by themselves"),
            (drifted.unsteady, "unsteady"),
        )
        if rows
    ]
    return f"nothing breaks{'; ' if parts else ''}{', '.join(parts)}"


def _remedy(outcome: Outcome, drifted: Drifted, found: Availability | None) -> Remedy | None:
    if outcome is Outcome.FAIL:
        return _LEARN if drifted.broken else None
    return found.remedy if outcome is Outcome.DEGRADED and found is not None else None


def _details(drifted: Drifted, suite: Suite | None, target: Target | None) -> dict[str, Any]:
    told: dict[str, Any] = {
        "without": list(drifted.without),
        "exit_code": suite.exit_code if suite else None,
        "broken": list(drifted.broken)[:_NAMED],
        "broken_count": len(drifted.broken),
        "not_run_count": len(drifted.not_run),
        "skipped_count": len(drifted.skipped),
        "unsteady": list(drifted.unsteady)[:_NAMED],
    }
    return {**told, "why": target.entry.why} if target and target.entry.why else told
