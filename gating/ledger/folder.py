"""The folder `.gating/`: what lies where in it, and the `.gitignore` that keeps it out of the repository."""

from __future__ import annotations

import os
from contextlib import suppress

__all__ = ["GITIGNORE", "NAME", "prepare", "runs_of", "spool_of", "sync"]

NAME = ".gating"

GITIGNORE = """\
# Written by gating. What lies here belongs to this machine; only reach.json is to be committed.
*
!reach.json
"""


def runs_of(home: str) -> str:
    """The folder of the lock files of live runs, in the `.gating` folder `home`."""
    return os.path.join(home, "runs")


def spool_of(home: str) -> str:
    """The folder of what the ledger could not take, in the `.gating` folder `home`."""
    return os.path.join(home, "spool")


def prepare(home: str, *folders: str) -> None:
    """Make `home` and the named `folders` where they are missing, and give `home` a `.gitignore`.

    A `.gitignore` that is there stays as it is. A clone may bring the folder without one (reach.json is
    committed), so its absence is what counts, not who made the folder. Raises OSError.
    """
    os.makedirs(home, exist_ok=True)
    # the file ignores itself, so that a first run does not make the working tree dirty
    with suppress(FileExistsError):
        descriptor = os.open(os.path.join(home, ".gitignore"), os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666)
        try:
            os.write(descriptor, GITIGNORE.encode())
        finally:
            os.close(descriptor)
    for folder in folders:
        os.makedirs(folder, exist_ok=True)


def sync(folder: str) -> None:
    """Bring a folder's names to the disk, where that can be done: a file's name is in its folder only."""
    if hasattr(os, "O_DIRECTORY"):
        with suppress(OSError):
            descriptor = os.open(folder, os.O_RDONLY)
            try:
                os.fsync(descriptor)
            finally:
                os.close(descriptor)
