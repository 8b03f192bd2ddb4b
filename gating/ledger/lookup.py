"""Runs are looked up where they stand, in the store and in files, as if they were in one place.

Nothing is written here, not even what `settle` would do, and no transaction is held open: a reader that keeps one
lets SQLite's log grow without bound.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace

from gating.errors import UsageError
from gating.ledger import stored
from gating.ledger.database import Session, Trouble, reading
from gating.ledger.loose import loose_runs
from gating.ledger.recording import Store
from gating.ledger.recordings import newest as stored_recordings
from gating.ledger.rows import RecordingRow, RunDetail, RunRow

__all__ = ["detail", "newest", "recordings"]

_NEAR = 5  # ids shown where the one asked for is not there, or not alone
_RECENT = 200  # runs among which near ids are looked for


def newest(store: Store, now_ns: int, limit: int) -> list[RunRow]:
    """The `limit` runs that started last, newest first. Raises UsageError where the store cannot be read."""
    limit = max(limit, 0)
    # files before the store: a run that moves from one to the other meanwhile is seen, at worst twice
    loose = _loose(store, now_ns)
    with _reading(store) as session:
        rows = _merged(stored.newest(session, limit) if session else (), loose)
    return sorted(rows, key=lambda row: (row.started_ns, row.id), reverse=True)[:limit]


def recordings(store: Store, now_ns: int, limit: int) -> list[RecordingRow]:
    """The `limit` recordings that began last, newest first. Raises UsageError where the store cannot be read."""
    limit = max(limit, 0)
    loose = _loose(store, now_ns)
    with _reading(store) as session:
        found = {(row.run_id, row.path): row for run in loose.values() for row in run.recordings}
        found.update(((row.run_id, row.path), row) for row in (stored_recordings(session, limit) if session else ()))
    return sorted(found.values(), key=lambda row: (row.started_ns, row.run_id), reverse=True)[:limit]


def detail(store: Store, now_ns: int, wanted: str | None) -> RunDetail:
    """The run whose id begins with `wanted`; None is the newest. Raises UsageError where that is not one run."""
    if wanted is None:
        latest = newest(store, now_ns, 1)
        if not latest:
            raise UsageError("no run is recorded yet")
        wanted = latest[0].id
    wanted = wanted.strip().lower()
    loose = {run_id: run for run_id, run in _loose(store, now_ns).items() if wanted and run_id.startswith(wanted)}
    with _reading(store) as session:
        found = stored.beginning_with(session, wanted, _NEAR + 1) if session and wanted else []
        rows = _merged(found, loose)
        if len(rows) == 1:
            return _whole(session, rows[0], loose.get(rows[0].id))
    raise _not_one(wanted, [row.id for row in rows], [row.id for row in newest(store, now_ns, _RECENT)])


def _not_one(wanted: str, matching: list[str], known: list[str]) -> UsageError:
    if matching:
        shown = ", ".join(matching[:_NEAR]) + (", …" if len(matching) > _NEAR else "")
        return UsageError(f"several runs have ids that begin with {wanted!r}: {shown}")
    near = sorted(known, key=lambda run_id: _common(run_id, wanted), reverse=True)[:_NEAR]
    return UsageError(
        f"no run has the id {wanted!r}; " + (f"near it: {', '.join(near)}" if near else "none is recorded")
    )


def _common(one: str, other: str) -> int:
    return next((place for place, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), len(other))


@contextmanager
def _reading(store: Store) -> Iterator[Session | None]:
    if store.dialect is None:
        yield None
        return
    try:
        with reading(store.dialect(), store.timeout_s) as session:
            yield session
    except Trouble as trouble:
        raise UsageError(f"the ledger cannot be read: {trouble}") from trouble


def _loose(store: Store, now_ns: int) -> dict[str, RunDetail]:
    return {} if store.home is None else loose_runs(store.home, now_ns)


def _merged(rows: Iterable[RunRow], loose: Mapping[str, RunDetail]) -> list[RunRow]:
    merged = {run_id: run.row for run_id, run in loose.items()}
    for row in rows:
        late = merged.get(row.id)
        # a run that was taken for dead and came to its end after all is in the spool with the truth
        if not (row.status == "killed" and late is not None and late.status == "finished"):
            merged[row.id] = row
    return list(merged.values())


def _whole(session: Session | None, row: RunRow, loose: RunDetail | None) -> RunDetail:
    if session is None or (loose is not None and loose.row is row):
        assert loose is not None  # a row comes from one of the two
        if loose.snapshot is None and session is not None:
            return replace(loose, snapshot=stored.snapshot(session, row.snapshot_id))
        return loose
    return stored.detail(session, row)
