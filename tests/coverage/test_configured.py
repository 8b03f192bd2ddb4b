"""What the project tells coverage.py, from whichever of its files holds; compared with coverage.py's own reading."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gating.coverage.configured import read_configured
from tests.coverage.apart import coverage_apart

TOML = """
[tool.coverage.run]
branch = true
source = ["src", "more"]
[tool.coverage.report]
fail_under = 81.5
"""
INI = """
[coverage:run]
branch = yes
source =
    src
    more
[coverage:report]
fail_under = 81.5
"""
OWN = INI.replace("coverage:", "")


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("pyproject.toml", TOML),
        (".coveragerc.toml", TOML),
        (".coveragerc.toml", TOML.replace("tool.coverage.", "")),
        ("setup.cfg", INI),
        ("tox.ini", INI),
        (".coveragerc", OWN),
    ],
)
def test_each_place_is_read_as_coverage_reads_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, text: str
) -> None:
    (tmp_path / name).write_text(text)
    found = read_configured(tmp_path, {})
    assert found.file == tmp_path / name
    assert found.on("branch")
    assert found.listed("source") == ("src", "more")
    assert float(found.report["fail_under"]) == 81.5
    monkeypatch.chdir(tmp_path)
    theirs = coverage_apart()
    assert theirs.get_option("run:branch") is True
    assert theirs.get_option("run:source") == ["src", "more"]


def test_the_first_file_that_speaks_of_coverage_holds(tmp_path: Path) -> None:
    (tmp_path / "setup.cfg").write_text("[metadata]\nname = x\n")
    (tmp_path / "tox.ini").write_text(INI)
    (tmp_path / "pyproject.toml").write_text(TOML.replace("true", "false"))
    assert read_configured(tmp_path, {}).file == tmp_path / "tox.ini"
    (tmp_path / ".coveragerc").write_text("")
    assert read_configured(tmp_path, {}).run == {}
    (tmp_path / "other.rc").write_text(OWN)
    assert read_configured(tmp_path, {"COVERAGE_RCFILE": "other.rc"}).on("branch")


def test_what_cannot_be_read_is_said(tmp_path: Path) -> None:
    assert "No such file" in str(read_configured(tmp_path, {"COVERAGE_RCFILE": "nowhere"}).problem)
    (tmp_path / "pyproject.toml").write_text("[tool.coverage.run\n")
    assert read_configured(tmp_path, {}).problem
    (tmp_path / ".coveragerc").write_bytes(b"\xff\xfe")
    assert read_configured(tmp_path, {}).problem == "it is not UTF-8"


def test_without_any_file_nothing_is_set(tmp_path: Path) -> None:
    found = read_configured(tmp_path, {})
    assert (found.file, found.on("branch"), found.listed("source"), found.word("core")) == (None, False, (), None)


@given(st.text())
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_text_breaks_it(tmp_path: Path, text: str) -> None:
    for name in (".coveragerc", "pyproject.toml"):
        (tmp_path / name).write_text(text, encoding="utf-8", errors="replace")
        found = read_configured(tmp_path, {})
        found.listed("source")
        (tmp_path / name).unlink()
