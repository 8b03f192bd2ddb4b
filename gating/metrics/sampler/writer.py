"""The file: one line a write, whole or not at all, and never beyond its cap.

What cannot be written (a full disk, a limit on file sizes, a folder that is not there) is counted as lost and never
stops the recording. A line is handed to the kernel by one write, so that a kill of the sampler itself costs at most
the sample that it was about to write. Nothing is synced to the disk: only a crash of the machine could tell.
"""

from __future__ import annotations

from gating.metrics.sampler.system import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any

__all__ = ["Writer", "encoder"]

_RESERVED = 8192  # bytes that are kept free below the cap for the footer


def encoder() -> Callable[[Mapping[str, Any]], bytes]:
    """A function that makes one line of JSON of a dictionary.

    The C part of json is asked directly: the package around it costs several milliseconds to import.
    """
    try:
        import _json
    except ImportError:
        from json import dumps

        return lambda message: (dumps(message, separators=(",", ":")) + "\n").encode()

    # markers, default, encoder, indent, key separator, item separator, sort keys, skip keys, allow nan
    make = _json.make_encoder(None, _refuse, _json.encode_basestring_ascii, None, ":", ",", False, False, False)
    return lambda message: ("".join(make(message, 0)) + "\n").encode()


def _refuse(value: object) -> object:
    raise TypeError(f"{type(value).__name__} has no form in JSON")


class Writer:
    """The recording's file, from its header to its footer."""

    def __init__(self, path: str, cap_bytes: int) -> None:
        self.size = 0
        self.lost = 0
        self.trouble: str | None = None  # why the latest line could not be written
        self._path = path
        self._limit = max(cap_bytes, 2 * _RESERVED) - _RESERVED
        self._mark = self._limit // 2  # the size at which the interval is to double next
        self._encode = encoder()
        self._handle = -1
        self._header: bytes | None = None  # as long as it is not written; nothing may stand before it

    def begin(self, header: Mapping[str, Any]) -> None:
        """Open the file and write the header; where that fails, each later line tries again."""
        self._header = self._encode(header)
        self._begun()

    def sample(self, sample: Mapping[str, Any]) -> bool:
        """Write a sample, and say whether the interval is to double now, so that the room that is left lasts."""
        line = self._encode(sample)
        if self.size + len(line) > self._limit:
            self.trouble = "the file has reached its cap"
            self.lost += 1
            return True
        if not (self._begun() and self._put(line)):
            self.lost += 1
        if self.size < self._mark:
            return False
        self._mark = self.size + (self._limit - self.size) // 2
        return True

    def footer(self, footer: Mapping[str, Any]) -> None:
        """Write the footer and close the file."""
        if not (self._begun() and self._put(self._encode(footer))):
            self.lost += 1
        self.close()

    def close(self) -> None:
        if self._handle >= 0:
            os.close(self._handle)
            self._handle = -1

    def _begun(self) -> bool:
        """Whether the header is written; now, if it was not."""
        if self._header is None:
            return True
        if self._handle < 0:
            try:
                self._handle = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o644)
            except OSError as problem:
                self.trouble = problem.strerror
                return False
            _hold(self._handle)
        if not self._put(self._header):
            return False
        self._header = None
        return True

    def _put(self, line: bytes) -> bool:
        """Write a line by one call; what was taken of it only in part is cut off again."""
        try:
            taken = os.write(self._handle, line)
        except OSError as problem:
            self.trouble = problem.strerror
            return False
        if taken == len(line):
            self.size += taken
            return True
        self.trouble = "no room for a whole line"
        try:
            os.ftruncate(self._handle, self.size)
            os.lseek(self._handle, self.size, 0)
        except OSError:
            self.size += taken  # a reader skips what is no line of JSON
        return False


def _hold(handle: int) -> None:
    """Lock the file, until this process ends, so that a reader can tell whether it is being written."""
    try:
        os.lockf(handle, os.F_TLOCK, 0)
    except (OSError, AttributeError):
        pass  # a file system or a platform without locks
