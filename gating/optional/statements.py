"""Statements: who asks for a hidden module, and what is answered: absent, a stand-in, or to its own code itself."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from gating.optional import behind, layers

if TYPE_CHECKING:
    from types import FrameType, ModuleType

__all__ = ["answer", "askers", "met"]

askers: set[str] = set()  # the names of the modules that asked for something hidden

_IMPORTLIB = "<frozen importlib"
_FAR = 24  # frames between a statement and the machinery: a few of importlib, and those that wrap `__import__`
_IMPORT_NAME = _EXTENDED_ARG = -1


def answer(name: str) -> ModuleType | None:
    """The module that whoever asks for the hidden `name` gets, None where it is absent to them."""
    if name in sys.modules:  # put there by somebody since it was hidden
        return None
    if _asks_itself():
        return behind.module(name)
    layer = layers.innermost(name)
    frame = _statement(name)
    if layer is None or frame is None:
        return None
    made = layer.stand_in(name, frame)
    if made is not None:
        _note(frame)
    return made


def met() -> None:
    """Note that the module whose code is running asked for something hidden."""
    frame = _asker()
    if frame is not None:
        _note(frame)


def _note(frame: FrameType) -> None:
    name = frame.f_globals.get("__name__")
    if isinstance(name, str):
        askers.add(name)


def _asks_itself() -> bool:
    """Whether it is code of something hidden that asks: what was imported before goes on working."""
    frame = _asker()
    name = frame.f_globals.get("__name__") if frame is not None else None
    return isinstance(name, str) and layers.hides(name)


def _asker() -> FrameType | None:
    """The innermost frame that is neither ours nor importlib's."""
    frame: FrameType | None = sys._getframe(1)  # noqa: SLF001
    while frame is not None and _is_machinery(frame):
        frame = frame.f_back
    return frame


def _is_machinery(frame: FrameType) -> bool:
    return frame.f_globals.get("__name__") in _OURS or frame.f_code.co_filename.startswith(_IMPORTLIB)


_OURS = frozenset({__name__, "gating.optional.machinery", "importlib", "importlib.util"})


def _statement(name: str) -> FrameType | None:
    """The frame whose import statement asks for `name`, None where something else does.

    A function that somebody put in the place of `builtins.__import__` may stand in between. Another import does
    not: the search ends where the machinery is met a second time.
    """
    frame: FrameType | None = sys._getframe(2)  # noqa: SLF001
    entered = 0
    for _ in range(_FAR):
        if frame is None:
            return None
        if frame.f_globals.get("__name__") == "gating.optional.machinery":
            entered += 1
            if entered > 1:
                return None
        asked = _asked(frame)
        if asked is not None:
            related = asked == name or name.startswith(f"{asked}.") or asked.startswith(f"{name}.")
            return frame if related else None
        frame = frame.f_back
    return None


def _asked(frame: FrameType) -> str | None:
    """The name in the import statement that a frame is at, None where it is at something else."""
    global _IMPORT_NAME, _EXTENDED_ARG  # looked up once, when the first stand-in is asked for
    if _IMPORT_NAME < 0:
        from opcode import opmap

        _IMPORT_NAME, _EXTENDED_ARG = opmap["IMPORT_NAME"], opmap["EXTENDED_ARG"]
    at = frame.f_lasti
    code = frame.f_code.co_code
    if at < 0 or code[at] != _IMPORT_NAME:
        return None
    argument, shift = code[at + 1], 8
    while at > 0 and code[at - 2] == _EXTENDED_ARG:
        at -= 2
        argument |= code[at + 1] << shift
        shift += 8
    return frame.f_code.co_names[argument]
