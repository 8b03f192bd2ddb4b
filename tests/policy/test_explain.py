"""`explain` shows every value, where it came from and what it means."""

from __future__ import annotations

import json
from collections.abc import Callable

from gating.policy import Policy
from gating.policy.explain import as_dict, explain, explain_text

Load = Callable[..., Policy]

TABLE = """\
[project]
name = "demo"
[tool.gating]
ledger = "postgresql://me:secret@host/db"
[tool.gating.tools]
git = ">=2.30"
[tool.gating.coverage]
fail-under = 80.5
[tool.gating.gates.docs]
run = ["mkdocs", "build"]
"""


def test_every_value_is_there_with_its_origin(load: Load) -> None:
    rows = {
        row.key: row for row in explain(load(TABLE, env={"GATING_MODE": "strict"}, overrides={"metrics.interval": 2}))
    }
    assert {
        key: (rows[key].value, str(rows[key].origin)) for key in ("mode", "tools.git.version", "tools.git.need")
    } == {
        "mode": ("strict", "GATING_MODE"),
        "tools.git.version": (">=2.30", "pyproject.toml:6:7"),
        "tools.git.need": ("always", "default"),
    }
    assert (rows["coverage.fail-under"].value, str(rows["coverage.fail-under"].origin)) == (80.5, "pyproject.toml:8:14")
    assert (rows["metrics.interval"].value, str(rows["metrics.interval"].origin)) == (2.0, "argument")
    assert rows["gates.docs.run"].value == ["mkdocs", "build"]
    assert rows["metrics.keep.size"].value == "200 MB"
    assert rows["optional"].value == {}
    assert all(row.doc.endswith(".") for row in rows.values())


def test_the_document_is_json_and_keeps_its_form(load: Load) -> None:
    made = json.loads(json.dumps(as_dict(load(TABLE))))
    assert made["schema"] == "gating.policy/1"
    assert (made["file"], made["project"], made["notes"]) == ("pyproject.toml", "demo", [])
    assert made["values"][0] == {
        "key": "mode",
        "value": "auto",
        "origin": {"source": "default", "file": None, "line": None, "column": None, "variable": None},
        "doc": "Whether an unmet ci need fails; auto is strict in CI.",
    }


def test_a_password_is_never_shown(load: Load) -> None:
    policy = load(TABLE)
    assert policy.ledger == "postgresql://me:secret@host/db"
    assert "secret" not in explain_text(policy) + json.dumps(as_dict(policy))


def test_the_lines_are_aligned_and_the_notes_follow(load: Load) -> None:
    lines = explain_text(load("", env={"GATING_MOED": "x"})).splitlines()
    assert lines[0].split() == ["mode", '"auto"', "default"]
    table = [line for line in lines if not line.startswith("note: ")]
    assert len({line.rindex("  ") for line in table}) == 1
    assert [line[:12] for line in lines[len(table) :]] == ["note: no gat", "note: GATING"]
