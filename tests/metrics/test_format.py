"""The form of a recording: names, types and the published schema say the same."""

from __future__ import annotations

import ast
import json
from pathlib import Path
from typing import Any

import pytest

import gating
from gating.metrics import format as form

SCHEMA = json.loads((Path(gating.__file__).parent / "schemas" / "metrics-1.json").read_text(encoding="utf-8"))
DEFS = SCHEMA["$defs"]
SAMPLE = DEFS["sample"]["properties"]


def typed() -> dict[str, list[str]]:
    """The keys of each TypedDict, read from the source: at run time they are not there."""
    tree = ast.parse(Path(str(form.__file__)).read_text(encoding="utf-8"))
    return {
        node.name: [str(ast.unparse(each.target)) for each in node.body if isinstance(each, ast.AnnAssign)]
        for node in ast.walk(tree)
        if isinstance(node, ast.ClassDef)
    }


@pytest.mark.parametrize(
    ("name", "schema"),
    [
        ("Header", DEFS["header"]),
        ("HostFacts", DEFS["header"]["properties"]["host"]),
        ("RootFacts", DEFS["header"]["properties"]["root"]),
        ("SamplerFacts", DEFS["header"]["properties"]["sampler"]),
        ("CgroupFacts", DEFS["header"]["properties"]["cgroup"]),
        ("GpuFacts", DEFS["header"]["properties"]["gpus"]["items"]),
        ("Sample", DEFS["sample"]),
        ("HostSample", SAMPLE["host"]),
        ("TreeSample", SAMPLE["tree"]),
        ("CgroupSample", SAMPLE["cgroup"]),
        ("GpuSample", SAMPLE["gpus"]["items"]),
        ("Footer", DEFS["footer"]),
        ("Totals", DEFS["footer"]["properties"]["totals"]),
        ("Orphans", DEFS["footer"]["properties"]["orphans"]),
        ("Lateness", DEFS["footer"]["properties"]["lateness_s"]),
        ("SamplerCost", DEFS["footer"]["properties"]["sampler"]),
    ],
)
def test_the_types_are_the_schemas(name: str, schema: dict[str, Any]) -> None:
    assert typed()[name] == schema["required"]
    assert [key for key in schema["required"] if key not in schema["properties"] and key != "schema"] == []


def test_the_names_of_the_parts_are_the_schemas() -> None:
    assert list(form.HOST_KEYS) == SAMPLE["host"]["required"]
    assert list(form.TREE_KEYS) == SAMPLE["tree"]["required"]
    assert list(form.CGROUP_KEYS) == SAMPLE["cgroup"]["required"]
    assert list(form.GPU_KEYS) == SAMPLE["gpus"]["items"]["required"]
    assert list(form.TOTALS_KEYS) == DEFS["footer"]["properties"]["totals"]["required"]
    assert set(form.HOST_COUNTERS) < set(form.HOST_KEYS)
    assert set(form.TREE_COUNTERS) < set(form.TREE_KEYS)
    assert SCHEMA["properties"]["schema"]["const"] == form.SCHEMA


def test_the_page_names_every_key() -> None:
    page = (Path(gating.__file__).parents[1] / "docs" / "metrics.md").read_text(encoding="utf-8")
    parts = (form.HOST_KEYS, form.TREE_KEYS, form.CGROUP_KEYS, form.GPU_KEYS, form.TOTALS_KEYS)
    lines = (DEFS[kind]["required"] for kind in ("header", "sample", "footer"))
    keys = {key for part in (*parts, *lines) for key in part} - {"kind", "schema", "boot", "ended_ns"}
    assert [key for key in sorted(keys) if f"`{key}`" not in page] == []
