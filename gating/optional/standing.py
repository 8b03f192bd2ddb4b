"""Standing: the time in which dependencies look absent in this process, or are stood in for, and its end."""

from __future__ import annotations

import os
import sys
from types import BuiltinFunctionType, FunctionType
from typing import TYPE_CHECKING

from gating.optional import children, forgetting, layers, machinery, statements
from gating.optional.roots import is_first_party
from gating.optional.stage import Stage

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path
    from types import ModuleType

    from gating.optional.targets import Target

__all__ = ["Standing"]


_PATIENCE = 10  # an import of this very thread does not end by waiting


class Standing:
    """What holds from `begin` to `end`, in the whole process and in the processes that it starts.

    `unreached` are the project's own modules, by name, that were imported before and go on holding what is hidden.
    """

    unreached: tuple[str, ...] = ()

    def __init__(self, layer: layers.Layer) -> None:
        self._layer = layer
        self._share = children.Share(absent=layer.absent, shimmed=layer.shimmed, roots=layer.roots)

    @classmethod
    def begin(
        cls,
        absent: Sequence[Target] = (),
        shimmed: Sequence[Target] = (),
        roots: Sequence[str | Path] = (),
    ) -> Standing:
        """Hide `absent` and `shimmed`; bare imports in the code below `roots` get stand-ins of the latter.

        Others may stand already, and may end before this one. Where two speak of the same module, the later decides.
        """
        folders = tuple(os.path.realpath(root) for root in roots)
        stage = Stage(shimmed, folders)
        layer = layers.Layer(tuple(absent), tuple(shimmed), stage.stand_in, frozenset(sys.modules), folders)
        for _ in range(_PATIENCE):
            machinery.wait_for(layers.under_way(layer))  # without the lock, which those imports may need
            with layers.LOCK:
                if not layers.under_way(layer):
                    break
        with layers.LOCK:
            made = cls(layer)
            before = layers.hidden()
            gone = layers.added(layer)
            try:
                if not before:
                    machinery.install()
                machinery.look_again()
                children.begin(made._share)
            except BaseException:
                made.end()
                raise
            made.unreached = _holders(gone, folders)
        return made

    def end(self) -> None:
        """Put everything back as it was. A second call does nothing."""
        with layers.LOCK:
            if not any(one is self._layer for one in layers.standing()):
                return
            children.end(self._share)
            forgetting.forget_since(self._layer, statements.askers)
            layers.removed(self._layer)
            if layers.hidden():
                machinery.look_again()
                statements.ask_again()
            else:
                machinery.uninstall()
                statements.forget()

    @property
    def environment(self) -> Mapping[str, str]:
        """The variables by which child processes of this Python see the same; they are set in `os.environ`."""
        return children.variables()


def _holders(gone: Mapping[str, ModuleType], roots: Sequence[str]) -> tuple[str, ...]:
    """The first-party modules that have a hidden module, or something that was defined in one, as a global."""
    if not gone:
        return ()
    names = []
    for name, module in list(sys.modules.items()):
        file = getattr(module, "__file__", None)
        if isinstance(file, str) and is_first_party(file, roots) and _holds(module, gone):
            names.append(name)
    return tuple(sorted(names))


def _holds(module: ModuleType, gone: Mapping[str, ModuleType]) -> bool:
    modules = {id(one) for one in gone.values()}
    for value in list(vars(module).values()):
        home = value if isinstance(value, type | FunctionType | BuiltinFunctionType) else type(value)
        named = getattr(home, "__module__", None)
        if id(value) in modules or (isinstance(named, str) and layers.hides(named)):
            return True
    return False
