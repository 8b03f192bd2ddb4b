"""Statements: who asks for a hidden module, and what is answered: absent, a stand-in, or to its own code itself."""

from __future__ import annotations

import sys

from gating.optional import behind, layers

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from types import FrameType, ModuleType
    from typing import Any

__all__ = ["answer", "ask_again", "askers", "forget", "met", "names_of", "note", "settle", "statement"]

askers: set[str] = set()  # the names of the modules that asked for something hidden

_IMPORTLIB = "<frozen importlib"
_FAR = 24  # frames between a statement and the machinery: a few of importlib, and those that wrap `__import__`
_UNIT = 2  # bytes of an instruction
_dependents: Any = None
_MACHINERY = "gating.optional.machinery"


def answer(name: str) -> ModuleType | None:
    """The module that whoever asks for the hidden `name` gets, None where it is absent to them."""
    if name in sys.modules:  # put there by somebody since it was hidden
        return None
    asker = _asker()
    if asker is not None and _is_served(asker, name):
        return behind.module(name)
    layer = layers.innermost(name)
    frame = statement(name, sys._getframe(1))  # noqa: SLF001 - that of the machinery, which called
    if layer is None or frame is None:
        return None
    made = layer.stand_in(name, frame)
    if made is not None:
        note(frame)
    return made


def met() -> None:
    """Note that the module whose code is running asked for something hidden."""
    frame = _asker()
    if frame is not None:
        note(frame)


def note(frame: FrameType) -> None:
    """Note that the module whose code runs in a frame asked for something hidden."""
    name = frame.f_globals.get("__name__")
    if isinstance(name, str):
        askers.add(name)


def forget() -> None:
    """Nothing is hidden any more: forget who asked for it, and who may have it."""
    global _dependents  # noqa: PLW0603 - loaded when something hidden is asked for
    askers.clear()
    ask_again()
    _dependents = None


def ask_again() -> None:
    """Less is hidden than before: find out anew who may have what is hidden next."""
    if _dependents is not None:
        _dependents.forget()


def settle(distributions: Iterable[str]) -> None:
    """Find out at once who may have these, in a process that can load nothing of gating's later."""
    for one in distributions:
        _loaded().modules_of_dependents(one)


def _loaded() -> Any:
    global _dependents  # noqa: PLW0603 - as above
    if _dependents is None:
        from gating.optional import dependents

        _dependents = dependents
    return _dependents


def _is_served(asker: FrameType, name: str) -> bool:
    """Whether it is code of something hidden that asks, or of what cannot do without it: that goes on working."""
    own = asker.f_globals.get("__name__")
    if not isinstance(own, str):
        return False
    if layers.hides(own):
        return True
    served: bool = _loaded().asks(asker, name)
    return served


def _asker() -> FrameType | None:
    """The innermost frame that is neither ours nor importlib's."""
    frame: FrameType | None = sys._getframe(1)  # noqa: SLF001
    while frame is not None and _is_machinery(frame):
        frame = frame.f_back
    return frame


def _is_machinery(frame: FrameType) -> bool:
    return frame.f_globals.get("__name__") in _OURS or frame.f_code.co_filename.startswith(_IMPORTLIB)


_OURS = frozenset({__name__, _MACHINERY, "gating.optional.passages", "importlib", "importlib.util"})


def statement(name: str, frame: FrameType | None) -> FrameType | None:
    """The frame, from `frame` outwards, whose import statement asks for `name`; None where something else does.

    A function that somebody put in the place of `builtins.__import__` may stand in between. Another import does
    not: the search ends where the machinery is met a second time.
    """
    entered = 0
    for _ in range(_FAR):
        if frame is None:
            return None
        entered += frame.f_globals.get("__name__") == _MACHINERY
        if entered > 1:
            return None
        asked = _asked(frame)
        if asked is not None:
            related = asked == name or name.startswith(f"{asked}.") or asked.startswith(f"{name}.")
            return frame if related else None
        frame = frame.f_back
    return None


def names_of(frame: FrameType) -> tuple[str, ...]:
    """The names that the `from … import` statement that a frame is at asks for, none of any other import."""
    code, at = frame.f_code.co_code, _start(frame)
    if at < _UNIT or code[at - _UNIT] != _opcode("LOAD_CONST"):
        return ()
    before = at - _UNIT
    given = frame.f_code.co_consts[_argument(code, before)]
    return given if isinstance(given, tuple) and all(isinstance(one, str) for one in given) else ()


def _asked(frame: FrameType) -> str | None:
    """The name in the import statement that a frame is at, None where it is at something else."""
    code, at = frame.f_code.co_code, frame.f_lasti
    if at < 0 or code[at] != _opcode("IMPORT_NAME"):
        return None
    return frame.f_code.co_names[_argument(code, at)]


def _start(frame: FrameType) -> int:
    """Where the instruction that a frame is at starts, with what extends its argument."""
    code, at = frame.f_code.co_code, frame.f_lasti
    while at > 0 and code[at - _UNIT] == _opcode("EXTENDED_ARG"):
        at -= _UNIT
    return at


def _argument(code: bytes, at: int) -> int:
    argument, shift = code[at + 1], 8
    while at > 0 and code[at - _UNIT] == _opcode("EXTENDED_ARG"):
        at -= _UNIT
        argument |= code[at + 1] << shift
        shift += 8
    return argument


def _opcode(name: str) -> int:
    from opcode import opmap  # only where something is stood in for

    return opmap[name]
