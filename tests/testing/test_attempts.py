"""Which absent dependencies somebody tried to import is remembered, and nothing is found or left behind."""

from __future__ import annotations

import importlib
import importlib.util
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from gating.policy import load_policy
from gating.testing.attempts import Attempts
from gating.testing.dependencies import Dependencies

POLICY = """
[optional]
torchette = "torchette"
inner = { requires = "inner", import = "cloudy.inner" }
packaging = "packaging"
"""


@pytest.fixture
def attempts(tmp_path: Path) -> Iterator[Attempts]:
    (tmp_path / "gating.toml").write_text(POLICY)
    dependencies = Dependencies(load_policy(tmp_path))
    made = Attempts(dependencies.bringing)
    made.watch(dependencies.unmet)
    before = [*sys.meta_path]
    made.begin()
    yield made
    made.end()
    assert sys.meta_path == before


def tried(attempts: Attempts) -> list[str]:
    return [one.name for one in attempts.take()]


def test_what_is_absent_is_remembered_until_it_is_taken(attempts: Attempts) -> None:
    with pytest.raises(ImportError):
        importlib.import_module("torchette")
    assert importlib.util.find_spec("cloudy") is None
    assert tried(attempts) == ["torchette", "inner"]
    assert tried(attempts) == []


def test_what_is_there_or_not_declared_is_not(attempts: Attempts) -> None:
    sys.modules.pop("packaging.metadata", None)
    import packaging.metadata  # noqa: F401

    assert importlib.util.find_spec("torchettes") is None
    assert tried(attempts) == []
