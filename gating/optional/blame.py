"""Blame: whether an error that a program met is a dependency's own import that went wrong."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from gating.optional.calls import raised_by

if TYPE_CHECKING:
    from collections.abc import Iterable

    from gating.optional.availability import Availability

__all__ = ["blamed"]


def blamed(error: BaseException, candidates: Iterable[Availability]) -> Availability | None:
    """The one of `candidates` whose import raised `error`, with the state and the cause that it has by that.

    It is an ImportError that names the module or what is in it, or whatever was raised while the module's own
    top-level code ran. None where it is neither: a first-party import, or an error of the dependency at work.
    """
    for one in candidates:
        module = one.module or one.name
        if _names(error, module) or _raised_in(error, module) or _misread(error, one):
            return raised_by(error, one)
    return None


def _names(error: BaseException, module: str) -> bool:
    return isinstance(error, ImportError) and error.name is not None and _belongs(error.name, module)


def _raised_in(error: BaseException, module: str) -> bool:
    """Whether the module, or one in it, was being executed: then its import failed, whoever raised what below it."""
    trace = error.__traceback__
    while trace is not None:
        frame = trace.tb_frame
        name = frame.f_globals.get("__name__")
        if frame.f_code.co_name == "<module>" and isinstance(name, str) and _belongs(name, module):
            return not name.endswith(".__main__")  # that is a program at work, and may end as it likes
        trace = trace.tb_next
    return False


def _misread(error: BaseException, one: Availability) -> bool:
    """Whether its source is no Python: that has no frame."""
    if not isinstance(error, SyntaxError) or error.filename is None or one.module is None:
        return False
    parts = f"{os.sep}{os.path.join(*one.module.split('.'))}"
    return f"{parts}{os.sep}" in error.filename or error.filename.endswith(f"{parts}.py")


def _belongs(name: str, module: str) -> bool:
    return f"{name}.".startswith(f"{module}.")
