"""One command in the open: its output goes where ours goes, its end and what it used come back."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from types import FrameType
from typing import IO, Any, Self

from gating.process.command import Ending, Streamed
from gating.process.kill import kill_group
from gating.process.reaping import LOOK_S, Meter, Reaper

__all__ = ["stream"]

_GRACE = 5.0  # seconds that a command gets to end by itself after an interrupt, before it is killed
_POLL = 0.01


def stream(
    argv: Sequence[str],
    *,
    env: Mapping[str, str] | None = None,
    cwd: str | None = None,
    timeout: float | None = None,
    stdout: IO[str] | IO[bytes] | int | None = None,
    stderr: IO[str] | IO[bytes] | int | None = None,
    foreground: bool = False,
    transparent: bool = False,
    meter: Meter | None = None,
) -> Streamed:
    """Run `argv` with its output streamed and wait for it.

    `stdout` and `stderr` are where its output goes, None for our own. By default it leads
    a process group of its own, with stdin closed, and the whole group is killed at `timeout` (seconds, None
    for no limit), on an interrupt and when we are told to end. `foreground` shares our group, terminal and
    stdin instead, for a command that a person talks to. An interrupt is passed on, waited for, then raised.

    `transparent` is `foreground` as if we were not there: the command has our open descriptors too, what is sent to
    us goes to it, an interrupt as well, and its end alone is ours. `meter` is told which process it is and what it
    used; for that time we adopt the orphans of its tree, and wait for those that end.
    """
    foreground = foreground or transparent
    for flushed in (sys.stdout, sys.stderr):  # or our earlier lines would come after the command's own
        with contextlib.suppress(OSError, ValueError, AttributeError):
            flushed.flush()
    with Reaper(meter, foreground=foreground) as reaper:
        with _Passing() if transparent else _Signals(foreground=foreground) as signals:
            try:
                process = subprocess.Popen(
                    list(argv),
                    stdin=None if foreground else subprocess.DEVNULL,
                    stdout=stdout,
                    stderr=stderr,
                    cwd=cwd,
                    env=None if env is None else dict(env),
                    close_fds=not transparent,
                    start_new_session=not foreground and sys.platform != "win32",
                )
            except (OSError, ValueError) as problem:
                why = (problem.strerror if isinstance(problem, OSError) else None) or str(problem)
                return Streamed(ending=Ending.NOT_STARTED, error=why)
            reaper.started(process)
            ending = _watch(process, timeout, signals, reaper)
        code = reaper.wait(process)
    if ending is Ending.EXITED and code < 0:
        ending = Ending.SIGNALLED
    return Streamed(ending=ending, code=code, duration_s=reaper.wall_s)


def _watch(process: subprocess.Popen[bytes], timeout: float | None, signals: _Signals, reaper: Reaper) -> Ending:
    """Wait for the end, bring it about at the deadline, and leave nobody in the group; it is not reaped yet."""
    ending, foreground = Ending.EXITED, reaper.foreground
    try:
        signals.started(process.pid)
        if not _wait(process, timeout, reaper):
            ending = Ending.TIMED_OUT
    except BaseException:
        # a foreground command had the interrupt from the terminal itself
        if not foreground and sys.platform != "win32":
            kill_group(process.pid, signal.SIGINT)
        with contextlib.suppress(KeyboardInterrupt):  # a second Ctrl-C means now
            _wait(process, _GRACE, reaper)
        _end(process, foreground=foreground)
        reaper.wait(process)
        raise
    if ending is not Ending.EXITED or not foreground:
        _end(process, foreground=foreground)
    return ending


def _end(process: subprocess.Popen[bytes], *, foreground: bool) -> None:
    if foreground:
        process.kill()
    else:
        kill_group(process.pid)


def _wait(process: subprocess.Popen[bytes], timeout: float | None, reaper: Reaper) -> bool:
    """Wait for the end without reaping it; whether it came within `timeout` seconds. Its orphans are reaped.

    Popen.wait(timeout) polls with a back-off that stretches short commands; a pidfd tells at once.
    """
    if sys.platform == "win32":
        try:
            process.wait(timeout)
        except subprocess.TimeoutExpired:
            return False
        return True
    if hasattr(os, "pidfd_open"):
        with contextlib.suppress(OSError):
            return _wait_pidfd(os.pidfd_open(process.pid), timeout, reaper)
    deadline = None if timeout is None else time.monotonic() + timeout
    with contextlib.suppress(ChildProcessError):  # somebody else has waited for it
        while os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is None:
            if deadline is not None and time.monotonic() >= deadline:
                return False
            time.sleep(_POLL)
    return True


def _wait_pidfd(handle: int, timeout: float | None, reaper: Reaper) -> bool:
    import select

    poll = select.poll()
    poll.register(handle, select.POLLIN)
    deadline = None if timeout is None else time.monotonic() + timeout
    try:
        while True:
            pauses = [] if reaper.family is None else [LOOK_S]
            if deadline is not None:
                pauses.append(max(deadline - time.monotonic(), 0))
            if poll.poll(min(pauses) * 1000 if pauses else None):
                return True
            if deadline is not None and time.monotonic() >= deadline:
                return False
            reaper.look()
    finally:
        os.close(handle)


class _Signals:
    """What signals to us mean while a command runs.

    SIGTERM and SIGHUP end its group too, then take their usual course; SIGINT raises. Each is put off until the
    command is known, so that a Ctrl-C in the moment of its start cannot lose it. All is as before on leaving.
    """

    def __init__(self, *, foreground: bool) -> None:
        self.foreground = foreground
        self.leader: int | None = None
        self.pending: int | None = None
        self.before: dict[int, Any] = {}

    def __enter__(self) -> Self:
        if threading.current_thread() is threading.main_thread():
            if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
                self._take(signal.SIGINT, self._interrupt)
            if not self.foreground and sys.platform != "win32":
                self._take(signal.SIGTERM, self._end)
                self._take(signal.SIGHUP, self._end)
        return self

    def __exit__(self, *_exception: object) -> None:
        for number, handler in self.before.items():
            signal.signal(number, handler)

    def started(self, leader: int) -> None:
        self.leader = leader
        if self.pending == signal.SIGINT:
            raise KeyboardInterrupt
        if self.pending is not None:
            self._end(self.pending, None)

    def _take(self, number: signal.Signals, handler: Callable[[int, FrameType | None], None]) -> None:
        # under nohup SIGHUP is ignored and stays so; None is a handler that Python did not set and cannot restore
        if (before := signal.getsignal(number)) not in (signal.SIG_IGN, None):
            self.before[number] = before
            signal.signal(number, handler)

    def _interrupt(self, _number: int, _frame: FrameType | None) -> None:
        self.pending = signal.SIGINT
        if self.leader is not None:
            raise KeyboardInterrupt

    def _end(self, number: int, _frame: FrameType | None) -> None:
        self.pending = number
        if self.leader is None:
            return
        kill_group(self.leader)
        signal.signal(number, self.before[number])
        os.kill(os.getpid(), number)


class _Passing(_Signals):
    """The same for a command that is to run as if we were not there: it gets what we are sent."""

    def __init__(self) -> None:
        super().__init__(foreground=True)
        self.early: list[int] = []

    def __enter__(self) -> Self:
        if threading.current_thread() is threading.main_thread():
            for name in ("SIGINT", "SIGQUIT", "SIGTERM", "SIGHUP", "SIGUSR1", "SIGUSR2"):
                if (number := getattr(signal, name, None)) is not None:
                    self._take(number, self._pass)
        return self

    def started(self, leader: int) -> None:
        self.leader = leader
        for number in self.early:
            os.kill(leader, number)

    def _pass(self, number: int, _frame: FrameType | None) -> None:
        if self.leader is None:
            self.early.append(number)
        elif number not in {signal.SIGINT, getattr(signal, "SIGQUIT", None)} or not _is_in_front():
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.kill(self.leader, number)


def _is_in_front() -> bool:
    """Whether our group has the terminal, which then sends its signals to the command as well as to us."""
    try:
        terminal = os.open("/dev/tty", os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return False
    try:
        return os.tcgetpgrp(terminal) == os.getpgrp()
    except OSError:
        return False
    finally:
        os.close(terminal)
