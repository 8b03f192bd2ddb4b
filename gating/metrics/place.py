"""Place: the folder that recordings lie in, and their names in it."""

from __future__ import annotations

import os
import re
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gating.policy import Policy

__all__ = ["GITIGNORE", "file_for", "folder_of", "interval_of", "prepare"]

GITIGNORE = """\
# Written by gating: recordings of system metrics belong to this machine.
*
"""
_LONGEST = 40  # characters of a name in a file's name
_OF_RUN = 12  # digits of a run's id; the first twelve are its time, which stands in the name already


def folder_of(policy: Policy) -> str:
    """The absolute path of the folder that the policy names."""
    return os.path.join(policy.root, policy.metrics.directory)


def interval_of(given: float | str) -> float:
    """The seconds between two samples, as a number or as its text. Raises UsageError for anything else."""
    from gating.errors import UsageError
    from gating.policy.model import LEAST_INTERVAL_S

    try:
        seconds = float(given)
    except ValueError:
        seconds = 0.0
    if not LEAST_INTERVAL_S <= seconds < float("inf"):  # not a number compares as false
        raise UsageError(f"an interval is a number of seconds, {LEAST_INTERVAL_S} or more, and not {given!r}")
    return seconds


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
