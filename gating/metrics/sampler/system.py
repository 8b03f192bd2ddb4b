"""The system's own calls, without the module os around them: to import that takes the sampler a tenth of its start.

`os` is what its name says but for what it has written in Python: paths, the environment, texts of file names.
"""

import sys

TYPE_CHECKING = False
if TYPE_CHECKING or "os" in sys.modules:  # in the recorder and in tests it is
    import os
else:
    try:
        import posix as os
    except ImportError:
        import os

__all__ = ["exists", "folder_of", "is_folder", "os"]

_KIND, _FOLDER = 0o170000, 0o040000  # of a file's mode


def exists(path: str) -> bool:
    """Whether there is something of that name, as far as we may see."""
    return _mode(path) is not None


def is_folder(path: str) -> bool:
    """Whether that is a folder."""
    mode = _mode(path)
    return mode is not None and mode & _KIND == _FOLDER


def folder_of(path: str) -> str:
    """What stands before the last slash."""
    return path.rpartition("/")[0]


def _mode(path: str) -> int | None:
    try:
        return os.stat(path).st_mode
    except (OSError, ValueError):
        return None
