"""Every value of a policy with the place that it came from and the sentence that says what it means."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from gating.policy.kinds import Kind
from gating.policy.model import POLICY, Policy
from gating.policy.origins import Origin
from gating.policy.reading import KeyPath, dotted
from gating.policy.tables import Map, Table

__all__ = ["POLICY_SCHEMA", "Row", "as_dict", "explain", "explain_text"]

POLICY_SCHEMA = "gating.policy/1"


@dataclass(frozen=True, kw_only=True)
class Row:
    """One key: its dotted name, its value as a policy would write it (None: not set), its origin and its sentence."""

    key: str
    value: object
    origin: Origin
    doc: str

    def as_dict(self) -> dict[str, Any]:
        """The row's form in `gating.policy/1`; the keys of `origin` that say nothing here are null."""
        origin = self.origin
        return {
            "key": self.key,
            "value": self.value,
            "origin": {
                "source": origin.source,
                "file": origin.file,
                "line": origin.line,
                "column": origin.column,
                "variable": origin.variable,
            },
            "doc": self.doc,
        }


def explain(policy: Policy) -> list[Row]:
    """Every value of the policy, defaults included, in the order of its documentation; URLs without passwords."""
    return list(_rows(policy, POLICY, policy, (), ""))


def as_dict(policy: Policy) -> dict[str, Any]:
    """The document `gating.policy/1`."""
    return {
        "schema": POLICY_SCHEMA,
        "file": policy.shown,
        "project": policy.project,
        "notes": list(policy.notes),
        "values": [row.as_dict() for row in explain(policy)],
    }


def explain_text(policy: Policy) -> str:
    """The rows as aligned lines, `KEY  VALUE  ORIGIN`, and the notes below them."""
    rows = [(row.key, _toml(row.value), str(row.origin)) for row in explain(policy)]
    key_width = max(len(key) for key, _, _ in rows)
    value_width = min(48, max(len(value) for _, value, _ in rows))
    lines = [f"{key:<{key_width}}  {value:<{value_width}}  {origin}" for key, value, origin in rows]
    return "\n".join([*lines, *(f"note: {note}" for note in policy.notes)]) + "\n"


def _rows(policy: Policy, kind: Kind[Any], value: Any, path: KeyPath, doc: str) -> Iterator[Row]:
    if isinstance(kind, Table):
        for key, each in kind.entries.items():
            yield from _rows(policy, each.kind, getattr(value, each.attribute), (*path, key), each.doc)
    elif isinstance(kind, Map) and value:
        for name, item in value.items():
            yield from _rows(policy, kind.item, item, (*path, name), doc)
    else:
        plain = None if value is None else {} if isinstance(kind, Map) else kind.plain(value)
        yield Row(key=dotted(path), value=plain, origin=policy.origin(*path), doc=doc)


def _toml(value: object) -> str:
    return "-" if value is None else json.dumps(value, ensure_ascii=False)
