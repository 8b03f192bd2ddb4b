"""Starting the sampler and talking with it: nothing here waits for it, and nothing about it ever raises.

What goes wrong is in `Sampler.trouble`; the run that is recorded goes on without its record.
"""

from __future__ import annotations

import os
import sys
import time

from gating import __version__
from gating.metrics.helping import helping_modules
from gating.metrics.sampler.control import Inbox, pack

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any, Self

__all__ = ["Sampler"]

_INTERVAL_S = 1.0
_LINGER_S = 30.0  # how long orphans are followed where nobody is left who could tell the sampler to end
_CAP_BYTES = 64 << 20
_COMMAND = 32 << 10  # characters of the command that are recorded; a pipe takes 64 KiB without a reader
_FOLDER = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
_CODE = "import sys; sys.path.append({!r}); from gating.metrics.sampler.main import main; main()"


class Sampler:
    """A sampler that was started, or why it could not be."""

    def __init__(self, path: str) -> None:
        self.path = path
        self.pid: int | None = None  # a child of ours: whoever reaps any child must leave it alone
        self.trouble: str | None = None  # why there is no record, or an incomplete one
        self.footer: dict[str, Any] | None = None
        self._to = self._from = -1
        self._inbox = Inbox()
        self._ready = False
        self._gone = False  # it has closed its end of the pipe, as only its end does

    @classmethod
    def start(cls, config: Mapping[str, Any]) -> Self:
        """Start the sampler and return at once.

        `config` has `path` (of the file, which must not exist) and `name`, and may have `run`, `command` (a list),
        `interval_s`, `cap_bytes`, `linger_s`, `owned` (the command is started and reaped by this process), `root_pid`,
        `started_ns`, `mark` (NAME=value in the environment of the command, by which its orphans are known), and
        what the readers take: `source`, `pynvml`, `psutil`, `disk`.
        """
        sampler = cls(os.path.abspath(config["path"]))
        try:
            sampler._start(_filled_in(config, sampler.path))
        except (OSError, ValueError, NotImplementedError) as problem:
            sampler.trouble = f"the sampler could not be started: {problem}"
            sampler._close()
        return sampler

    def watch(self, pid: int) -> None:
        """Say which process is to be watched, as soon as it is started."""
        self._tell({"watch": pid})

    def ready(self, timeout_s: float) -> bool:
        """Wait for the first sample; whether it came within `timeout_s` seconds."""
        self._listen(timeout_s, until="ready")
        return self._ready

    def finish(
        self,
        rusage: Mapping[str, Any] | None = None,
        exit_code: int | None = None,
        signal: int | None = None,
        orphans: Mapping[str, Any] | None = None,
        *,
        wall_s: float | None = None,
        timeout_s: float = 5.0,
    ) -> dict[str, Any] | None:
        """End the recording and return its footer, None where the sampler is gone or silent for `timeout_s` seconds.

        `rusage` has `user_s`, `system_s` and may have `peak_rss_bytes`, `read_bytes`, `write_bytes`: of the command
        and all orphans that were reaped, or of this process and its children since the start. `orphans` has
        `reaped` and `running`, their numbers, and `uncounted`. `wall_s` is how long the command took, None for the
        time until now.
        """
        end: dict[str, Any] = {"exit_code": exit_code, "signal": signal}
        end["rusage"] = rusage and dict(rusage)
        end["orphans"] = orphans and dict(orphans)
        if wall_s is not None:
            end["wall_s"] = wall_s
        self._tell({"end": end})
        self._listen(timeout_s, until="footer")
        if self.footer is None and self.trouble is None:
            self.trouble = "the sampler has ended before its time"
        self._close()
        self._reap(timeout_s)
        return self.footer

    def _start(self, config: dict[str, Any]) -> None:
        python = getattr(sys, "_base_executable", None) or sys.executable
        if not python or not hasattr(os, "posix_spawn"):
            raise OSError("there is no interpreter to start it with")
        import signal

        theirs_in, self._to = os.pipe()
        self._from, theirs_out = os.pipe()
        try:
            self.pid = os.posix_spawn(
                python,
                [python, "-I", "-S", "-c", _CODE.format(_FOLDER)],
                os.environ,
                file_actions=[
                    (os.POSIX_SPAWN_DUP2, theirs_in, 0),
                    (os.POSIX_SPAWN_DUP2, theirs_out, 1),
                    (os.POSIX_SPAWN_OPEN, 2, os.devnull, os.O_WRONLY, 0),
                ],
                # blocked from its first instant: a Ctrl-C or the end of a terminal is meant for the command
                setsigmask=signal.valid_signals(),
            )
        finally:
            os.close(theirs_in)
            os.close(theirs_out)
        self._tell({"config": config})

    def _tell(self, message: Mapping[str, Any]) -> None:
        if self._to < 0:
            return
        try:
            os.write(self._to, pack(message))
        except OSError:
            self.trouble = self.trouble or "the sampler has ended before its time"

    def _listen(self, timeout_s: float, *, until: str) -> None:
        """Take in what the sampler says, until it has said `until`, is gone, or the time is over."""
        import select

        deadline = time.monotonic() + timeout_s
        poll = select.poll()
        while self._from >= 0 and not (self.footer if until == "footer" else self._ready):
            poll.register(self._from, select.POLLIN)
            if not poll.poll(max(0.0, deadline - time.monotonic()) * 1000):
                self.trouble = self.trouble or f"the sampler was silent for {timeout_s:g} s"
                return
            part = os.read(self._from, 65536)
            if not part:
                self._gone = True
                return
            for message in self._inbox.feed(part):
                self._ready = True
                self.footer = message.get("footer", self.footer)
                self.trouble = message.get("trouble") or self.trouble

    def _close(self) -> None:
        for handle in (self._to, self._from):
            if handle >= 0:
                os.close(handle)
        self._to = self._from = -1

    def _reap(self, timeout_s: float) -> None:
        """Wait for the process; it ends by itself once it has said its last word."""
        if self.pid is None:
            return
        deadline = time.monotonic() + (timeout_s if self._gone or self.footer is not None else 0.0)
        try:
            while os.waitpid(self.pid, os.WNOHANG)[0] == 0:
                if time.monotonic() >= deadline:
                    return
                time.sleep(0.001)
        except ChildProcessError:
            pass  # somebody else has reaped it
        self.pid = None


def _filled_in(config: Mapping[str, Any], path: str) -> dict[str, Any]:
    """The configuration with every value that the sampler relies on."""
    filled: dict[str, Any] = {"interval_s": _INTERVAL_S, "cap_bytes": _CAP_BYTES, "linger_s": _LINGER_S}
    filled |= {"owned": False, "root_pid": None, **helping_modules(config.get("source")), **config}
    filled["path"] = path
    filled["started_monotonic_s"] = time.monotonic()
    filled["started_ns"] = config.get("started_ns") or time.time_ns()
    filled["recorder_pid"] = os.getpid()
    filled["version"] = __version__
    if config.get("command") is not None:
        filled["command"] = _shortened(config["command"])
    return filled


def _shortened(command: list[str]) -> list[str]:
    """The command as it is recorded: text that any reader takes, and no longer than the pipe."""
    kept, left = [], _COMMAND
    for word in command:
        text = str(word).encode("utf-8", "replace").decode()
        if len(text) > left:
            kept.append(text[:left] + "…")
            break
        kept.append(text)
        left -= len(text)
    return kept
