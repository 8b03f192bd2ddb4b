"""Attempts: which absent dependencies somebody tried to import, so that a test that then skips itself is understood."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gating.testing.dependencies import Dependency

__all__ = ["Attempts"]


class Attempts:
    """A finder that finds nothing and remembers what it was asked for. It stands first on `sys.meta_path`.

    What is hidden or stood in for is asked of no finder, and told to it all the same.
    """

    def __init__(self, bringing: Callable[[str], Sequence[Dependency]]) -> None:
        self._bringing = bringing
        self._tops: frozenset[str] = frozenset()
        self._seen: dict[Dependency, None] = {}

    def find_spec(self, name: str, *_: object) -> None:
        if name.partition(".")[0] in self._tops:
            self._seen |= dict.fromkeys(self._bringing(name))

    def take(self) -> tuple[Dependency, ...]:
        """What was tried since the last time."""
        seen = tuple(self._seen)
        self._seen.clear()
        return seen

    def watch(self, unmet: Iterable[Dependency]) -> None:
        """Look out for these from now on."""
        # every import of the run comes by here, so that most have to be told apart at once
        self._tops = frozenset(name.partition(".")[0] for one in unmet for name in one.modules)

    def begin(self) -> None:
        """Start to look."""
        from gating.optional import machinery

        sys.meta_path.insert(0, self)
        machinery.listeners.append(self.find_spec)

    def end(self) -> None:
        """Leave no trace."""
        from gating.optional import machinery

        sys.meta_path[:] = [one for one in sys.meta_path if one is not self]
        machinery.listeners[:] = [one for one in machinery.listeners if one != self.find_spec]
