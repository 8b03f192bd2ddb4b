"""Values: what is known of a name or an expression without running it, and why a line cannot be reached."""

from __future__ import annotations

from enum import StrEnum
from typing import Any, NamedTuple

__all__ = ["BOUND", "Kind", "Reason", "Stop", "Value", "because", "constant", "joined", "merged", "truth"]


class Reason(NamedTuple):
    """Why something is known. `kind` is one of `import`, `flag`, `call`, `module`, `version`, `platform`, `typing`.

    `needs` are the absent modules, sorted; empty where none is to blame. `line` decides it, in the same file.
    """

    kind: str
    needs: tuple[str, ...]
    line: int


class Kind(StrEnum):
    """What is known of a value."""

    CONSTANT = "constant"  # `data` is it
    VERSION = "version"  # sys.version_info, of which the first two numbers are known
    FALSY = "falsy"  # false, and perhaps no None
    TRUTHY = "truthy"  # true, and not None
    UNBOUND = "unbound"  # there is no such name: using it is a NameError
    LAZY = "lazy"  # a lazy import that fails where it is used
    ORIGIN = "origin"  # `data` is the dotted name that it was imported from
    FUNCTION = "function"  # `data` is a function of the project's
    SKIP = "skip"  # a mark under which a test is not run


# what is known of a name only as long as nothing else binds it
BOUND = frozenset({Kind.CONSTANT, Kind.FALSY, Kind.TRUTHY, Kind.UNBOUND})


class Value(NamedTuple):
    """What is known; `why` is None for what holds whatever is absent."""

    kind: Kind
    data: Any = None
    why: Reason | None = None


class Stop(NamedTuple):
    """A statement that surely does not lead on to the next. `leaves`: perhaps by return, break or continue.

    `misuses`: by an exception that nobody means to raise, as from a name that an import would have bound.
    """

    why: Reason | None
    leaves: bool = False
    misuses: bool = False


def constant(data: object, why: Reason | None = None) -> Value:
    """The value of a constant."""
    return Value(Kind.CONSTANT, data, why)


def truth(value: Value | None) -> bool | None:
    """Whether the value is true, None where that is not known."""
    if value is None:
        return None
    if value.kind is Kind.CONSTANT:
        return bool(value.data)
    if value.kind is Kind.FALSY:
        return False
    return True if value.kind in {Kind.TRUTHY, Kind.FUNCTION, Kind.VERSION} else None


def joined(one: Value | None, other: Value | None) -> Value | None:
    """What is known where a value is either of two."""
    if one is None or other is None or one.kind is not other.kind:
        return None
    same = one.data is other.data or (type(one.data) is type(other.data) and one.data == other.data)
    return (one if one.why else other) if same else None


def merged(*reasons: Reason | None) -> Reason | None:
    """The reasons as one, None where there is none: all their needs, and the line of the last."""
    found = [reason for reason in reasons if reason is not None]
    if not found:
        return None
    if len(found) == 1:
        return found[0]
    needs = tuple(sorted({need for reason in found for need in reason.needs}))
    blamed = next((reason for reason in found if reason.needs), found[0])
    return Reason(blamed.kind, needs, found[-1].line)


def because(value: Value, why: Reason | None) -> Value:
    """The value with a reason, where it has none yet."""
    return value if value.why is not None or why is None else value._replace(why=why)
