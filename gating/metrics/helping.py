"""Where the modules are that the sampler may use: found by the recorder, whose path it does not have.

psutil where there is no /proc, pynvml where NVIDIA's driver is. They are looked for there only, and not imported.
"""

import os
import sys

from gating.metrics.sampler.readers import TRACES_OF_NVIDIA

__all__ = ["helping_modules"]


def helping_modules(source: str | None = None) -> dict[str, str]:
    """The file of each module that is installed and may serve, by name; `source` as in the recording's header."""
    wanted = []
    if source == "psutil" or not os.path.exists("/proc/self/stat"):
        wanted.append("psutil")
    if any(os.path.exists(trace) for trace in TRACES_OF_NVIDIA):
        wanted.append("pynvml")
    return {name: file for name in wanted if (file := _file(name))}


def _file(name: str) -> str | None:
    from importlib.machinery import PathFinder

    try:
        spec = PathFinder.find_spec(name, sys.path)
    except (ImportError, ValueError, OSError):
        return None
    return None if spec is None else spec.origin
