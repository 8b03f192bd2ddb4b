"""Reports of the real coverage.py, read as sets and put together."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gating.coverage.measured import Measured, MeasuredFile, ReportError, combine, read_report

SOURCE = """
def pick(x):
    if x:
        return 1
    return 2


def left(x):  # pragma: no cover
    return x


print(pick(len(__import__("sys").argv) - 1))
"""


def report(folder: Path, *words: str, branch: bool = True) -> Measured:
    """What coverage.py says of running the source with these words."""
    (folder / "source.py").write_text(SOURCE.lstrip())
    data = f"--data-file={folder / 'data'}"
    coverage = [sys.executable, "-m", "coverage"]
    flags = ["--branch"] if branch else []
    subprocess.run([*coverage, "run", data, *flags, "source.py", *words], cwd=folder, check=True, capture_output=True)
    subprocess.run([*coverage, "json", data, "-q", "-o", "out.json"], cwd=folder, check=True, capture_output=True)
    return read_report(folder / "out.json", folder)


def test_lines_and_branches_of_a_real_report(tmp_path: Path) -> None:
    found = report(tmp_path)
    one = found.files["source.py"]
    assert one.statements == {1, 2, 3, 4, 11}
    assert one.covered == {1, 2, 4, 11}
    assert one.branches == {(2, 3), (2, 4)}
    assert one.taken == {(2, 4)}
    assert (found.total, found.covered, found.with_branches) == (7, 5, True)
    whole = combine([found, report(tmp_path, "more")])
    assert (whole.total, whole.covered) == (7, 7)


def test_without_branches_there_are_none(tmp_path: Path) -> None:
    found = report(tmp_path, branch=False)
    assert (found.total, found.covered, found.with_branches) == (5, 4, False)


def test_paths_are_from_the_projects_folder(tmp_path: Path) -> None:
    document = {
        "meta": {"format": 3, "version": "7.11", "branch_coverage": False},
        "files": {
            str(tmp_path / "src" / "a.py"): {"executed_lines": [1], "missing_lines": []},
            "/elsewhere/b.py": {"executed_lines": [], "missing_lines": [1]},
        },
    }
    assert list(read_report(json.dumps(document).encode(), tmp_path).files) == ["/elsewhere/b.py", "src/a.py"]


@pytest.mark.parametrize("text", [b"", b"[]", b"{}", b'{"meta": {}, "files": {}}', b"\xff", b'{"files": []}', b"null"])
def test_what_is_no_report_is_said(text: bytes) -> None:
    with pytest.raises(ReportError, match=r"no JSON|no report"):
        read_report(text, Path())


def test_a_report_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(ReportError, match="cannot be read: No such file"):
        read_report(tmp_path / "nowhere.json", tmp_path)


LINES = st.frozensets(st.integers(1, 30), max_size=10)


@st.composite
def measured(draw: st.DrawFn) -> Measured:
    files = {}
    for name in draw(st.sets(st.sampled_from(["a.py", "b.py", "c.py"]))):
        statements = draw(LINES)
        covered = draw(st.frozensets(st.sampled_from(sorted(statements)))) if statements else frozenset()
        files[name] = MeasuredFile(statements=statements, covered=covered)
    return Measured(files=files)


@given(st.lists(measured(), max_size=4))
def test_together_they_cover_no_less_than_each_in_any_order(several: list[Measured]) -> None:
    whole = combine(several)
    assert combine(several[::-1]) == whole
    assert combine([whole, *several]).files == whole.files
    for one in several:
        for path, each in one.files.items():
            assert each.covered <= whole.files[path].covered <= whole.files[path].statements
