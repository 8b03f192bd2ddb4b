"""One command in the open: its output goes where ours goes, its end and what it used come back."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import IO

from gating.process.command import Ending
from gating.process.kill import kill_group

__all__ = ["Streamed", "stream"]

_GRACE = 5.0  # seconds that a command gets to end by itself after an interrupt, before it is killed
_POLL = 0.01


@dataclass(frozen=True, kw_only=True)
class Streamed:
    """What came of a streamed command; `code`, `error` and `ending` as in `Captured`."""

    ending: Ending
    code: int | None = None
    error: str | None = None
    duration_s: float = 0.0


def stream(
    argv: Sequence[str],
    *,
    env: Mapping[str, str] | None = None,
    cwd: str | None = None,
    timeout: float | None = None,
    stdout: IO[str] | int | None = None,
    foreground: bool = False,
) -> Streamed:
    """Run `argv` with its output streamed and wait for it.

    `stdout` is where its standard output goes, None for our own; stderr is always our own. By default it leads
    a process group of its own, with stdin closed, and the whole group is killed at `timeout` (seconds, None
    for no limit), on an interrupt and when we are told to end. `foreground` shares our group, terminal and
    stdin instead, for a command that a person talks to. An interrupt is passed on, waited for, then raised.
    """
    started = time.monotonic()
    for flushed in (sys.stdout, sys.stderr):  # or our earlier lines would come after the command's own
        with contextlib.suppress(OSError, ValueError, AttributeError):
            flushed.flush()
    try:
        process = subprocess.Popen(
            list(argv),
            stdin=None if foreground else subprocess.DEVNULL,
            stdout=stdout,
            cwd=cwd,
            env=None if env is None else dict(env),
            start_new_session=not foreground and sys.platform != "win32",
        )
    except (OSError, ValueError) as problem:
        why = (problem.strerror if isinstance(problem, OSError) else None) or str(problem)
        return Streamed(ending=Ending.NOT_STARTED, error=why)
    ending = Ending.EXITED
    try:
        with _passing_on(process, foreground=foreground):
            if not _wait(process.pid, process, timeout):
                ending = Ending.TIMED_OUT
                _end(process, foreground=foreground)
    except BaseException:
        _interrupt(process, foreground=foreground)
        raise
    if not foreground and ending is Ending.EXITED and sys.platform != "win32":
        kill_group(process.pid)  # what it left in its group; the leader is not reaped yet
    code = process.wait()
    if ending is Ending.EXITED and code < 0:
        ending = Ending.SIGNALLED
    return Streamed(ending=ending, code=code, duration_s=time.monotonic() - started)


def _wait(pid: int, process: subprocess.Popen[bytes], timeout: float | None) -> bool:
    """Wait for the end without reaping; whether it came within `timeout` seconds.

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
            return _wait_pidfd(os.pidfd_open(pid), timeout)
    deadline = None if timeout is None else time.monotonic() + timeout
    while os.waitid(os.P_PID, pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is None:
        if deadline is not None and time.monotonic() >= deadline:
            return False
        time.sleep(_POLL)
    return True


def _wait_pidfd(handle: int, timeout: float | None) -> bool:
    import select

    poll = select.poll()
    poll.register(handle, select.POLLIN)
    try:
        return bool(poll.poll(None if timeout is None else timeout * 1000))
    finally:
        os.close(handle)


def _interrupt(process: subprocess.Popen[bytes], *, foreground: bool) -> None:
    """Pass an interrupt on (a foreground command had it from the terminal), wait, then kill."""
    if not foreground and sys.platform != "win32":
        kill_group(process.pid, signal.SIGINT)
    with contextlib.suppress(KeyboardInterrupt):  # a second Ctrl-C means now
        if _wait(process.pid, process, _GRACE):
            process.wait()
            return
    _end(process, foreground=foreground)
    process.wait()


def _end(process: subprocess.Popen[bytes], *, foreground: bool) -> None:
    if foreground:
        process.kill()
    else:
        kill_group(process.pid)


@contextlib.contextmanager
def _passing_on(process: subprocess.Popen[bytes], *, foreground: bool) -> Iterator[None]:
    """While the command runs, a SIGTERM or SIGHUP to us ends its group too, then takes its usual course."""
    if foreground or sys.platform == "win32" or threading.current_thread() is not threading.main_thread():
        yield
        return

    # under nohup SIGHUP is ignored and stays so; None is a handler that Python did not set and cannot restore
    before = {
        number: handler
        for number in (signal.SIGTERM, signal.SIGHUP)
        if (handler := signal.getsignal(number)) not in (signal.SIG_IGN, None)
    }

    def passed_on(number: int, _frame: object) -> None:
        kill_group(process.pid)
        signal.signal(number, before[signal.Signals(number)])
        os.kill(os.getpid(), number)

    for number in before:
        signal.signal(number, passed_on)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
