"""Judging: from the account of a run to a verdict on each dependency that mattered in it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

from gating.testing.account import Account, Row
from gating.testing.dependencies import Dependencies, Dependency
from gating.testing.note import Kind, Note
from gating.verdict import Mode, Outcome, Verdict, judge

__all__ = ["Tally", "amount", "tallies", "verdict_of"]

_NAMED = 100  # ids in a verdict's details


class Tally(NamedTuple):
    """What one dependency meant to a run: what was not run for it, what reached it unsaid, and what it was met for.

    `line` is how it was asked for and `state` how the process found it that ran the tests. `named` is the number of
    tests that the modules name which were not imported; parameters make more of them.
    """

    name: str
    line: str
    state: str
    dependency: Dependency
    modules: list[str]
    tests: list[str]
    undeclared: list[str]
    reached: list[int]  # modules and tests among these
    met: list[str]
    named: list[int]

    @property
    def not_run(self) -> int:
        """Tests that were not run, those among them that are only known by name; a module without any counts as one."""
        return len(self.tests) + sum(max(1, count) for count in self.named)


def tallies(account: Account, dependencies: Dependencies) -> list[Tally]:
    """One for each dependency as it was asked for, in the order of the run; stand-ins of the policy come last."""
    found: dict[tuple[str, str], Tally] = {}
    for is_module, rows in ((True, account.modules), (False, account.tests)):
        for row in rows.values():
            if row.note is not None:
                _enter(found, row, row.note, dependencies, is_module=is_module)
    return list(found.values())


def verdict_of(name: str, mine: Iterable[Tally], dependencies: Dependencies, mode: Mode, *, stood_in: bool) -> Verdict:
    """The verdict `optional:NAME` of a run; `stood_in` is whether a stand-in was there in its place.

    A dependency whose absence left nothing out passes: it is the preflight's to say that it is absent.
    """
    tallied = list(mine)
    own = dependencies.declared.get(name)
    asked = [*([own] if own else []), *(each.dependency for each in tallied)]
    dependency = next((one for one in asked if not one.met), asked[0])
    found = dependency.availability
    not_run = sum(each.not_run for each in tallied)
    undeclared = [each for tally in tallied for each in tally.undeclared]
    reached = amount(*(sum(tally.reached[kind] for tally in tallied) for kind in (0, 1)))
    outcome = Outcome.PASS
    if not dependency.applies:
        outcome = Outcome.SKIP
    elif not_run or undeclared or stood_in:
        outcome = judge(found.state, dependency.need, mode, version_asked=found.wanted is not None)
    details: dict[str, Any] = {
        "not_run": not_run,
        "modules": [each for tally in tallied for each in tally.modules][:_NAMED],
        "tests": [each for tally in tallied for each in tally.tests][:_NAMED],
        "undeclared": undeclared[:_NAMED],
        "met": sum(len(each.met) for each in tallied),
        "stood_in": stood_in,
        "hidden": dependency.hidden,
    }
    if dependency.entry is not None and dependency.entry.why:
        details["why"] = dependency.entry.why
    met = outcome in {Outcome.PASS, Outcome.SKIP}
    return Verdict(
        id=f"optional:{name}",
        outcome=outcome,
        state=found.state if outcome is not Outcome.SKIP else None,
        need=dependency.need,
        evidence=found.evidence,
        wanted=found.wanted,
        found=found.found,
        path=found.path,
        reason="" if met else _reason(dependency, not_run, reached if undeclared else "", stood_in=stood_in),
        remedy=None if met or dependency.hidden else found.remedy,
        source=dependencies.policy.source("optional", name) if dependency.entry else None,
        details=details,
    )


def amount(modules: int, tests: int) -> str:
    """`3 tests`, `1 module`, `2 modules and 3 tests`."""
    parts = [f"{count} {word}{'' if count == 1 else 's'}" for count, word in ((modules, "module"), (tests, "test"))]
    return " and ".join(part for part, count in zip(parts, (modules, tests), strict=True) if count) or "nothing"


def _enter(
    found: dict[tuple[str, str], Tally], row: Row, note: Note, dependencies: Dependencies, *, is_module: bool
) -> None:
    for name, line, state in note.needs:
        tally = found.get((name, line))
        if tally is None:
            tally = found[name, line] = Tally(
                name, line, state, dependencies.asked_for(line), [], [], [], [0, 0], [], []
            )
        if note.kind is Kind.UNDECLARED:
            tally.undeclared.append(row.id)
            tally.reached[not is_module] += 1
        elif note.kind is Kind.MET:
            tally.met.append(row.id)
        elif note.kind is Kind.DOES_NOT_APPLY:
            pass  # the verdict alone says so
        elif is_module:
            tally.modules.append(row.id)
            tally.named.append(len(note.tests))
        else:
            tally.tests.append(row.id)


def _reason(dependency: Dependency, not_run: int, reached: str, *, stood_in: bool) -> str:
    parts = [f"{amount(0, not_run)} not run"] if not_run else []
    parts += [f"{reached} reached it without saying so"] if reached else []
    parts += ["a stand-in was there in its place"] if stood_in else []
    how = "made to look absent" if dependency.hidden else dependency.availability.state.value
    return f"{how}: {', '.join(parts)}"
