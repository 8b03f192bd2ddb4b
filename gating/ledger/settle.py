"""Settle what earlier runs left: fold the spool in, and mark the runs that were killed."""

from __future__ import annotations

import os
import time
from contextlib import suppress

from gating.ledger import spool
from gating.ledger.database import Session, Trouble
from gating.ledger.event import EVENT, START, Json, encode, killed
from gating.ledger.folder import runs_of, spool_of
from gating.ledger.recordings import Reader, adopt
from gating.ledger.runs import scan, this_process
from gating.ledger.store import put

__all__ = ["settle"]

# what a document of the right schema and the wrong shape makes the store stumble over
_MISSHAPEN = (LookupError, TypeError, ValueError, AttributeError)


def settle(session: Session, home: str, reader: Reader | None, *, now_ns: int, end: float) -> str | None:
    """Take what lies in `home` into the store; one line about what could not be taken, None where nothing is left.

    With a `reader`, recordings that outlived their run are read where they are finished.

    Only in the process's turn to write, and until `end` (of `time.monotonic`): the next run does the rest.
    A run is stored before its file is removed, and storing it twice changes nothing; so wherever this is cut
    off, each run is stored once. Raises Trouble.
    """
    folder = spool_of(home)
    # the dead are looked for first: a run that comes to its end meanwhile is in the spool by the time that is read
    dead = [seen for seen in scan(runs_of(home), this_process(), now_ns) if not seen.alive]
    folded: list[tuple[str, bytes]] = []  # files, and what of each is to be kept
    with session.transaction():
        for spooled in spool.pending(folder):
            if time.monotonic() > end:
                break
            if all(document["schema"] in (EVENT, START) for document in spooled.documents):
                folded.append((spooled.path, spooled.rest + _store_all(session, spooled.documents, now_ns)))
        for seen in dead:
            document = seen.document if seen.document["schema"] == EVENT else killed(seen.document)
            folded.append((seen.path, _store_all(session, [document], now_ns)))
        if reader is not None:
            adopt(session, reader, now_ns=now_ns, end=end)
    for path, rest in folded:
        with suppress(OSError):
            if rest:
                spool.keep_unread(folder, os.path.basename(path), rest)
            os.unlink(path)
    return _left_over(folder)


def _store_all(session: Session, documents: list[Json], now_ns: int) -> bytes:
    """Store each run that is over; the lines of those that the store will not have."""
    refused = b""
    for document in documents:
        if document["schema"] != EVENT:
            continue
        try:
            with session.savepoint():
                put(session, document, now_ns)
        except Trouble as trouble:
            if trouble.cause != "unexpected":
                raise
            refused += encode(document)
        except _MISSHAPEN:
            refused += encode(document)
    return refused


def _left_over(folder: str) -> str | None:
    parts = []
    if unread := spool.unread(folder):
        more = f" (and {len(unread) - 1} more)" if len(unread) > 1 else ""
        parts.append(f"{unread[0]}{more} holds what could not be read of a spooled run: look at it, then delete it")
    if waiting := spool.waiting(folder):
        parts.append(f"{folder} holds runs that could not be stored yet ({waiting} of them)")
    return "; ".join(parts) or None
