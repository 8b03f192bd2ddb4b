"""What this suite can hold where it is tried without a dependency itself: its own absence then stands around each test.

A test that needs a dependency says so by a `needs` mark. Here is what cannot hold only because something is *made* to
look absent (`nox -s drift`); where it really is, the test is run.
"""

from __future__ import annotations

import json
import os

import pytest

__all__ = ["ALONE", "stands_in_for"]

_HIDDEN = frozenset(one["name"] for one in json.loads(os.environ.get("GATING_ABSENT") or "[]"))

ALONE = pytest.mark.skipif(
    bool(_HIDDEN), reason="something is made to look absent around it, and it is about the last to end"
)


def stands_in_for(name: str) -> None:
    """Leave a test out whose own module stands in for a dependency: it would be hidden with the real one."""
    if name in _HIDDEN:
        pytest.skip(f"its own module in place of {name} would be made to look absent with the real one")
