"""MissingDependency: the ImportError of an optional dependency that cannot be used as it was asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

from gating.optional.wording import mending, told

if TYPE_CHECKING:
    from gating.optional.availability import Availability

__all__ = ["MissingDependency"]


class MissingDependency(ImportError):  # noqa: N818 - it says what is missing, as ImportError does
    """An optional dependency is absent, outdated, broken or no more than a name.

    `availability` is what was found out, `name` the module that was to be imported. The message is one line and,
    where one is known, the remedy in a second. What the import itself raised is the `__cause__`, None where nothing
    was imported.
    """

    availability: Availability

    def __init__(self, message: str, *, availability: Availability, name: str | None = None) -> None:
        super().__init__(message, name=name or availability.module or availability.name, path=availability.path)
        self.availability = availability

    @classmethod
    def of(cls, one: Availability) -> Self:
        """The error for what was found, in its own words."""
        remedy = mending(one)
        return cls(f"{told(one)}\nto mend it: {remedy}" if remedy else told(one), availability=one)

    def __reduce__(self) -> tuple[Any, ...]:
        # ImportError's own would call the class with its message alone
        state = {**self.__dict__, "path": self.path}
        return _again, (type(self), self.msg, self.availability, self.name), state


def _again(
    cls: type[MissingDependency], message: str, availability: Availability, name: str | None
) -> MissingDependency:
    return cls(message, availability=availability, name=name)
