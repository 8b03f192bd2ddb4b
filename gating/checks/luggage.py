"""Luggage: gating itself, and packaging where it is lacking, in a temporary folder for another Python's search path."""

from __future__ import annotations

import contextlib
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import gating

__all__ = ["packed"]

_METADATA = "Metadata-Version: 2.1\nName: gating\nVersion: {version}\n"
_ENTRY_POINTS = "[pytest11]\ngating = gating.pytest_plugin\n"  # what pytest finds the plugin by


@contextlib.contextmanager
def packed(*, packaging: bool) -> Iterator[str]:
    """A folder that has this gating, as an installed distribution would be found, for as long as the block runs.

    `packaging` puts this process's packaging beside it; one that the other Python has of its own is better.
    """
    folder = tempfile.mkdtemp(prefix="gating-carried-")
    try:
        _put(Path(gating.__file__).parent, Path(folder, "gating"))
        info = Path(folder, f"gating-{gating.__version__}.dist-info")
        info.mkdir()
        info.joinpath("METADATA").write_text(_METADATA.format(version=gating.__version__), encoding="utf-8")
        info.joinpath("entry_points.txt").write_text(_ENTRY_POINTS, encoding="utf-8")
        info.joinpath("INSTALLER").write_text("gating\n", encoding="utf-8")
        if packaging and (found := find_spec("packaging")) is not None and found.origin is not None:
            _put(Path(found.origin).parent, Path(folder, "packaging"))
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _put(package: Path, place: Path) -> None:
    """A link to the package where links can be had, else a copy without what Python compiled."""
    if sys.platform != "win32":
        with contextlib.suppress(OSError):
            os.symlink(package, place, target_is_directory=True)
            return
    shutil.copytree(package, place, ignore=shutil.ignore_patterns("__pycache__"))
