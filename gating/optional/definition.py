"""Definition: whether a call is part of a `def` or `class` statement, as a decorator, a default or a base is.

A stand-in may be called there and nowhere else. It is read from the caller's bytecode, so that it holds for code
without a source file as well.
"""

from __future__ import annotations

import dis
from enum import Enum, auto
from functools import lru_cache
from types import CodeType, FrameType

__all__ = ["Place", "place"]

_OPTIMIZED = 1  # inspect.CO_OPTIMIZED: a function's code, not that of a module or class body


class Place(Enum):
    """Where a call stands."""

    HEADER = auto()  # in the header of a definition, before there is anything to decorate
    APPLIED = auto()  # applied to what was just defined, or one of its base classes
    BOUND = auto()  # in a module's or class's body, and its result gets a name
    USE = auto()  # anywhere else


def place(frame: FrameType) -> tuple[Place, str]:
    """Where the call stands that this frame is about to return from, and the name of what is defined there, if any."""
    code, at = frame.f_code, frame.f_lasti
    steps = _steps(code)
    line = max((step.positions.lineno or 0 for step in steps if step.offset == at and step.positions), default=0)
    for index, step in enumerate(steps):
        made = step.argval
        if not isinstance(made, CodeType) or _is_expression(made) or line < made.co_firstlineno:
            continue
        if at < step.offset:
            return Place.HEADER, _name(made)
        if at < _bound(steps[index:], made):
            return Place.APPLIED, _name(made)
    if code.co_flags & _OPTIMIZED or frame.f_globals.get("__name__") == "__main__":
        return Place.USE, ""
    after = next((step for step in steps if step.offset > at), None)
    return Place.BOUND if after is not None and after.opname.startswith("STORE_") else Place.USE, ""


@lru_cache(maxsize=16)
def _steps(code: CodeType) -> list[dis.Instruction]:
    return [step for step in dis.get_instructions(code) if step.opname != "CACHE"]


def _is_expression(code: CodeType) -> bool:
    # lambdas and comprehensions; `<generic parameters of f>` is a definition
    return code.co_name.startswith("<") and not code.co_name.startswith("<generic")


def _bound(steps: list[dis.Instruction], made: CodeType) -> int:
    """The offset at which a definition gets its name."""
    name = _name(made)
    for step in steps:
        if step.opname.startswith("STORE_"):
            names = step.argval if isinstance(step.argval, tuple) else (step.argval,)
            if any(str(one).endswith(name) for one in names):  # a private name of a class is stored mangled
                return step.offset
    return -1


def _name(made: CodeType) -> str:
    return made.co_name.removeprefix("<generic parameters of ").removesuffix(">")
