"""What a project has set for pytest, from the file that pytest itself would read."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from gating.coverage.ini import read_asked, read_testpaths

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


FILTER = "ignore::early.Early"
NAMING = {
    "pytest.ini": f"[pytest]\nfilterwarnings =\n    error\n    {FILTER}\n",
    "pyproject.toml": f'[tool.pytest.ini_options]\nfilterwarnings = ["error", "{FILTER}"]\n',
    "tox.ini": f"[pytest]\naddopts = -W '{FILTER}'\n",
    "setup.cfg": f"[tool:pytest]\naddopts = --pythonwarnings={FILTER}\n",
    "other.ini": f"[pytest]\nfilterwarnings = {FILTER}\n",
}
WORDS: list[tuple[str, list[str], str]] = [
    ("pytest.ini", [], ""),
    ("pyproject.toml", [], ""),
    ("tox.ini", [], ""),
    ("setup.cfg", [], ""),
    ("pytest.ini", ["-o", "filterwarnings="], ""),
    ("pytest.ini", ["-ofilterwarnings=error"], ""),
    ("pytest.ini", ["-p", "no:warnings"], ""),
    ("pytest.ini", ["--override-ini=filterwarnings=ignore::DeprecationWarning"], ""),
    ("other.ini", ["-c", "other.ini"], ""),
    ("other.ini", [], "--config-file=other.ini"),
    ("", ["-W", FILTER], ""),
    ("", [f"-W{FILTER}"], ""),
    ("", [], f"-W '{FILTER}'"),
    ("", ["-W", "error::DeprecationWarning", "-W", "ignore::pytest.PytestWarning"], ""),
    ("", ["-W", "ignore:early.Early"], ""),
]


@pytest.mark.parametrize(("name", "words", "addopts"), WORDS)
def test_what_warning_filters_name_is_imported_before_plugins(
    tmp_path: Path, name: str, words: list[str], addopts: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As pytest itself does it: a plugin tells whether the module was there before it."""
    if name:
        (tmp_path / name).write_text(NAMING[name])
    (tmp_path / "early.py").write_text("class Early(Warning):\n    pass\n")
    (tmp_path / "plugin.py").write_text("import sys\nprint('EARLY' if 'early' in sys.modules else 'NOT')\n")
    (tmp_path / "test_it.py").write_text("def test_it(): pass\n")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    monkeypatch.setenv("PYTEST_ADDOPTS", addopts)
    pytest_ = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "plugin", *words]
    done = subprocess.run(pytest_, cwd=tmp_path, capture_output=True, text=True, check=True)
    imported = read_asked(tmp_path, words, {"PYTEST_ADDOPTS": addopts}).imported
    assert imported == (("early",) if "EARLY" in done.stdout else ()), done.stdout


def test_words_that_no_shell_could_split_name_nothing(tmp_path: Path) -> None:
    assert read_asked(tmp_path, ["-q"], {"PYTEST_ADDOPTS": "-W 'open"}).words == ("-q",)
