"""The drift record: what the last drift runs showed, in `.gating/drift.json`, for whoever builds on it.

It is the document `gating.drift/1`. Each dependency's entry is its own: a later run of another leaves it, with the
reference that it was compared with.
"""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Iterable, Mapping
from typing import Any

from gating.checks.drifted import Drifted
from gating.checks.suite import Row
from gating.ledger import folder
from gating.ledger.locks import acquire

__all__ = ["ALL", "DRIFT_SCHEMA", "FILE", "entry_of", "keep", "merged", "read", "rows"]

DRIFT_SCHEMA = "gating.drift/1"
FILE = "drift.json"
ALL = "all"
_PATIENCE = 10.0  # seconds that another gets to write its own


def entry_of(
    name: str, drifted: Drifted, *, outcome: str, reason: str, reference: str, exit_code: int | None
) -> dict[str, Any]:
    """The entry of one dependency, or of `all`; `reference` is the id of the run that it belongs to."""
    return {
        "name": name,
        "outcome": outcome,
        "reason": reason,
        "without": list(drifted.without),
        "reference": reference,
        "exit_code": exit_code,
        "broken": rows(drifted.broken.values()),
        "not_run": rows(drifted.not_run.values()),
        "skipped": rows(drifted.skipped.values()),
        "unsteady": rows(drifted.unsteady.values()),
    }


def rows(told: Iterable[Row]) -> list[dict[str, Any]]:
    """Rows as the document has them."""
    return [
        {
            "id": row.id,
            "outcome": row.outcome,
            "reason": row.reason,
            "needs": list(row.needs),
            "undeclared": list(row.undeclared),
        }
        for row in told
    ]


def merged(old: Mapping[str, Any] | None, new: Mapping[str, Any]) -> dict[str, Any]:
    """The record `old` with the entries of `new` in place of its own; references that nothing needs are dropped."""
    entries = {one["name"]: one for document in (old or {}, new) for one in document.get("entries", ())}
    references = {**((old or {}).get("references") or {}), **new["references"]}
    used = {one["reference"] for one in entries.values()}
    return {
        "schema": DRIFT_SCHEMA,
        "references": {key: references[key] for key in sorted(used) if key in references},
        "entries": [entries[name] for name in sorted(entries, key=lambda name: (name == ALL, name))],
    }


def read(root: str | os.PathLike[str]) -> dict[str, Any] | None:
    """The record of the project in the folder `root`, None where there is none or none that can be read."""
    try:
        with open(_place(root), "rb") as stream:
            told = json.load(stream)
    except (OSError, ValueError):
        return None
    return told if isinstance(told, dict) and told.get("schema") == DRIFT_SCHEMA else None


def keep(root: str | os.PathLike[str], document: Mapping[str, Any]) -> str | None:
    """Put the entries of `document` into the record, at once or not at all; why it could not, None where it could."""
    place = _place(root)
    beside = f"{place}.{os.getpid()}.tmp"
    try:
        folder.prepare(os.path.dirname(place))
        # sessions for several Pythons may end at once, and each reads what is there before it writes
        with acquire(f"{place}.lock", timeout_s=_PATIENCE):
            text = json.dumps(merged(read(root), document), indent=1, sort_keys=True, ensure_ascii=False) + "\n"
            with open(beside, "w", encoding="utf-8", errors="surrogatepass", newline="\n") as stream:
                stream.write(text)
            os.replace(beside, place)
    except OSError as error:
        with contextlib.suppress(OSError):
            os.unlink(beside)
        return f"the drift record {place} cannot be written: {error.strerror or error}"
    return None


def _place(root: str | os.PathLike[str]) -> str:
    return os.path.join(root, folder.NAME, FILE)
