"""A terminal that a process runs on: a pty, and an emulator that tells what a person would see."""

from __future__ import annotations

import fcntl
import os
import pty
import select
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import pyte

__all__ = ["COLUMNS", "HANG_S", "ROWS", "Terminal"]

ROWS, COLUMNS = 10, 60
HANG_S = 20.0
# as a shell starts it: the terminal is the process's own, and its signals come to it
_IN_FRONT = "import fcntl, os, sys, termios; fcntl.ioctl(0, termios.TIOCSCTTY, 0); os.execvp(sys.argv[1], sys.argv[1:])"


class Terminal:
    """A terminal with one process on it."""

    def __init__(self, argv: Sequence[str], *, env: Mapping[str, str], cwd: Path | None = None) -> None:
        self.screen = pyte.HistoryScreen(COLUMNS, ROWS, history=1000)
        self.stream = pyte.ByteStream(self.screen)
        self.raw = b""
        ours, theirs = pty.openpty()
        self.ours = ours
        self.size(ROWS, COLUMNS)
        self.process = subprocess.Popen(
            [sys.executable, "-c", _IN_FRONT, *argv],
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            cwd=cwd,
            env={"TERM": "xterm", **env},
            start_new_session=True,
        )
        os.close(theirs)

    def size(self, rows: int, columns: int) -> None:
        fcntl.ioctl(self.ours, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def resize(self, rows: int, columns: int) -> None:
        self.screen.resize(rows, columns)
        self.size(rows, columns)  # the kernel tells the process

    def read(self, until: Callable[[], bool]) -> bool:
        """Show what is printed until that is so; whether it came to be before the end."""
        deadline = time.monotonic() + HANG_S
        while time.monotonic() < deadline:
            if until():
                return True
            ready, _, _ = select.select([self.ours], [], [], 0.05)
            if ready:
                try:
                    printed = os.read(self.ours, 65536)
                except OSError:  # the last who had it open is gone
                    printed = b""
                if not printed:
                    return until()
                self.raw += printed
                self.stream.feed(printed)
        return until()

    def last_row(self) -> str:
        return str(self.screen.display[-1]).rstrip()

    def text(self) -> list[str]:
        """All that was ever printed and is there to be read: what has scrolled off, then the screen."""
        gone = ["".join(row[column].data for column in range(COLUMNS)) for row in self.screen.history.top]
        return [line.rstrip() for line in [*gone, *self.screen.display] if line.strip()]

    def say(self, text: str = "\n") -> None:
        os.write(self.ours, text.encode())

    def finish(self) -> int:
        self.read(lambda: False if self.process.poll() is None else not select.select([self.ours], [], [], 0.2)[0])
        return self.process.wait(HANG_S)

    def close(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        os.close(self.ours)
