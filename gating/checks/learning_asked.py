"""What a learning run is asked for, and whether anything can be learned here at all, before a test is started."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gating.checks.drift_plan import Plan as Known
from gating.checks.need_sets import in_front
from gating.checks.surveying import PLAN_SCHEMA, settings, survey_of
from gating.coverage.ladder import Tool
from gating.coverage.plan import plan
from gating.coverage.testpaths import read_testpaths
from gating.environ import NEED_SET
from gating.verdict import Remedy

if TYPE_CHECKING:
    from gating.policy import Policy
    from gating.toolchain.host import Host

__all__ = ["PASSES", "Asked", "plan_learning"]

PASSES = 2  # what only one of them covers is unsteady
_LABEL = "learn"


class Asked:
    """The words, the plan of each run, and the reasons for which nothing can be learned; none where something can.

    `without` are the policy's keys of the dependencies to run without. Raises UsageError for a name that it lacks.
    """

    def __init__(
        self,
        words: Sequence[str],
        start: str | Path | None,
        *,
        without: Sequence[str] = (),
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
        self.dependencies = Known(self.policy, self.judged, without)
        self.without = tuple(one.name for one in self.dependencies.targets) if without else ()
        self.plan = plan(
            self.policy,
            self.judged,
            words,
            env=self.host.env,
            testpaths=read_testpaths(self.policy.root),
            fail_under="0",
            label=_LABEL,
        )

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
    without: Sequence[str] = (),
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
    steps += [
        {
            "id": f"coverage:without:{name}",
            "need": need,
            "how": "execute",
            "commands": [in_front(command, len(asked.words), ["--gating-without", name])],
        }
        for name in asked.without
    ]
    notes = [
        f"each pass starts that once for every need-set that the tests have ({NEED_SET} names it)",
        "each test runs once in a pass",
        f"what is learned is written to {asked.policy.coverage.reach}",
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
