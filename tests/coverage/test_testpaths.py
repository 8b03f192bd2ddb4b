"""What a project calls its suite, from the file that pytest itself would read."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from gating.coverage.testpaths import read_testpaths

FILES = {
    "pytest.ini": "[pytest]\ntestpaths = one two\n",
    "pyproject.toml": '[tool.pytest.ini_options]\ntestpaths = ["one", "two"]\n',
    "tox.ini": "[tox]\n[pytest]\ntestpaths =\n    one\n    two\n",
    "setup.cfg": "[tool:pytest]\ntestpaths = one two\n",
}


@pytest.mark.parametrize("name", FILES)
def test_each_file_is_read_as_pytest_reads_it(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text(FILES[name])
    assert read_testpaths(tmp_path) == ("one", "two")
    for folder in ("one", "two", "three"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / f"test_{folder}.py").write_text("def test_it(): pass\n")
    pytest_ = [sys.executable, "-m", "pytest", "--collect-only", "-q", "-p", "no:cacheprovider"]
    done = subprocess.run(pytest_, cwd=tmp_path, capture_output=True, text=True, check=True)
    assert "2 tests collected" in done.stdout


def test_the_first_file_with_a_table_holds(tmp_path: Path) -> None:
    assert read_testpaths(tmp_path) == ()
    (tmp_path / "setup.cfg").write_text(FILES["setup.cfg"])
    (tmp_path / "pyproject.toml").write_text("[project]\nname = 'x'\n")
    assert read_testpaths(tmp_path) == ("one", "two")
    (tmp_path / "pyproject.toml").write_text('[tool.pytest.ini_options]\naddopts = "-q"\n')
    assert read_testpaths(tmp_path) == ()
    (tmp_path / "pyproject.toml").write_text("[tool.pytest\n")
    assert read_testpaths(tmp_path) == ("one", "two")
