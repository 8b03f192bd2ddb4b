"""Ending processes: a whole group, and on Linux whatever still carries a mark in its environment."""

from __future__ import annotations

import contextlib
import os
import signal
import sys

__all__ = ["kill_group", "kill_marked"]

_ROUNDS = 5  # a process may fork between the look and the kill; look again until nothing is found


def kill_group(leader: int, number: int = signal.SIGTERM if sys.platform == "win32" else signal.SIGKILL) -> None:
    """Send `number` to the process group of `leader`, which must not have been waited for yet.

    An unreaped leader keeps the group's id from being given to somebody else.
    """
    if sys.platform == "win32":
        import subprocess

        subprocess.run(
            ["taskkill", "/F", "/T", "/PID", str(leader)],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=False,
        )
        return
    # it is gone, or only members of another user are left: neither can be ended by us
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(leader, number)


def kill_marked(variable: str, text: str) -> int:
    """Kill every process whose environment has `variable` set to a value that starts with `text`.

    Returns how many were killed; 0 where there is no /proc. The caller itself is never one of them. Found are
    also processes that left the group with setsid; not found are those that cleared their environment.
    """
    if not sys.platform.startswith("linux"):
        return 0
    needle = f"{variable}={text}".encode()
    killed: set[int] = set()
    for _ in range(_ROUNDS):
        found = [pid for pid in _marked(needle) if pid not in killed]
        if not found:
            break
        for pid in found:
            try:
                os.kill(pid, signal.SIGKILL)
            except (ProcessLookupError, PermissionError):
                continue
            killed.add(pid)
    return len(killed)


def _marked(needle: bytes) -> list[int]:
    own = os.getpid()
    found = []
    for name in os.listdir("/proc"):
        if not name.isdigit() or int(name) == own:
            continue
        try:
            handle = os.open(f"/proc/{name}/environ", os.O_RDONLY | os.O_CLOEXEC)
        except OSError:
            continue  # gone, or another user's
        try:
            environment = _read_all(handle)
        except OSError:
            continue
        finally:
            os.close(handle)
        if environment.startswith(needle) or b"\0" + needle in environment:
            found.append(int(name))
    return found


def _read_all(handle: int) -> bytes:
    parts = []
    while part := os.read(handle, 1 << 18):
        parts.append(part)
    return b"".join(parts)
