"""Shim: a dependency stood in for, for a while, where the project's own code imports it without more ado."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gating.optional.naming import check, named, roots_of
from gating.optional.owner import calling_file
from gating.optional.scope import Scope
from gating.optional.standing import Standing

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["shimmed"]


def shimmed(name: str, *, names: Iterable[str] = ()) -> Scope:
    """Let a bare import of `name` in the project's own code and tests give a stand-in; `with` or a decorator.

    The stand-in can be imported, subclassed, used in annotations and as a decorator; whatever would need the real
    thing raises `MissingDependency`. An import that is guarded against ImportError, `find_spec`, metadata and other
    packages' code see the dependency as absent, whether or not it is installed. `name` is a key of the policy of the
    project that the calling file lies in, a distribution, or a module. `names` are names that the stand-in has beside
    those that the project's source uses when it is imported. It is undone as `absent` is.

    Raises `UsageError` where the name is none, or nothing could work without it.
    """
    file = calling_file()
    more = tuple(names)
    check(name)

    def begin() -> Standing:
        target = named(name, file)
        return Standing.begin([], [target._replace(names=(*target.names, *more))], roots_of(file))

    return Scope(begin)
