"""Many commands at once where pipes cannot be selected on (Windows): a thread for each command."""

from __future__ import annotations

import os
import secrets
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence

from gating.process.command import Captured, Command, Ending, probe_environment
from gating.process.kill import kill_group

__all__ = ["capture_threaded"]

_TICK = 0.1
_GRACE = 1.0  # seconds that readers get for what was printed before the end


def capture_threaded(
    commands: Sequence[Command],
    *,
    at_most: int,
    cap: int,
    on_tick: Callable[[Sequence[str]], None] | None,
) -> list[Captured]:
    """As `gating.process.capturing.capture`; grandchildren that left the group are not found on this path."""
    results: list[Captured | None] = [None] * len(commands)
    slots = threading.Semaphore(max(1, at_most))
    mark = secrets.token_hex(8)

    def work(place: int, command: Command) -> None:
        with slots:
            results[place] = _run(command, f"{mark}.{place}.", cap)

    threads = [threading.Thread(target=work, args=pair, daemon=True) for pair in enumerate(commands)]
    for thread in threads:
        thread.start()
    while alive := [place for place, thread in enumerate(threads) if thread.is_alive()]:
        threads[alive[0]].join(_TICK)
        if on_tick:
            on_tick([commands[place].label for place in alive])
    return [result for result in results if result is not None]


def _run(command: Command, mark: str, cap: int) -> Captured:
    started = time.monotonic()
    try:
        process = subprocess.Popen(
            command.argv,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            cwd=command.cwd,
            env=probe_environment(os.environ if command.env is None else command.env, mark),
            start_new_session=sys.platform != "win32",
            bufsize=0,
        )
    except (OSError, ValueError) as problem:
        return Captured(ending=Ending.NOT_STARTED, error=str(problem))
    flooded = threading.Event()
    printed = (bytearray(), bytearray())
    readers = [
        threading.Thread(target=_read, args=(pipe, kept, cap, flooded), daemon=True)
        for pipe, kept in zip((process.stdout, process.stderr), printed, strict=True)
    ]
    for reader in readers:
        reader.start()
    ending = _wait(process, started + command.timeout, flooded)
    if sys.platform == "win32" or ending is not Ending.EXITED:
        kill_group(process.pid)
    code = process.wait()
    for reader in readers:
        reader.join(_GRACE)
    if ending is Ending.EXITED and code < 0:
        ending = Ending.SIGNALLED
    stdout, stderr = (bytes(kept).decode("utf-8", "replace") for kept in printed)
    return Captured(ending=ending, code=code, stdout=stdout, stderr=stderr, duration_s=time.monotonic() - started)


def _wait(process: subprocess.Popen[bytes], deadline: float, flooded: threading.Event) -> Ending:
    while process.poll() is None:
        if flooded.wait(0.02):
            return Ending.FLOODED
        if time.monotonic() >= deadline:
            return Ending.TIMED_OUT
    return Ending.EXITED


def _read(pipe: object, kept: bytearray, cap: int, flooded: threading.Event) -> None:
    with pipe:  # type: ignore[attr-defined]  # Popen's pipes are `IO | None`
        while part := pipe.read(65536):  # type: ignore[attr-defined]
            kept += part[: cap - len(kept)]
            if len(kept) >= cap:
                flooded.set()  # read on: a closed pipe would end it by a signal and look like its own doing
