"""Dependents: installed packages that cannot do without what is hidden go on getting it.

Whoever really lacks a distribution lacks them too; but a test runner, or a plugin of it, has to work on. Those that
only can make use of it, by an extra, see it as absent.
"""

from __future__ import annotations

import sys
from _thread import RLock

from gating.optional import installed, layers, names
from gating.optional.asked import normalise
from gating.optional.roots import is_first_party
from gating.optional.targets import name_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import FrameType

__all__ = ["asks", "forget", "modules_of_dependents"]

# asks for what others want, to skip what needs it
_ASKS_FOR_OTHERS = frozenset({"_pytest.outcomes"})

_known: dict[str, frozenset[str]] = {}
_sought: set[str] = set()
_lock = RLock()  # what another thread is looking for is waited for


def asks(frame: FrameType, module: str) -> bool:
    """Whether the code in a frame is that of a package which requires the distribution of a hidden module."""
    asker, layer = frame.f_globals.get("__name__"), layers.innermost(module)
    if layer is None or not isinstance(asker, str) or asker in _ASKS_FOR_OTHERS:
        return False
    file = frame.f_globals.get("__file__")
    if isinstance(file, str) and is_first_party(file, layer.roots):
        return False
    target = next(one for one in layer.targets if name_of(module, one.modules))
    return name_of(asker, modules_of_dependents(target.distribution)) is not None


def modules_of_dependents(distribution: str) -> frozenset[str]:
    """The import names of the installed distributions that require another, other than by an extra of theirs.

    The answer is kept until `forget`.
    """
    wanted = normalise(distribution)
    found = _known.get(wanted)
    if found is not None:
        return found
    with _lock:
        if wanted in _known or wanted in _sought:  # the latter for the imports that looking for it makes
            return _known.get(wanted, frozenset())
        _sought.add(wanted)
        try:
            named = {one.name for _, one in installed.every(sys.path) if wanted in _required(one.head)}
            found = _known[wanted] = frozenset(module for name in named for module in names.modules_of(name))
        finally:
            _sought.discard(wanted)
        return found


def forget() -> None:
    """Look anew at the next question."""
    _known.clear()


def _required(head: str) -> Iterator[str]:
    """The normalised names of `Requires-Dist` without those of extras (core metadata, PEP 508)."""
    for line in head.splitlines():
        field, _, told = line.partition(":")
        requirement, _, marker = told.partition(";")
        if field == "Requires-Dist" and "extra" not in marker:
            name = requirement.strip()
            end = next((place for place, sign in enumerate(name) if not (sign.isalnum() or sign in "-_.")), len(name))
            yield normalise(name[:end])
