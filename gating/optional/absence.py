"""Absence: an installed dependency made to look absent for a while, as a user without it would see it."""

from __future__ import annotations

from gating.optional.naming import check, named, roots_of
from gating.optional.owner import calling_file
from gating.optional.scope import Scope
from gating.optional.standing import Standing

__all__ = ["absent"]


def absent(*names: str) -> Scope:
    """Make dependencies look absent to every way of importing them or asking for them; `with` or a decorator.

    `names` are keys of the policy of the project that the calling file lies in, distributions, or modules. It holds
    for the whole process, every thread of it, and for the Python processes that it starts. `with` gives the
    `Standing`: its `unreached` are the project's modules that were imported before and go on holding what is hidden.
    Afterwards everything is as it was, also where the body raises. What was first imported meanwhile and asked for
    something hidden is imported afresh.

    Raises `UsageError` where a name is none, or nothing could work without it.
    """
    file = calling_file()
    for name in names:
        check(name)

    def begin() -> Standing:
        return Standing.begin([named(name, file) for name in names], [], roots_of(file))

    return Scope(begin)
