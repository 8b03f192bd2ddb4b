"""Many commands at once, captured: the spawn contract of probes.

Each command leads a session of its own (so it has no terminal to prompt on), its stdin is closed, its output
is capped. It is over when it exits, even if a grandchild still holds its pipes; at its deadline the whole
group is killed. One loop watches them all: pipes by select, ends by pidfd where the platform has them.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence

from gating.environ import PROBE_MARK
from gating.process.command import Captured, Command, Ending, probe_environment
from gating.process.kill import kill_group, kill_marked

__all__ = ["AT_MOST", "CAP", "capture"]

AT_MOST = 64  # commands at once
CAP = 1 << 18  # bytes kept of each stream of a command
_TICK = 0.1  # seconds between two calls of on_tick
_POLL = 0.005  # seconds between two looks at a child where there is no pidfd

Tick = Callable[[Sequence[str]], None]


def capture(
    commands: Sequence[Command],
    *,
    at_most: int = AT_MOST,
    cap: int = CAP,
    on_tick: Tick | None = None,
) -> list[Captured]:
    """Run every command, at most `at_most` at once in the given order, and return what came of each, in order.

    `on_tick` is called about ten times a second with the labels of those still running. Nothing that a
    command does raises here. An exception from outside (Ctrl-C) kills everything that was started first.
    """
    if sys.platform == "win32":
        from gating.process.threads import capture_threaded

        return capture_threaded(commands, at_most=at_most, cap=cap, on_tick=on_tick)
    return _Loop(commands, at_most=at_most, cap=cap, on_tick=on_tick).run()


class _Child:
    """One started command: its pipes, its deadline, what it has printed so far."""

    def __init__(self, place: int, command: Command, mark: str) -> None:
        self.place = place
        self.command = command
        self.mark = mark
        self.started = time.monotonic()
        self.process = subprocess.Popen(
            command.argv,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            cwd=command.cwd,
            env=probe_environment(os.environ if command.env is None else command.env, mark),
            start_new_session=True,
            bufsize=0,
        )
        self.deadline = self.started + command.timeout
        self.printed: dict[int, bytearray] = {}
        self.stdout = self._open(self.process.stdout)
        self.stderr = self._open(self.process.stderr)
        self.open_pipes = {self.stdout, self.stderr}
        self.pidfd = _pidfd(self.process.pid)

    def _open(self, pipe: object) -> int:
        handle: int = pipe.fileno()  # type: ignore[attr-defined]  # Popen's pipes are `IO | None`
        os.set_blocking(handle, False)
        self.printed[handle] = bytearray()
        return handle

    def read(self, handle: int, cap: int) -> bool:
        """Take what one pipe holds now; whether the cap was passed."""
        kept = self.printed[handle]
        while True:
            try:
                part = os.read(handle, 65536)
            except BlockingIOError:
                return False
            if not part:
                self.open_pipes.discard(handle)
                return False
            kept += part[: cap - len(kept)]
            if len(kept) >= cap:
                return True

    def over(self) -> bool:
        """Whether the child has exited; it is not reaped by asking."""
        return os.waitid(os.P_PID, self.process.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None

    def finish(self, ending: Ending, cap: int) -> Captured:
        """Drain, kill the group, reap, close; the leader is still unreaped here, so its group id is its own."""
        if ending is Ending.EXITED:
            for handle in tuple(self.open_pipes):
                self.read(handle, cap)
        kill_group(self.process.pid)
        code = self.process.wait()
        # only someone who left the group can still hold a pipe open, or outlive a kill of the group
        lingering = bool(self.open_pipes) or ending is not Ending.EXITED
        left = kill_marked(PROBE_MARK, self.mark) if lingering else 0
        duration = time.monotonic() - self.started
        self.close()
        if ending is Ending.EXITED and code < 0:
            ending = Ending.SIGNALLED
        return Captured(
            ending=ending,
            code=code,
            stdout=self.printed[self.stdout].decode("utf-8", "replace"),
            stderr=self.printed[self.stderr].decode("utf-8", "replace"),
            duration_s=duration,
            left_behind=left,
        )

    def close(self) -> None:
        for pipe in (self.process.stdout, self.process.stderr):
            if pipe is not None:
                pipe.close()
        if self.pidfd is not None:
            os.close(self.pidfd)
            self.pidfd = None


class _Loop:
    """The watch over all children of one call."""

    def __init__(self, commands: Sequence[Command], *, at_most: int, cap: int, on_tick: Tick | None) -> None:
        import selectors

        self.commands = commands
        self.at_most = max(1, at_most)
        self.cap = cap
        self.on_tick = on_tick
        self.mark = secrets.token_hex(8)
        self.results: list[Captured | None] = [None] * len(commands)
        self.running: dict[int, _Child] = {}
        self.selector = selectors.DefaultSelector()
        self.read = selectors.EVENT_READ

    def run(self) -> list[Captured]:
        try:
            self._watch()
        finally:
            for child in self.running.values():
                kill_group(child.process.pid)
                child.process.wait()
                child.close()
            self.selector.close()
            if any(result is None or result.ending is not Ending.NOT_STARTED for result in self.results):
                kill_marked(PROBE_MARK, self.mark)
        return [result for result in self.results if result is not None]

    def _watch(self) -> None:
        waiting = list(enumerate(self.commands))[::-1]
        next_tick = time.monotonic() + _TICK
        while waiting or self.running:
            while waiting and len(self.running) < self.at_most:
                self._start(*waiting.pop())
            for child, handle in self._ready(next_tick):
                if child.place not in self.running:
                    continue  # it ended earlier in this round
                if handle != child.pidfd and child.read(handle, self.cap):
                    self._end(child, Ending.FLOODED)
                elif handle == child.pidfd:
                    self._end(child, Ending.EXITED)
                elif handle not in child.open_pipes:
                    self.selector.unregister(handle)
            self._look_around()
            now = time.monotonic()
            if now >= next_tick:
                next_tick = now + _TICK
                if self.on_tick and self.running:
                    self.on_tick([child.command.label for child in self.running.values()])

    def _ready(self, next_tick: float) -> Iterator[tuple[_Child, int]]:
        if not self.running:
            return
        until = min(next_tick, *(child.deadline for child in self.running.values()))
        pause = max(0.0, until - time.monotonic())
        if any(child.pidfd is None for child in self.running.values()):
            pause = min(pause, _POLL)
        for key, _ in self.selector.select(pause):
            yield key.data, key.fd

    def _look_around(self) -> None:
        """End those past their deadline, and those whose end no pidfd tells."""
        now = time.monotonic()
        for child in tuple(self.running.values()):
            if child.pidfd is None and child.over():
                self._end(child, Ending.EXITED)
            elif now >= child.deadline:
                self._end(child, Ending.EXITED if child.over() else Ending.TIMED_OUT)

    def _start(self, place: int, command: Command) -> None:
        try:
            child = _Child(place, command, f"{self.mark}.{place}.")
        except (OSError, ValueError) as problem:
            # ValueError: a NUL in an argument
            self.results[place] = Captured(ending=Ending.NOT_STARTED, error=_why(problem))
            return
        self.running[place] = child
        for handle in (child.stdout, child.stderr, child.pidfd):
            if handle is not None:
                self.selector.register(handle, self.read, child)

    def _end(self, child: _Child, ending: Ending) -> None:
        for handle in (child.stdout, child.stderr, child.pidfd):
            if handle is not None:
                with contextlib.suppress(KeyError):
                    self.selector.unregister(handle)
        self.results[child.place] = child.finish(ending, self.cap)
        del self.running[child.place]


def _why(problem: OSError | ValueError) -> str:
    return (problem.strerror or str(problem)) if isinstance(problem, OSError) else str(problem)


def _pidfd(pid: int) -> int | None:
    if not hasattr(os, "pidfd_open"):
        return None
    try:
        return os.pidfd_open(pid)
    except OSError:
        return None  # an old kernel, or a sandbox that forbids it
