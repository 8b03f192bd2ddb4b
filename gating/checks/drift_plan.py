"""The plan of a drift run: which optional dependencies are taken away, one by one and together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from gating.checks.drift_record import ALL
from gating.checks.suite import pytest_command
from gating.errors import UsageError, meant
from gating.optional.asked import asked, asked_by
from gating.optional.state import look
from gating.words import State

if TYPE_CHECKING:
    from gating.optional.availability import Availability
    from gating.policy import Policy
    from gating.policy.model import Optional
    from gating.toolchain.judged import JudgedPython

__all__ = ["Plan", "Target", "key_of"]

_THERE = frozenset({State.OK, State.OUTDATED, State.UNKNOWN})


@dataclass(frozen=True, kw_only=True)
class Target:
    """A dependency of the policy as it is here; `availability` is None where its marker says that it does not apply."""

    name: str
    entry: Optional
    availability: Availability | None

    @property
    def is_tried(self) -> bool:
        return self.availability is not None and self.availability.state in _THERE


class Plan:
    """Which dependencies are taken away, one by one and together."""

    def __init__(self, policy: Policy, judged: JudgedPython, only: Sequence[str]) -> None:
        self.policy = policy
        self.judged = judged
        self.only = frozenset(key_of(name, policy) for name in only)

    @cached_property
    def known(self) -> tuple[Target, ...]:
        return tuple(self._target(name, entry) for name, entry in self.policy.optional.items())

    @cached_property
    def targets(self) -> tuple[Target, ...]:
        return tuple(one for one in self.known if not self.only or one.name in self.only)

    @cached_property
    def together(self) -> tuple[str, ...]:
        """Those that are taken away at once; none where that is not asked for."""
        return tuple(one.name for one in self.known if one.is_tried) if not self.only or ALL in self.only else ()

    @cached_property
    def needs(self) -> dict[str, tuple[str, ...]]:
        """The policy's globs of test ids, with the keys of the dependencies that they need."""
        optional = self.policy.optional
        return {glob: tuple(asked(one, optional).name for one in lines) for glob, lines in self.policy.needs.items()}

    def command(self, words: Sequence[str], without: Sequence[str] = ()) -> tuple[str, ...]:
        return pytest_command(self.judged.path, words, without)

    def _target(self, name: str, entry: Optional) -> Target:
        applies = entry.when is None or self.judged.applies(entry.when)
        found = None
        if applies and self.judged.interpreter.error == "was not asked":
            found = look(asked_by(name, entry))._replace(state=State.UNKNOWN)
        elif applies:
            found = look(asked_by(name, entry), interpreter=self.judged.interpreter)
        return Target(name=name, entry=entry, availability=found)


def key_of(name: str, policy: Policy) -> str:
    """The policy's key of a dependency that is named by key, distribution or module, or `all`.

    Raises UsageError for a name that the policy does not have.
    """
    if name == ALL or name in policy.optional:
        return name
    key = asked(name, policy.optional).name
    if key in policy.optional:
        return key
    hint = meant(name, policy.optional, f"it has {', '.join(policy.optional) or 'none'}")
    raise UsageError(f"the policy has no optional dependency {name!r}; {hint}")
