"""The form in which a run travels: one JSON line, the same in the ledger's tables, the spool and the lock files."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from gating.ledger.redact import may_hold_secret, redact

__all__ = [
    "EVENT",
    "START",
    "Json",
    "Snapshot",
    "canonical",
    "decode",
    "encode",
    "finished",
    "killed",
    "recording",
    "started",
]

START = "gating.start/1"  # the line of a run that goes on
EVENT = "gating.event/1"  # the line of a run that is over, with everything it left

Json = dict[str, Any]
Snapshot = str | tuple[str | None, Mapping[str, Any]]  # the id of a stored one, or its freshness key and the snapshot

_DEEPEST = 60


def started(run: Mapping[str, object], process: Mapping[str, object]) -> Json:
    """The document of a run that begins; `process` says where it runs (`runs.this_process`)."""
    return {"schema": START, "run": storable({**run, **process})}


def finished(
    start: Json,
    report: Mapping[str, Any] | Sequence[Mapping[str, Any]],
    *,
    exit_code: int,
    ended_ns: int,
    snapshot: Snapshot | None,
    probes: Iterable[Mapping[str, Any]],
    recordings: Iterable[Mapping[str, Any]] = (),
) -> Json:
    """The document of a run that came to its end.

    `start` is what `started` made. `report` is a document `gating.report/1`, or the verdicts alone. `recordings` are
    what `recording` made.
    """
    whole = report if isinstance(report, Mapping) else {"verdicts": report}
    run = {
        **start["run"],
        "status": "finished",
        "exit_code": exit_code,
        "ended_ns": ended_ns,
        "mode": whole.get("mode"),
        "notes": list(whole.get("notes") or ()),
    }
    return {
        "schema": EVENT,
        "run": storable(run),
        "verdicts": storable(list(whole.get("verdicts") or ())),
        "probes": storable(list(probes)),
        "recordings": storable(list(recordings)),
        "snapshot": None if snapshot is None else _snapshot(snapshot),
    }


def killed(start: Json) -> Json:
    """The document of a run that began with `start` and died without a word."""
    run = {**start["run"], "status": "killed", "exit_code": None, "ended_ns": None, "mode": None, "notes": []}
    recordings = list(start.get("recordings") or ())
    return {"schema": EVENT, "run": run, "verdicts": [], "probes": [], "recordings": recordings, "snapshot": None}


def recording(*, name: str, path: str, started_ns: int, about: Mapping[str, Any] | None = None) -> Json:
    """A file of samples in a run's document: what is recorded, the file, and its beginning in UTC nanoseconds.

    `about` has what the file came to, the keys `sha256`, `bytes`, `samples`, `complete`, `reason` and `totals`; None
    while that is not known.
    """
    unknown = {"sha256": None, "bytes": None, "samples": None, "complete": False, "reason": None, "totals": None}
    return {"name": name, "path": path, "started_ns": started_ns, **unknown, **(about or {})}


def storable(value: Any) -> Any:
    """Return `value` as plain JSON types without secrets: what every store takes, and nothing else.

    A number that is not finite becomes None, an object of another type its text, and characters that UTF-8 or
    SQL cannot carry (undecodable bytes of a path, NUL) their escapes.
    """
    plain = _plain(value, 0)
    return redact(plain) if may_hold_secret(json.dumps(plain)) else plain


def canonical(value: object) -> str:
    """The one JSON text of a value, so that equal values have equal checksums."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"))


def encode(document: Json) -> bytes:
    """A document as one line of ASCII."""
    return json.dumps(document, separators=(",", ":")).encode("ascii") + b"\n"


def decode(data: bytes) -> tuple[list[Json], bytes]:
    """Read the lines of a file: the documents in it, and what could not be read, as it stands.

    A line without its newline was cut off, and is never taken for a document. A file ends at its first NUL
    (room that was reserved and not used).
    """
    documents: list[Json] = []
    rest = b""
    for line in data.partition(b"\0")[0].splitlines(keepends=True):
        try:
            document = json.loads(line) if line.endswith(b"\n") else None
        except ValueError:
            document = None
        if isinstance(document, dict) and _is_ours(document):
            documents.append(document)
        else:
            rest += line
    return documents, rest


def _is_ours(document: Json) -> bool:
    run = document.get("run")
    if not isinstance(document.get("schema"), str) or not isinstance(run, dict):
        return False
    return isinstance(run.get("id"), str) and isinstance(run.get("started_ns"), int)


def _snapshot(snapshot: Snapshot) -> Json:
    if isinstance(snapshot, str):
        return {"id": snapshot, "key": None, "data": None}
    from hashlib import sha256

    key, data = snapshot
    stored = storable(data)
    return {"id": sha256(canonical(stored).encode("ascii")).hexdigest(), "key": key, "data": stored}


def _plain(value: object, depth: int) -> object:
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, str):
        return _clean(value)
    if isinstance(value, int):
        return int(value)
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if depth > _DEEPEST:
        return None
    if isinstance(value, Mapping):
        return {_clean(str(key)): _plain(item, depth + 1) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_plain(item, depth + 1) for item in value]
    return _clean(str(value))


def _clean(text: str) -> str:
    if text.isascii() and "\0" not in text:
        return str(text)
    return text.replace("\0", "\\x00").encode("utf-8", "backslashreplace").decode("utf-8")
