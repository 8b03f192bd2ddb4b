"""Drifted: what breaks in a suite when dependencies are taken away, told by comparing it with the full one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from gating.checks.suite import Row, Suite
from gating.policy.globs import fits

__all__ = ["GONE", "Drifted", "broken_in", "compare", "tried_again"]

GONE = "gone"  # the outcome of a test that is collected in the reference, and not without the dependency
_BROKEN = frozenset({"failed", "error"})
_NOT_RUN = "not-run"
_GOOD = frozenset({"passed", "skipped", "xfailed", "xpassed"})


@dataclass(frozen=True, kw_only=True)
class Drifted:
    """What one run without dependencies shows beside the reference; each part is by id, sorted.

    `broken` are tests and modules that broke and that nothing accounts for; a module stands for its tests.
    `not_run` are those that were left out, and accounted for. `skipped` skip themselves. `unsteady` broke once and
    passed when they were tried again. `problem` says why the suite as a whole came to no end.
    """

    without: tuple[str, ...] = ()
    problem: str = ""
    broken: Mapping[str, Row] = field(default_factory=dict)
    not_run: Mapping[str, Row] = field(default_factory=dict)
    skipped: Mapping[str, Row] = field(default_factory=dict)
    unsteady: Mapping[str, Row] = field(default_factory=dict)


def broken_in(suite: Suite) -> dict[str, Row]:
    """The tests and modules that break in a run."""
    rows = {**suite.modules, **suite.tests}
    return _sorted(row for row in rows.values() if row.outcome in _BROKEN)


def compare(reference: Suite, now: Suite, needs: Mapping[str, Sequence[str]]) -> Drifted:
    """What the run `now` lacks of the reference. What breaks in the reference already is not looked at.

    `needs` are globs of test ids with the names of the dependencies they need: a test that is not even collected
    without its dependency is accounted for by them.
    """
    if now.problem:
        return Drifted(without=now.without, problem=now.problem)
    before = {**reference.modules, **reference.tests}
    fresh = [row for row in (*now.modules.values(), *now.tests.values()) if not _is_known(row, before)]
    gone = list(_gone(reference, now))
    accounted = [row for row in gone if _needed(row.id, needs, now.without)]
    return Drifted(
        without=now.without,
        broken=_sorted(
            [row for row in fresh if row.outcome in _BROKEN] + [row for row in gone if row not in accounted]
        ),
        not_run=_sorted([row for row in fresh if row.outcome == _NOT_RUN] + accounted),
        skipped=_sorted(row for row in fresh if row.outcome == "skipped"),
    )


def tried_again(drifted: Drifted, again: Suite) -> Drifted:
    """What is left when the broken ones were run once more by themselves, also without the dependencies."""
    steady, unsteady = {}, {}
    for key, row in drifted.broken.items():
        second = again.tests.get(key) or again.modules.get(key)
        is_module = "::" not in key
        passed = second is not None and second.outcome in _GOOD
        if not (passed or (is_module and second is None and _ran(key, again))):
            steady[key] = row
        else:
            unsteady[key] = row
    return replace(drifted, broken=steady, unsteady=unsteady)


def _is_known(row: Row, before: Mapping[str, Row]) -> bool:
    """Whether the reference says the same: it broke there too, or was left out or skipped there too."""
    first = before.get(row.id)
    if first is None:
        return False
    return first.outcome in _BROKEN or (first.outcome in {_NOT_RUN, "skipped"} and row.outcome in {_NOT_RUN, "skipped"})


def _gone(reference: Suite, now: Suite) -> Iterable[Row]:
    """Tests of the reference that are not there. One whose parameters only go by other names is there."""
    counts = Counter(_function(one) for one in now.tests)
    wanted = Counter(_function(one) for one in reference.tests)
    for key, row in reference.tests.items():
        ran = row.outcome in _GOOD and row.outcome != "skipped"
        if key in now.tests or not ran or _above(key, now.modules):
            continue
        if counts[_function(key)] < wanted[_function(key)]:
            yield Row(id=key, outcome=GONE, reason="it is not collected")


def _function(test_id: str) -> str:
    """The id without its parameters."""
    module, colons, rest = test_id.partition("::")
    return module + colons + rest.partition("[")[0]


def _above(test_id: str, modules: Mapping[str, Row]) -> bool:
    """Whether a module or folder that was not collected holds the test."""
    return any(test_id.startswith((f"{one}::", f"{one}/")) for one in modules)


def _needed(test_id: str, needs: Mapping[str, Sequence[str]], without: Sequence[str]) -> bool:
    return any(set(names) & set(without) and fits(glob, test_id) for glob, names in needs.items())


def _ran(module: str, suite: Suite) -> bool:
    return any(one.startswith((f"{module}::", f"{module}/")) for one in suite.tests)


def _sorted(rows: Iterable[Row]) -> dict[str, Row]:
    return {row.id: row for row in sorted(rows)}
