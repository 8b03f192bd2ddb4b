"""Ini: what a project has set for pytest, by the first of its files that pytest would take its settings from.

Order and tables are pytest 9's (its documentation, "Configuration file formats").
"""

from __future__ import annotations

import shlex
import sys
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

__all__ = ["Asked", "read_asked", "read_testpaths"]

_INI = {"pytest.ini": "pytest", ".pytest.ini": "pytest", "tox.ini": "pytest", "setup.cfg": "tool:pytest"}
_ORDER = ("pytest.toml", ".pytest.toml", "pytest.ini", ".pytest.ini", "pyproject.toml", "tox.ini", "setup.cfg")
_CATEGORY = 2  # in action:message:category:module:line
_ITS_OWN = sys.stdlib_module_names | {"_pytest", "pytest"}  # which nobody hides, and nobody measures
_OVERRIDES = ("-o", "--override-ini")
_FILTERS = ("-W", "--pythonwarnings")


class Asked:
    """What pytest is asked for: its `words`, with those that the project's settings and PYTEST_ADDOPTS put in front."""

    def __init__(self, settings: Mapping[str, Any], words: Sequence[str], env: Mapping[str, str]) -> None:
        self._settings = settings
        self.words = (*_words(settings.get("addopts", ())), *_words(env.get("PYTEST_ADDOPTS", "")), *words)

    def values(self, *options: str) -> list[str]:
        """What these options are given, in that order."""
        return _values(self.words, options)

    @property
    def imported(self) -> tuple[str, ...]:
        """The modules that pytest imports before any plugin, for the classes that its warning filters name.

        Those of the standard library and of pytest itself are left out.
        """
        if "no:warnings" in self.values("-p"):
            return ()
        overridden = [value.partition("=") for value in self.values(*_OVERRIDES)]
        given = [text for name, _, text in overridden if name.strip() == "filterwarnings"]
        lines = given[-1] if given else self._settings.get("filterwarnings", ())
        filters = lines.splitlines() if isinstance(lines, str) else map(str, lines)
        found = (_module(one) for one in (*filters, *self.values(*_FILTERS)))
        return tuple(dict.fromkeys(one for one in found if one and one.partition(".")[0] not in _ITS_OWN))


def read_asked(root: Path, words: Sequence[str], env: Mapping[str, str]) -> Asked:
    """What pytest is asked for with these words in the project at `root`; a file that they name (`-c`) is read too."""
    named = _values([*_words(env.get("PYTEST_ADDOPTS", "")), *words], ("-c", "--config-file"))
    return Asked(_settings(root, (named[-1],) if named else _ORDER), words, env)


def read_testpaths(root: Path) -> tuple[str, ...]:
    """The test paths that the project at `root` has set; empty where it has set none."""
    paths = _settings(root, _ORDER).get("testpaths", ())
    return tuple(paths.split() if isinstance(paths, str) else map(str, paths))


def _settings(root: Path, names: Sequence[str]) -> Mapping[str, Any]:
    """The settings in the first of these files that has any for pytest."""
    for name in names:
        file = root / name
        try:
            text = file.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError):
            continue
        toml = file.suffix == ".toml"
        section = _of_toml(text, file.name) if toml else _of_ini(text, _INI.get(file.name, "pytest"))
        if section is not None:
            return section
    return {}


def _words(value: Any) -> list[str]:
    """The words of `addopts`: a list, or text as a shell splits it; none for text that no shell can split."""
    if not isinstance(value, str):
        return list(map(str, value))
    try:
        return shlex.split(value)
    except ValueError:
        return []


def _values(words: Sequence[str], options: Sequence[str]) -> list[str]:
    """What these options were given: behind a space, behind `=`, or at once behind one that is a single letter."""
    return list(_given(words, options))


def _given(words: Sequence[str], options: Sequence[str]) -> Iterator[str]:
    for word, after in pairwise([*words, ""]):
        for option in options:
            long = option.startswith("--")
            if word == option:
                yield after
            elif word.startswith(f"{option}=" if long else option):
                yield word[len(option) + long :]


def _module(text: str) -> str:
    """The module of the class that a warning filter names; empty for a class that is built in, or none."""
    parts = text.strip().split(":")
    return parts[_CATEGORY].strip().rpartition(".")[0] if len(parts) > _CATEGORY else ""


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
