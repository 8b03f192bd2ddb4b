"""Stand-in: the module that takes the place of an absent one, there to be imported and loud when it is used.

It has the names that it is given and no others. Each of them is there for what a module does while it is imported: as
a base class, a decorator, an annotation, a default value, in an `except` clause, as a constant. Any use of one raises
`MissingDependency` with the remedy: a call, an instance of a class that derives from it, a truth value, arithmetic. A
name that it does not have raises AttributeError, so that `hasattr` is False.
"""

from __future__ import annotations

from collections.abc import Iterable
from types import ModuleType
from typing import Any

from gating.optional.about import MARK, About
from gating.optional.availability import Availability
from gating.optional.loud import LOUD, PLAIN, Quiet, louder
from gating.optional.things import Thing, thing

__all__ = ["StandIn", "grant", "is_stand_in", "mark", "stand_in", "submodule"]

_HIDDEN = ({*LOUD, "__call__", "__getitem__", "__deepcopy__", "__copy__"}) - set(dir(ModuleType))


def stand_in(
    module: str, *, names: Iterable[str] = (), remedy: str = "", availability: Availability | None = None
) -> ModuleType:
    """A module that stands in for the absent `module`; it is not put into `sys.modules`.

    `names` are the dotted names that it has, relative to the module (`nn.Module`); those that are no identifiers are
    left out. `remedy` is the command that makes the dependency available. `availability` is what was found out about
    it, which the errors carry; without it they say `absent`.
    """
    return _module(About(module, names, remedy, availability), "")


def submodule(parent: ModuleType, name: str) -> ModuleType:
    """The submodule `name` (`nn`, `nn.functional`) of a stand-in, always the same one, and bound in its parent."""
    about, path = _known(parent)
    owner: Any = parent
    for part in name.split("."):
        path = f"{path}.{part}" if path else part
        child = _module(about, path)
        vars(owner)[part] = child
        owner = child
    made: ModuleType = owner
    return made


def grant(module: ModuleType, names: Iterable[str]) -> None:
    """Let a stand-in have more names, relative to it: those of a `from` import that somebody just makes."""
    about, path = _known(module)
    about.grant(f"{path}.{name}" if path else name for name in names)


def mark(module: ModuleType) -> ModuleType:
    """Mark a module of the project's own as a stand-in."""
    vars(module)[MARK] = True
    return module


def is_stand_in(one: object) -> bool:
    """Whether this is a stand-in, a name of one, or a module that was marked as one. Never raises."""
    kind = type(one)
    if issubclass(kind, Thing):
        return MARK in type.__getattribute__(one, "__dict__")
    return issubclass(kind, ModuleType) and MARK in object.__getattribute__(one, "__dict__")


def _known(module: ModuleType) -> tuple[About, str]:
    known: tuple[About, str] = object.__getattribute__(module, "__dict__")[MARK]
    return known


def _fail(one: Any, did: str) -> None:
    about, path = _known(one)
    raise about.missing(path, did)


@louder(_fail)
class StandIn(ModuleType, metaclass=Quiet):
    """The class of the modules that stand in for absent ones, and of their submodules."""

    def __init__(self, about: About, path: str = "") -> None:
        super().__init__(about.at(path), f"Stands in for {about.at(path)}, which is not available here.")
        space = object.__getattribute__(self, "__dict__")
        space[MARK] = (about, path)
        space["__path__"] = []  # so that its submodules may be imported
        space["__package__"] = about.at(path)

    def __getattribute__(self, name: str) -> Any:
        if name in _HIDDEN:
            about, path = _known(self)
            raise about.unnamed(path, name, self)
        return super().__getattribute__(name)

    def __getattr__(self, name: str) -> Any:
        about, path = _known(self)
        whole = f"{path}.{name}" if path else name
        if whole not in about.names:
            raise about.unnamed(path, name, self)
        return vars(self).setdefault(name, thing(about, whole))

    def __call__(self, *_: Any, **__: Any) -> Any:
        _fail(self, "was called")

    def __getitem__(self, _: Any) -> Any:
        _fail(self, "was read from")

    def __eq__(self, other: object) -> Any:
        if self is other:
            return True
        if isinstance(other, PLAIN):
            _fail(self, "was compared")
        return NotImplemented

    def __hash__(self) -> int:
        return object.__hash__(self)

    def __dir__(self) -> list[str]:
        about, path = _known(self)
        return sorted({*vars(self), *about.below(path)} - {MARK})

    def __repr__(self) -> str:
        about, path = _known(self)
        return f"<stand-in for the module {about.at(path)}>"

    def __reduce_ex__(self, _: Any) -> tuple[Any, ...]:
        return _module, _known(self)


def _module(about: About, path: str) -> ModuleType:
    """The module at a path, the living one where there is one: what is copied or unpickled is the thing itself."""
    made: ModuleType = about.once((path, "module"), lambda: StandIn(about, path))
    return made
