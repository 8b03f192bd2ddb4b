"""What there is to cover in a module that no data names any more."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest

from gating.coverage.configured import Configured
from gating.coverage.dropped import dropped
from gating.coverage.measured import MeasuredFile

SOURCE = '''\
"""A docstring."""


@staticmethod
def one(
    x,
):
    """Another."""
    if x:  # pragma: no cover
        return 1
    return 2
'''


def found(root: Path, *, run: dict[str, Any] | None = None, source: tuple[str, ...] = ()) -> dict[str, MeasuredFile]:
    known = ["app/one.py", "app/gone.py"]
    (root / "app").mkdir(exist_ok=True)
    (root / "app" / "one.py").write_text(SOURCE)
    return dropped(known, root, Configured(run=run or {}), source, with_branches=True)


def test_what_is_still_there_is_to_be_covered(tmp_path: Path) -> None:
    (only,) = found(tmp_path).items()
    assert only == ("app/one.py", MeasuredFile(statements=frozenset({4, 5, 11})))


@pytest.mark.parametrize("name", ["source", "source_pkgs", "source_dirs"])
def test_with_a_source_whatever_is_to_be_measured_is_in_the_data(tmp_path: Path, name: str) -> None:
    assert found(tmp_path, run={name: ["app"]}) == {}
    assert found(tmp_path, source=("app",)) == {}


@pytest.mark.parametrize(
    ("run", "kept"),
    [
        ({"omit": "app/*"}, False),
        ({"omit": ["*/one.py", "x"]}, False),
        ({"omit": ["tests/*"]}, True),
        ({"include": ["app/*"]}, True),
        ({"include": ["other/*"]}, False),
    ],
)
def test_what_the_settings_leave_out_is_not(tmp_path: Path, run: dict[str, Any], *, kept: bool) -> None:
    assert bool(found(tmp_path, run=run)) is kept
    by_report = dropped(["app/one.py"], tmp_path, Configured(report=run), (), with_branches=False)
    assert bool(by_report) is kept


def test_without_coverage_beside_gating_the_syntax_tells_nearly_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in [name for name in sys.modules if name.partition(".")[0] == "coverage"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "coverage", None)
    assert found(tmp_path)["app/one.py"].statements == {4, 5, 10, 11}
