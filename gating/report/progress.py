"""The live line while slow probes run: it names those that are still running, and leaves nothing behind."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Self, TextIO

from gating.environ import in_ci
from gating.report.terminal import Style, columns, cut, stream_width
from gating.report.words import label

__all__ = ["Progress"]

_FIRST_LINE_S = 5.0  # where lines stay in a log, a wait is not worth one before
_NEXT_LINE_S = 10.0
_WIDTH = 80  # of a terminal that does not say


class Progress:
    """Says on `stream` which probes are still running; whoever waits for them calls `tick` about ten times a second.

    On a terminal one line is rewritten in place from `delay_s` seconds after the first start, and erased at
    the end. Elsewhere (a pipe, a file, a CI job, `TERM=dumb`) a plain line is written after 5 s and then at
    most every 10 s. `clock` gives monotonic seconds. It has no thread, and a stream that is closed or full
    makes it silent, never an error.
    """

    def __init__(
        self, stream: TextIO, env: Mapping[str, str], *, tty: bool, clock: Callable[[], float], delay_s: float = 0.5
    ) -> None:
        self._stream = stream
        self._env = env
        self._live = tty and env.get("TERM") != "dumb" and not in_ci(env)
        self._clock = clock
        self._style = Style(encoding=getattr(stream, "encoding", None))
        self._running: dict[str, None] = {}  # a set that keeps the order
        self._since = 0.0
        self._delay_s = self._due = delay_s if self._live else _FIRST_LINE_S
        self._shown = ""
        self._mute = False

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def started(self, names: Iterable[str]) -> None:
        """More that run now. Where nothing ran before, the clock starts."""
        if not self._running:
            self._since = self._clock()
            self._due = self._delay_s
        self._running |= dict.fromkeys(label(name) for name in names)

    def finished(self, name: str) -> None:
        """One is done; a name that was never started is ignored."""
        self._running.pop(label(name), None)

    def show(self, names: Collection[str]) -> None:
        """These run now and no others: `started`, `finished` and `tick` in one; none at all is the end."""
        if not names:
            self.close()
            return
        gone = set(self._running).difference(map(label, names))
        self.started(names)  # first, so that the clock goes on where one follows the other
        for name in gone:
            self.finished(name)
        self.tick()

    def tick(self) -> None:
        """Write what is due."""
        waited = self._clock() - self._since
        if self._live:
            self._rewrite(self._words("checking", waited) if self._running and waited >= self._due else "")
        elif self._running and waited >= self._due:
            self._write(self._words("still running:", waited) + "\n")
            self._due = waited + _NEXT_LINE_S

    def close(self) -> None:
        """Erase the line. Nothing is running any more; a later `started` begins anew."""
        self._running.clear()
        if self._live:
            self._rewrite("")

    def _words(self, lead: str, waited: float) -> str:
        ending = f" ({waited:.0f} s)"
        names = ", ".join(self._running)
        if self._live:
            # the last column stays free: some terminals begin a new line when it is written
            room = (stream_width(self._stream, self._env) or _WIDTH) - 1 - len(lead) - 1 - len(ending)
            names = cut(names, max(0, room), self._style.ellipsis)
        return self._style.encodable(f"{lead} {names}{ending}")

    def _rewrite(self, line: str) -> None:
        if line == self._shown:
            return
        # blanks, not an escape sequence: every terminal knows them
        blanks = " " * max(0, columns(self._shown) - columns(line))
        self._write(f"\r{line}{blanks}" if line else f"\r{blanks}\r")
        self._shown = line

    def _write(self, text: str) -> None:
        if self._mute:
            return
        try:
            self._stream.write(text)
            self._stream.flush()
        except (OSError, ValueError):  # gone, full or closed: a remark is not worth a failure
            self._mute = True
