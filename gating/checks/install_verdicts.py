"""Verdicts on installations: what became of each optional dependency, why, and what would mend it."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from gating.optional.availability import Availability
from gating.optional.install.act import Attempted
from gating.optional.install.declared import Wanted
from gating.optional.install.plan import How, Item
from gating.optional.install.requirements import Words
from gating.optional.remedy import remedy_for
from gating.policy import Policy
from gating.toolchain.judged import JudgedPython
from gating.toolchain.remedy import into_python
from gating.verdict import Mode, Outcome, Remedy, State, Verdict, judge

__all__ = ["Judging", "verdict_id"]


def verdict_id(item: Item) -> str:
    """`install:NAME`."""
    return f"install:{item.wanted.name}"


@dataclass(frozen=True, kw_only=True)
class Judging:
    """What verdicts are given by: the policy, the interpreter as it is now, and how each dependency is looked at.

    `changed` is whether anything was installed, so that all is looked at afresh.
    """

    policy: Policy
    judged: JudgedPython
    mode: Mode
    look: Callable[[Wanted, Words], Availability]
    changed: bool = True

    def verdict(self, item: Item, attempted: Attempted | None) -> Verdict:
        """The verdict on an item of the plan; `attempted` is None where nothing was tried for it."""
        wanted = item.wanted
        details = self._details(item, attempted)
        source = self.policy.source("optional", wanted.name) if wanted.in_policy else None
        if item.how is How.SKIP or item.before is None:
            return Verdict(
                id=verdict_id(item),
                outcome=Outcome.SKIP,
                need=wanted.need,
                reason=item.reason,
                source=source,
                details=details,
            )
        # an installation may have changed what was there before
        now = self.look(wanted, item.words) if self.changed else item.before
        outcome = judge(now.state, wanted.need, self.mode, version_asked=now.wanted is not None)
        unmet = outcome in {Outcome.FAIL, Outcome.DEGRADED}
        return Verdict(
            id=verdict_id(item),
            outcome=outcome,
            state=now.state,
            need=wanted.need,
            evidence=now.evidence,
            wanted=now.wanted,
            found=now.found,
            path=now.path,
            reason=_reason(item, attempted, now, unmet=unmet),
            remedy=self._remedy(item, now) if unmet else None,
            source=source,
            duration_s=sum(one.duration_s for one in attempted.tried) if attempted else 0.0,
            details=details,
        )

    @staticmethod
    def _details(item: Item, attempted: Attempted | None) -> dict[str, Any]:
        """`result` says what was decided: installed, there, refused, offline, failed or skip."""
        made: dict[str, Any] = {
            "result": (attempted.result if attempted else item.how).value,
            "cause": attempted.cause.value if attempted and attempted.cause else None,
            "requirement": list(item.words.words),
            "declared": [one.place for one in item.wanted.lines],
            "attempts": [one.as_dict() for one in attempted.tried] if attempted else [],
        }
        return {**made, "why": item.wanted.why} if item.wanted.why else made

    def _remedy(self, item: Item, now: Availability) -> Remedy:
        """The policy's own words, else what installs all that was asked for; where that is refused, a place for it."""
        host, python, asked = self.judged.host, self.judged.path, now.asked
        if asked.remedy or now.state in {State.BROKEN, State.IMPOSTOR}:
            return remedy_for(now, host=host)
        channel, command = into_python(host, python, *item.words.words)
        interpreter = self.judged.interpreter
        if item.how is not How.REFUSED or interpreter.is_virtual or interpreter.error is not None:
            return Remedy(commands=(command,), channel=channel)
        place = os.path.join(self.policy.root, ".venv")
        inner = os.path.join(place, *(("Scripts", "python.exe") if sys.platform == "win32" else ("bin", "python")))
        commands = ((python, "-m", "venv", place), (inner, "-m", "pip", "install", *item.words.words))
        return Remedy(commands=commands, channel="pip", why="into an environment of the project's own")


def _reason(item: Item, attempted: Attempted | None, now: Availability, *, unmet: bool) -> str:
    if attempted is None:
        if item.how is How.REFUSED:
            return f"{now.cause}; not installed: {item.reason}"
        return f"it was there, and is no longer as asked: {now.cause}" if unmet else "it was there"
    if not unmet:
        return attempted.reason
    if attempted.cause is None:
        return f"{attempted.reason}, and still {now.state}: {now.cause}"
    return f"{now.cause}; not installed: {attempted.reason}"
