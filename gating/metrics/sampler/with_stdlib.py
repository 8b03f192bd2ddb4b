"""A recording where there is neither /proc nor psutil: what the standard library knows, and None for the rest.

The processor time and the peak of memory of the whole command come with the recorder's rusage, where it has one.
"""

import os
import sys

from gating.metrics.format import HOST_KEYS, TREE_KEYS
from gating.metrics.sampler.host import free_bytes, host_facts, loads
from gating.metrics.sampler.kept import keep, release

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

__all__ = ["Host", "Tree"]

_WHY = "there is neither /proc nor psutil (extra metrics)"


class Tree:
    """Whether the watched process is there, with the interface of the reader of /proc."""

    def __init__(self) -> None:
        self._root: int | None = None
        self.ignored_children = False
        self.pss_cpu_s = 0.0
        self.root_started: int | None = None  # in ticks, which nobody counts here
        self.missing = {f"tree.{key}": _WHY for key in TREE_KEYS}

    def watch(self, pid: int, *, owned: bool, reaper: int | None = None, mark: str | None = None) -> bool:  # noqa: ARG002
        """Remember the process; whether it is there."""
        self._root = pid
        return self.alive()[0]

    def alive(self) -> tuple[bool, int]:
        """Whether the watched process lives, and 0: its children are not known.

        On Windows a look would end it, and it counts as gone: a recording then ends with its recorder.
        """
        if self._root is None or sys.platform == "win32":
            return False, 0
        try:
            os.kill(self._root, 0)
        except PermissionError:  # another user's
            return True, 0
        except OSError:
            return False, 0
        return True, 0

    def sample(self, now_s: float = 0.0) -> "dict[str, Any]":  # noqa: ARG002
        """Nothing is known while it runs."""
        return dict.fromkeys(TREE_KEYS)

    def totals(self) -> "dict[str, Any]":
        """Nothing is known but by rusage."""
        keys = ("cpu_s", "user_s", "system_s", "peak_rss_bytes", "peak_pss_bytes", "read_bytes", "write_bytes")
        return dict.fromkeys(keys)

    def beside_root(self) -> tuple[float, float]:
        """Nothing is known of other members."""
        return 0.0, 0.0

    def close(self) -> None:
        """Nothing is held."""


class Host:
    """Load and free space, with the interface of `gating.metrics.sampler.host.HostReader`."""

    def __init__(self, disk: str | None = None) -> None:
        self._disk = disk
        self._folder = keep(disk) if disk and sys.platform != "win32" else -1  # a folder has no descriptor there
        self.missing = {f"host.{key}": _WHY for key, value in self.sample().items() if value is None}

    def facts(self) -> dict[str, object]:
        """What does not change while the machine runs, for the header."""
        try:
            memory = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
        except (AttributeError, ValueError, OSError):  # Windows has no sysconf
            memory = None
        return {**host_facts(), "memory_bytes": memory}

    def sample(self) -> dict[str, float | None]:
        """Each key, None where it is unknown."""
        found: dict[str, float | None] = dict.fromkeys(HOST_KEYS)
        found["load_1m"], found["load_5m"], found["load_15m"] = loads()
        found["disk_free_bytes"] = self._free()
        return found

    def close(self) -> None:
        release(self._folder)

    def _free(self) -> int | None:
        if self._folder >= 0 or self._disk is None:
            return free_bytes(self._folder)
        import shutil

        try:
            return shutil.disk_usage(self._disk).free
        except OSError:
            return None
