"""Targets: what is to look absent, or to be stood in for, with every name that it goes by."""

from __future__ import annotations

from gating.tuples import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from gating.optional.asked import Asked
    from gating.policy.model import Optional

__all__ = ["Target", "from_plain", "name_of", "plain", "target_of"]


class Target(NamedTuple):
    """A dependency by its names.

    `name` is what people call it, the policy's key where there is one. `distribution` is the installed name, and
    `modules` are the import names that it brings: dotted ones where it shares a namespace (`google.cloud.storage`),
    so that what others have there stays. `names` are those that its stand-in has beside what the source uses.
    `adapter` is the dotted name of the project's own module that stands in for it, None for gating's stand-in.
    `remedy` is the line that a stand-in shows when it is used.
    """

    name: str
    distribution: str
    modules: tuple[str, ...]
    names: tuple[str, ...] = ()
    adapter: str | None = None
    remedy: str = ""


def target_of(one: Asked, entry: Optional, modules: tuple[str, ...], remedy: str = "") -> Target:
    """The target that a policy's entry makes of a dependency; `modules` are its import names."""
    return Target(
        name=one.name,
        distribution=one.distribution,
        modules=modules,
        names=entry.names,
        adapter=entry.shim,
        remedy=remedy,
    )


def name_of(module: str, modules: Iterable[str]) -> str | None:
    """Which of `modules` a dotted name is, or lies in; None for none of them."""
    known = frozenset(modules)
    while module:
        if module in known:
            return module
        module = module.rpartition(".")[0]
    return None


def plain(target: Target) -> dict[str, object]:
    """A target as JSON holds it."""
    return target._asdict()


def from_plain(told: Mapping[str, object]) -> Target:
    """The target that `plain` wrote; what this version does not know is left out."""
    known = {name: value for name, value in told.items() if name in Target._fields}
    lists = {name: tuple(value) for name, value in known.items() if isinstance(value, list | tuple)}
    return Target(**{**known, **lists})  # type: ignore[arg-type]  # as `plain` wrote it
