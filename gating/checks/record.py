"""Record: what this process and its children use while a part of its own code runs, recorded as a run.

`record_metrics` stands around that part, as a decorator or as a context manager.
"""

from __future__ import annotations

import functools
import os
import sys
import threading
from typing import TYPE_CHECKING, Any, TypeVar, cast

if TYPE_CHECKING:
    from collections.abc import Mapping
    from contextlib import AbstractContextManager
    from types import TracebackType

__all__ = ["Recorded", "record_metrics"]

_Function = TypeVar("_Function")

# the flags of a code object (documented with `inspect`, which would take 10 ms to import)
_GENERATOR, _COROUTINE, _ASYNC_GENERATOR = 0x20, 0x80, 0x200


class Recorded:
    """What `with record_metrics(…) as recorded` gives; all of it is known after the block, and None before.

    `file` is the recording's path, None where there is none. `totals` has `wall_s`, `cpu_s`, `user_s`, `system_s`,
    `peak_rss_bytes`, `peak_pss_bytes`, `read_bytes` and `write_bytes`, each None where it is not known. `complete`
    says whether nothing is missing of the file, `trouble` in words what went wrong, None where nothing did. `run` is
    the id under which it is in the ledger.
    """

    def __init__(self) -> None:
        self.run: str | None = None
        self.file: str | None = None
        self.totals: Mapping[str, Any] | None = None
        self.complete = False
        self.trouble: str | None = None

    def take(self, details: Mapping[str, Any]) -> None:
        """What a `Metering` has to tell."""
        self.file = details["file"]
        self.totals = details["totals"]
        self.complete = details["complete"]
        self.trouble = details["trouble"]


class record_metrics:  # noqa: N801 - it is used as functions are: as a decorator, and in a with statement
    """Record what this process and the processes that it starts use, from here to the end of the block.

    It decorates functions and coroutine functions; each call is a recording of its own. `name` is what it is called,
    None for the name of the decorated function, or of the program. `interval` are seconds between two samples, None
    for what the policy says. `directory` is the folder for the file, None for the policy's, and where the calling code
    has no policy for `logs/system_metrics` below the current folder.

    The recording stands in the ledger as a run with a verdict `metrics:NAME`, in the project in whose tree the calling
    file lies, else in `GATING_LEDGER` where that is set, else nowhere. Recordings may be nested, and be made in
    several threads at once; each is of the whole process. How this process waits for its children is not changed:
    what orphans of its tree use is not known.

    Recording fails nothing: what cannot be recorded is in `trouble`, and the body's own errors pass untouched. Raises
    `UsageError` for an interval that is no number of seconds from 0.01 on, and for what cannot be decorated.
    """

    def __init__(
        self, name: str | None = None, *, interval: float | None = None, directory: str | os.PathLike[str] | None = None
    ) -> None:
        from gating.optional.owner import calling_file

        if interval is not None:
            from gating.metrics.place import interval_of

            interval = interval_of(interval)
        self._name = name
        self._interval_s = interval
        self._directory = None if directory is None else os.path.abspath(directory)
        self._file = calling_file()
        self._open: list[tuple[tuple[int, int], AbstractContextManager[Recorded]]] = []

    def __enter__(self) -> Recorded:
        recording = self._recording(self._name or _program())
        recorded = recording.__enter__()
        self._open.append((_here(), recording))
        return recorded

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        here = _here()
        # one object may stand around several blocks at once; the innermost one of this thread and task ends first
        place = max((n for n, (where, _) in enumerate(self._open) if where == here), default=-1)
        self._open.pop(place)[1].__exit__(kind, error, trace)

    async def __aenter__(self) -> Recorded:
        return self.__enter__()

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.__exit__(kind, error, trace)

    def __call__(self, function: _Function) -> _Function:
        if isinstance(function, staticmethod | classmethod):
            return cast("_Function", type(function)(self(function.__func__)))
        body: Any = function
        flags = getattr(getattr(body, "__code__", None), "co_flags", 0)
        if not callable(body) or isinstance(body, type) or flags & (_GENERATOR | _ASYNC_GENERATOR):
            raise _usage(f"record_metrics stands around a function or a coroutine function, and {function!r} is none")
        name = self._name or getattr(body, "__name__", None) or _program()

        @functools.wraps(body)
        def run(*args: Any, **kwargs: Any) -> Any:
            with self._recording(name):
                return body(*args, **kwargs)

        @functools.wraps(body)
        async def run_later(*args: Any, **kwargs: Any) -> Any:
            with self._recording(name):
                return await body(*args, **kwargs)

        return cast("_Function", run_later if flags & _COROUTINE else run)

    def _recording(self, name: str) -> AbstractContextManager[Recorded]:
        from gating.checks.in_process import recording

        return recording(name, Recorded(), file=self._file, interval_s=self._interval_s, directory=self._directory)


def _here() -> tuple[int, int]:
    """The thread and the task of asyncio that run this."""
    asyncio = sys.modules.get("asyncio")
    try:
        task = None if asyncio is None else asyncio.current_task()
    except RuntimeError:
        task = None
    return threading.get_ident(), id(task)


def _program() -> str:
    from gating.checks.aftermath import program

    return program()


def _usage(message: str) -> Exception:
    from gating.errors import UsageError

    return UsageError(message)
