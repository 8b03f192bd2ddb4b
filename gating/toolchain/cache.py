"""Cache: judged results, kept per user as long as the files that they were read from stay the same.

One small JSON file for each policy and judged interpreter, replaced as a whole, so that two writers at once
lose at most what the next run finds out again. A cache that cannot be read or written is no cache.
"""

from __future__ import annotations

import contextlib
import json
import os
import zlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from gating import __version__

__all__ = ["Cache", "identity"]

_SCHEMA = "gating.cache/1"
_FILES = 200  # files kept in the folder; the oldest go first


def identity(path: str) -> list[Any]:
    """What changes when a file is replaced: real path, mtime in ns, size, inode, device; the path alone if absent."""
    try:
        status = os.stat(path)
    except (OSError, ValueError):  # ValueError: a NUL in it
        return [path]
    return [os.path.realpath(path), status.st_mtime_ns, status.st_size, status.st_ino, status.st_dev]


class Cache:
    """The results for one policy and judged interpreter, which `about` names; `folder` None keeps nothing.

    `refresh` ignores what is kept but still writes what is found.
    """

    def __init__(self, folder: Path | None, *, about: Sequence[str], refresh: bool = False) -> None:
        self.about = [__version__, *about]
        name = f"{zlib.crc32(json.dumps(self.about).encode()):08x}.json"
        self.file = None if folder is None else folder / "probes" / name
        self.refresh = refresh
        self.changed = False
        self._entries: dict[str, dict[str, Any]] | None = None

    def get(self, name: str, key: object, seen: object) -> dict[str, Any] | None:
        """The result kept under `name`, if it was asked for and read from exactly the same."""
        entry = self._load().get(name)
        if self.refresh or entry is None or entry.get("key") != key or entry.get("seen") != seen:
            return None
        result = entry.get("result")
        return result if isinstance(result, dict) else None

    def entry(self, name: str) -> dict[str, Any] | None:
        """The whole entry under `name` (`key`, `seen`, `result`), for a caller that compares it in its own way."""
        return None if self.refresh else self._load().get(name)

    def took(self, name: str) -> float:
        """Seconds that the last probe under `name` took, 0.0 where none is known."""
        took = self._load().get(name, {}).get("took", 0.0)
        return took if isinstance(took, float) else 0.0

    def put(self, name: str, key: object, seen: object, result: dict[str, Any] | None, *, took: float) -> None:
        """Keep a result (plain JSON values); None keeps only how long it took."""
        self._load()[name] = {"key": key, "seen": seen, "result": result, "took": round(took, 4)}
        self.changed = True

    def save(self) -> None:
        """Write what has changed; nothing that goes wrong here matters."""
        if self.file is None or not self.changed:
            return
        made = json.dumps({"schema": _SCHEMA, "about": self.about, "entries": self._load()}).encode()
        own = self.file.with_name(f"{self.file.name}.{os.getpid()}-{os.urandom(4).hex()}")
        with contextlib.suppress(OSError):
            self.file.parent.mkdir(parents=True, exist_ok=True)
            try:
                own.write_bytes(made)
                own.replace(self.file)
            finally:
                own.unlink(missing_ok=True)
            self._prune(self.file.parent)

    def _load(self) -> dict[str, dict[str, Any]]:
        if self._entries is None:
            self._entries = {}
            # anything may stand there: another program's file, half a file, a list, brackets without end
            with contextlib.suppress(OSError, ValueError, AttributeError, KeyError, RecursionError):
                data = json.loads(self.file.read_bytes()) if self.file else {}
                if data.get("schema") == _SCHEMA and data.get("about") == self.about:
                    entries = data["entries"].items()
                    self._entries = {name: entry for name, entry in entries if isinstance(entry, dict)}
        return self._entries

    @staticmethod
    def _prune(folder: Path) -> None:
        kept = sorted(os.scandir(folder), key=lambda entry: entry.stat().st_mtime, reverse=True)
        for entry in kept[_FILES:]:
            os.unlink(entry.path)
