"""Account: what a finished recording came to, as the ledger keeps it: checksum, size, samples, totals."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping
from io import BufferedReader
from typing import Any

from gating.errors import UsageError
from gating.metrics.reading import is_being_written

__all__ = ["account", "of_footer"]

_YOUNG_S = 60.0  # an empty file that was made so lately belongs to a sampler that is about to begin


def account(path: str) -> dict[str, Any] | None:
    """What the recording at `path` came to, whatever state it is in; None while its sampler writes it.

    The keys are `sha256` (hexadecimal digits), `bytes`, `samples`, `complete`, `reason` and `totals`; the third and
    the last are None where it is no recording that can be read. Raises OSError, FileNotFoundError where there is none.
    """
    with open(path, "rb") as file:
        about = os.fstat(file.fileno())
        young = not about.st_size and time.time() - about.st_mtime < _YOUNG_S
        if young or is_being_written(file.fileno()):
            return None
        known = _content(file)
    from gating.metrics.summary import summary_of

    try:
        summed = summary_of(path).document
    except UsageError as error:
        why = str(error).partition("\n")[0].removeprefix(path).lstrip(":1 ")
        return {**known, "samples": None, "complete": False, "reason": why, "totals": None}
    complete, reason = _completeness(summed["ending"]["reason"], summed["completeness"]["lost"])
    if summed["incomplete"] is not None:
        complete, reason = False, summed["incomplete"]
    told = {"samples": summed["completeness"]["samples"], "complete": complete, "reason": reason}
    return {**known, **told, "totals": dict(summed["totals"])}


def of_footer(path: str, footer: Mapping[str, Any]) -> dict[str, Any]:
    """The same of a recording whose sampler has just told its footer. Raises OSError."""
    with open(path, "rb") as file:
        known = _content(file)
    complete, reason = _completeness(footer["reason"], footer["lost"])
    told = {"samples": footer["samples"], "complete": complete, "reason": reason}
    return {**known, **told, "totals": dict(footer["totals"])}


def _content(file: BufferedReader) -> dict[str, Any]:
    """The checksum and the size of a file that was opened just now. Raises OSError."""
    from hashlib import file_digest

    return {"sha256": file_digest(file, "sha256").hexdigest(), "bytes": file.tell()}


def _completeness(reason: str | None, lost: float | None) -> tuple[bool, str | None]:
    """Whether nothing is missing of a recording that has its footer, and how that is told."""
    if not lost:
        return True, reason
    return False, f"{int(lost)} lines could not be written"
