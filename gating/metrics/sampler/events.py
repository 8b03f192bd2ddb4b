"""Waiting: for a message, for the death of a process, or until it is time for a sample.

By epoll where there is one, since it costs the same for any number of processes; by select elsewhere.
"""

from __future__ import annotations

import select
import time

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Events"]


class Events:
    """Descriptors and what is to be called when one of them can be read."""

    def __init__(self) -> None:
        self._calls: dict[int, Callable[[], None]] = {}
        self._poll = select.epoll() if hasattr(select, "epoll") else None

    def register(self, handle: int, call: Callable[[], None]) -> None:
        self._calls[handle] = call
        if self._poll is not None:
            self._poll.register(handle, select.EPOLLIN)

    def unregister(self, handle: int) -> None:
        if self._calls.pop(handle, None) is not None and self._poll is not None:
            self._poll.unregister(handle)

    def wait(self, until_s: float) -> None:
        """Wait until something has happened and make its calls, or until `until_s` of time.monotonic()."""
        rest_s = max(0.0, until_s - time.monotonic())
        if self._poll is not None:
            ready = [handle for handle, _ in self._poll.poll(rest_s)]
        else:
            ready = select.select(list(self._calls), [], [], rest_s)[0]
        for handle in ready:
            call = self._calls.get(handle)
            if call is not None:
                call()
