"""The end of a run: into the store, else into the spool, else said aloud.

Recording never changes what a run says: nothing here raises but the interrupt that the user sent, and not before
the run is safe.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from gating.ledger import folder
from gating.ledger.database import Dialect, Trouble, of_os, writing
from gating.ledger.event import Json, Snapshot, encode, finished, storable
from gating.ledger.records import Recorded, RunRecord
from gating.ledger.runs import LiveRun, others, runs_in

TYPE_CHECKING = False
if TYPE_CHECKING:
    from gating.ledger.recordings import Reader
    from gating.ledger.retention import Bounds

__all__ = ["RunHandle", "Store"]


class Store:
    """Where runs go: the `.gating` folder, None where the ledger is off, and how to reach the database.

    `dialect` is None where there is no database; `trouble` then says why. `reader` tells what a file of samples came
    to (see `recordings.Reader`), None where nobody here can read one.
    """

    __slots__ = ("dialect", "home", "reader", "timeout_s", "trouble")

    def __init__(
        self,
        home: str | None,
        dialect: Callable[[], Dialect] | None,
        trouble: Trouble | None,
        timeout_s: float,
        reader: Reader | None = None,
    ) -> None:
        self.home = home
        self.dialect = dialect
        self.trouble = trouble
        self.timeout_s = timeout_s
        self.reader = reader


class RunHandle:
    """A run that goes on. Made by `Ledger.begin`; one that is never finished is found killed by a later run."""

    def __init__(
        self, run: RunRecord, start: Json, live: LiveRun | None, store: Store, clock: Callable[[], int]
    ) -> None:
        self.run = run
        self._start = start
        self._live = live
        self._store = store
        self._clock = clock
        self._recorded: Recorded | None = None
        self._noted: dict[str, Json] = {}  # by path

    def note(self, recording: Mapping[str, Any]) -> None:
        """Note that a file of samples is being written (see `event.recording`), as long as the run has not ended.

        Should this process be killed, a later run finds the file by it. Raises nothing.
        """
        try:
            self._noted[recording["path"]] = storable(dict(recording))
            self._start = {**self._start, "recordings": list(self._noted.values())}
            if self._live is not None:
                self._live.note(encode(self._start))
        except Exception:  # noqa: BLE001, S110 - the run itself is what counts
            pass

    def forget(self, path: str) -> None:
        """Take back the note of a file that has not come to be."""
        self._noted.pop(path, None)
        self._start = {**self._start, "recordings": list(self._noted.values())}

    def finish(
        self,
        report: Mapping[str, Any] | Sequence[Mapping[str, Any]],
        exit_code: int,
        ended_ns: int,
        snapshot: Snapshot | None = None,
        probes: Sequence[Mapping[str, Any]] = (),
        *,
        recordings: Sequence[Mapping[str, Any]] = (),
        keep: Bounds | None = None,
    ) -> Recorded:
        """Record the run's end, once; a second call changes nothing and answers the same.

        `report` is a document `gating.report/1`, or its verdicts alone. `ended_ns` is UTC nanoseconds. `snapshot`
        is the id of one that is stored (`Ledger.snapshot_for`), or its freshness key and the snapshot itself.
        `recordings` say what became of the files that were noted. `keep` bounds what is kept of such files.
        Raises nothing but KeyboardInterrupt and its like, after the run has been put aside.
        """
        if self._recorded is None:
            if self._store.home is None:
                self._recorded = Recorded(where="nowhere")
            else:

                def document() -> Json:
                    return self._document(report, exit_code, ended_ns, snapshot, probes, recordings=recordings)

                self._recorded = self._record(self._store.home, document, keep)
        return self._recorded

    def _document(
        self,
        report: Mapping[str, Any] | Sequence[Mapping[str, Any]],
        exit_code: int,
        ended_ns: int,
        snapshot: Snapshot | None,
        probes: Sequence[Mapping[str, Any]],
        *,
        recordings: Sequence[Mapping[str, Any]],
    ) -> Json:
        end: dict[str, Any] = {"exit_code": exit_code, "ended_ns": ended_ns}
        told = {one["path"] for one in recordings}
        end["recordings"] = [*(one for path, one in self._noted.items() if path not in told), *recordings]
        try:
            return finished(self._start, report, **end, snapshot=snapshot, probes=probes)
        except Exception as error:  # noqa: BLE001 - a report of a wrong shape costs its verdicts, not the run
            note = f"the verdicts of this run were not recorded: {type(error).__name__}: {error}"
            return finished(self._start, {"notes": [note]}, **end, snapshot=None, probes=[])

    def _record(self, home: str, document: Callable[[], Json], keep: Bounds | None) -> Recorded:
        try:
            try:
                left = self._into_store(home, document(), keep)
            except Trouble as trouble:
                return self._put_aside(home, document(), trouble)
            except Exception as error:  # noqa: BLE001 - a mistake of ours must not cost the run its exit code
                unexpected = Trouble("unexpected", f"{type(error).__name__}: {error}")
                return self._put_aside(home, document(), unexpected)
        except BaseException:
            # interrupted, perhaps while it waited for others: a later run has the time to store it
            self._put_aside(home, document(), Trouble("interrupted", "interrupted while the run was stored"))
            raise
        if self._live is not None:
            self._live.end()
        return Recorded(where="ledger", trouble=left, cause=None if left is None else "left-over")

    def _into_store(self, home: str, document: Json, keep: Bounds | None) -> str | None:
        """Store the run, and settle what earlier ones left; one line about what is left. Raises Trouble."""
        if self._store.dialect is None:
            raise self._store.trouble or Trouble("unsupported", "there is no database")
        from gating.ledger.recordings import pending
        from gating.ledger.store import put

        end = time.monotonic() + self._store.timeout_s
        now_ns = self._clock()
        with writing(self._store.dialect(), self._store.timeout_s) as session:
            with session.transaction():
                put(session, document, now_ns)
                unread = self._store.reader is not None and pending(session)
            left = None
            try:
                if unread or others(folder.runs_of(home), self.run.id) or others(folder.spool_of(home), None):
                    from gating.ledger.settle import settle

                    left = settle(session, home, self._store.reader, now_ns=now_ns, end=end)
                if keep is not None:
                    from gating.ledger.retention import retain

                    spared = {self.run.id, *runs_in(folder.runs_of(home))}
                    with session.transaction():
                        retain(session, keep, spared=spared, now_ns=now_ns, end=end)
            except Trouble as trouble:
                return _one_line(f"what earlier runs left could not be folded in: {trouble}")
            return left

    def _put_aside(self, home: str, document: Json, trouble: Trouble) -> Recorded:
        from gating.ledger import spool

        folder_ = folder.spool_of(home)
        try:
            folder.prepare(home, folder_)
            spool.append(folder_, self.run.id, encode(document))
        except OSError as error:
            if not self._into_reserve(spool.path_for(folder_, self.run.id), document):
                if self._live is not None:
                    self._live.leave()
                told = f"{trouble}; {of_os(error, folder_)}: this run is not recorded"
                return Recorded(where="nowhere", trouble=_one_line(told), cause=trouble.cause)
        else:
            if self._live is not None:
                self._live.end()
        told = (
            f"{trouble}; this run is put aside in {folder_} ({spool.waiting(folder_)} there) for a later run to store"
        )
        return Recorded(where="spool", trouble=_one_line(told), cause=trouble.cause)

    def _into_reserve(self, path: str, document: Json) -> bool:
        """Whether the run's own file had room for its end, where the disk has none."""
        if self._live is None:
            return False
        for shorter in _shorter_and_shorter(document):
            try:
                self._live.become(path, encode(shorter))
            except OSError:
                continue
            return True
        return False


def _shorter_and_shorter(document: Json) -> Iterator[Json]:
    yield document
    snapshot = document["snapshot"]
    document = {**document, "probes": [], "snapshot": snapshot and {**snapshot, "key": None, "data": None}}
    yield document
    yield {**document, "verdicts": [{**verdict, "details": {}} for verdict in document["verdicts"]]}


def _one_line(text: str) -> str:
    return " ".join(text.split())
