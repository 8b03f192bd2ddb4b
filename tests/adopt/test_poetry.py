"""Poetry's versions in the words of PEP 440."""

from __future__ import annotations

import pytest

from gating.adopt import poetry


@pytest.mark.parametrize(
    ("said", "wanted"),
    [
        ("^3.9", ">=3.9,<4"),
        ("^1.2.3", ">=1.2.3,<2"),
        ("^0.2.3", ">=0.2.3,<0.3"),
        ("^0.0.3", ">=0.0.3,<0.0.4"),
        ("^0.0", ">=0.0,<0.1"),
        (">=3.9, <4", ">=3.9,<4"),
        ({"version": "^2"}, ">=2,<3"),
    ],
)
def test_a_version_that_both_have_a_word_for(said: object, wanted: str) -> None:
    data = {"tool": {"poetry": {"dependencies": {"python": said}}}}
    assert poetry.python(data) == (wanted, "[tool.poetry.dependencies] python")


@pytest.mark.parametrize("said", ["~3.9", "*", "3.9", ">=3.9 || <2", "", 3.9, None, [], {"git": "x"}])
def test_a_version_that_only_poetry_has_a_word_for(said: object) -> None:
    assert poetry.python({"tool": {"poetry": {"dependencies": {"python": said}}}}) is None
