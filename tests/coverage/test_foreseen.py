"""What static analysis foresees: from which folders modules are imported, and kept by content."""

from __future__ import annotations

from pathlib import Path

import pytest

from gating.coverage.foreseen import foresee, roots_of
from gating.coverage.surroundings import Surroundings

SOURCE = """\
try:
    import torch
    HAS = True
except ImportError:
    HAS = False


if HAS:
    x = 1
y = 2
"""
HERE = Surroundings(
    python="3.12", platform="linux", absent=frozenset({"t"}), missing=frozenset({"t"}), modules={"t": ("torch",)}
)


@pytest.mark.parametrize(
    ("paths", "roots"),
    [
        (["src/app/__init__.py", "src/app/core.py", "src/app/sub/__init__.py", "src/app/sub/one.py"], ("src",)),
        (["app/__init__.py", "app/core.py"], (".",)),
        (["single.py"], (".",)),
        (["lib/single.py", "app/__init__.py"], (".", "lib")),
        ([], ()),
    ],
)
def test_modules_are_imported_from_above_the_outermost_package(paths: list[str], roots: tuple[str, ...]) -> None:
    assert roots_of(paths) == roots


def test_what_was_found_is_kept_by_content_and_anything_may_stand_there(tmp_path: Path) -> None:
    first = foresee({"app.py": SOURCE}, HERE, cache=tmp_path)
    by_flag = "static: without torch, by line 8"
    assert first.lines() == {"app.py": {3: "static: without torch, by line 2", 9: by_flag}}
    assert first.branches({"app.py": {(8, 9), (8, 10)}}) == {"app.py": {(8, 9): by_flag}}
    (kept,) = (tmp_path / "reach").iterdir()
    document = kept.read_text(encoding="utf-8")
    assert foresee({"app.py": SOURCE}, HERE, cache=tmp_path) == first
    kept.write_text(document.replace("[9, [", "[10, ["), encoding="utf-8")
    assert 10 in foresee({"app.py": SOURCE}, HERE, cache=tmp_path).lines()["app.py"]
    for broken in ("", "[]", "[" * 100_000, '{"schema": "gating.foreseen/1", "files": {"app.py": {"lines": [["x"]]}}}'):
        kept.write_text(broken, encoding="utf-8")
        assert foresee({"app.py": SOURCE}, HERE, cache=tmp_path) == first
    foresee({"app.py": "import torch\n"}, HERE, cache=tmp_path)
    assert len(list((tmp_path / "reach").iterdir())) == 2


def test_a_cache_that_cannot_be_written_is_none(tmp_path: Path) -> None:
    (tmp_path / "reach").write_text("a file", encoding="utf-8")
    assert foresee({"app.py": "x = 1\n"}, HERE, cache=tmp_path).lines() == {}
