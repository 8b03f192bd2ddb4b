"""Candidates: every file on the search path that could be the tool, in the order a shell would meet them."""

from __future__ import annotations

import os
import stat
import sys
from typing import NamedTuple

from gating.toolchain.host import Host

__all__ = ["Candidate", "Identity", "candidates"]

Identity = tuple[str, int, int, int, int]


class Candidate(NamedTuple):
    """A file that bears the tool's name.

    `path` is as found on the search path, `real` the file behind all links. `identity` is (real path,
    mtime in ns, size in bytes, inode, device): it changes when the file is replaced. `defect` says why it
    cannot be executed, None where it can.
    """

    path: str
    real: str
    identity: Identity
    defect: str | None = None


def candidates(name: str, host: Host) -> tuple[Candidate, ...]:
    """All candidates for `name` on the host's search path, executable ones first, one for each real file.

    A name with a path separator is that one file, relative to the project's folder. Folders are no candidates,
    and a link that leads nowhere is one that cannot be executed. What a folder that may not be entered holds is
    not known, and no candidate.
    """
    found: dict[str, Candidate] = {}
    if os.path.dirname(name):
        places = [os.path.join(host.root, name)]
    else:
        places = [os.path.join(folder, name) for folder in host.path]
    whole = name.lower().endswith(tuple(filter(None, host.extensions)))
    for place in places:
        for ending in ("",) if whole else host.extensions:
            candidate = _candidate(place + ending)
            if candidate is not None and candidate.real not in found:
                found[candidate.real] = candidate
    return tuple(sorted(found.values(), key=lambda one: one.defect is not None))


def _candidate(path: str) -> Candidate | None:
    try:
        status = os.stat(path)
    except (OSError, ValueError):  # ValueError: a NUL in the name
        if not os.path.islink(path):
            return None
        return Candidate(path=path, real=path, identity=(path, 0, 0, 0, 0), defect="is a link that leads nowhere")
    if stat.S_ISDIR(status.st_mode):
        return None
    real = os.path.realpath(path)
    defect = None
    if not stat.S_ISREG(status.st_mode):
        defect = "is not a file"
    elif sys.platform != "win32" and not (status.st_mode & 0o111 and os.access(path, os.X_OK)):
        defect = "is not executable"
    return Candidate(
        path=path,
        real=real,
        identity=(real, status.st_mtime_ns, status.st_size, status.st_ino, status.st_dev),
        defect=defect,
    )
