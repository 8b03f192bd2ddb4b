"""Stage: the stand-ins of one standing, each made when an import statement first asks for it."""

from __future__ import annotations

import os
import sys
from importlib import import_module
from typing import TYPE_CHECKING, Any

from gating.optional.roots import is_first_party
from gating.optional.targets import name_of

if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import FrameType, ModuleType

    from gating.optional.targets import Target

__all__ = ["Stage"]


class Stage:
    """What stands in for `shimmed` in the import statements of the code below `roots`; all else sees it absent."""

    def __init__(self, shimmed: Sequence[Target], roots: Sequence[str]) -> None:
        self._targets = {module: target for target in shimmed for module in target.modules}
        self._roots = tuple(roots)
        self._made: dict[str, ModuleType] = {}
        self._known: Any = None

    def stand_in(self, name: str, frame: FrameType) -> ModuleType | None:
        """What the import statement that `frame` is at gets for `name`; None where it is absent to it."""
        module = name_of(name, self._targets)
        if module is None or not self._is_bare(frame, module):
            return None
        made = self._made.get(module)
        if made is None:
            made = self._made[module] = self._make(self._targets[module], module)
        return _below(made, name.removeprefix(module).strip("."))

    def _make(self, target: Target, module: str) -> ModuleType:
        made: ModuleType
        if target.adapter is not None:
            made = import_module("gating.optional.adapter").load_adapter(target.adapter, module)
        else:
            names = {*target.names, *self._sources.names(module)}
            made = import_module("gating.optional.standin").stand_in(module, names=names, remedy=target.remedy)
        return made

    @property
    def _sources(self) -> Any:
        if self._known is None:
            self._known = import_module("gating.optional.sources").Sources(self._roots)
        return self._known

    def _is_bare(self, frame: FrameType, module: str) -> bool:
        """Whether it is a bare import of first-party code.

        Code without a file belongs to the module in whose namespace it runs. Its source may not be there either:
        then any handler in it may be one that takes ImportError, so that only code without handlers is bare.
        """
        filename = frame.f_code.co_filename
        if os.path.isfile(filename):
            site: str = self._sources.site(filename, frame.f_lineno, module).name
            return site == "BARE"
        return self._is_ours(frame) and not frame.f_code.co_exceptiontable

    def _is_ours(self, frame: FrameType) -> bool:
        file = frame.f_globals.get("__file__")
        if file is None:
            return frame.f_globals is vars(sys.modules["__main__"])
        return isinstance(file, str) and is_first_party(file, self._roots)


def _below(module: ModuleType, inner: str) -> ModuleType:
    """A submodule by its dotted name, as the stand-in or the adapter has it."""
    for name in filter(None, inner.split(".")):
        module = getattr(module, name)
    return module
