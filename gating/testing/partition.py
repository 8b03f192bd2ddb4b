"""Partition: of a run that is there to learn from, only the tests of one need-set, and which other sets there are.

A test's need-set are the optional dependencies of the policy that it says it needs. A file whose tests all need more
than this run's set is not imported: what its import would run belongs to the sets that it says. Nor is one that an
earlier run has seen to hold no test of this set.
"""

from __future__ import annotations

import json
from collections.abc import Generator, Iterable, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from gating.errors import UsageError

if TYPE_CHECKING:
    import pytest

    from gating.testing.dependencies import Dependencies
    from gating.testing.naming import Naming

__all__ = ["Partition", "Wanted", "wanted_of"]

NeedSet = frozenset[str]
_KEY = "gating_need_sets"  # in what xdist's workers are told, and tell


class Wanted(NamedTuple):
    """The set `needs` whose tests a run is to run. `files` are those that hold such tests, None where nobody knows."""

    needs: NeedSet
    files: frozenset[str] | None = None

    @classmethod
    def of(cls, told: Mapping[str, Any]) -> Wanted:
        """Read what `as_dict` made."""
        files = told.get("files")
        return cls(frozenset(told["needs"]), None if files is None else frozenset(files))

    def as_dict(self) -> dict[str, Any]:
        """The same as plain values, sorted."""
        return {"needs": sorted(self.needs), "files": None if self.files is None else sorted(self.files)}


def wanted_of(text: str) -> Wanted:
    """What the environment tells: a JSON list of the policy's keys, or an object with it as `needs`, and with `files`.

    Raises `UsageError` for anything else.
    """
    try:
        told = json.loads(text)
    except ValueError:
        told = None
    told = {"needs": told} if isinstance(told, list) else told
    if not isinstance(told, dict) or not _are_names(told.get("needs")) or not _are_names(told.get("files") or []):
        raise UsageError(f"GATING_NEED_SET is a JSON list of names, and not {text!r}")
    return Wanted.of(told)


def _are_names(told: object) -> bool:
    return isinstance(told, list) and all(isinstance(one, str) for one in told)


class Partition:
    """The plugin object that lets only the tests of one need-set through, in the process that collects them.

    `found` are the sets that it saw, each with the ids of the files that hold such tests.
    """

    def __init__(self, wanted: Wanted, dependencies: Dependencies, naming: Naming) -> None:
        self.wanted = wanted
        self.found: dict[NeedSet, set[str]] = {}
        self._dependencies = dependencies
        self._naming = naming

    def pytest_report_header(self) -> str:
        """A run that is a part of the suite says so, whoever started it."""
        return f"gating: only tests that need {' and '.join(sorted(self.wanted.needs)) or 'nothing'} (GATING_NEED_SET)"

    def pytest_make_collect_report(
        self, collector: pytest.Collector
    ) -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
        """Have a file not be imported that says it needs more than the tests of this run do, or holds none of them."""
        import pytest

        if isinstance(collector, pytest.File):
            needs = self._keys(self._naming.of_module(collector))
            if not needs <= self.wanted.needs:
                self.found.setdefault(needs, set()).add(collector.nodeid)
                collector.__dict__["collect"] = list
            elif self.wanted.files is not None and collector.nodeid not in self.wanted.files:
                collector.__dict__["collect"] = list
        return (yield)

    def pytest_collection_modifyitems(self, config: pytest.Config, items: list[pytest.Item]) -> None:
        """Keep the tests of the set; those that somebody else has left out by now are of no set."""
        sets = [(item, self._need_set(item)) for item in items]
        for item, needs in sets:
            self.found.setdefault(needs, set()).add(_file_of(item))
        left_out = [item for item, needs in sets if needs != self.wanted.needs]
        if left_out:
            items[:] = [item for item, needs in sets if needs == self.wanted.needs]
            config.hook.pytest_deselected(items=left_out)

    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """A worker of xdist tells its controller, which collects nothing."""
        told: dict[str, Any] | None = getattr(session.config, "workeroutput", None)
        if told is not None:
            told[_KEY] = self.as_lists()

    def as_lists(self) -> list[dict[str, list[str]]]:
        """The sets that were found with their files, all sorted, the smallest set first."""
        found = sorted(self.found.items(), key=lambda one: (len(one[0]), sorted(one[0])))
        return [{"needs": sorted(needs), "files": sorted(files)} for needs, files in found]

    def take(self, told: Mapping[str, Any]) -> None:
        """Take what a worker of xdist has told."""
        for one in told.get(_KEY, ()):
            self.found.setdefault(frozenset(one["needs"]), set()).update(one["files"])

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


def _file_of(item: pytest.Item) -> str:
    import pytest

    files = (one.nodeid for one in reversed(item.listchain()) if isinstance(one, pytest.File))
    return next(files, item.nodeid.partition("::")[0])
