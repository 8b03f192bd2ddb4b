"""Options: how a test run was asked for, and which dependencies are to look absent in it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple, Self

from gating.errors import UsageError, meant
from gating.optional.asked import asked_by, normalise

if TYPE_CHECKING:
    import argparse

    from gating.policy.model import Optional

__all__ = ["Options", "keys_of"]

# options with which pytest lists or explains, and runs no test
_ASKS_ONLY = (
    "cacheshow",
    "collectonly",
    "help",
    "markers",
    "setupplan",
    "show_fixtures_per_test",
    "showfixtures",
    "version",
)


class Options(NamedTuple):
    """`strict` is False where it was not asked for. `without` are names as they were given.

    `runs` is False where pytest was asked to list or to explain; `explains` where it was asked for its own help only.
    """

    strict: bool = False
    without: tuple[str, ...] = ()
    runs: bool = True
    explains: bool = False

    @classmethod
    def of(cls, given: argparse.Namespace) -> Self:
        """From pytest's parsed arguments; each `--gating-without` may hold names with commas between them."""
        names = [name.strip() for text in getattr(given, "gating_without", None) or () for name in text.split(",")]
        return cls(
            strict=bool(getattr(given, "gating_strict", False)),
            without=tuple(dict.fromkeys(filter(None, names))),
            runs=not any(getattr(given, name, None) for name in _ASKS_ONLY),
            explains=any(getattr(given, name, None) for name in ("help", "version")),
        )


def keys_of(names: Sequence[str], optional: Mapping[str, Optional]) -> tuple[str, ...]:
    """The policy's keys of dependencies that are named by key, distribution or module.

    Raises `UsageError` for a name that the policy does not have.
    """
    return tuple(dict.fromkeys(_key_of(name, optional) for name in names))


def _key_of(name: str, optional: Mapping[str, Optional]) -> str:
    for key, entry in optional.items():
        one = asked_by(key, entry)
        if normalise(name) in {normalise(key), normalise(one.distribution)} or name == one.module:
            return key
    hint = meant(name, optional, f"it has {', '.join(optional) or 'none'}")
    raise UsageError(f"--gating-without: the policy has no optional dependency {name!r}; {hint}")
