"""The text for a terminal: every fact on a line, and nothing that steers the terminal."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gating.snapshot import as_text, take


@pytest.fixture(scope="module")
def snapshot() -> dict[str, object]:
    return take(python=None, root=Path(__file__).parents[2], env=os.environ, thorough=False)


def test_it_names_what_is_there(snapshot: dict[str, object]) -> None:
    lines = as_text(snapshot).splitlines()
    assert lines[0].split()[:1] == ["python"]
    assert any(line.split() == ["pytest", pytest.__version__] and line.startswith("  ") for line in lines)


def test_short_it_counts_the_distributions(snapshot: dict[str, object]) -> None:
    short, full = as_text(snapshot, full=False), as_text(snapshot)
    known = snapshot["distributions"]
    assert isinstance(known, dict)
    assert f"distributions  {len(known)}\n" in short
    assert len(full.splitlines()) == len(short.splitlines()) + len(known)


def test_notes_and_unknown_distributions_are_said(snapshot: dict[str, object]) -> None:
    said = as_text({**snapshot, "distributions": None, "notes": ["git: this", "cpu: that"]})
    assert said.endswith("distributions  unknown\nnote: git: this\nnote: cpu: that\n")


@given(text=st.text())
def test_no_text_ends_a_line_or_steers_the_terminal(snapshot: dict[str, object], text: str) -> None:
    said = as_text({**snapshot, "notes": [text], "distributions": {text: text}})
    assert all(mark.isprintable() for mark in said.replace("\n", ""))
    assert said.count("\n") == as_text({**snapshot, "notes": ["x"], "distributions": {"x": "x"}}).count("\n")
