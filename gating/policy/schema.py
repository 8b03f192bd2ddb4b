"""The JSON schema of `[tool.gating]`, derived from the dataclasses that the policy is read into.

Run as a module (`python -m gating.policy.schema`) it prints the schema that is kept in `gating/schemas/policy.json`.
"""

from __future__ import annotations

import json
from typing import Any

from gating.policy.model import POLICY

__all__ = ["json_schema", "schema_text", "tool_schema"]


def json_schema() -> dict[str, Any]:
    """The schema (draft 7) of the table: `[tool.gating]` in pyproject.toml, or all of a gating.toml.

    It knows the form of each value. What no schema can say (that a gate's optional dependency is declared,
    that a marker can be judged) is for `load_policy`.
    """
    return {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "$id": "urn:gating:policy",
        "title": "The policy of gating",
        "description": "What a project's gates need, and what it costs when it is not there.",
        **POLICY.schema(),
    }


def schema_text() -> str:
    """The schema as the text of its file."""
    return json.dumps(json_schema(), indent=2, ensure_ascii=False) + "\n"


def tool_schema(tool_name: str = "gating") -> dict[str, Any]:
    """The policy of [tool.gating]: which tools, optional dependencies, coverage floors and gates there are."""
    if tool_name != "gating":
        raise ValueError(f"this is the schema of [tool.gating], not of [tool.{tool_name}]")
    return json_schema()


if __name__ == "__main__":
    print(schema_text(), end="")
