"""Outcomes: the document `gating.tests/1`, in which whoever started a run reads what became of each test."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from typing import Any

from gating.testing.account import Account, Row

__all__ = ["TESTS_SCHEMA", "document", "write"]

TESTS_SCHEMA = "gating.tests/1"


def document(
    account: Account, *, exit_code: int | None, absent: Iterable[str], shimmed: Iterable[str]
) -> dict[str, Any]:
    """What became of a run. `exit_code` is pytest's, None where it ended before the tests began.

    `absent` are the policy's keys of what cannot be used here, `shimmed` of what a stand-in is there for.
    """
    return {
        "schema": TESTS_SCHEMA,
        "exit_code": exit_code,
        "absent": list(absent),
        "shimmed": list(shimmed),
        "tests": [_told(row) for row in account.tests.values()],
        "modules": [
            {**_told(row), "tests": list(row.left_out.tests if row.left_out else ())}
            for row in account.modules.values()
        ],
    }


def write(path: str, told: dict[str, Any]) -> None:
    """Write the document as a whole or not at all."""
    beside = f"{path}.{os.getpid()}"
    with open(beside, "w", encoding="utf-8") as stream:
        json.dump(told, stream, ensure_ascii=True)
    os.replace(beside, path)


def _told(row: Row) -> dict[str, Any]:
    left_out, note = row.left_out, row.note
    return {
        "id": row.id,
        "outcome": row.outcome,
        "needs": list(note.names) if note is not None and not row.undeclared else [],
        "state": note.needs[0][2] if note is not None and note.needs else None,
        "reason": left_out.reason if left_out else row.said,
        "undeclared": list(note.names if note is not None and note.died else row.undeclared),
    }
