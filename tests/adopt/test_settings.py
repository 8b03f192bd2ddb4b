"""Settings of TOML tables and INI files, where what is wrong is as if it had not been said."""

from __future__ import annotations

from pathlib import Path

import pytest

from gating.adopt.settings import has_section, setting, table, texts


def test_a_table_is_found_by_its_keys() -> None:
    data = {"tool": {"mypy": {"files": ["src"]}, "ruff": 1}}
    assert table(data, "tool", "mypy") == {"files": ["src"]}
    assert table(data, "tool", "ruff") == table(data, "tool", "ruff", "lint") == table(data, "project") == {}


@pytest.mark.parametrize(("value", "found"), [(["a", 1, "b"], ("a", "b")), ("ab", ()), (None, ()), ({"a": 1}, ())])
def test_texts_are_those_of_a_list(value: object, found: tuple[str, ...]) -> None:
    assert texts(value) == found


def test_a_setting_is_its_text(tmp_path: Path) -> None:
    (tmp_path / "setup.cfg").write_text("[a]\nx = 50%\ny = 1\ny = 2\nempty\n[a]\nz = %(x)s\n")
    assert [setting(str(tmp_path), "setup.cfg", "a", key) for key in "xyz"] == ["50%", "2", "%(x)s"]
    assert setting(str(tmp_path), "setup.cfg", "a", "empty") is None
    assert has_section(str(tmp_path), "setup.cfg", "a")
    assert not has_section(str(tmp_path), "setup.cfg", "b")


@pytest.mark.parametrize("content", [b"x = 1\n", b"[a\n", b"[a]\nx = \xff\n"])
def test_a_file_that_cannot_be_read_says_nothing(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "tox.ini").write_bytes(content)
    assert setting(str(tmp_path), "tox.ini", "a", "x") is None
    assert not has_section(str(tmp_path), "tox.ini", "a")


def test_no_file_says_nothing(tmp_path: Path) -> None:
    assert setting(str(tmp_path), "tox.ini", "a", "x") is None
