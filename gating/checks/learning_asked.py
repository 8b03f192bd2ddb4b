"""What a learning run is asked for, and whether anything can be learned here at all, before a test is started."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gating.checks.drift_plan import Plan as Known
from gating.checks.drift_plan import key_of
from gating.checks.drift_record import ALL
from gating.checks.need_sets import NeedSet, in_front
from gating.checks.surveying import PLAN_SCHEMA, settings, survey_of
from gating.coverage.exploring import pairs
from gating.coverage.ini import read_testpaths
from gating.coverage.ladder import Tool
from gating.coverage.plan import plan
from gating.environ import NEED_SET
from gating.errors import UsageError
from gating.verdict import Remedy

if TYPE_CHECKING:
    from gating.policy import Policy
    from gating.toolchain.host import Host

__all__ = ["ANY", "PASSES", "Asked", "plan_learning", "without_id"]

ANY = "any"  # whatever of them is absent
PASSES = 2  # what only one of them covers is unsteady
_LABEL = "learn"


class Asked:
    """The words, the plan of each run, and the reasons for which nothing can be learned; none where something can.

    `without` are the sets of dependencies to run without, as they were named: `all` is all of them at once, and `any`
    stands for as many sets as it takes to know what every absence costs, which `explores` then says. Raises UsageError
    for a name that the policy lacks.
    """

    def __init__(
        self,
        words: Sequence[str],
        start: str | Path | None,
        *,
        without: Sequence[tuple[str, ...]] = (),
        policy: Policy | None = None,
        host: Host | None = None,
        python: str | None = None,
        env: Mapping[str, str],
        may_start: bool = True,
    ) -> None:
        self.policy, host = settings(start, policy=policy, host=host, python=python, env=env)
        # data of a part is no one else's
        self.host = host._replace(env={name: text for name, text in host.env.items() if name != "COVERAGE_FILE"})
        self.words = tuple(words)
        self.judged = survey_of(self.policy, self.host, env=env, may_start=may_start).judged
        self.dependencies = Known(self.policy, self.judged, ())
        self.explores = (ANY,) in without
        sets = dict.fromkeys(self._together(names) for names in without if names != (ANY,))
        self.without = tuple(filter(None, sets))
        self.plan = plan(
            self.policy,
            self.judged,
            words,
            env=self.host.env,
            testpaths=read_testpaths(self.policy.root),
            fail_under="0",
            label=_LABEL,
        )

    @property
    def tried(self) -> NeedSet:
        """The dependencies that are here, and can be taken away."""
        return NeedSet(self.dependencies.together)

    def _together(self, names: Sequence[str]) -> NeedSet:
        """The policy's keys of what is to be absent in one run."""
        if ANY in names:
            raise UsageError(f"--without {','.join(names)}: {ANY} stands by itself, for whatever is absent")
        keys = [key_of(name, self.policy) for name in names]
        return NeedSet(self.dependencies.together if ALL in keys else keys)

    @cached_property
    def inapplicable(self) -> tuple[str, ...]:
        """The dependencies that do not apply here, and that the reference is therefore without."""
        return tuple(one.name for one in self.dependencies.known if one.availability is None)

    @property
    def reasons(self) -> tuple[str, ...]:
        """Why nothing can be learned here, as far as that is known before a run."""
        return tuple(self._reasons())

    @property
    def remedy(self) -> Remedy | None:
        """How to get what is lacking, None where nothing is or nobody knows."""
        if self.plan.rung.tool is Tool.UNMEASURED:
            words = (self.judged.path, "-m", "pip", "install", "coverage>=7.0", "pytest-cov")
            return Remedy(commands=(words,), channel="pip")
        found = (one.availability for one in self.dependencies.known if not one.is_tried)
        return next((one.remedy for one in found if one is not None and one.remedy is not None), None)

    def _reasons(self) -> Iterator[str]:
        if self.plan.rung.tool is Tool.UNMEASURED:
            yield f"unmeasured: {self.plan.rung.why[0]}"
        if self.plan.disarmed:
            yield f"a part of the suite only: {'; '.join(self.plan.disarmed)}"
        lacking = [
            f"{one.name} is {one.availability.state}"
            for one in self.dependencies.known
            if one.availability is not None and not one.is_tried
        ]
        if lacking:
            yield f"degraded: {', '.join(lacking)}"


def plan_learning(
    words: Sequence[str] = (),
    start: str | Path | None = None,
    *,
    without: Sequence[tuple[str, ...]] = (),
    policy: Policy | None = None,
    host: Host | None = None,
    python: str | None = None,
    env: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    """What learning would do, as the document `gating.plan/1`; nothing is started and nothing is recorded."""
    env = os.environ if env is None else env
    asked = Asked(words, start, without=without, policy=policy, host=host, python=python, env=env, may_start=False)
    command = [asked.judged.path, *asked.plan.command[1:]]
    need = asked.policy.coverage.need.value
    steps = [
        {"id": f"coverage:learn:{number}", "need": need, "how": "execute", "commands": [command]}
        for number in range(1, PASSES + 1)
    ]
    singles = (NeedSet({name}) for name in sorted(asked.tried) if asked.explores)
    for names in dict.fromkeys((*asked.without, *singles)):
        absent = [word for name in sorted(names) for word in ("--gating-without", name)]
        steps.append(
            {
                "id": without_id(names),
                "need": need,
                "how": "execute",
                "commands": [in_front(command, len(asked.words), absent)],
            }
        )
    notes = [
        f"each pass starts that once for every need-set that the tests have ({NEED_SET} names it)",
        "each test runs once in a pass",
        f"what is learned is written to {asked.policy.coverage.reach}",
        *([_more(len(asked.tried))] if asked.explores else []),
        *(f"nothing would be learned: {reason}" for reason in asked.reasons),
    ]
    return {
        "schema": PLAN_SCHEMA,
        "command": "coverage.learn",
        "mode": asked.policy.resolved_mode(env).value,
        "python": asked.judged.path,
        "steps": steps,
        "notes": notes,
    }


def without_id(names: NeedSet) -> str:
    """The id of the verdict on a run without these."""
    return f"coverage:without:{','.join(sorted(names))}"


def _more(count: int) -> str:
    """What exploring does beyond the runs that are known beforehand."""
    more = pairs(count) - count
    return f"and up to {more} run{'' if more == 1 else 's'} without several of them, as far as these show the need"
