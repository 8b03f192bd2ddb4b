"""Summary: the lines that end a run, in which every test that was not run has its need, its state and its remedy."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from gating.optional.wording import calm
from gating.testing.judging import Tally, amount
from gating.testing.words import mended
from gating.verdict import Outcome, Verdict

__all__ = ["header", "lines_of"]

_SHOWN = 10  # ids of each dependency, unless all are wanted


def header(absent: Iterable[str], hidden: Iterable[str], stood_in: Iterable[str]) -> list[str]:
    """The line at the top of a run: what is not there, what is made to look so, and what a stand-in is there for."""
    parts = [
        f"{word}: {', '.join(names)}"
        for word, given in (("absent", absent), ("made to look absent", hidden), ("stood in for", stood_in))
        if (names := list(map(calm, given)))
    ]
    return [f"gating: {'; '.join(parts)}"] if parts else []


def lines_of(
    found: Sequence[Tally], verdicts: Sequence[Verdict], *, everything: bool = False, notes: Sequence[str] = ()
) -> list[str]:
    """The lines of a run; none where every test was run. `everything` names all ids, else the first of each."""
    lines = [line for tally in found for line in _told(tally, everything=everything)]
    lines += [f"{verdict.name}: a stand-in was there in its place" for verdict in verdicts if _only_stood_in(verdict)]
    lines += notes
    failed = [one for one in verdicts if one.outcome is Outcome.FAIL]
    modules, tests = sum(len(one.modules) for one in found), sum(len(one.tests) for one in found)
    if failed:
        whole = ", ".join(f"{one.name} (need {one.need.value})" for one in failed)
        lines.append(f"failed: an unmet need may not be left out here: {calm(whole)}")
    elif any(one.outcome is Outcome.DEGRADED for one in verdicts) or modules or tests:
        ran = f"{amount(len({*_ids(found, modules=True)}), len({*_ids(found, modules=False)}))} not run"
        lines.append(f"degraded: {ran}" if modules or tests else "degraded: less was checked than the policy asks for")
    return lines


def _ids(found: Iterable[Tally], *, modules: bool) -> Iterator[str]:
    for tally in found:
        yield from tally.modules if modules else tally.tests


def _told(tally: Tally, *, everything: bool) -> Iterator[str]:
    one = tally.dependency
    how = "does not apply here" if not one.applies else "made to look absent" if one.hidden else tally.state
    if tally.modules or tally.tests:
        yield calm(f"{tally.line}: {how}; {amount(len(tally.modules), len(tally.tests))} not run")
        rows = [
            f"{name} ({amount(0, count)} in it)" if count else name
            for name, count in zip(tally.modules, tally.named, strict=True)
        ]
        yield from _some([*rows, *tally.tests], everything=everything)
    if tally.undeclared:
        yield calm(f"{tally.line}: {how}; reached by {amount(*tally.reached)} without saying so")
        yield from _some(tally.undeclared, everything=everything)
    if (tally.modules or tally.tests or tally.undeclared) and one.applies and (remedy := mended(one)):
        yield f"  to run them: {remedy}"


def _some(rows: Sequence[str], *, everything: bool) -> Iterator[str]:
    shown = rows if everything else rows[:_SHOWN]
    yield from (f"  {calm(row)}" for row in shown)
    if len(shown) < len(rows):
        yield f"  and {len(rows) - len(shown)} more; -v names them all"


def _only_stood_in(verdict: Verdict) -> bool:
    return bool(verdict.details.get("stood_in")) and not verdict.details.get("not_run")
