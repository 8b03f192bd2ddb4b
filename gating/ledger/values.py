"""Values of a document as the tables take them; what has another type is null there, and stands in `whole`."""

from __future__ import annotations

import json

__all__ = ["as_integer", "as_json", "as_number", "as_text"]


def as_json(value: object) -> str:
    return json.dumps(value, separators=(",", ":"))


def as_text(value: object) -> str | None:
    return None if value is None else str(value)


def as_integer(value: object) -> int | None:
    # SQL's integers have 64 bits
    return value if isinstance(value, int) and -(1 << 63) <= value < 1 << 63 else None


def as_number(value: object) -> float | None:
    return float(value) if isinstance(value, int | float) else None
