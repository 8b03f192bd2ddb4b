"""Requirements: the policy's tools and distributions, planned, looked at and judged into verdicts."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple, Protocol

from gating.policy.model import Optional, Policy, Tool
from gating.toolchain import remedy as remedies
from gating.toolchain.asked import Entry, distribution_of, markers_of, want_of, wanted_by
from gating.toolchain.cache import Cache
from gating.toolchain.distributions import find_distribution, find_python
from gating.toolchain.host import Host
from gating.toolchain.judged import JudgedPython
from gating.toolchain.seen import Seen
from gating.toolchain.select import Selection
from gating.toolchain.survey import Step, carry_out, plan, settled
from gating.verdict import Mode, Outcome, Remedy, Source, State, Verdict, judge

__all__ = ["Finder", "Looked", "Progress", "Survey"]

Progress = Callable[[Sequence[str]], None]
_UNMET = frozenset({Outcome.FAIL, Outcome.DEGRADED})


class Looked(NamedTuple):
    """What a look at an optional dependency found; `remedy` is None where nothing has to be mended.

    `selection` is None where nothing is known without a process that must not be started. `details` are for the
    verdict, beside those that every verdict on a distribution has; `module` is what would be imported.
    """

    selection: Selection | None
    remedy: Remedy | None
    details: Mapping[str, Any]


class Finder(Protocol):
    """Who looks for optional dependencies; it stands on this floor, and is handed down by who asks."""

    def __call__(
        self,
        entries: Mapping[str, Optional],
        judged: JudgedPython,
        *,
        executed: bool,
        may_start: bool,
        progress: Progress | None,
    ) -> Mapping[str, Looked]:
        """Look for each entry, by its key; with `executed` an import that worked is wanted.

        With `may_start` False no process is started.
        """


@dataclass(frozen=True, kw_only=True)
class Survey:
    """What a policy asks of a host: `ids` in order, planned by `plan` and judged by `judge`.

    An id is `tool:NAME` or `optional:NAME`; a tool that the policy does not have is wanted in any version.
    `find` looks for optional dependencies. `executed` wants evidence of an execution. With `may_start` False it is
    for planning only: no process is started to learn of the judged interpreter, and markers that only it could tell
    are taken to hold.
    """

    policy: Policy
    host: Host
    cache: Cache
    ids: tuple[str, ...]
    find: Finder
    executed: bool = False
    may_start: bool = True

    @cached_property
    def judged(self) -> JudgedPython:
        return JudgedPython(self.host, self.cache, may_start=self.may_start)

    @cached_property
    def skipped(self) -> Mapping[str, str]:
        """The ids that do not apply for the judged interpreter, each with the marker that is false."""
        false = ((one, self._false(markers_of(self._entry(one)))) for one in self.ids)
        return {one: marker for one, marker in false if marker is not None}

    @cached_property
    def steps(self) -> dict[str, Step]:
        """What will be done about the tools on the search path; nothing has been started yet."""
        wants = {one: want_of(one.partition(":")[2], tool) for one in self.ids if (tool := self._path_tool(one))}
        return dict(zip(wants, plan(list(wants.values()), self.host, self.cache, executed=self.executed), strict=True))

    def plan(self) -> list[dict[str, Any]]:
        """The plan as plain values, one for each id: what would be looked at, and how.

        `commands` are the tools that would be run.
        """
        return [self._planned(one) for one in self.ids]

    def known(self, mode: Mode) -> tuple[Verdict, ...]:
        """The verdicts that can be given with nothing started; there is none for a tool that has to be run."""
        selections = {one: settled(step) for one, step in self.steps.items()}
        looked = self._unstarted
        return tuple(
            self._verdict(one, selections.get(one), looked, mode)
            for one in self.ids
            if self._is_known(one, selections, looked)
        )

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
        looked = self._look(may_start=True, progress=progress)
        verdicts = tuple(self._verdict(one, found.get(one), looked, mode) for one in self.ids)
        self.cache.save()
        return verdicts

    def seen(self, verdicts: Sequence[Verdict]) -> Seen | None:
        """All that the verdicts were read from; as long as it stays the same, so do they.

        None where one of them must not be remembered: a broken tool, a shim of a version manager, an editable install.
        """
        if not all(map(self._lasts, verdicts)):
            return None
        names = remedies.PROGRAMS if any(verdict.remedy for verdict in verdicts) else ()
        files: tuple[str, ...] = ()
        site: tuple[str, ...] = ()
        if len(self.steps) < len(self.ids) or any(markers_of(self._entry(one)) for one in self.ids):
            site = self.judged.interpreter.site
            files = (*self.judged.files, *self.judged.read)
        found = Seen.now(self.host, names=names, files=files, folders=site)
        # as they were when the verdicts were read from them, and not as they are by now
        for step in self.steps.values():
            found["names"] |= step.seen
        return found

    def _lasts(self, verdict: Verdict) -> bool:
        if verdict.id == "tool:python":
            return verdict.state is not State.BROKEN
        return verdict.cached or verdict.outcome is Outcome.SKIP or verdict.state is State.ABSENT

    def _false(self, markers: Iterable[str]) -> str | None:
        return next((marker for marker in markers if not self.judged.applies(marker)), None)

    def _look(self, *, may_start: bool, progress: Progress | None = None) -> Mapping[str, Looked]:
        """The optional dependencies that apply, by their ids."""
        entries = ((one.partition(":")[2], self._entry(one)) for one in self.ids if one not in self.skipped)
        wanted = {name: entry for name, entry in entries if isinstance(entry, Optional)}
        if not wanted:
            return {}
        looked = self.find(wanted, self.judged, executed=self.executed, may_start=may_start, progress=progress)
        return {f"optional:{name}": found for name, found in looked.items()}

    def _is_known(self, one: str, selections: Mapping[str, Selection | None], looked: Mapping[str, Looked]) -> bool:
        if one in self.skipped:
            return True
        if one.startswith("optional:"):
            return looked[one].selection is not None
        return selections[one] is not None if one in selections else self.judged.interpreter.error is None

    def _entry(self, one: str) -> Entry:
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
        made: dict[str, Any] = {"id": one, "need": entry.need.value, "wanted": wanted_by(entry)}
        if markers := markers_of(entry):
            made["when"] = " and ".join(f"({marker})" for marker in markers) if len(markers) > 1 else markers[0]
        if one in self.skipped:
            return {**made, "how": "skip", "commands": []}
        if step is None:
            commands = [[self.judged.path, "-I", "-c", f"import {module}"] for module in self._to_import(one)]
            return {**made, "how": "metadata", "python": self.judged.path, "commands": commands}
        commands = [[candidate.path, *ask.arguments] for ask, candidate in step.to_run]
        return {**made, "how": step.how, "commands": commands}

    def _to_import(self, one: str) -> list[str]:
        """The module of an optional dependency, where nothing less than an import will do."""
        looked = self._unstarted.get(one)
        module = looked.details.get("module") if looked and looked.selection is None else None
        return [module] if module else []

    @cached_property
    def _unstarted(self) -> Mapping[str, Looked]:
        """What is known of the optional dependencies without any process."""
        return self._look(may_start=False)

    def _verdict(self, one: str, selection: Selection | None, looked: Mapping[str, Looked], mode: Mode) -> Verdict:
        entry, source = self._entry(one), self._source(one)
        need, wanted = entry.need, wanted_by(entry)
        details: dict[str, Any] = {"why": entry.why} if entry.why else {}
        if one in self.skipped:
            reason = f"does not apply here: {self.skipped[one]}"
            return Verdict(id=one, outcome=Outcome.SKIP, need=need, reason=reason, source=source, details=details)
        if one in looked:
            selection = looked[one].selection
            details |= looked[one].details
        if selection is None:
            selection = self._in_python(one, entry)
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
            remedy=self._mended(one, entry, selection, looked) if outcome in _UNMET else None,
            shadowed=selection.shadowed,
            cached=selection.cached,
            source=source,
            duration_s=selection.duration_s,
            details=details,
        )

    def _in_python(self, one: str, entry: Entry) -> Selection:
        if one == "tool:python":
            return find_python(self.judged, wanted_by(entry))
        name, wanted = distribution_of(entry)
        return find_distribution(name, self.judged, wanted)

    def _mended(self, one: str, entry: Entry, selection: Selection, looked: Mapping[str, Looked]) -> Remedy | None:
        return self._remedy(one, entry, selection) if isinstance(entry, Tool) else looked[one].remedy

    def _remedy(self, one: str, entry: Tool, selection: Selection) -> Remedy:
        python, words = self.judged.path, entry.remedy
        if one == "tool:python":
            return remedies.for_python(self.host, wanted=wanted_by(entry), words=words)
        if entry.distribution:
            if selection.state is State.BROKEN:  # nothing can be installed for an interpreter that does not answer
                return remedies.for_python(self.host, wanted=None, words=words)
            name, wanted = distribution_of(entry)
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

    def _source(self, one: str) -> Source | None:
        kind, _, name = one.partition(":")
        table = "optional" if kind == "optional" else "tools"
        return self.policy.source(table, name) if name in getattr(self.policy, table) else None
