"""Stage: the stand-ins of one standing, each made when an import statement first asks for it."""

from __future__ import annotations

import os
import sys
from _thread import RLock
from types import ModuleType

from gating.optional import layers
from gating.optional.roots import is_first_party
from gating.optional.statements import names_of
from gating.optional.targets import name_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import FrameType

    from gating.optional.sources import Sources
    from gating.optional.targets import Target

__all__ = ["Stage"]


class Stage:
    """What stands in for `shimmed` in the import statements of the code below `roots`; all else sees it absent."""

    def __init__(self, shimmed: Sequence[Target], roots: Sequence[str]) -> None:
        self._targets = {module: target for target in shimmed for module in target.modules}
        self._roots = tuple(roots)
        self._made: dict[str, ModuleType] = {}
        self._begun: set[str] = set()
        self._lock = RLock()
        self._known: Sources | None = None

    def stand_in(self, name: str, frame: FrameType) -> ModuleType | None:
        """What the import statement that `frame` is at gets for `name`; None where it is absent to it."""
        module = name_of(name, self._targets)
        if module is None or not self._is_bare(frame, module):
            return None
        made = self._of(module)
        return None if made is None else _below(made, name, name.removeprefix(module).strip("."), frame)

    def _of(self, module: str) -> ModuleType | None:
        """The stand-in of a module; None to itself, where it is the project's own and asks for what it stands for."""
        with self._lock:
            if module in self._begun:
                return self._made.get(module)
            self._begun.add(module)
            try:
                self._made[module] = made = self._make(self._targets[module], module)
            except BaseException:
                self._begun.discard(module)
                raise
            return made

    def _make(self, target: Target, module: str) -> ModuleType:
        if target.adapter is not None:
            from gating.optional.adapter import load_adapter

            return load_adapter(target.adapter, module, self._roots)
        from gating.optional.standin import grant, stand_in

        names = {*target.names, *self._sources.names(module)}
        known = self._known_elsewhere(module)
        if known is None:
            return stand_in(module, names=names, remedy=target.remedy)
        grant(known, names)
        return known

    def _known_elsewhere(self, module: str) -> ModuleType | None:
        """The stand-in that an outer standing has made already: a class of it is to be one class for all."""
        for layer in layers.standing():
            stage = getattr(layer.stand_in, "__self__", None)
            if isinstance(stage, Stage) and stage is not self and module in stage._made:  # noqa: SLF001 - one of ours
                target = stage._targets[module]  # noqa: SLF001
                if target.adapter is None:
                    return stage._made[module]  # noqa: SLF001
        return None

    @property
    def _sources(self) -> Sources:
        if self._known is None:
            from gating.optional.sources import Sources

            self._known = Sources(self._roots)
        return self._known

    def _is_bare(self, frame: FrameType, module: str) -> bool:
        """Whether it is a bare import of first-party code.

        Code without a file belongs to the module in whose namespace it runs. Its source may not be there either:
        then any handler in it may be one that takes ImportError, so that only code without handlers is bare.
        """
        filename = frame.f_code.co_filename
        if os.path.isfile(filename):
            from gating.optional.sources import Site

            return self._sources.site(filename, frame.f_lineno, module) is Site.BARE
        return self._is_ours(frame) and not frame.f_code.co_exceptiontable

    def _is_ours(self, frame: FrameType) -> bool:
        file = frame.f_globals.get("__file__")
        if file is None:
            return frame.f_globals is vars(sys.modules["__main__"])
        return isinstance(file, str) and is_first_party(file, self._roots)


def _below(module: ModuleType, name: str, inner: str, frame: FrameType) -> ModuleType:
    """What a statement gets: a stand-in, or a submodule, with the names that it asks for; or what an adapter has."""
    from gating.optional.standin import StandIn, grant, submodule

    if not isinstance(module, StandIn):
        for one in filter(None, inner.split(".")):
            module = getattr(module, one, None)  # type: ignore[assignment]  # judged at once
            if not isinstance(module, ModuleType):
                raise ModuleNotFoundError(f"No module named {name!r}", name=name)
        return module
    found = submodule(module, inner) if inner else module
    wanted = names_of(frame)
    grant(found, wanted)
    if "*" in wanted:
        for one in dir(found):
            getattr(found, one)
    return found
