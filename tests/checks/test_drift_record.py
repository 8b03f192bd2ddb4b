"""The drift record: each dependency's entry by itself, the same bytes for the same content."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from gating.checks.drift_record import entry_of, keep, merged, read
from gating.checks.drifted import Drifted
from gating.checks.suite import Row


def document(run: str, *names: str, outcome: str = "pass") -> dict[str, Any]:
    drifted = Drifted(without=("p",), broken={"t.py::a": Row("t.py::a", "failed", "no")})
    return {
        "schema": "gating.drift/1",
        "references": {run: {"tests": ["t.py::a"]}},
        "entries": [entry_of(name, drifted, outcome=outcome, reason="", reference=run, exit_code=1) for name in names],
    }


def test_an_entry_leaves_the_others_with_their_own_run(tmp_path: Path) -> None:
    assert keep(tmp_path, document("r1", "b", "all", "a")) is None
    keep(tmp_path, document("r2", "b", outcome="fail"))
    kept = read(tmp_path)
    assert kept is not None
    assert [(one["name"], one["reference"], one["outcome"]) for one in kept["entries"]] == [
        ("a", "r1", "pass"),
        ("b", "r2", "fail"),
        ("all", "r1", "pass"),
    ]
    assert list(kept["references"]) == ["r1", "r2"]
    keep(tmp_path, document("r3", "a", "b", "all"))
    kept = read(tmp_path)
    assert kept is not None
    assert list(kept["references"]) == ["r3"], "what nothing refers to is dropped"
    assert (tmp_path / ".gating" / ".gitignore").exists()
    assert sorted(path.name for path in (tmp_path / ".gating").iterdir()) == [
        ".gitignore",
        "drift.json",
        "drift.json.lock",
    ]


def test_the_same_content_is_the_same_bytes(tmp_path: Path) -> None:
    file = tmp_path / ".gating" / "drift.json"
    keep(tmp_path, document("r1", "b", "a"))
    before = file.read_bytes()
    keep(tmp_path, document("r1", "a"))
    keep(tmp_path, document("r1", "b"))
    assert file.read_bytes() == before


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"schema": "gating.drift/2"}', b"\xff"])
def test_a_record_that_cannot_be_read_is_none(content: bytes, tmp_path: Path) -> None:
    assert read(tmp_path) is None
    (tmp_path / ".gating").mkdir()
    (tmp_path / ".gating" / "drift.json").write_bytes(content)
    assert read(tmp_path) is None
    keep(tmp_path, document("r1", "a"))
    assert read(tmp_path) == merged(None, document("r1", "a"))


def test_a_folder_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / ".gating").write_text("in the way")
    assert "cannot be written" in str(keep(tmp_path, document("r1", "a")))
