"""Scope: a standing as a context manager and as a decorator, which may be entered again before it has ended."""

from __future__ import annotations

import functools
import inspect
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Generator

    from gating.optional.standing import Standing

__all__ = ["Scope"]

_F = TypeVar("_F", bound="Callable[..., Any]")


class Scope:
    """Begins a standing at each entry and ends it at the exit; as a decorator, around each call.

    A coroutine or a generator function is decorated as such: it stands while the function runs, from its first line
    to its last.
    """

    def __init__(self, begin: Callable[[], Standing]) -> None:
        self._begin = begin
        self._standing: list[Standing] = []

    def __enter__(self) -> Standing:
        made = self._begin()
        self._standing.append(made)
        return made

    def __exit__(self, *_: object) -> None:
        self._standing.pop().end()

    def __call__(self, function: _F) -> _F:
        if isinstance(function, type) or not callable(function):
            from gating.errors import UsageError

            raise UsageError("only a function can be decorated with it; in a class, decorate its methods")
        return _wrapped(function, self._begin)  # type: ignore[return-value]  # called as the function is


def _wrapped(function: Callable[..., Any], begin: Callable[[], Standing]) -> Callable[..., Any]:
    @functools.wraps(function)
    def plain(*given: Any, **named: Any) -> Any:
        with Scope(begin):
            return function(*given, **named)

    @functools.wraps(function)
    async def coroutine(*given: Any, **named: Any) -> Any:
        with Scope(begin):
            return await function(*given, **named)

    @functools.wraps(function)
    def generator(*given: Any, **named: Any) -> Generator[Any, Any, Any]:
        with Scope(begin):
            return (yield from function(*given, **named))

    @functools.wraps(function)
    async def stream(*given: Any, **named: Any) -> AsyncIterator[Any]:
        with Scope(begin):
            async for one in function(*given, **named):
                yield one

    if inspect.iscoroutinefunction(function):
        return coroutine
    if inspect.isasyncgenfunction(function):
        return stream
    return generator if inspect.isgeneratorfunction(function) else plain
