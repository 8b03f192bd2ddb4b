"""Partition: of a run that is there to learn from, only the tests of one need-set, and which other sets there are.

A test's need-set are the optional dependencies of the policy that it says it needs. A file whose tests all need more
than this run's set is not imported: what its import would run belongs to the sets that it says.
"""

from __future__ import annotations

import json
from collections.abc import Generator, Iterable, Mapping
from typing import TYPE_CHECKING, Any

from gating.errors import UsageError

if TYPE_CHECKING:
    import pytest

    from gating.testing.dependencies import Dependencies
    from gating.testing.naming import Naming

__all__ = ["Partition", "need_set_of"]

NeedSet = frozenset[str]
_KEY = "gating_need_sets"  # in what xdist's workers are told, and tell


def need_set_of(text: str) -> NeedSet:
    """The set that the environment names, as a JSON list of the policy's keys. Raises `UsageError` for none."""
    try:
        told = json.loads(text)
    except ValueError:
        told = None
    if not isinstance(told, list) or not all(isinstance(one, str) for one in told):
        raise UsageError(f"GATING_NEED_SET is a JSON list of names, and not {text!r}")
    return frozenset(told)


class Partition:
    """The plugin object that lets only the tests of one need-set through, in the process that collects them."""

    def __init__(self, wanted: NeedSet, dependencies: Dependencies, naming: Naming) -> None:
        self.wanted = wanted
        self.found: set[NeedSet] = set()
        self._dependencies = dependencies
        self._naming = naming

    def pytest_report_header(self) -> str:
        """A run that is a part of the suite says so, whoever started it."""
        return f"gating: only tests that need {' and '.join(sorted(self.wanted)) or 'nothing'} (GATING_NEED_SET)"

    def pytest_make_collect_report(
        self, collector: pytest.Collector
    ) -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
        """Have a file not be imported that says it needs more than the tests of this run do."""
        import pytest

        if isinstance(collector, pytest.File):
            needs = self._keys(self._naming.of_module(collector))
            if not needs <= self.wanted:
                self.found.add(needs)
                collector.__dict__["collect"] = list
        return (yield)

    def pytest_collection_modifyitems(self, config: pytest.Config, items: list[pytest.Item]) -> None:
        """Keep the tests of the set; those that somebody else has left out by now are of no set."""
        sets = [(item, self._need_set(item)) for item in items]
        self.found |= {needs for _, needs in sets}
        left_out = [item for item, needs in sets if needs != self.wanted]
        if left_out:
            items[:] = [item for item, needs in sets if needs == self.wanted]
            config.hook.pytest_deselected(items=left_out)

    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """A worker of xdist tells its controller, which collects nothing."""
        told: dict[str, Any] | None = getattr(session.config, "workeroutput", None)
        if told is not None:
            told[_KEY] = self.as_lists()

    def as_lists(self) -> list[list[str]]:
        """The sets that were found, each sorted, the smallest first."""
        return sorted(map(sorted, self.found), key=lambda names: (len(names), names))

    def take(self, told: Mapping[str, Any]) -> None:
        """Take what a worker of xdist has told."""
        self.found |= {frozenset(names) for names in told.get(_KEY, ())}

    def _need_set(self, item: pytest.Item) -> NeedSet:
        try:
            return self._keys(self._naming.of_item(item))
        except UsageError:  # of a mark that is none the test itself dies
            return frozenset()

    def _keys(self, lines: Iterable[str]) -> NeedSet:
        names = set()
        for line in lines:
            try:
                names.add(self._dependencies.asked_for(line).name)
            except UsageError:  # as above
                continue
        return frozenset(names & self._dependencies.asked.keys())
