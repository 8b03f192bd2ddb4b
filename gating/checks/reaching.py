"""Reaching: a run's coverage judged by what was in its reach, from the reach file and the sources to the verdict.

`coverage:reach` fails where something was lost. It is degraded where something was out of reach, for a run that could
not reach everything is no full run, and where there is no reference to judge an absence by.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from gating.coverage.configured import read_configured
from gating.coverage.dropped import dropped
from gating.coverage.foreseen import TYPING, foresee
from gating.coverage.judge import Exempt, Here, Lost, Result, judge_reach
from gating.coverage.keys import Key, Keys, decoded
from gating.coverage.measured import Measured
from gating.coverage.reach import Reach, ReachError, Reference, read_reach
from gating.coverage.surroundings import Surroundings
from gating.environ import cache_folder
from gating.optional.asked import asked_by
from gating.optional.names import modules_of
from gating.optional.state import look
from gating.policy import Policy
from gating.process.interpreter import Interpreter
from gating.toolchain.judged import JudgedPython
from gating.verdict import Evidence, Outcome, Remedy, State, Verdict

__all__ = [
    "VERDICT",
    "Reached",
    "accepting",
    "exempt_here",
    "foreseen_here",
    "judge_run",
    "reach_verdict",
    "read_sources",
    "surroundings_of",
]

VERDICT = "coverage:reach"
_LISTED = 500  # lines in a verdict's details
_NAMED = 5  # places in its reason
_IMPORTABLE = frozenset({State.OUTDATED, State.BROKEN, State.UNKNOWN, State.IMPOSTOR})  # or nobody knows


@dataclass(frozen=True, kw_only=True)
class Reached:
    """A run judged by its reach. `result` is None where the reach file could not be read, for the `problem`.

    `reach` is None where there is no such file. `differs` says how the reference's place is another, in words.
    `unjudged` are the reasons for which the run says nothing about the suite. `measured` is what was judged: also
    files that dropped out of the data.
    """

    here: tuple[Surroundings, ...]
    measured: Measured
    reach: Reach | None = None
    result: Result | None = None
    problem: str = ""
    differs: tuple[str, ...] = ()
    unjudged: tuple[str, ...] = ()
    sources: Mapping[str, str] = field(default_factory=dict)

    @property
    def absent(self) -> frozenset[str]:
        """What was absent in each of the places."""
        return frozenset.intersection(*(one.absent for one in self.here)) if self.here else frozenset()

    def unsteady(self, path: str) -> frozenset[int]:
        """The lines of a file that the reference covered only once."""
        known = self.reach.files.get(path) if self.reach else None
        if known is None:
            return frozenset()
        return Keys.of(self.sources[path]).lines(each for each in known.unsteady if isinstance(each, Key))


def surroundings_of(
    policy: Policy,
    judged: JudgedPython,
    verdicts: Iterable[Verdict],
    *,
    absent: Iterable[str] = (),
    shimmed: Iterable[str] = (),
) -> Surroundings:
    """Where a run was, by the verdicts of its preflight and by what its pytest told: `absent` and `shimmed`."""
    interpreter = judged.interpreter
    states = {one.name: one.state for one in verdicts if one.kind == "optional"}
    told = {name for name in absent if name in policy.optional}
    for name, entry in policy.optional.items():
        if states.get(name) is None and name in told:  # its marker says that it does not apply here
            states[name] = look(asked_by(name, entry), interpreter=interpreter).state
    unusable = told | {name for name, state in states.items() if state not in {State.OK, None}}
    importable = {name for name in unusable if states.get(name) in _IMPORTABLE} | set(shimmed)
    return Surroundings(
        python=".".join(interpreter.version.split(".")[:2]),
        platform=interpreter.markers.get("sys_platform", ""),
        os_name=interpreter.markers.get("os_name", ""),
        absent=frozenset(unusable),
        missing=frozenset(unusable - importable),
        modules=_modules(policy, interpreter),
    )


def _modules(policy: Policy, interpreter: Interpreter) -> dict[str, tuple[str, ...]]:
    """The import names of each dependency, by its key and by its distribution's name."""
    found = {}
    for name, entry in policy.optional.items():
        asked = asked_by(name, entry)
        found[asked.distribution] = found[name] = modules_of(asked, folders=interpreter.site)
    return found


def read_sources(paths: Iterable[str], root: Path) -> dict[str, str]:
    """The texts of the project's files as they are now; one that cannot be read, or lies elsewhere, is left out."""
    found = {}
    for path in paths:
        if Path(path).is_absolute():  # measured too, where coverage has no source, and nothing to be committed
            continue
        try:
            found[path] = decoded((root / path).read_bytes())
        except OSError:
            continue
    return found


def judge_run(
    policy: Policy,
    measured: Measured,
    *here: Surroundings,
    env: Mapping[str, str],
    unjudged: Sequence[str] = (),
) -> Reached:
    """Judge what was measured in the places `here`, by the policy's reach file where there is one."""
    try:
        reach = read_reach(policy.root / policy.coverage.reach)
    except ReachError as error:
        return Reached(here=here, measured=measured, problem=str(error), unjudged=tuple(unjudged))
    known = [path for path in reach.files if not Path(path).is_absolute()] if reach else []
    if gone := set(known) - measured.files.keys():
        configured, branches = read_configured(policy.root, env), measured.with_branches
        measured = measured.beside(
            dropped(gone, policy.root, configured, policy.coverage.source, with_branches=branches)
        )
    sources = read_sources(measured.files, policy.root)
    reference = None if reach is None else reach.reference
    differs = () if reference is None else _differs(reference, here)
    if reach is not None and reference is not None and all(one.python != reference.python for one in here):
        # another Python's compiler leaves a line by other ways
        reach = replace(reach, reference=replace(reference, branches=False))
    lacked = frozenset(reference.absent if reference else ())
    places = [foreseen_here(one, sources, measured, present=lacked - one.absent, env=env) for one in here]
    result = judge_reach(measured, sources, reach, *places)
    if reference is not None and result.slack and here:
        elsewhere = _where(reference, here)
        # where nothing is absent here, it is tests that reach what runs instead, as they would in the reference
        present = frozenset[str]().union(*(one.absent for one in here)) - lacked
        there = foreseen_here(elsewhere, sources, measured, present=present, env=env).unreachable
        # what the reference could not reach is nothing that learning it again would raise
        slack = tuple((path, line) for path, line in result.slack if line not in there.get(path, {}))
        result = replace(result, slack=slack)
    return Reached(
        here=here,
        measured=measured,
        reach=reach,
        result=result,
        differs=differs,
        unjudged=tuple(unjudged),
        sources=sources,
    )


def _where(reference: Reference, here: Sequence[Surroundings]) -> Surroundings:
    """Where the reference was learned; the import names are those that are known here."""
    lacked = frozenset(reference.absent)
    return Surroundings(
        python=reference.python,
        platform=reference.platform,
        os_name="nt" if reference.platform == "win32" else "posix",
        absent=lacked,
        missing=lacked,
        modules={name: modules for one in here for name, modules in one.modules.items()},
    )


def foreseen_here(
    place: Surroundings,
    sources: Mapping[str, str],
    measured: Measured,
    *,
    present: Iterable[str] = (),
    env: Mapping[str, str],
) -> Here:
    """A place with what static analysis says of the sources there; `present` are keys that surely are there."""
    foreseen = foresee(sources, place, present=sorted(present), cache=cache_folder(env))
    untaken = foreseen.branches({path: one.branches for path, one in measured.files.items()})
    return Here(absent=place.absent, unreachable=foreseen.lines(), untaken=untaken, modules=place.modules)


def exempt_here(result: Result) -> tuple[Exempt, ...]:
    """What was required elsewhere and is out of reach here; not what nobody requires, nor what ran for all that."""
    return tuple(one for one in result.exempt if one.credited and not one.ran and one.why != TYPING)


def reach_verdict(policy: Policy, reached: Reached) -> Verdict | None:
    """The verdict `coverage:reach`; None where nothing is absent and there is no reference."""
    if reached.result is None:
        reason = f"not judged: {reached.problem}"
        return _verdict(policy, Outcome.FAIL, State.BROKEN, reason, {"reach": policy.coverage.reach})
    if reached.reach is None and not reached.absent:
        return None
    details = _details(policy, reached, reached.result)
    if reached.unjudged:
        return _verdict(policy, Outcome.DEGRADED, State.OK, f"not judged: {'; '.join(reached.unjudged)}", details)
    exempt = exempt_here(reached.result)
    if reached.reach is None:
        without = ", ".join(sorted(reached.absent))
        counted = f"; {_counted(exempt)} out of reach by static analysis" if exempt else ""
        reason = f"without {without}, and {policy.coverage.reach} is missing: nothing says what was lost{counted}"
        remedy = Remedy(commands=(("gating", "coverage.learn"),), channel="gating")
        return _verdict(policy, Outcome.DEGRADED, State.ABSENT, reason, details, remedy=remedy)
    apart = f"; the reference is of {', '.join(reached.differs)}" if reached.differs else ""
    if lost := reached.result.lost:
        reason = f"{_counted(lost)} lost: {_places(lost)}{apart}"
        return _verdict(policy, Outcome.FAIL, State.OK, reason, details, remedy=_accept(lost))
    if exempt:
        names = sorted(reached.absent)
        without = f" without {', '.join(names)}" if names else ""
        reason = f"nothing lost; {_counted(exempt)} out of reach here{without}{apart}"
        return _verdict(policy, Outcome.DEGRADED, State.OK, reason, details)
    if reached.absent and reached.differs:
        return _verdict(policy, Outcome.DEGRADED, State.OK, f"nothing lost{apart}", details)
    slack = len(reached.result.slack)
    above = f"; {slack} line{'' if slack == 1 else 's'} above the reference" if slack else ""
    return _verdict(policy, Outcome.PASS, State.OK, f"nothing lost{apart}{above}", details)


def accepting(path: str) -> tuple[str, ...]:
    """The command that takes what is lost of a file out of the reference; the reason is still to be written."""
    return ("gating", "coverage.learn", "--accept", path, "--reason", "WHY")


def _differs(reference: Reference, here: Sequence[Surroundings]) -> tuple[str, ...]:
    """How the reference's place is none of these."""
    found = []
    if all(one.python != reference.python for one in here):
        found.append(f"Python {reference.python}")
    if all(one.platform != reference.platform for one in here):
        found.append(reference.platform)
    lacks = frozenset.intersection(*(frozenset(reference.absent) - one.absent for one in here))
    if lacks:
        found.append(f"a run without {', '.join(sorted(lacks))}")
    return tuple(found)


def _details(policy: Policy, reached: Reached, result: Result) -> dict[str, Any]:
    exempt = exempt_here(result)
    here = [{name: told for name, told in one.as_dict().items() if name != "modules"} for one in reached.here]
    reference = reached.reach.reference if reached.reach else None
    return {
        "reach": policy.coverage.reach,
        "reference": None if reference is None else _plain(reference),
        "here": here[0] if len(here) == 1 else here,
        "differs": list(reached.differs),
        "lost": [_shape(one) for one in result.lost[:_LISTED]],
        "lost_count": len(result.lost),
        "exempt_count": len(exempt),
        "exempt_by": dict(sorted(Counter(one.why.partition(":")[0] for one in exempt).items())),
        "exempt_ran": sum(one.ran for one in result.exempt),
        "slack_count": len(result.slack),
        "stale": [{"path": one.path, "text": one.text} for one in result.stale[:_LISTED]],
        "stale_count": len(result.stale),
    }


def _plain(reference: Reference) -> dict[str, Any]:
    told = {name: getattr(reference, name) for name in reference.__dataclass_fields__}
    return {**told, "absent": list(reference.absent)}


def _shape(one: Lost) -> dict[str, Any]:
    return {"path": one.path, "line": one.line, "to": one.to, "text": one.text, "needs": list(one.needs)}


def _counted(points: Sequence[Lost | Exempt]) -> str:
    """`3 lines and 1 branch`."""
    branches = sum(one.to is not None for one in points)
    parts = []
    for count, word, plural in ((len(points) - branches, "line", "lines"), (branches, "branch", "branches")):
        if count:
            parts.append(f"{count} {word if count == 1 else plural}")
    return " and ".join(parts)


def _places(lost: Sequence[Lost]) -> str:
    named = [f"{one.path}:{one.line}" + (f" to {one.to}" if one.to is not None else "") for one in lost[:_NAMED]]
    more = len(lost) - _NAMED
    return ", ".join(named) + (f" and {more} more" if more > 0 else "")


def _accept(lost: Sequence[Lost]) -> Remedy:
    """The commands that take what was lost out of the reference, for whoever finds that right."""
    paths = list(dict.fromkeys(one.path for one in lost))
    return Remedy(
        commands=tuple(map(accepting, paths[:3])),
        channel="gating",
        why="test it again, or say why it need not run any more",
    )


def _verdict(
    policy: Policy,
    outcome: Outcome,
    state: State,
    reason: str,
    details: Mapping[str, Any],
    *,
    remedy: Remedy | None = None,
) -> Verdict:
    return Verdict(
        id=VERDICT,
        outcome=outcome,
        state=state,
        need=policy.coverage.need,
        evidence=Evidence.EXECUTED,
        reason=reason,
        remedy=remedy,
        source=policy.source("coverage", "reach"),
        details=details,
    )
