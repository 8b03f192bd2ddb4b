"""Tasking: what the tasks of every collection have alike: formats, words of help, and the one handler around them."""

from __future__ import annotations

import functools
import gc
from collections.abc import Callable
from typing import Any

from invoke.context import Context
from invoke.exceptions import Exit

from gating import front

__all__ = ["DRY_RUN", "LISTINGS", "PYTHON", "REPORTS", "STRICT", "command", "helps"]

REPORTS = ("text", "json", "junit", "markdown", "github")
LISTINGS = ("text", "json", "markdown")
PYTHON = "the interpreter to judge, by path or name; otherwise the one that runs this"
STRICT = "let an unmet `ci` need fail, as in CI"
DRY_RUN = "print what would be looked at and run, and start nothing"


def command(*forms: str) -> Callable[[Callable[..., int]], Callable[..., None]]:
    """Run a task's body under the one handler, and end with its exit code; `forms` are the formats that it has."""

    def decorate(body: Callable[..., int]) -> Callable[..., None]:
        @functools.wraps(body)
        def run(context: Context, *args: Any, **flags: Any) -> None:
            gc.freeze()  # what is loaded by now stays to the end: no search for garbage need walk it, nor the last one
            code = front.guarded(lambda: body(context, *args, **flags), flags.get("format", "text"), forms)
            if code:
                raise Exit(code=code)

        return run

    return decorate


def helps(forms: tuple[str, ...], **flags: str) -> dict[str, str]:
    return {**flags, "format": f"{', '.join(forms[:-1])} or {forms[-1]}"}
