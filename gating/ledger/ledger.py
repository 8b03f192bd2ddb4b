"""The ledger: a place where runs are begun, kept and looked up."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

from gating.errors import UsageError
from gating.ledger import folder, runs
from gating.ledger.database import Dialect, Trouble, reading
from gating.ledger.event import started
from gating.ledger.identity import is_run_id
from gating.ledger.recording import RunHandle, Store
from gating.ledger.records import RunRecord

TYPE_CHECKING = False
if TYPE_CHECKING:
    from gating.ledger.recordings import Reader
    from gating.ledger.rows import RecordingRow, RunDetail, RunRow

__all__ = ["DEFAULT_PLACE", "OFF", "Ledger", "open_ledger"]

DEFAULT_PLACE = ".gating/ledger.db"
OFF = "off"
TIMEOUT_S = 5.0
_URLS = ("postgresql://", "postgres://")


def open_ledger(
    place: str | Path | None = None,
    *,
    project: Path | None = None,
    timeout_s: float = TIMEOUT_S,
    clock: Callable[[], int] = time.time_ns,
    reader: Reader | None = None,
) -> Ledger:
    """Open the ledger at `place`: a path (relative to `project`), a `postgresql://` URL, or `off`.

    None is `.gating/ledger.db`. `project` is the project's folder, whose `.gating` holds the live runs and the
    spool; where it is None the path is relative to the current folder, and `.gating` lies beside the database.
    `timeout_s` is how long the storing of a run may wait for others. `clock` gives UTC nanoseconds. `reader` tells
    what a file of samples came to, for those that outlived their run; where it is None they wait. Nothing is read or
    made before a run begins. PostgreSQL is not supported by this version: its runs are spooled, and `trouble` says so.
    """
    text = DEFAULT_PLACE if place is None else str(place)
    base = Path.cwd() if project is None else project
    if text == OFF:
        return Ledger(OFF, Store(None, None, None, timeout_s), clock)
    if text.startswith(_URLS):
        from gating.ledger.redact import redact_text

        shown = redact_text(text)
        trouble = Trouble("unsupported", f"{shown}: this version of gating keeps no ledger in PostgreSQL")
        return Ledger(shown, Store(str(base / folder.NAME), None, trouble, timeout_s), clock)
    path = base / text
    if project is None:
        base = path.parent.parent if path.parent.name == folder.NAME else path.parent

    def sqlite() -> Dialect:
        from gating.ledger.sqlite import SQLite

        return SQLite(str(path))

    return Ledger(str(path), Store(str(base / folder.NAME), sqlite, None, timeout_s, reader), clock)


class Ledger:
    """Made by `open_ledger`. `place` is the database's path, a URL without its password, or `off`."""

    def __init__(self, place: str, store: Store, clock: Callable[[], int]) -> None:
        self.place = place
        self._store = store
        self._clock = clock

    @property
    def trouble(self) -> str | None:
        """Why every run will be spooled here; None where nothing is known against storing them."""
        return None if self._store.trouble is None else str(self._store.trouble)

    def begin(self, run: RunRecord) -> RunHandle:
        """Begin a run: its lock file is made, and nothing is written to the database.

        Raises UsageError for an id that is none. What keeps the file from being made is told by `finish`, which it
        meets as well.
        """
        if not is_run_id(run.id):
            raise UsageError(f"{run.id!r} is not a run id: 32 hex digits are (see gating.ledger.new_run_id)")
        start = started(run.as_dict(), runs.this_process())
        live = None
        home = self._store.home
        if home is not None:
            try:
                # the spool's folder too, for a full disk has no room for it at the end
                folder.prepare(home, folder.runs_of(home), folder.spool_of(home))
                live = runs.begin(folder.runs_of(home), start)
            except OSError:
                live = None
        return RunHandle(run, start, live, self._store, self._clock)

    def snapshot_for(self, key: str) -> str | None:
        """The id of the snapshot stored under a freshness key; None where there is none or it cannot be read."""
        if self._store.dialect is None:
            return None
        try:
            with reading(self._store.dialect(), self._store.timeout_s) as session:
                sql = "SELECT snapshot_id FROM snapshot_keys WHERE key = ?"
                found = [] if session is None else session.rows(sql, [key])
        except Trouble:
            return None
        return found[0][0] if found else None

    def runs(self, limit: int = 50) -> list[RunRow]:
        """The newest `limit` runs, newest first: those stored, those spooled, and those that go on.

        Makes and changes nothing. Raises UsageError where there is a ledger that cannot be read.
        """
        from gating.ledger.lookup import newest

        return newest(self._store, self._clock(), limit)

    def recordings(self, limit: int = 50) -> list[RecordingRow]:
        """The newest `limit` recordings of system metrics, newest first, those that go on among them.

        Makes and changes nothing. Raises UsageError where there is a ledger that cannot be read.
        """
        from gating.ledger.lookup import recordings

        return recordings(self._store, self._clock(), limit)

    def show(self, run: str | None = None) -> RunDetail:
        """One run with its verdicts and snapshot, by its id or the beginning of it; None is the newest.

        Raises UsageError for an id that no run or several runs have, and where the ledger cannot be read.
        """
        from gating.ledger.lookup import detail

        return detail(self._store, self._clock(), run)
