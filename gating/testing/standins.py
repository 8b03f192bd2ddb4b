"""Stand-ins: what is made to look absent for a run, and what is stood in for, here and in the processes it starts."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from gating.policy.model import Fallback
from gating.words import State

if TYPE_CHECKING:
    from gating.optional.standing import Standing
    from gating.optional.targets import Target
    from gating.testing.dependencies import Dependencies

__all__ = ["StandIns"]


class StandIns:
    """Those of one run, from `begin` to `end`. `shimmed` are the policy's keys of what is stood in for.

    `unreached` are modules of the project that had imported a dependency before it was hidden.
    """

    def __init__(self, dependencies: Dependencies) -> None:
        self._dependencies = dependencies
        self._standing: Standing | None = None
        self.shimmed: tuple[str, ...] = ()

    @property
    def unreached(self) -> tuple[str, ...]:
        return self._standing.unreached if self._standing is not None else ()

    def begin(self) -> None:
        """Hide and stand in; nothing is done where the policy and the options ask for neither."""
        asked, hidden = self._dependencies.asked, self._dependencies.hidden
        entries = self._dependencies.policy.optional
        wanted = [name for name in asked if entries[name].fallback is Fallback.SHIM]
        self.shimmed = tuple(name for name in wanted if name in hidden or self._is_absent(name))
        if not hidden and not self.shimmed:
            return
        from gating.optional.standing import Standing

        self._standing = Standing.begin(
            absent=[self._target(name) for name in asked if name in hidden],
            shimmed=[self._target(name) for name in self.shimmed],
            roots=[Path(self._dependencies.policy.root)],
        )

    def end(self) -> None:
        """Leave no trace."""
        if self._standing is not None:
            self._standing.end()
            self._standing = None

    def _is_absent(self, name: str) -> bool:
        from gating.optional.state import look

        return look(self._dependencies.asked[name]).state is State.ABSENT

    def _target(self, name: str) -> Target:
        from gating.optional.targets import target_of

        one, entry = self._dependencies.asked[name], self._dependencies.policy.optional[name]
        remedy = "" if name in self._dependencies.hidden else self._remedy(name)
        return target_of(one, entry, self._dependencies.modules[name], remedy)

    def _remedy(self, name: str) -> str:
        from gating.optional.state import look
        from gating.optional.wording import mending

        return mending(look(self._dependencies.asked[name])) or ""
