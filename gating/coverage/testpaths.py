"""Testpaths: what a project calls its suite, by the first of its files that pytest would take its settings from.

Order and tables are pytest 9's (its documentation, "Configuration file formats").
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

__all__ = ["read_testpaths"]

_INI = {"pytest.ini": "pytest", ".pytest.ini": "pytest", "tox.ini": "pytest", "setup.cfg": "tool:pytest"}
_ORDER = ("pytest.toml", ".pytest.toml", "pytest.ini", ".pytest.ini", "pyproject.toml", "tox.ini", "setup.cfg")


def read_testpaths(root: Path) -> tuple[str, ...]:
    """The test paths that the project at `root` has set; empty where it has set none."""
    for name in _ORDER:
        try:
            text = (root / name).read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError):
            continue
        section = _of_ini(text, _INI[name]) if name in _INI else _of_toml(text, name)
        if section is not None:
            paths = section.get("testpaths", ())
            return tuple(paths.split() if isinstance(paths, str) else map(str, paths))
    return ()


def _of_toml(text: str, name: str) -> Mapping[str, Any] | None:
    """The table that pytest reads, None where the file has none."""
    import tomllib

    try:
        whole = tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return None
    if name == "pyproject.toml":
        tool = whole.get("tool", {})
        whole = tool.get("pytest", {}) if isinstance(tool, dict) else {}
        whole = whole.get("ini_options", whole) if isinstance(whole, dict) else {}
        return whole if isinstance(whole, dict) and whole else None
    table = whole.get("pytest", whole)
    return table if isinstance(table, dict) else {}


def _of_ini(text: str, title: str) -> Mapping[str, Any] | None:
    import configparser

    parser = configparser.ConfigParser(interpolation=None, strict=False)
    try:
        parser.read_string(text)
    except configparser.Error:
        return None
    return dict(parser[title]) if parser.has_section(title) else None
