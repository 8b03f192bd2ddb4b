"""Place: the folder that recordings lie in, and their names in it."""

from __future__ import annotations

import os
import re
import time

__all__ = ["GITIGNORE", "file_for", "prepare"]

GITIGNORE = """\
# Written by gating: recordings of system metrics belong to this machine.
*
"""
_LONGEST = 40  # characters of a name in a file's name
_OF_RUN = 12  # digits of a run's id; the first twelve are its time, which stands in the name already


def prepare(folder: str) -> None:
    """Make the folder where it is missing, with a `.gitignore` of its own. Raises OSError.

    One that holds something already keeps what it has: it may be there for more than recordings.
    """
    os.makedirs(folder, exist_ok=True)
    with os.scandir(folder) as entries:
        if next(entries, None) is not None:
            return
    try:
        descriptor = os.open(os.path.join(folder, ".gitignore"), os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666)
    except FileExistsError:
        return  # of another run that began just now
    try:
        os.write(descriptor, GITIGNORE.encode())
    finally:
        os.close(descriptor)


def file_for(folder: str, name: str, run: str, started_ns: int, position: int = 0) -> str:
    """The path of a recording: when it began (UTC), what is recorded, and whose; it sorts by time.

    `position` is its place among the recordings of its run.
    """
    when = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime(started_ns // 1_000_000_000))
    plain = re.sub(r"[^A-Za-z0-9._-]+", "-", name).strip("-.")[:_LONGEST] or "command"
    more = f"-{position + 1}" if position else ""
    return os.path.join(folder, f"{when}-{plain}-{run[-_OF_RUN:]}{more}.jsonl")
