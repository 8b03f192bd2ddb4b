"""Causes: which dependency an exception comes from, or a test that skips itself is meant to speak of."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence

from gating.testing.dependencies import Dependency

__all__ = ["reached", "spoken_of"]

Bringing = Callable[[str], Sequence[Dependency]]
# pytest.importorskip's own words
_SKIPPED = re.compile(r"could not import '([\w.]+)'|module '([\w.]+)' has __version__")


def reached(error: BaseException, bringing: Bringing) -> tuple[Dependency, ...]:
    """The dependencies whose absence an exception comes from: its own, its causes', its groups'.

    `bringing` gives the dependencies that bring a module. An import of another module that failed is the cause of
    what was raised from it: what had gone wrong before, and was being handled, is not looked at.
    """
    return tuple(dict.fromkeys(_reached(error, bringing, set())))


def spoken_of(reason: str, absent: Iterable[Dependency], bringing: Bringing) -> tuple[Dependency, ...]:
    """The absent dependencies that the reason of a skip names: as pytest words it, else by any of their names."""
    if match := _SKIPPED.search(reason):
        return tuple(bringing(match[1] or match[2]))
    return tuple(one for one in absent if any(_names(reason, name) for name in _called(one)))


def _reached(error: BaseException | None, bringing: Bringing, seen: set[int]) -> Iterator[Dependency]:
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        if isinstance(error, BaseExceptionGroup):
            for one in error.exceptions:
                yield from _reached(one, bringing, seen)
        if isinstance(error, ImportError) and error.name:
            yield from bringing(error.name)
            error = error.__cause__
        else:
            error = error.__cause__ or error.__context__


def _called(one: Dependency) -> set[str]:
    return {one.name, one.availability.distribution, *one.modules}


def _names(reason: str, name: str) -> bool:
    return re.search(rf"(?<![\w.-]){re.escape(name)}(?![\w-])", reason, re.IGNORECASE) is not None
