"""Statements: held against what coverage.py itself says of the same file and the same settings."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest

import gating
from gating.coverage.configured import read_configured
from gating.coverage.statements import Statements, StatementsError, statements
from tests.coverage.apart import coverage_apart

SOURCE = '''
"""A module."""
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import os

def multi(a,
          b=(1,
             2)):
    """Several
    lines."""
    if (a and
            b):
        return [
            a,
            b,
        ]
    while True:
        break
    for each in b:
        print(each)
    else:
        never()  # pragma: no cover
    return None

def partial(a):
    if a:  # pragma: no branch
        return 1
    if a == 2:
        raise NotImplementedError
    return a

@staticmethod
def decorated(): ...

class Thing:
    x = 1

    def __repr__(self):
        return "thing"

    @property
    def half(self):
        match self.x:
            case 1:
                return 0.5
            case _:
                pass
        try:
            return self.x / 2
        except ZeroDivisionError:
            return 0
        finally:
            print("over")
'''
SETTINGS = {
    "none": "",
    "own": "[report]\nexclude_lines =\n    def __repr__\n    raise NotImplementedError\n",
    "also": "[report]\nexclude_also =\n    def __repr__\npartial_also =\n    if a == 2\n",
    "branches": "[report]\npartial_branches =\n    for each\npartial_branches_always =\n    nothing$\n",
}


def by_coverage(file: Path, rcfile: Path) -> Any:
    """Its own analysis: every branch, those of them that are missing, and the statements, where nothing has run."""
    measured = coverage_apart(config_file=str(rcfile), branch=True, data_file=str(rcfile.with_name("data")))
    data = measured.get_data()
    try:
        data.add_arcs({str(file): [(-1, -1)]})
        return measured._analyze(str(file))
    finally:
        data.close()
        data.erase()


def compare(file: Path, folder: Path, settings: str) -> Statements:
    rcfile = folder / ".coveragerc"
    rcfile.write_text(settings)
    found = statements(file.read_text(encoding="utf-8"), read_configured(folder, {}), name=file.name)
    right = by_coverage(file, rcfile)
    assert found.lines == right.statements
    assert found.excluded == right.excluded
    missing = {(start, end) for start, ends in right.missing_branch_arcs().items() for end in ends}
    assert found.branches - found.settled == missing
    assert len(found.branches) == right.numbers.n_branches
    return found


@pytest.mark.parametrize("settings", SETTINGS)
def test_it_is_what_coverage_finds(tmp_path: Path, settings: str) -> None:
    file = tmp_path / "module.py"
    file.write_text(SOURCE)
    found = compare(file, tmp_path, SETTINGS[settings])
    assert found.lines
    assert found.branches


def test_so_it_is_for_real_files(tmp_path: Path) -> None:
    for file in sorted(Path(gating.__file__).parent.rglob("l*.py")):
        compare(file, tmp_path, "[report]\nexclude_also =\n    def __str__\n")


def test_lines_that_ran_are_counted_by_the_first_of_their_statement() -> None:
    found = statements("x = [\n    1,\n    2,\n]\ny = 1\n")
    assert found.covered([2, 3]) == {1}
    assert found.covered([1, 5, 99]) == {1, 5}


def test_nothing_has_nothing_to_cover() -> None:
    assert statements("") == statements("\n\n") == Statements()
    assert statements("# only a comment\n").lines == frozenset()


@pytest.mark.parametrize("source", ["def (:\n", "x = '\n", "\x00\n", "    x = 1\n", "(" * 500 + "\n"])
def test_a_source_that_cannot_be_parsed_is_named(source: str) -> None:
    with pytest.raises(StatementsError, match=r"odd\.py"):
        statements(source, name="odd.py")


def test_without_coverage_it_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "coverage", None)
    with pytest.raises(StatementsError, match=r"coverage\.py cannot be imported"):
        statements("x = 1\n")
