"""Note: what a report of pytest carries from the process that ran the test to the one that accounts for it."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from enum import StrEnum
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from gating.testing.dependencies import Dependency

__all__ = ["Kind", "Note", "noted"]


class Kind(StrEnum):
    """What is said of the dependencies.

    The test was not run for them, or since it does not apply here; it reached them unsaid, or found them met.
    """

    NOT_RUN = "not-run"
    DOES_NOT_APPLY = "does-not-apply"
    UNDECLARED = "undeclared"
    MET = "met"


class Note(NamedTuple):
    """`needs` are the dependencies, each as its name, how it was asked for, and its state.

    `tests` are the names of the tests in a module that was not imported; `reason` is the one line that was printed.
    `died` says that the module itself did not say what it needs: its import was tried, and failed for them.
    """

    kind: Kind
    needs: tuple[tuple[str, str, str], ...]
    reason: str = ""
    tests: tuple[str, ...] = ()
    died: bool = False

    @classmethod
    def of(
        cls,
        kind: Kind,
        found: Iterable[Dependency],
        *,
        reason: str = "",
        tests: Iterable[str] = (),
        died: bool = False,
    ) -> Note:
        told = ((one.name, str(one.availability.asked), one.availability.state.value) for one in found)
        return cls(kind, tuple(told), reason, tuple(tests), died)

    @classmethod
    def left_out(
        cls, found: Collection[Dependency], reason: str, *, tests: Iterable[str] = (), died: bool = False
    ) -> Note:
        """Of what was not run for these; it degrades nothing where none of them applies here."""
        kind = Kind.NOT_RUN if any(one.applies for one in found) else Kind.DOES_NOT_APPLY
        return cls.of(kind, found, reason=reason, tests=tests, died=died)

    @property
    def names(self) -> tuple[str, ...]:
        """The policy's keys of the dependencies."""
        return tuple(dict.fromkeys(name for name, _, _ in self.needs))

    def put_on(self, report: object) -> None:
        """Put it on a report, as plain values: pytest and xdist send a report's attributes along as they are."""
        needs = [list(one) for one in self.needs]
        told = {"kind": self.kind.value, "needs": needs, "reason": self.reason, "tests": list(self.tests)}
        report.__dict__["gating"] = {**told, "died": self.died}


def noted(report: object) -> Note | None:
    """The note on a report, None where there is none."""
    told: dict[str, Any] | None = getattr(report, "gating", None)
    if told is None:
        return None
    needs = tuple((name, line, state) for name, line, state in told["needs"])
    return Note(Kind(told["kind"]), needs, told["reason"], tuple(told["tests"]), told["died"])
