"""About: what a stand-in stands for, the names it has, and the one error that every use of it ends in."""

from __future__ import annotations

import threading
import weakref
from collections.abc import Callable, Hashable, Iterable
from typing import Any

from gating.optional.asked import Asked
from gating.optional.availability import Availability
from gating.optional.missing import MissingDependency
from gating.words import State

__all__ = ["MARK", "About"]

MARK = "__gating_stand_in__"  # in the namespace of everything that is a stand-in

# the newest of each module, so that what was pickled comes back as the very thing it was
_living: weakref.WeakValueDictionary[str, About] = weakref.WeakValueDictionary()


class About:
    """One dependency that is stood in for: its module's name, its remedy, the dotted names that it has."""

    def __init__(
        self, module: str, names: Iterable[str], remedy: str, availability: Availability | None = None
    ) -> None:
        self.module = module
        self.remedy = " ".join(remedy.split())
        self.names: frozenset[str] = frozenset()
        self.found = availability
        self._things: dict[Hashable, Any] = {}
        self._lock = threading.RLock()
        self.grant(names)
        _living[module] = self

    def grant(self, names: Iterable[str]) -> None:
        """Let it have more names; `nn.Module` is also `nn`. What no dotted name can be is left out."""
        with self._lock:
            self.names |= {part for name in names for part in _prefixes(name)}

    def below(self, path: str) -> list[str]:
        """The names directly below one of its names, `""` for the module itself."""
        lead = f"{path}." if path else ""
        under = (name.removeprefix(lead) for name in self.names if name.startswith(lead))
        return sorted(name for name in under if "." not in name)

    def once(self, key: Hashable, make: Callable[[], Any]) -> Any:
        """What is known by a key, made at its first use and the same ever after, in whatever thread."""
        with self._lock:
            if key not in self._things:
                self._things[key] = make()
            return self._things[key]

    def at(self, path: str) -> str:
        """The whole dotted name of what stands at a path."""
        return f"{self.module}.{path}" if path else self.module

    def missing(self, path: str, did: str) -> MissingDependency:
        """The error for a use; `did` says what was done with the thing at `path`, as in `was called`."""
        return MissingDependency(
            f"{self.at(path)} {did}, but {self.module} is not available here{self._mending()}",
            availability=self.availability(),
            name=self.module,
        )

    def unnamed(self, path: str, name: str, owner: object) -> AttributeError:
        """The error for a name that it does not have, so that `hasattr` and `getattr` with a default work."""
        error = AttributeError(
            f"{self.at(path)} has no {name!r}: {self.module} is not available here, and what stands in for it has "
            f"only the names that the project's own source uses{self._mending()}",
            name=name,
            obj=owner,
        )
        error.__cause__ = self.missing(f"{path}.{name}" if path else name, "was asked for")
        return error

    def availability(self) -> Availability:
        """What was found out about the dependency, absent where nobody said."""
        if self.found is None:
            top = self.module.partition(".")[0]
            asked = Asked(name=top, distribution=top, module=top, remedy=(self.remedy,) if self.remedy else ())
            self.found = Availability(asked=asked, state=State.ABSENT, cause="it is stood in for", module=self.module)
        return self.found

    def _mending(self) -> str:
        return f"; to mend it: {self.remedy}" if self.remedy else ""

    def __reduce__(self) -> tuple[Any, ...]:
        return _again, (self.module, tuple(sorted(self.names)), self.remedy, self.found)


def _again(module: str, names: tuple[str, ...], remedy: str, found: Availability | None) -> About:
    living = _living.get(module)
    if living is None:
        return About(module, names, remedy, found)
    living.grant(names)
    return living


def _prefixes(name: str) -> Iterable[str]:
    parts = name.split(".")
    if all(part.isidentifier() and not _is_dunder(part) for part in parts):
        for end in range(1, len(parts) + 1):
            yield ".".join(parts[:end])


def _is_dunder(name: str) -> bool:
    return name.startswith("__") and name.endswith("__")
