"""Guarding: a function, coroutine or generator with a guard around it, in the place that a framework has it in."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any, Protocol, TypeVar, cast

from gating.checks.aftermath import name_of

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable, Generator

__all__ = ["Guard", "guarded"]

_Command = TypeVar("_Command")

# the flags of a code object (documented with `inspect`, which would take 10 ms to import)
_GENERATOR, _COROUTINE, _ASYNC_GENERATOR = 0x20, 0x80, 0x200


class Guard(Protocol):
    """What stands around a body: asked before it, and told of its error."""

    dry_run: Callable[..., Any] | None

    def before(self, command: str | None) -> bool: ...
    def after(self, error: BaseException | None, command: str | None) -> None: ...


def guarded(command: _Command, guard: Guard) -> _Command:
    """`command` with the guard around it: of the same kind, with the same signature.

    Of a click command it is the callback that gets the guard, so that `--help` works in any case. A function that
    typer has taken is exchanged in its application. Raises `UsageError` for what is no function.
    """
    callback = getattr(command, "callback", None)
    if hasattr(command, "make_context") and hasattr(command, "callback"):
        # in place: the groups that it belongs to have it already
        command.callback = _wrapped(callback or _nothing, guard)
        return command
    if isinstance(command, staticmethod | classmethod):
        return cast("_Command", type(command)(guarded(command.__func__, guard)))
    if not callable(command) or isinstance(command, type):
        from gating.errors import UsageError

        raise UsageError(f"guard stands around a function, and {command!r} is none")
    made = _wrapped(command, guard)
    _exchange(command, made)
    return cast("_Command", made)


def _nothing(*_: object, **__: object) -> None:
    """The callback of a click group that has none."""


def _wrapped(body: Callable[..., Any], guard: Guard) -> Callable[..., Any]:
    flags = getattr(getattr(body, "__code__", None), "co_flags", 0)
    maker = _plain
    if flags & _COROUTINE:
        maker = _coroutine
    elif flags & _ASYNC_GENERATOR:
        maker = _async_generator
    elif flags & _GENERATOR:
        maker = _generator
    return functools.wraps(body)(maker(body, guard, name_of(body)))


def _plain(body: Callable[..., Any], guard: Guard, name: str | None) -> Callable[..., Any]:
    def run(*args: Any, **kwargs: Any) -> Any:
        if not guard.before(name):
            return _dry(guard)(*args, **kwargs)
        try:
            return body(*args, **kwargs)
        except BaseException as error:
            guard.after(error, name)
            raise

    return run


def _coroutine(body: Callable[..., Any], guard: Guard, name: str | None) -> Callable[..., Any]:
    async def run(*args: Any, **kwargs: Any) -> Any:
        if not guard.before(name):
            made = _dry(guard)(*args, **kwargs)
            return await made if hasattr(made, "__await__") else made
        try:
            return await body(*args, **kwargs)
        except BaseException as error:
            guard.after(error, name)
            raise

    return run


def _generator(body: Callable[..., Any], guard: Guard, name: str | None) -> Callable[..., Any]:
    def run(*args: Any, **kwargs: Any) -> Generator[Any, Any, Any]:
        if not guard.before(name):
            return (yield from _dry(guard)(*args, **kwargs))
        try:
            return (yield from body(*args, **kwargs))
        except BaseException as error:
            guard.after(error, name)
            raise

    return run


def _async_generator(body: Callable[..., Any], guard: Guard, name: str | None) -> Callable[..., Any]:
    async def run(*args: Any, **kwargs: Any) -> AsyncGenerator[Any, Any]:
        source = body if guard.before(name) else _dry(guard)
        under_way = source(*args, **kwargs)
        try:
            value = await anext(under_way)
            while True:
                try:
                    sent = yield value
                except GeneratorExit:
                    await under_way.aclose()
                    raise
                except BaseException as thrown:  # noqa: BLE001 - the body decides what becomes of it
                    value = await under_way.athrow(thrown)
                else:
                    value = await under_way.asend(sent)
        except StopAsyncIteration:
            return
        except BaseException as error:
            if source is body:
                guard.after(error, name)
            raise

    return run


def _dry(guard: Guard) -> Callable[..., Any]:
    assert guard.dry_run is not None, "the guard ends what has no dry run"
    return guard.dry_run


def _exchange(taken: object, made: Callable[..., Any]) -> None:
    """Give typer the guarded function where it has taken the bare one: its decorators return what they were given."""
    for value in list(getattr(taken, "__globals__", {}).values()):
        if type(value).__module__.partition(".")[0] != "typer":
            continue
        holders = [*getattr(value, "registered_commands", ()), getattr(value, "registered_callback", None)]
        for holder in holders:
            if getattr(holder, "callback", None) is taken:
                holder.callback = made
