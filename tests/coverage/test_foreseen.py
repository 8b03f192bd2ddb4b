"""What static analysis foresees: from which folders modules are imported, and kept by content."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from gating.coverage.foreseen import foresee, roots_of
from gating.coverage.surroundings import Surroundings

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
    sources = {"app.py": "try:\n    import torch\nexcept ImportError:\n    torch = None\n"}
    first = foresee(sources, HERE, cache=tmp_path)
    (kept,) = (tmp_path / "reach").iterdir()
    assert foresee(sources, HERE, cache=tmp_path) == first
    document = json.loads(kept.read_bytes())
    document["files"] = {"app.py": {"3": "from the file"}}
    kept.write_text(json.dumps(document), encoding="utf-8")
    assert foresee(sources, HERE, cache=tmp_path) == {"app.py": {3: "from the file"}}
    for broken in ("", "[]", '{"schema": "gating.foreseen/1", "files": {"app.py": {"x": ""}}}'):
        kept.write_text(broken, encoding="utf-8")
        assert foresee(sources, HERE, cache=tmp_path) == first
    foresee({"app.py": "import torch\n"}, HERE, cache=tmp_path)
    assert len(list((tmp_path / "reach").iterdir())) == 2


def test_a_cache_that_cannot_be_written_is_none(tmp_path: Path) -> None:
    (tmp_path / "reach").write_text("a file", encoding="utf-8")
    assert foresee({"app.py": "x = 1\n"}, HERE, cache=tmp_path) == {}
