"""Files of /proc and /sys that are opened once and read again and again: a read costs a third of opening them."""

from gating.metrics.sampler.system import os

__all__ = ["keep", "read", "release"]


def keep(path: str) -> int:
    """The descriptor of a file that stays open, -1 where it cannot be read; both are for `read` and `release`."""
    try:
        return os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return -1


def read(descriptor: int, size: int = 4096) -> bytes:
    """The file's first `size` bytes as they are now, none where they cannot be had."""
    if descriptor < 0:
        return b""
    try:
        return os.pread(descriptor, size, 0)
    except OSError:  # a group or device that has gone, or a kernel that cannot tell
        return b""


def release(*descriptors: int) -> None:
    """Close what was kept."""
    for descriptor in descriptors:
        if descriptor >= 0:
            os.close(descriptor)
