"""Extras for developers are told from those for users."""

from __future__ import annotations

import pytest

from gating.adopt.developer_extras import is_for_developers


@pytest.mark.parametrize(
    "extra", ["dev", "Test", "tests", "docs", "lint", "typing", "test-postgres", "all_docs", "cov", "ci"]
)
def test_some_names_say_it(extra: str) -> None:
    assert is_for_developers(extra, ["anything"], project="sample")


@pytest.mark.parametrize(
    "lines",
    [
        ["pytest>=8", "pytest-cov", "hypothesis"],
        ["sphinx", "furo", "myst_parser"],
        ["sample[fast]", "ruff"],
        ["types-PyYAML", "mypy"],
    ],
)
def test_some_contents_say_it(lines: list[str]) -> None:
    assert is_for_developers("quality", lines, project="sample")


@pytest.mark.parametrize(
    ("extra", "lines"),
    [
        ("fast", ["orjson"]),
        ("all", ["sample[fast,cli]"]),
        ("cli", ["rich", "pytest"]),
        ("tox-to-nox", ["jinja2", "tox"]),
        ("latest", ["x"]),
        ("format", ["x"]),
        ("empty", []),
    ],
)
def test_the_others_are_for_users(extra: str, lines: list[str]) -> None:
    assert not is_for_developers(extra, lines, project="sample")
