"""Survey: every tool that is wanted, planned first, then looked at with as few processes as possible."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields, replace
from functools import cached_property

from gating.toolchain.cache import Cache
from gating.toolchain.candidates import Candidate, candidates
from gating.toolchain.channels import is_shim
from gating.toolchain.host import Host
from gating.toolchain.probe import Ask, Probe, defective, execute
from gating.toolchain.recipes import Recipe, recipe_for
from gating.toolchain.scripts import is_editable, static_probe
from gating.toolchain.select import Alternative, Selection, fits, select
from gating.verdict import Evidence, State

__all__ = ["Step", "Want", "carry_out", "plan", "settled"]

Progress = Callable[[Sequence[str]], None]
_LATER = 4  # shadowed candidates of one name that are looked at where the first does not fit
_WORTH_A_TRY = 0.2  # seconds; a second look with less time left would only ever time out


@dataclass(frozen=True, kw_only=True)
class Want:
    """A tool that is wanted: the names it may go by in order, and the specifier that it must meet, if any.

    The other fields are the policy's own words on how to ask it; None leaves it to the recipe of each name.
    """

    name: str
    names: tuple[str, ...]
    wanted: str | None = None
    arguments: tuple[str, ...] | None = None
    pattern: str | None = None
    ok_codes: tuple[int, ...] | None = None
    timeout: float = 10.0

    @cached_property
    def recipe(self) -> Recipe:
        """What is known of the tool by its name in the policy, else by one of the names it may go by."""
        known = (recipe_for(name) for name in (self.name, *self.names))
        return next((recipe for recipe in known if recipe.packages or recipe.links), recipe_for(self.name))

    @property
    def is_usual(self) -> bool:
        """Whether it is the tool's own version that is asked for, which installed metadata has too."""
        return self.arguments is None and self.pattern is None

    def ask(self, name: str) -> Ask:
        """How the tool is asked under one of its names."""
        own = recipe_for(name)
        if not own.links:
            own = self.recipe  # a name that is not known is asked as the tool itself is
        usual = self.arguments is None
        return Ask(
            name=self.name,
            arguments=own.argv if self.arguments is None else self.arguments,
            pattern=self.pattern or (own.pattern if usual else None),
            ok_codes=self.ok_codes or (own.ok_codes if usual else (0,)),
            timeout=self.timeout,
        )

    @property
    def key(self) -> list[object]:
        """What the cached answer depends on besides the files: the requirement, and how the tool is asked."""
        asks = [(name, self.ask(name)) for name in self.names]
        return [self.wanted, [[name, list(ask.arguments), ask.pattern, list(ask.ok_codes)] for name, ask in asks]]


@dataclass(frozen=True, kw_only=True)
class Step:
    """What will be done about one tool: nothing where the answer is known, else metadata or an execution.

    `found` are the candidates of each name. `at_rest` is, for each name, the probe of its first candidate where
    that needs no process; None where there is no candidate or it has to be run.
    """

    want: Want
    found: tuple[tuple[str, tuple[Candidate, ...]], ...]
    known: Selection | None = None
    at_rest: tuple[Probe | None, ...] = ()

    @property
    def how(self) -> str:
        """`cached`, `absent`, `defect` (none can be executed), `static` or `execute`."""
        if self.known is not None:
            return "cached"
        if not any(there for _, there in self.found):
            return "absent"
        if self.to_run:
            return "execute"
        return "static" if any(probe and probe.evidence is Evidence.STATIC for probe in self.at_rest) else "defect"

    @property
    def to_run(self) -> tuple[tuple[Ask, Candidate], ...]:
        """The first candidates of each name that have to be run, and how they are asked."""
        return tuple((self.want.ask(self.found[place][0]), self.found[place][1][0]) for place in self.places_to_run)

    @property
    def places_to_run(self) -> tuple[int, ...]:
        if self.known is not None:
            return ()
        return tuple(place for place, (_, there) in enumerate(self.found) if there and self.at_rest[place] is None)

    @property
    def seen(self) -> dict[str, list[object]]:
        """The candidates of each name, in JSON's types."""
        return {name: [[one.path, *one.identity, one.defect] for one in there] for name, there in self.found}


def plan(wants: Sequence[Want], host: Host, cache: Cache, *, executed: bool) -> list[Step]:
    """Look for candidates, cached answers and metadata; start nothing. `executed` wants a tool that has run."""
    return [_plan(want, host, cache, executed=executed) for want in wants]


def _plan(want: Want, host: Host, cache: Cache, *, executed: bool) -> Step:
    found = tuple((name, candidates(name, host)) for name in want.names)
    step = Step(want=want, found=found)
    if (kept := cache.get(f"tool {want.name}", want.key, step.seen)) is not None:
        known = _restored(kept)
        if known is not None and (known.evidence is Evidence.EXECUTED or not executed):
            return Step(want=want, found=found, known=known)
    at_rest = tuple(_at_rest(want, there[0], executed=executed) if there else None for _, there in found)
    return Step(want=want, found=found, at_rest=at_rest)


def _at_rest(want: Want, candidate: Candidate, *, executed: bool) -> Probe | None:
    """The probe of a candidate that need not be run, None for one that must."""
    if candidate.defect is not None:
        return defective(candidate)
    return None if executed or not want.is_usual else static_probe(candidate)


def settled(step: Step) -> Selection | None:
    """What stands for a tool as far as it is known without a process; None where one has to be started."""
    if step.known is not None:
        return step.known
    return None if step.places_to_run else _selection(step, _first_probes(step))


def carry_out(
    steps: Sequence[Step], host: Host, cache: Cache, *, executed: bool, progress: Progress | None = None
) -> list[Selection]:
    """Do what the steps say, all executions at once, and return what stands for each tool, in order.

    Where the first candidate of a name does not fit, the later ones are looked at too, within what is left of
    the longest deadline, so that the answer can say which of them would have fitted.
    """
    started = time.monotonic()
    probes = {id(step): _first_probes(step) for step in steps if step.known is None}
    slow_first = sorted(steps, key=lambda step: _slowness(step, cache), reverse=True)
    jobs = [(step, place) for step in slow_first for place in step.places_to_run]
    asks = [ask for step in slow_first for ask in step.to_run]
    for (step, place), probe in zip(jobs, execute(asks, host, progress=progress), strict=True):
        probes[id(step)][place].append(probe)
    longest = max((ask.timeout for ask, _ in asks), default=0.0) or 10.0
    left = longest - (time.monotonic() - started)
    _look_further(steps, probes, host, executed=executed, left=left, progress=progress)
    return [step.known or _conclude(step, probes[id(step)], cache) for step in steps]


def _first_probes(step: Step) -> list[list[Probe]]:
    return [[probe] if probe is not None else [] for probe in step.at_rest]


def _slowness(step: Step, cache: Cache) -> float:
    return cache.took(f"tool {step.want.name}") or (1.0 if step.want.recipe.slow else 0.0)


def _look_further(
    steps: Sequence[Step],
    probes: dict[int, list[list[Probe]]],
    host: Host,
    *,
    executed: bool,
    left: float,
    progress: Progress | None,
) -> None:
    """Probe shadowed candidates of the tools whose first does not fit."""
    jobs: list[tuple[list[Probe], Ask, Candidate, Probe | None]] = []
    for step in steps:
        if step.known is not None or any(fits(have[0], step.want.wanted) for have in probes[id(step)] if have):
            continue
        for (name, there), have in zip(step.found, probes[id(step)], strict=True):
            ask = replace(step.want.ask(name), timeout=min(step.want.timeout, left))
            later = there[1 : 1 + _LATER]
            jobs += [(have, ask, one, _at_rest(step.want, one, executed=executed)) for one in later]
    to_run = [(ask, one) for _, ask, one, at_rest in jobs if at_rest is None] if left > _WORTH_A_TRY else []
    answers = iter(execute(to_run, host, progress=progress))
    for have, _, _, at_rest in jobs:
        probe = at_rest or next(answers, None)
        if probe is not None:
            have.append(probe)


def _selection(step: Step, probes: list[list[Probe]]) -> Selection:
    alternatives = [
        Alternative(name=name, candidates=there, probes=tuple(have))
        for (name, there), have in zip(step.found, probes, strict=True)
    ]
    return select(alternatives, step.want.wanted)


def _conclude(step: Step, probes: list[list[Probe]], cache: Cache) -> Selection:
    selection = _selection(step, probes)
    took = max((probe.duration_s for have in probes for probe in have), default=0.0)
    chosen = next((one for _, there in step.found for one in there if one.path == selection.path), None)
    keep = selection.keep and chosen is not None and not is_shim(chosen.path, chosen.real) and not is_editable(chosen)
    if keep or took:
        result = _stored(selection) if keep else None
        cache.put(f"tool {step.want.name}", step.want.key, step.seen, result, took=took)
    return selection


def _stored(selection: Selection) -> dict[str, object]:
    made = {one.name: getattr(selection, one.name) for one in fields(selection)}
    return {**made, "shadowed": list(selection.shadowed)}


def _restored(kept: dict[str, object]) -> Selection | None:
    try:
        made = dict(kept)
        made["state"], made["evidence"] = State(str(kept["state"])), Evidence(str(kept["evidence"]))
        made["shadowed"] = tuple(kept["shadowed"])  # type: ignore[arg-type]  # a list, by _stored
        made["cached"] = True
        return Selection(**made)  # type: ignore[arg-type]  # the fields of a Selection, by _stored
    except (KeyError, TypeError, ValueError):
        return None  # written by another version
