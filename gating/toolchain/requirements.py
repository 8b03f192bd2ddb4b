"""Requirements: the policy's tools and distributions, planned, looked at and judged into verdicts."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from gating.policy.model import Optional, Policy, Tool
from gating.toolchain import remedy as remedies
from gating.toolchain.cache import Cache
from gating.toolchain.distributions import find_distribution, find_python
from gating.toolchain.host import Host
from gating.toolchain.judged import JudgedPython
from gating.toolchain.seen import Seen
from gating.toolchain.select import Selection
from gating.toolchain.survey import Step, Want, carry_out, plan
from gating.verdict import Evidence, Mode, Need, Outcome, Remedy, State, Verdict, judge

__all__ = ["Survey"]

Progress = Callable[[Sequence[str]], None]
_REQUIREMENT = re.compile(r"\s*([A-Za-z0-9][A-Za-z0-9._-]*)\s*(?:\[[^\]]*\])?\s*\(?([^;@()]*)\)?\s*")


@dataclass(frozen=True, kw_only=True)
class Survey:
    """What a policy asks of a host: `ids` in order, planned by `plan` and judged by `judge`.

    An id is `tool:NAME` or `optional:NAME`; a tool that the policy does not have is wanted in any version.
    `executed` wants evidence of an execution, `needs` overrides the need of the ids it names.
    """

    policy: Policy
    host: Host
    cache: Cache
    ids: tuple[str, ...]
    executed: bool = False
    needs: Mapping[str, Need] = field(default_factory=dict)

    @cached_property
    def judged(self) -> JudgedPython:
        return JudgedPython(self.host, self.cache)

    @cached_property
    def skipped(self) -> frozenset[str]:
        """The ids whose `when` marker is false for the judged interpreter."""
        return frozenset(
            one for one in self.ids if (when := self._entry(one).when) is not None and not self.judged.applies(when)
        )

    @cached_property
    def steps(self) -> dict[str, Step]:
        """What will be done about the tools on the search path; nothing has been started yet."""
        wants = {one: _want(one.partition(":")[2], tool) for one in self.ids if (tool := self._path_tool(one))}
        return dict(zip(wants, plan(list(wants.values()), self.host, self.cache, executed=self.executed), strict=True))

    def plan(self) -> list[dict[str, Any]]:
        """The plan as plain values, one for each id: what would be looked at, and how."""
        return [self._planned(one) for one in self.ids]

    def judge(self, mode: Mode, *, progress: Progress | None = None) -> tuple[Verdict, ...]:
        """Carry the plan out and judge every requirement, in order. `mode` is strict or lenient."""
        steps = self.steps
        found = dict(
            zip(
                steps,
                carry_out(list(steps.values()), self.host, self.cache, executed=self.executed, progress=progress),
                strict=True,
            )
        )
        verdicts = tuple(self._verdict(one, found.get(one), mode) for one in self.ids)
        self.cache.save()
        return verdicts

    def seen(self, verdicts: Sequence[Verdict]) -> Seen | None:
        """All that the verdicts were read from; as long as it stays the same, so do they.

        None where one of them must not be remembered: a broken tool, a shim of a version manager, an editable install.
        """
        if not all(map(self._lasts, verdicts)):
            return None
        names = [name for step in self.steps.values() for name, _ in step.found]
        if len(self.steps) == len(self.ids):
            return Seen.now(self.host, names=names)
        site = self.judged.interpreter.site
        return Seen.now(self.host, names=names, files=self.judged.files, folders=site)

    def _lasts(self, verdict: Verdict) -> bool:
        if verdict.id == "tool:python":
            return verdict.state is not State.BROKEN
        return verdict.cached or verdict.outcome is Outcome.SKIP or verdict.state is State.ABSENT

    def _entry(self, one: str) -> Tool | Optional:
        kind, _, name = one.partition(":")
        return self.policy.optional[name] if kind == "optional" else self.policy.tools.get(name) or Tool()

    def _path_tool(self, one: str) -> Tool | None:
        """The tool to be looked for on the search path, None for Python, a distribution or a skip."""
        entry = self._entry(one)
        if one in self.skipped or one == "tool:python" or not isinstance(entry, Tool) or entry.distribution:
            return None
        return entry

    def _planned(self, one: str) -> dict[str, Any]:
        entry, step = self._entry(one), self.steps.get(one)
        made: dict[str, Any] = {"id": one, "need": self._need(one).value, "wanted": _wanted(entry)}
        if one in self.skipped:
            return {**made, "how": "skip", "when": entry.when, "commands": []}
        if step is None:
            return {**made, "how": "metadata", "python": self.judged.path, "commands": []}
        commands = [[candidate.path, *step.want.ask.arguments] for candidate in step.to_run if not candidate.defect]
        return {**made, "how": step.how, "commands": commands}

    def _need(self, one: str) -> Need:
        return self.needs.get(one) or self._entry(one).need

    def _verdict(self, one: str, selection: Selection | None, mode: Mode) -> Verdict:
        entry, need, source = self._entry(one), self._need(one), self._source(one)
        details: dict[str, Any] = {"why": entry.why} if entry.why else {}
        if one in self.skipped:
            reason = f"does not apply here: {entry.when}"
            return Verdict(id=one, outcome=Outcome.SKIP, need=need, reason=reason, source=source, details=details)
        if selection is None:
            selection = self._in_python(one, entry)
        wanted = _wanted(entry)
        outcome = judge(selection.state, need, mode, version_asked=wanted is not None)
        facts = {"distribution": selection.distribution, "environment": selection.environment}
        details |= {name: value for name, value in facts.items() if value is not None}
        return Verdict(
            id=one,
            outcome=outcome,
            state=selection.state,
            need=need,
            evidence=selection.evidence,
            wanted=wanted,
            found=selection.version,
            path=selection.path,
            reason=selection.reason,
            remedy=self._remedy(one, entry, selection) if outcome in {Outcome.FAIL, Outcome.DEGRADED} else None,
            shadowed=selection.shadowed,
            cached=selection.cached,
            source=source,
            duration_s=selection.duration_s,
            details=details,
        )

    def _in_python(self, one: str, entry: Tool | Optional) -> Selection:
        if one == "tool:python":
            return find_python(self.judged, _wanted(entry))
        name, wanted = _distribution(entry)
        if isinstance(entry, Optional) and ";" in entry.requires and not self.judged.applies(_marker(entry.requires)):
            reason = f"its own marker is false here: {_marker(entry.requires)}"
            return Selection(state=State.OK, evidence=Evidence.ABSENT, reason=reason)
        return find_distribution(name, self.judged, wanted)

    def _remedy(self, one: str, entry: Tool | Optional, selection: Selection) -> Remedy:
        python, words = self.judged.path, entry.remedy
        if one == "tool:python":
            return remedies.for_python(self.host, wanted=_wanted(entry), words=words)
        if not isinstance(entry, Tool) or entry.distribution:
            name, wanted = _distribution(entry)
            return remedies.for_distribution(name, self.host, python=python, wanted=wanted, words=words)
        step = self.steps[one]
        target = remedies.Target(
            name=step.want.name,
            host=self.host,
            python=python,
            wanted=step.want.wanted,
            packages=step.want.recipe.packages,
            links=entry.links or step.want.recipe.links,
        )
        return remedies.for_tool(target, selection, words=words)

    def _source(self, one: str) -> Any:
        kind, _, name = one.partition(":")
        table = "optional" if kind == "optional" else "tools"
        return self.policy.source(table, name) if name in getattr(self.policy, table) else None


def _want(name: str, tool: Tool) -> Want:
    executable = tool.command[0] if tool.command else name
    return Want(
        name=name,
        names=tool.any_of or (executable,),
        wanted=tool.version or None,
        arguments=tool.command[1:] if tool.command else None,
        pattern=tool.pattern,
        ok_codes=tool.ok_codes if tool.ok_codes != (0,) else None,
        timeout=tool.timeout,
    )


def _wanted(entry: Tool | Optional) -> str | None:
    return _distribution(entry)[1] if isinstance(entry, Optional) else entry.version or None


def _distribution(entry: Tool | Optional) -> tuple[str, str | None]:
    """The name and the specifier of the distribution that an entry asks for."""
    if isinstance(entry, Tool):
        return entry.distribution or "", entry.version or None
    match = _REQUIREMENT.match(entry.requires)  # checked with the policy: there is a name
    if match is None:
        return entry.requires, None
    return match[1], match[2].strip() or None


def _marker(requirement: str) -> str:
    return requirement.partition(";")[2].strip()
