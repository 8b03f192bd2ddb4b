"""The live line of a recorded command: elapsed time, processors and memory on the terminal's last row.

The command writes to the same terminal, so the row is taken out of what scrolls (a scroll region, as package managers
do it), painted now and then in one write that leaves the cursor where it was, and given back at the end.
"""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from types import FrameType
from typing import Any, TextIO

from gating.environ import LIVE, in_ci, truth
from gating.report.quantities import clock, cores, size
from gating.report.terminal import Style, cut, pad, wants_colour
from gating.report.words import label

__all__ = ["live_line"]

_DELAY_S = 2.0  # a shorter command has none
_EVERY_S = 1.0
_ROWS = 6  # a terminal with fewer has better uses for a row
_PATIENCE_S = 0.5  # a terminal that takes nothing does not keep a run from its end

# DECSC and DECRC (7, 8) save and restore the cursor with its attributes; DECSTBM (r) sets the region, and moves it.
# IND (D) goes down and keeps the column: where the cursor is on the last row, everything moves up by one
_MAKE_ROOM = "\x1b7\x1b[r\x1b8\x1bD\x1b[A"
_ERASE_BELOW = "\x1b7\x1b[E\x1b[J\x1b8"  # after a change of size our old line is somewhere below


@contextlib.contextmanager
def live_line(
    path: str | os.PathLike[str],
    name: str,
    stream: TextIO,
    *,
    env: Mapping[str, str] = os.environ,
    delay_s: float = _DELAY_S,
    every_s: float = _EVERY_S,
) -> Iterator[None]:
    """Show how the recorded command `name` is doing, on the last row of the terminal `stream`, as long as this lasts.

    `path` is the recording, which need not be there yet; its end is read each time. The line appears after `delay_s`
    seconds and is renewed every `every_s`. There is none where `stream` is no terminal, in CI, with `TERM=dumb` or
    `GATING_LIVE=0`, and while the terminal is not in line mode, since then the command has the whole screen. Whatever
    goes wrong with it ends the line, and nothing else.
    """
    terminal = _terminal(stream, env)
    if terminal is None:
        yield
        return
    style = Style(colour=wants_colour(env, stream_is_tty=True), encoding=getattr(stream, "encoding", None))
    line = _LiveLine(terminal, path, name=label(name), style=style, delay_s=delay_s, every_s=every_s)
    with contextlib.suppress(OSError, ValueError):
        stream.flush()  # what was said before comes before
    with line:
        yield


def _terminal(stream: TextIO, env: Mapping[str, str]) -> int | None:
    """The descriptor of the terminal that can show it, None where there is none."""
    if sys.platform == "win32" or not truth(env.get(LIVE, "1")):
        return None
    if env.get("TERM", "dumb") in {"", "dumb"} or in_ci(env):
        return None
    try:
        return stream.fileno() if stream.isatty() else None
    except (OSError, ValueError, AttributeError):
        return None


class _LiveLine:
    """The row, and the thread that paints it."""

    def __init__(
        self,
        terminal: int,
        path: str | os.PathLike[str],
        *,
        name: str,
        style: Style,
        delay_s: float,
        every_s: float,
    ) -> None:
        self._terminal = terminal
        self._path = path
        self._name = name
        self._style = style
        self._delay_s = delay_s
        self._every_s = every_s
        self._began = time.monotonic()
        self._rows = 0  # of the terminal while its last row is ours, else 0
        self._over = threading.Event()
        self._wake = threading.Event()
        self._lock = threading.Lock()
        self._thread = threading.Thread(target=self._run, name="gating-live-line", daemon=True)
        self._before: dict[int, Any] = {}

    def __enter__(self) -> None:
        if threading.current_thread() is threading.main_thread():
            self._take("SIGWINCH", self._resized)
            self._take("SIGTSTP", self._ended)
            self._take("SIGTERM", self._ended)
        self._thread.start()

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._wake.set()
        with self._alone():
            self._give_back()
        self._thread.join(_PATIENCE_S)
        for number, handler in self._before.items():
            signal.signal(number, handler)

    def _run(self) -> None:
        self._wake.wait(self._delay_s)
        while not self._over.is_set():
            self._wake.clear()
            with self._lock:
                if self._over.is_set() or not self._paint():
                    return
            self._wake.wait(self._every_s)

    def _paint(self) -> bool:
        """Take the last row if it is not ours yet, and write the line; whether there is a terminal any more."""
        try:
            width, rows = os.get_terminal_size(self._terminal)
        except OSError:
            return False
        if not _in_foreground(self._terminal):
            return True  # the shell has the terminal, and had it whole
        if rows < _ROWS or not width or not _in_line_mode(self._terminal):
            self._give_back()
            return True
        line = pad(self._words(width - 1), width - 1)
        # all in one write, so that nothing of the command's comes between; the region is set each time, since a
        # command that clears the screen may reset it
        taken = "" if rows == self._rows else _MAKE_ROOM if not self._rows else _MAKE_ROOM + _ERASE_BELOW
        look = "\x1b[0;7m" if self._style.colour else "\x1b[0m"
        if self._write(f"{taken}\x1b7\x1b[1;{rows - 1}r\x1b[{rows};1H{look}{line}\x1b[0m\x1b[K\x1b8"):
            self._rows = rows
        return True

    def _give_back(self) -> None:
        if self._rows:
            rows, self._rows = self._rows, 0
            with contextlib.suppress(OSError):
                rows = os.get_terminal_size(self._terminal).lines
            self._write(f"\x1b7\x1b[r\x1b[{rows};1H\x1b[2K\x1b8", patience_s=_PATIENCE_S)

    def _write(self, text: str, *, patience_s: float = 0.0) -> bool:
        """Write it where the terminal takes it; one that was stopped (Ctrl-S) would keep us from going on."""
        import select

        try:
            waiting = select.poll()
            waiting.register(self._terminal, select.POLLOUT)
            if not waiting.poll(patience_s * 1000):
                return False
            os.write(self._terminal, text.encode(self._style.encoding or "utf-8", "replace"))
        except (OSError, LookupError):
            return False
        return True

    def _words(self, width: int) -> str:
        style = self._style
        words = f" {self._name}  {clock(time.monotonic() - self._began)}"
        for told in _state(self._path):
            words += f"  {told}"
        return style.encodable(cut(words, width, style.ellipsis))

    def _take(self, name: str, handler: Callable[[int, FrameType | None], None]) -> None:
        number = getattr(signal, name, None)
        if number is None:
            return
        # None is a handler that Python did not set and cannot restore; who has one of their own keeps it
        if signal.getsignal(number) is signal.SIG_DFL:
            self._before[number] = signal.signal(number, handler)

    def _resized(self, _number: int, _frame: FrameType | None) -> None:
        self._wake.set()

    def _ended(self, number: int, _frame: FrameType | None) -> None:
        """Ctrl-Z, or the end: the terminal is given back first, then the signal takes its usual course."""
        with self._alone():
            self._give_back()
        signal.signal(number, signal.SIG_DFL)
        os.kill(os.getpid(), number)
        signal.signal(number, self._ended)  # it goes on
        self._wake.set()

    @contextlib.contextmanager
    def _alone(self) -> Iterator[None]:
        """Hold the lock, as far as it can be had: whoever was interrupted by a signal may hold it."""
        had = self._lock.acquire(timeout=_PATIENCE_S)
        try:
            yield
        finally:
            if had:
                self._lock.release()


def _state(path: str | os.PathLike[str]) -> Iterator[str]:
    """What the end of the recording tells: processors used between the last two samples, memory, processes."""
    from gating.metrics.reading import latest

    found = latest(path)
    if not found:
        return
    now = found[-1]["tree"] or {}
    before = (found[0]["tree"] or {}) if len(found) > 1 else {}
    taken = found[-1]["t_s"] - found[0]["t_s"]
    if taken > 0 and now.get("cpu_s") is not None and before.get("cpu_s") is not None:
        yield cores(max(0.0, now["cpu_s"] - before["cpu_s"]) / taken)
    memory = now.get("pss_bytes") if now.get("pss_bytes") is not None else now.get("rss_bytes")
    if memory is not None:
        yield size(memory)
    if (count := now.get("processes")) is not None:
        yield f"{count} process{'' if count == 1 else 'es'}"


def _in_foreground(terminal: int) -> bool:
    """Whether we, and not the shell that we were started from, have the terminal."""
    try:
        return os.tcgetpgrp(terminal) == os.getpgrp()
    except OSError:  # it controls nobody
        return True


def _in_line_mode(terminal: int) -> bool:
    """Whether what is typed goes by lines; an editor, a pager or a prompt of its own has switched that off."""
    import termios

    try:
        return bool(termios.tcgetattr(terminal)[3] & termios.ICANON)
    except termios.error:
        return False
