"""Learning: what the tests reach with every dependency, and what each absence makes unreachable, learned by runs.

The suite is run twice, each time in parts by what its tests need. A run that is degraded, partial or failing teaches
nothing, and what was known stays as it is.
"""

from __future__ import annotations

import os
import sys
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from gating.checks.carry import Install, carried
from gating.checks.learning_asked import ANY, PASSES, Asked, without_id
from gating.checks.need_sets import NeedSet, Part, Parts, refused
from gating.checks.reaching import foreseen_here, read_sources, surroundings_of
from gating.checks.recording import Subject, recorded
from gating.coverage.exploring import Explored, explore
from gating.coverage.judge import Here, Lost, judge_reach
from gating.coverage.keys import Key
from gating.coverage.learn import Learnt, learn
from gating.coverage.measured import Measured
from gating.coverage.reach import Reach, ReachError, Reference, read_reach, write_reach
from gating.coverage.renewal import Place, disproved, only_by, renewed, with_residue
from gating.errors import UsageError
from gating.policy import Policy
from gating.toolchain.host import Host
from gating.verdict import Evidence, Outcome, Remedy, Report, State, Verdict

__all__ = ["learn_coverage"]

_LISTED = 500  # lines in a verdict's details

_DRIFT = Remedy(
    commands=(("gating", "optional.drift"),), channel="gating", why="shows what breaks without it, and what for"
)


def learn_coverage(
    words: Sequence[str] = (),
    start: str | Path | None = None,
    *,
    without: Sequence[tuple[str, ...]] = (),
    policy: Policy | None = None,
    host: Host | None = None,
    python: str | None = None,
    env: Mapping[str, str] | None = None,
    installer: Install | None = None,
    stdout: int | None = None,
    say: Callable[[str], None] = lambda _line: None,
) -> Report:
    """Run the suite twice in parts, learn from it, and write the file that `[tool.gating.coverage] reach` names.

    `words` are for pytest. `without` names sets of dependencies, `("all",)` all of them: the suite is then run once
    more without each set, and what that leaves of the reference is taken to be unreachable without it, and without
    any greater one. `("any",)` is as many such runs as it takes to know that of every set. `installer` brings gating
    into the judged interpreter, None where nothing may be installed there. The runs' standard output goes to the
    descriptor `stdout` where one is given, and `say` is told what begins. The other parameters are those of
    `gating.preflight`.

    The verdict `coverage:learn` fails where nothing could be learned, and `coverage:without:NAMES` where that run
    showed nothing; `coverage:without:any` is degraded where not every set is known. Raises `PolicyError` for a wrong
    policy and `UsageError` for a name that it does not have.
    """
    env = os.environ if env is None else env
    asked = Asked(words, start, without=without, policy=policy, host=host, python=python, env=env)
    mode, judged = asked.policy.resolved_mode(env), asked.judged
    subject = Subject.of(asked.policy)
    with recorded(
        subject, "coverage.learn", env=env, mode=mode, python=judged.path, argv=sys.argv, thorough=True
    ) as run:
        lesson = _Lesson(asked)
        run.conclude(lesson.verdicts)
        if not asked.reasons:
            with carried(judged, install=installer) as brought:
                if not brought.usable and brought.verdict is not None:
                    lesson.refuse([brought.verdict.reason])
                else:
                    parts = Parts(
                        policy=asked.policy,
                        host=asked.host,
                        judged=judged,
                        plan=asked.plan,
                        words=asked.words,
                        environment={**run.environment, **brought.environment},
                        say=lambda line: say(f"learn: {line}"),
                        stdout=stdout,
                    )
                    lesson.take(parts)
        return run.conclude(lesson.verdicts)


class _Lesson:
    """What is learned from the runs that were asked for, and the verdicts on it."""

    def __init__(self, asked: Asked) -> None:
        self.asked = asked
        self.policy = asked.policy
        self.place = self.policy.root / self.policy.coverage.reach
        self.verdicts: list[Verdict] = []
        self.unread = ""  # why what was known could not be read
        if asked.reasons:
            self.refuse(asked.reasons)

    def refuse(self, reasons: Sequence[str], details: Mapping[str, Any] | None = None) -> None:
        """Say why nothing was learned."""
        kept = "; what was known stays as it is" if self.place.exists() else ""
        self._add(
            "coverage:learn", Outcome.FAIL, f"nothing learned: {'; '.join(reasons)}{kept}", self.asked.remedy, details
        )

    def take(self, parts: Parts) -> None:
        """Run what is needed, and write down what it shows."""
        passes: list[list[Part]] = []
        for number in range(1, PASSES + 1):
            passes.append(parts.of_need_sets(f"pass {number} of {PASSES}"))
            if reasons := refused(passes[-1]):
                self.refuse(reasons, _told(passes))
                return
        learnt = learn([{part.needs or NeedSet(): part.measured for part in one} for one in passes])
        if not learnt.reference.covered:
            self.refuse(["the tests cover nothing that is measured"], _told(passes))
            return
        sources = read_sources(learnt.reference.files, self.policy.root)
        reach = renewed(learnt, sources, self._reference(learnt), self._known())
        self._learned(learnt, reach, passes)
        ran, explored = self._absences(parts, learnt)
        if explored is not None and not explored.open:  # what earlier runs have shown is known anew
            reach = only_by(reach, ran)
        for names, part in ran.items():
            reach = self._corrected(reach, names, part, sources)
        for names, part in sorted(ran.items(), key=lambda one: (len(one[0]), sorted(one[0]))):
            reach = self._residue(reach, names, part, sources)
        if explored is not None:
            self._explored(explored)
        try:
            write_reach(self.place, reach)
        except OSError as error:
            raise UsageError(f"{self.place} cannot be written: {error.strerror or error}") from None

    def _absences(self, parts: Parts, learnt: Learnt) -> tuple[dict[NeedSet, Part], Explored[Place] | None]:
        """The runs without dependencies that were asked for, each but once, and what exploring came to."""
        ran: dict[NeedSet, Part] = {}

        def run(names: NeedSet) -> frozenset[Place] | None:
            if names not in ran:
                ran[names] = parts.without(names)
            return None if ran[names].problem else _places(ran[names].measured)

        for names in self.asked.without:
            run(names)
        explored = None
        if self.asked.explores:
            explored = explore(self.asked.tried, _places(learnt.reference), run)
        for names, part in ran.items():
            if part.problem:
                self._add(without_id(names), Outcome.FAIL, f"nothing learned: {part.problem}", _DRIFT)
        whole = learnt.reference.files  # a module that nobody imported has dropped out of a run's data
        known = {names: replace(part, measured=part.measured.beside(whole)) for names, part in ran.items()}
        return {names: part for names, part in known.items() if not part.problem}, explored

    def _explored(self, explored: Explored[Place]) -> None:
        """Whether all absences are known now."""
        count, known = len(explored.tried), len(self.asked.tried)
        details = {"tried": [sorted(names) for names in explored.tried], "open_count": len(explored.open)}
        told = f"every absence of {known} dependenc{'y' if known == 1 else 'ies'} is known by"
        if explored.open:
            told = f"not every absence is known of {len(explored.open)} lines and branches after"
        outcome = Outcome.DEGRADED if explored.open else Outcome.PASS
        self._add(f"coverage:without:{ANY}", outcome, f"{told} {count} run{'' if count == 1 else 's'}", details=details)

    def _corrected(self, reach: Reach, names: NeedSet, part: Part, sources: Mapping[str, str]) -> Reach:
        """The reach without what it says of need-sets and a run without dependencies shows to be wrong."""
        # what runs instead of something absent, and in the full run only because a test makes believe
        seen = judge_reach(part.measured, sources, reach, Here(absent=names)).exempt
        return disproved(reach, [(one.path, one.line, one.to) for one in seen if one.ran], sources)

    def _residue(self, reach: Reach, names: NeedSet, part: Part, sources: Mapping[str, str]) -> Reach:
        """The reach with what a run without dependencies left, beyond what is known to be out of reach then."""
        bare = with_residue(reach, names, (), sources)
        place = surroundings_of(
            self.policy, self.asked.judged, (), absent=part.suite.absent, shimmed=part.suite.shimmed
        )
        here = foreseen_here(place, sources, part.measured, env=self.asked.host.env)
        left = judge_reach(part.measured, sources, bare, here).lost
        them = "it" if len(names) == 1 else "them"
        reason = f"{_lines(left) if left else 'nothing'} more out of reach without {them}"
        details = {"left": [_shape(one) for one in left[:_LISTED]], "left_count": len(left)}
        self._add(without_id(names), Outcome.PASS, reason, details=details)
        return with_residue(bare, names, [(one.path, one.line, one.to) for one in left], sources)

    def _known(self) -> Reach | None:
        try:
            return read_reach(self.place)
        except ReachError as error:  # it is written anew; what was accepted in it nobody can tell
            self.unread = str(error)
            return None

    def _reference(self, learnt: Learnt) -> Reference:
        interpreter = self.asked.judged.interpreter
        return Reference(
            python=".".join(interpreter.version.split(".")[:2]),
            platform=interpreter.markers.get("sys_platform", sys.platform),
            absent=tuple(sorted(self.asked.inapplicable)),
            branches=learnt.reference.with_branches,
            coverage=learnt.reference.version,
        )

    def _learned(self, learnt: Learnt, reach: Reach, passes: Sequence[Sequence[Part]]) -> None:
        needed = Counter(
            name
            for one in learnt.reached.values()
            for sets in one.lines.values()
            for name in frozenset.intersection(*sets)
        )
        unsteady = sum(isinstance(point, Key) for one in reach.files.values() for point in one.unsteady)
        covered, total, sets = learnt.reference.covered, learnt.reference.total, len(passes[0])
        told = f"{covered} of {total} covered, by {sets} need-set{'' if sets == 1 else 's'} of tests"
        self._add(
            "coverage:learn",
            Outcome.PASS,
            told
            + (f"; unsteady, and not required: {unsteady}" if unsteady else "")
            + (f"; what was accepted before is lost: {self.unread}" if self.unread else ""),
            details={
                **_told(passes),
                "reach": self.policy.coverage.reach,
                "covered": covered,
                "total": total,
                "needed": dict(sorted(needed.items())),
                "unsteady": unsteady,
            },
        )

    def _add(
        self,
        name: str,
        outcome: Outcome,
        reason: str,
        remedy: Remedy | None = None,
        details: Mapping[str, Any] | None = None,
    ) -> None:
        self.verdicts.append(
            Verdict(
                id=name,
                outcome=outcome,
                state=State.OK,
                need=self.policy.coverage.need,
                evidence=Evidence.EXECUTED,
                reason=reason,
                remedy=remedy,
                source=self.policy.source("coverage", "reach"),
                details={"plan": self.asked.plan.as_dict(), **(details or {})},
            )
        )


def _told(passes: Sequence[Sequence[Part]]) -> dict[str, Any]:
    """The runs as plain values: what each was of, and how many tests it ran."""
    return {
        "passes": [
            [{"needs": sorted(part.needs or ()), "tests": len(part.suite.tests)} for part in one] for one in passes
        ]
    }


def _places(measured: Measured) -> frozenset[Place]:
    """The lines and branches that were covered."""
    lines = {(path, line, None) for path, one in measured.files.items() for line in one.covered}
    return frozenset(lines).union((path, *branch) for path, one in measured.files.items() for branch in one.taken)


def _lines(left: Sequence[Lost]) -> str:
    branches = sum(one.to is not None for one in left)
    parts = [(len(left) - branches, "line", "lines"), (branches, "branch", "branches")]
    return " and ".join(f"{count} {one if count == 1 else many}" for count, one, many in parts if count)


def _shape(one: Lost) -> dict[str, Any]:
    return {"path": one.path, "line": one.line, "to": one.to, "text": one.text}
