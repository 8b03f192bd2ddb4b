"""Layers: what this process makes look absent, innermost last, and the modules that were taken away for it.

Layers can end in any order. A module that two of them hide comes back with the last of the two.
"""

from __future__ import annotations

import sys
from _thread import RLock  # as threading has it, which need not be loaded in every child for it

from gating.optional.targets import name_of
from gating.tuples import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from types import FrameType, ModuleType

    from gating.optional.targets import Target

__all__ = [
    "LOCK",
    "Layer",
    "added",
    "close",
    "hidden",
    "hides",
    "hides_distribution",
    "innermost",
    "lay_open",
    "parents",
    "removed",
    "standing",
    "stood_in_below",
    "taken",
    "under_way",
]

LOCK = RLock()


class Layer(NamedTuple):
    """What one standing hides.

    `stand_in` gives the module for an import statement, None for absent. `before` are the names of the modules that
    were imported when it began.
    """

    absent: tuple[Target, ...]
    shimmed: tuple[Target, ...]
    stand_in: Callable[[str, FrameType], ModuleType | None]
    before: frozenset[str] = frozenset()
    roots: tuple[str, ...] = ()

    @property
    def targets(self) -> tuple[Target, ...]:
        """All that is hidden, also from those who get no stand-in for it."""
        return (*self.absent, *self.shimmed)


class _Hidden(NamedTuple):
    modules: frozenset[str]
    tops: frozenset[str]
    distributions: frozenset[str]
    below: tuple[str, ...]  # modules in packages that stay, which are stood in for
    leading: frozenset[str]  # the topmost of those packages


class _Attribute(NamedTuple):
    """What a package that stays had as the name of a module that was taken away."""

    parent: ModuleType
    name: str
    module: ModuleType | None


_NOTHING = _Hidden(frozenset(), frozenset(), frozenset(), (), frozenset())
_layers: list[Layer] = []
_hidden = _NOTHING
_taken: dict[str, ModuleType | None] = {}
_attributes: dict[str, _Attribute] = {}
_order: dict[str, None] = {}
_open = 0
_fakes: set[str] = set()  # modules of hidden names that somebody else has put there


def hidden() -> bool:
    """Whether anything looks absent at all."""
    return bool(_layers)


def hides(module: str) -> bool:
    """Whether a module looks absent. A name that has nothing to do with it costs one look-up."""
    known = _hidden
    return module.partition(".")[0] in known.tops and name_of(module, known.modules) is not None


def hides_distribution(name: str) -> bool:
    """Whether an installed distribution looks absent, by its name in any spelling."""
    return _normalised(name) in _hidden.distributions


def parents() -> frozenset[str]:
    """The packages that stay although something in them is hidden."""
    return frozenset(name.rpartition(".")[0] for name in _hidden.modules if "." in name)


def stood_in_below(package: str | None = None) -> tuple[str, ...]:
    """The modules that are stood in for in packages that stay: all of them, or those that may be met on a way.

    The way is that of an import of `package`, which costs one look-up where nothing of its name is stood in for.
    """
    known = _hidden
    return known.below if package is None or package.partition(".")[0] in known.leading else ()


def innermost(module: str) -> Layer | None:
    """The layer that decides about a module: the latest of those that hide it."""
    for layer in reversed(_layers):
        if any(name_of(module, target.modules) for target in layer.targets):
            return layer
    return None


def standing() -> tuple[Layer, ...]:
    """All layers, the innermost last."""
    return tuple(_layers)


def lay_open() -> None:
    """Put what was taken away into `sys.modules` for the time of an import, until `close` was called as often."""
    global _open  # noqa: PLW0603 - how many threads have it open
    with LOCK:
        _open += 1
        if _open == 1:
            _fakes.update(name for name in list(sys.modules) if hides(name))
            sys.modules.update({name: one for name, one in _taken.items() if one is not None and name not in _fakes})


def close() -> None:
    """End one `lay_open`, and take away what was imported meanwhile as well."""
    global _open  # noqa: PLW0603 - as above
    with LOCK:
        _open -= 1
        if _open == 0:
            names = [name for name in list(sys.modules) if hides(name) and name not in _fakes]
            _taken.update({name: sys.modules.pop(name) for name in names})
            _fakes.clear()


def taken(module: str) -> ModuleType | None:
    """The module as it was imported before it was hidden; None where it was not."""
    return _taken.get(module)


def under_way(layer: Layer) -> list[str]:
    """The modules that a layer is to hide, and that some thread is in the midst of importing."""
    modules = _modules_of(layer)
    names = [name for name in list(sys.modules) if name_of(name, modules) is not None]
    return [name for name in names if getattr(getattr(sys.modules.get(name), "__spec__", None), "_initializing", False)]


def added(layer: Layer) -> dict[str, ModuleType]:
    """Hide what a layer asks for, and take its modules out of `sys.modules`; they are returned by name."""
    with LOCK:
        _order.update(dict.fromkeys(list(sys.modules)))
        _layers.append(layer)
        _look_at_layers()
        names = [name for name in list(sys.modules) if hides(name)]
        gone = {name: sys.modules.pop(name, None) for name in names}
        _taken.update(gone)
        for name, module in gone.items():
            _take_attribute(name, module)
        return {name: module for name, module in gone.items() if module is not None}


def removed(layer: Layer) -> None:
    """End a layer: what nothing else hides is put back, the very same modules at their old places."""
    with LOCK:
        if not any(one is layer for one in _layers):
            return
        rest = [one for one in _layers if one is not layer]
        shown = [name for name in _taken if not any(name_of(name, _modules_of(one)) for one in rest)]
        # back first and shown then, so that no thread imports a second copy in between
        back = {name: _taken.pop(name) for name in shown}
        if back:
            _put_back(back)
        _layers[:] = rest
        _look_at_layers()
        if not _layers:
            _order.clear()


def _modules_of(layer: Layer) -> frozenset[str]:
    return frozenset(module for target in layer.targets for module in target.modules)


def _look_at_layers() -> None:
    global _hidden  # noqa: PLW0603 - one value, replaced as a whole, so that readers need no lock
    modules = frozenset().union(*map(_modules_of, _layers)) if _layers else frozenset()
    below = [one for layer in _layers for target in layer.shimmed for one in target.modules if "." in one]
    _hidden = _Hidden(
        modules,
        frozenset(name.partition(".")[0] for name in modules),
        frozenset(_normalised(target.distribution) for layer in _layers for target in layer.targets),
        tuple(dict.fromkeys(below)),
        frozenset(name.partition(".")[0] for name in below),
    )


def _normalised(name: str) -> str:
    """As PEP 503 compares names; without `re`, since every child process does this at its start."""
    plain = name.lower().replace("_", "-").replace(".", "-")
    while "--" in plain:
        plain = plain.replace("--", "-")
    return plain


def _take_attribute(name: str, module: ModuleType | None) -> None:
    above, _, own = name.rpartition(".")
    parent = sys.modules.get(above) if above else None
    if parent is not None and module is not None and vars(parent).get(own) is module:
        del vars(parent)[own]
        _attributes[name] = _Attribute(parent, own, module)


def _put_back(back: dict[str, ModuleType | None]) -> None:
    places = {name: place for place, name in enumerate(_order)}
    everything = {**sys.modules, **back}
    ordered = {name: everything[name] for name in sorted(everything, key=lambda name: places.get(name, len(places)))}
    _replace(sys.modules, ordered)
    for name in back:
        attribute = _attributes.pop(name, None)
        if attribute is not None:
            vars(attribute.parent)[attribute.name] = attribute.module


def _replace(table: dict[str, ModuleType], content: dict[str, ModuleType | None]) -> None:
    """Give a dictionary this content in this order.

    Both steps are taken within one call of a built-in function, so that no other thread of Python comes in between
    and finds nothing imported.
    """
    from collections import deque
    from functools import partial
    from operator import call

    steps: list[Callable[[], object]] = [table.clear, partial(table.update, content)]
    deque(map(call, steps), maxlen=0)
