"""The ledger: every run is recorded, also one that failed, was killed, or met a full disk.

Importing this package binds names and loads nothing; sqlite3 is loaded when a run is finished or looked up.
"""

from __future__ import annotations

from gating.lazy import lazily

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
    from gating.ledger.rows import RecordingRow as RecordingRow
    from gating.ledger.rows import RunDetail as RunDetail
    from gating.ledger.rows import RunRow as RunRow
    from gating.ledger.rows import runs_document as runs_document


__all__ = [
    "Ledger",
    "Recorded",
    "RecordingRow",
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

if not TYPE_CHECKING:  # a type checker reads the imports above
    __getattr__, __dir__ = lazily(
        __name__,
        {
            "gating.ledger.identity": ["child_environment", "new_run_id", "parent_of", "trace_of"],
            "gating.ledger.ledger": ["Ledger", "open_ledger"],
            "gating.ledger.recording": ["RunHandle"],
            "gating.ledger.records": ["Recorded", "RunRecord"],
            "gating.ledger.rows": ["RecordingRow", "RunDetail", "RunRow", "runs_document"],
        },
    )
