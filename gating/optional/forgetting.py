"""Forgetting: modules that were first imported while something was hidden, and that asked for it, are not kept.

They hold a stand-in, or have noted that it is absent. The next import of them is a fresh one.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from gating.optional.roots import is_first_party

if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import ModuleType

    from gating.optional.layers import Layer

__all__ = ["forget_since"]


def forget_since(layer: Layer, askers: set[str]) -> None:
    """Take out of `sys.modules` what has come since a layer began and knows of it.

    That is the whole of each new package in which a module is one of `askers`, and where one of them is first-party
    all that is new and first-party. A package with compiled modules stays: few of those can be loaded twice.
    """
    new = {name: module for name, module in list(sys.modules.items()) if name not in layer.before}
    asked = {name for name in askers if name in new}
    tops = {name.partition(".")[0] for name in asked}
    gone = {name for name in new if name.partition(".")[0] in tops}
    if any(_is_ours(new[name], layer.roots) for name in asked):
        gone |= {name for name, module in new.items() if _is_ours(module, layer.roots)}
    compiled = {name.partition(".")[0] for name in gone if _is_compiled(new[name])}
    for name in gone:
        if name.partition(".")[0] not in compiled and name != "gating" and not name.startswith("gating."):
            _drop(name, new[name])


def _drop(name: str, module: ModuleType) -> None:
    del sys.modules[name]
    above, _, own = name.rpartition(".")
    parent = sys.modules.get(above) if above else None
    if parent is not None and vars(parent).get(own) is module:
        del vars(parent)[own]


def _is_ours(module: ModuleType, roots: Sequence[str]) -> bool:
    file = getattr(module, "__file__", None)
    return isinstance(file, str) and is_first_party(file, roots)


def _is_compiled(module: ModuleType) -> bool:
    from importlib.machinery import EXTENSION_SUFFIXES

    file = getattr(module, "__file__", None)
    return isinstance(file, str) and file.endswith(tuple(EXTENSION_SUFFIXES))
