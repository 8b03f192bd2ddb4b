"""Hidden: what this process makes look absent, for those who read metadata by plain files and ask no finder."""

from __future__ import annotations

from gating.optional.asked import normalise
from gating.tuples import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["Hidden", "everything", "hide", "show", "why"]


class Hidden(NamedTuple):
    """A distribution, by its normalised name, and modules that count as absent; `cause` says so in one line."""

    distribution: str
    modules: frozenset[str]
    cause: str


_hidden: list[Hidden] = []


def hide(distribution: str, modules: Iterable[str], cause: str = "it is made to look absent") -> Hidden:
    """From now on `look` calls this distribution and these modules absent, until `show` is given the same value."""
    made = Hidden(normalise(distribution), frozenset(modules), cause)
    _hidden.append(made)
    return made


def show(one: Hidden) -> None:
    """End one `hide`; another of the same name still holds."""
    _hidden.remove(one)


def why(distribution: str, module: str | None) -> str | None:
    """Why a distribution or a module counts as absent, None where nothing hides it."""
    if not _hidden:
        return None
    name = normalise(distribution)
    asked = {distribution if module is None else module}
    asked |= {one[:place] for one in asked for place, sign in enumerate(one) if sign == "."}
    return next((one.cause for one in _hidden if name == one.distribution or asked & one.modules), None)


def everything() -> tuple[Hidden, ...]:
    """All that is hidden now, for whoever remembers answers."""
    return tuple(_hidden)
