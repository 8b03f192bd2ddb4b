"""The ledger: every run is recorded, also one that failed, was killed, or met a full disk.

Importing this package binds names and loads nothing; sqlite3 is loaded when a run is finished or looked up.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from gating.ledger.identity import child_environment as child_environment
    from gating.ledger.identity import new_run_id as new_run_id
    from gating.ledger.identity import parent_of as parent_of
    from gating.ledger.identity import trace_of as trace_of
    from gating.ledger.ledger import Ledger as Ledger
    from gating.ledger.ledger import open_ledger as open_ledger
    from gating.ledger.recording import RunHandle as RunHandle
    from gating.ledger.records import Recorded as Recorded
    from gating.ledger.records import RunRecord as RunRecord
    from gating.ledger.rows import RunDetail as RunDetail
    from gating.ledger.rows import RunRow as RunRow
    from gating.ledger.rows import runs_document as runs_document

_HOMES = {
    "Ledger": "ledger",
    "Recorded": "records",
    "RunDetail": "rows",
    "RunHandle": "recording",
    "RunRecord": "records",
    "RunRow": "rows",
    "child_environment": "identity",
    "new_run_id": "identity",
    "open_ledger": "ledger",
    "parent_of": "identity",
    "runs_document": "rows",
    "trace_of": "identity",
}

__all__ = [
    "Ledger",
    "Recorded",
    "RunDetail",
    "RunHandle",
    "RunRecord",
    "RunRow",
    "child_environment",
    "new_run_id",
    "open_ledger",
    "parent_of",
    "runs_document",
    "trace_of",
]


def __getattr__(name: str) -> object:
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    value = globals()[name] = getattr(import_module(f"{__name__}.{home}"), name)
    return value


def __dir__() -> list[str]:
    return sorted([*globals(), *_HOMES])
