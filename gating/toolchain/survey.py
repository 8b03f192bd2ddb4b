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
from gating.toolchain.probe import Ask, Probe, execute
from gating.toolchain.recipes import Recipe, recipe_for
from gating.toolchain.scripts import static_probe
from gating.toolchain.select import Alternative, Selection, compare, select
from gating.verdict import Evidence, State

__all__ = ["Step", "Want", "carry_out", "plan"]

Progress = Callable[[Sequence[str]], None]
_LATER = 4  # shadowed candidates of one name that are looked at where the first does not fit
_WORTH_A_TRY = 0.2  # seconds; a second look with less time left would only ever time out


@dataclass(frozen=True, kw_only=True)
class Want:
    """A tool that is wanted: the names it may go by in order, and the specifier that it must meet, if any.

    The other fields are the policy's own words on how to ask it; None leaves it to the tool's recipe.
    """

    name: str
    names: tuple[str, ...]
    wanted: str | None = None
    arguments: tuple[str, ...] | None = None
    pattern: str | None = None
    ok_codes: tuple[int, ...] | None = None
    timeout: float = 10.0

    @property
    def key(self) -> list[object]:
        """What the cached answer depends on besides the files and gating's own recipes."""
        listed = [None if words is None else list(words) for words in (self.arguments, self.ok_codes)]
        return [list(self.names), *listed, self.pattern, self.wanted]

    @cached_property
    def recipe(self) -> Recipe:
        return recipe_for(self.name)

    @cached_property
    def ask(self) -> Ask:
        own = self.arguments is None
        return Ask(
            name=self.name,
            arguments=self.recipe.argv if self.arguments is None else self.arguments,
            pattern=self.pattern or (self.recipe.pattern if own else None),
            ok_codes=self.ok_codes or (self.recipe.ok_codes if own else (0,)),
            timeout=self.timeout,
        )


@dataclass(frozen=True, kw_only=True)
class Step:
    """What will be done about one tool: nothing where the answer is known, else metadata or an execution."""

    want: Want
    found: tuple[tuple[str, tuple[Candidate, ...]], ...]
    known: Selection | None = None
    static: tuple[Probe | None, ...] = ()

    @property
    def how(self) -> str:
        """`cached`, `absent`, `static` or `execute`."""
        if self.known is not None:
            return "cached"
        if not any(there for _, there in self.found):
            return "absent"
        return "execute" if self.to_run else "static"

    @property
    def to_run(self) -> tuple[Candidate, ...]:
        """The first candidates of each name that metadata does not answer for."""
        if self.known is not None:
            return ()
        return tuple(
            there[0] for (_, there), probe in zip(self.found, self.static, strict=True) if there and probe is None
        )

    @property
    def seen(self) -> list[object]:
        return [[name, [[one.path, *one.identity, one.defect] for one in there]] for name, there in self.found]


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
    static = tuple(None if executed or not there else static_probe(there[0]) for _, there in found)
    return Step(want=want, found=found, static=static)


def carry_out(
    steps: Sequence[Step], host: Host, cache: Cache, *, executed: bool, progress: Progress | None = None
) -> list[Selection]:
    """Do what the steps say, all executions at once, and return what stands for each tool, in order.

    Where the first candidate of a name does not fit, the later ones are looked at too, within what is left of
    the longest deadline, so that the answer can say which of them would have fitted.
    """
    started = time.monotonic()
    probes = {id(step): _first_probes(step) for step in steps if step.known is None}
    jobs = [
        (step, place)
        for step in sorted(steps, key=lambda step: _slowness(step, cache), reverse=True)
        if step.known is None
        for place, (_, there) in enumerate(step.found)
        if there and step.static[place] is None
    ]
    asks = [(step.want.ask, step.found[place][1][0]) for step, place in jobs]
    for (step, place), probe in zip(jobs, execute(asks, host, progress=progress), strict=True):
        probes[id(step)][place].append(probe)
    longest = max((ask.timeout for ask, _ in asks), default=0.0) or 10.0
    _look_further(steps, probes, host, executed=executed, left=longest - (time.monotonic() - started))
    return [step.known or _conclude(step, probes[id(step)], cache) for step in steps]


def _first_probes(step: Step) -> list[list[Probe]]:
    return [[probe] if probe is not None else [] for probe in step.static]


def _slowness(step: Step, cache: Cache) -> float:
    return cache.took(f"tool {step.want.name}") or (1.0 if step.want.recipe.slow else 0.0)


def _look_further(
    steps: Sequence[Step], probes: dict[int, list[list[Probe]]], host: Host, *, executed: bool, left: float
) -> None:
    """Probe shadowed candidates of the tools whose first does not fit."""
    jobs: list[tuple[list[Probe], Ask, Candidate]] = []
    for step in steps:
        if step.known is not None or any(_fits(step.want, have[0]) for have in probes[id(step)] if have):
            continue
        for (_, there), have in zip(step.found, probes[id(step)], strict=True):
            jobs += [(have, step.want.ask, later) for later in there[1 : 1 + _LATER]]
    to_run: list[tuple[list[Probe], Ask, Candidate]] = []
    for have, ask, later in jobs:
        probe = None if executed else static_probe(later)
        if probe is not None:
            have.append(probe)
        elif later.defect is None and left > _WORTH_A_TRY:
            to_run.append((have, replace(ask, timeout=min(ask.timeout, left)), later))
    for (have, _, _), probe in zip(to_run, execute([(ask, one) for _, ask, one in to_run], host), strict=True):
        have.append(probe)


def _fits(want: Want, probe: Probe) -> bool:
    state = compare(probe, want.wanted)
    return state is State.OK or (state is State.UNKNOWN and want.wanted is None)


def _conclude(step: Step, probes: list[list[Probe]], cache: Cache) -> Selection:
    alternatives = [
        Alternative(name=name, candidates=there, probes=tuple(have))
        for (name, there), have in zip(step.found, probes, strict=True)
    ]
    selection = select(alternatives, step.want.wanted)
    took = max((probe.duration_s for have in probes for probe in have), default=0.0)
    chosen = next((one for _, there in step.found for one in there if one.path == selection.path), None)
    keep = selection.keep and chosen is not None and not is_shim(chosen.path, chosen.real)
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
