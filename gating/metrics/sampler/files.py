"""Files of /proc that stay open, as many as the limit on descriptors allows, and are read from their beginning.

A descriptor of a file in /proc belongs to one process and never to the next one of the same number: once that
process is reaped, reading fails. Where no more may stay open, a file is opened for each reading.
"""

from __future__ import annotations

from gating.metrics.sampler.system import os

TYPE_CHECKING = False

__all__ = ["Descriptors", "File", "file_or_none"]

_SPARE = 64  # descriptors that are left for everything else
_MOST = 65536  # no more are asked for
_PART = 2048  # bytes; what is shorter than half a page was not cut
_READ = 8192  # bytes; more than any file of one process holds but the list of its children

pread = os.pread


class Descriptors:
    """How many files may stay open; the limit on them is raised when it is first reached."""

    def __init__(self, limit: int | None = None) -> None:
        self._raised = limit is not None
        self._left = (os.sysconf("SC_OPEN_MAX") if limit is None else limit) - _SPARE

    def take(self) -> bool:
        """Whether one more may stay open; it is counted then."""
        if self._left <= 0 and not self._raised:
            self._raised = True
            self._left += _raise_limit()
        if self._left <= 0:
            return False
        self._left -= 1
        return True

    def give(self) -> None:
        """Count one that was closed."""
        self._left += 1


def _raise_limit() -> int:
    """Raise the limit as far as it goes, and say by how much."""
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    target = _MOST if hard == resource.RLIM_INFINITY else min(hard, _MOST)
    if target <= soft:
        return 0
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (target, hard))
    except (OSError, ValueError):
        return 0
    return target - soft


class File:
    """One file, read again and again; every failure is the OSError of the call that failed."""

    __slots__ = ("_descriptors", "handle", "path")

    def __init__(self, path: str, descriptors: Descriptors) -> None:
        self.path = path
        self.handle = -1
        self._descriptors = descriptors
        if descriptors.take():
            try:
                self.handle = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
            except OSError:
                descriptors.give()
                raise

    def read(self) -> bytes:
        """What the file holds now, up to 8 KiB of it."""
        if self.handle >= 0:
            return pread(self.handle, _READ, 0)
        handle = os.open(self.path, os.O_RDONLY | os.O_CLOEXEC)
        try:
            return os.read(handle, _READ)
        finally:
            os.close(handle)

    def read_all(self) -> bytes:
        """What the file holds now; the kernel hands over about a page a call."""
        if self.handle < 0:
            with open(self.path, "rb", buffering=0) as file:
                return file.read()
        text = self.read()
        if len(text) < _PART:
            return text
        while part := pread(self.handle, _READ, len(text)):
            text += part
        return text

    def entries(self) -> int:
        """How many entries a folder such as /proc/PID/fd has: its size from Linux 6.2 on, by counting before."""
        size = os.fstat(self.handle).st_size if self.handle >= 0 else os.stat(self.path).st_size
        return size or len(os.listdir(self.handle if self.handle >= 0 else self.path))

    def close(self) -> None:
        if self.handle >= 0:
            os.close(self.handle)
            self.handle = -1
            self._descriptors.give()


def file_or_none(path: str, descriptors: Descriptors) -> File | None:
    """A file, None where it cannot be opened: it is another user's, or the kernel does not have it."""
    try:
        return File(path, descriptors)
    except OSError:
        return None
