"""What tests of optional dependencies share."""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.optional.standins import World


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = World(tmp_path)
    importlib.invalidate_caches()
    yield made
    made.close()
