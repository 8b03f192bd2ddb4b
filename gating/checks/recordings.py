"""Recordings: which file of system metrics is meant, and what the ledger knows of it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass, replace

from gating.errors import UsageError
from gating.ledger.ledger import OFF, Ledger, open_ledger
from gating.ledger.rows import RecordingRow
from gating.metrics.place import folder_of
from gating.metrics.reading import open_recording
from gating.metrics.summary import Summary, summary_of
from gating.policy import Policy

__all__ = ["Kept", "is_as_recorded", "of_file", "recordings", "show_recording"]

_ALL = 1_000_000  # every recording that a ledger holds; what is kept is bounded by the policy


@dataclass(frozen=True, kw_only=True)
class Kept:
    """A recording that is known of: its name, its file, and its row in the ledger, None where it has none.

    `path` is where the file is, or was: see `row.deleted` for why it is there no more.
    """

    name: str
    path: str
    row: RecordingRow | None = None

    @property
    def is_there(self) -> bool:
        return os.path.isfile(self.path)


def show_recording(
    policy: Policy, *, file: str | None = None, run: str | None = None, name: str | None = None
) -> Summary:
    """Sum up the recording that is meant: the file; else of that run, of that name, the latest.

    Its document has in `ledger` what the ledger knows of the file. Nothing is judged and nothing is recorded. Raises
    UsageError where there is none such, or it cannot be read.
    """
    if file is not None and (run is not None or name is not None):
        raise UsageError("--file names a recording, and --run and --name look one up; give one or the other")
    found = of_file(policy, file) if file is not None else _chosen(policy, run, name)
    row = found.row
    if not found.is_there and file is None:
        why = f": {row.deleted}" if row is not None and row.deleted else ""
        raise UsageError(f"{found.path}: this recording is there no more{why}")
    summary = summary_of(found.path)
    known = {"known": row is not None, "matches": None if row is None else is_as_recorded(found)}
    return replace(summary, document={**summary.document, "ledger": known if row or _has_ledger(policy) else None})


def recordings(policy: Policy) -> list[Kept]:
    """Every recording that the ledger knows of, newest first; where it is off, those in the policy's folder.

    Raises UsageError where the ledger cannot be read.
    """
    if not _has_ledger(policy):
        return list(_in_folder(folder_of(policy)))
    rows = _ledger(policy).recordings(_ALL)
    return [Kept(name=row.name, path=_place(policy, row), row=row) for row in rows]


def of_file(policy: Policy, file: str) -> Kept:
    """A file, and its row where the ledger has one for it. Raises UsageError where it is no recording."""
    with open_recording(file) as recording:
        name, run = recording.header["name"], recording.header["run"]
    rows = _ledger(policy).recordings(_ALL) if _has_ledger(policy) else []
    base = os.path.basename(file)
    row = next((row for row in rows if row.run_id == run and os.path.basename(row.path) == base), None)
    return Kept(name=name, path=file, row=row)


def is_as_recorded(kept: Kept) -> bool | None:
    """Whether a file has the checksum that the ledger has noted; None where it has noted none, or it is unreadable."""
    from hashlib import file_digest

    if kept.row is None or kept.row.sha256 is None:
        return None
    try:
        with open(kept.path, "rb") as file:
            return file_digest(file, "sha256").hexdigest() == kept.row.sha256
    except OSError:
        return None


def _chosen(policy: Policy, run: str | None, name: str | None) -> Kept:
    if run is not None:
        if not _has_ledger(policy):
            raise UsageError("the ledger is off, and knows no runs; name the recording by --file")
        detail = _ledger(policy).show(run)
        known = [Kept(name=row.name, path=_place(policy, row), row=row) for row in detail.recordings]
        where = f"of the run {detail.row.id}"
    else:
        known, where = recordings(policy), "here"
    found = [one for one in known if name is None or one.name == name]
    names = sorted({one.name for one in known})
    if not found:
        there = f"there is {', '.join(names)}" if names else "none is recorded; `gating metrics.record` does so"
        raise UsageError(f"no recording {f'{name!r} ' if name else ''}{where}: {there}")
    if run is not None and len(found) > 1:
        raise UsageError(f"several recordings {where}: choose one by --name, of {', '.join(names)}")
    # what was deleted is told where nothing is left, and passed over elsewhere
    return next((one for one in found if one.is_there), found[0])


def _in_folder(folder: str) -> Iterator[Kept]:
    """The recordings in a folder, newest first: their names begin with the time. What is none is passed over."""
    try:
        names = sorted((name for name in os.listdir(folder) if name.endswith(".jsonl")), reverse=True)
    except OSError:
        return
    for name in names:
        path = os.path.join(folder, name)
        try:
            with open_recording(path) as recording:
                yield Kept(name=recording.header["name"], path=path)
        except UsageError:
            continue


def _has_ledger(policy: Policy) -> bool:
    return _ledger(policy).place != OFF


def _ledger(policy: Policy) -> Ledger:
    return open_ledger(policy.ledger, project=policy.root)


def _place(policy: Policy, row: RecordingRow) -> str:
    """Where a recording is: where it was made, or in the policy's folder, should the project have been moved."""
    if os.path.isfile(row.path):
        return row.path
    here = os.path.join(folder_of(policy), os.path.basename(row.path))
    return here if os.path.isfile(here) else row.path
