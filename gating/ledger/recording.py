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
from gating.ledger.event import Json, Snapshot, encode, finished
from gating.ledger.records import Recorded, RunRecord
from gating.ledger.runs import LiveRun, others

__all__ = ["RunHandle", "Store"]


class Store:
    """Where runs go: the `.gating` folder, None where the ledger is off, and how to reach the database.

    `dialect` is None where there is no database; `trouble` then says why.
    """

    __slots__ = ("dialect", "home", "timeout_s", "trouble")

    def __init__(
        self, home: str | None, dialect: Callable[[], Dialect] | None, trouble: Trouble | None, timeout_s: float
    ) -> None:
        self.home = home
        self.dialect = dialect
        self.trouble = trouble
        self.timeout_s = timeout_s


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

    def finish(
        self,
        report: Mapping[str, Any] | Sequence[Mapping[str, Any]],
        exit_code: int,
        ended_ns: int,
        snapshot: Snapshot | None = None,
        probes: Sequence[Mapping[str, Any]] = (),
    ) -> Recorded:
        """Record the run's end, once; a second call changes nothing and answers the same.

        `report` is a document `gating.report/1`, or its verdicts alone. `ended_ns` is UTC nanoseconds. `snapshot`
        is the id of one that is stored (`Ledger.snapshot_for`), or its freshness key and the snapshot itself.
        Raises nothing but KeyboardInterrupt and its like, after the run has been put aside.
        """
        if self._recorded is None:
            if self._store.home is None:
                self._recorded = Recorded(where="nowhere")
            else:

                def document() -> Json:
                    return self._document(report, exit_code, ended_ns, snapshot, probes)

                self._recorded = self._record(self._store.home, document)
        return self._recorded

    def _document(
        self,
        report: Mapping[str, Any] | Sequence[Mapping[str, Any]],
        exit_code: int,
        ended_ns: int,
        snapshot: Snapshot | None,
        probes: Sequence[Mapping[str, Any]],
    ) -> Json:
        end = {"exit_code": exit_code, "ended_ns": ended_ns}
        try:
            return finished(self._start, report, **end, snapshot=snapshot, probes=probes)
        except Exception as error:  # noqa: BLE001 - a report of a wrong shape costs its verdicts, not the run
            note = f"the verdicts of this run were not recorded: {type(error).__name__}: {error}"
            return finished(self._start, {"notes": [note]}, **end, snapshot=None, probes=[])

    def _record(self, home: str, document: Callable[[], Json]) -> Recorded:
        try:
            try:
                left = self._into_store(home, document())
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

    def _into_store(self, home: str, document: Json) -> str | None:
        """Store the run, and settle what earlier ones left; one line about what is left. Raises Trouble."""
        if self._store.dialect is None:
            raise self._store.trouble or Trouble("unsupported", "there is no database")
        from gating.ledger.store import put

        end = time.monotonic() + self._store.timeout_s
        now_ns = self._clock()
        with writing(self._store.dialect(), self._store.timeout_s) as session:
            with session.transaction():
                put(session, document, now_ns)
            if not (others(folder.runs_of(home), self.run.id) or others(folder.spool_of(home), None)):
                return None
            from gating.ledger.settle import settle

            try:
                return settle(session, home, now_ns=now_ns, end=end)
            except Trouble as trouble:
                return _one_line(f"what earlier runs left could not be folded in: {trouble}")

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
