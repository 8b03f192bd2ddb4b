"""Settings in files: the tables of a parsed TOML file, and INI files (setup.cfg, tox.ini, .coveragerc, mypy.ini).

What is not there, cannot be read or has another form than it should is as if it had not been said.
"""

from __future__ import annotations

import configparser
import os
from collections.abc import Mapping
from typing import Any

__all__ = ["has_section", "setting", "table", "texts", "toml_file"]


def table(data: Mapping[str, Any], *keys: str) -> Mapping[str, Any]:
    """The table under `keys`, an empty one where there is none."""
    found: Any = data
    for key in keys:
        found = found.get(key) if isinstance(found, dict) else None
    return found if isinstance(found, dict) else {}


def texts(value: Any) -> tuple[str, ...]:
    """The strings of a list, none where it is no list."""
    return tuple(one for one in value if isinstance(one, str)) if isinstance(value, list) else ()


def toml_file(root: str, file: str) -> Mapping[str, Any]:
    """What a TOML file says."""
    import tomllib

    try:
        with open(os.path.join(root, file), "rb") as stream:
            return tomllib.load(stream)
    except (OSError, ValueError, RecursionError):
        return {}


def setting(root: str, file: str, section: str, key: str) -> str | None:
    """The text of a setting in an INI file, None where there is none."""
    found = _read(root, file)
    return None if found is None else found.get(section, key, fallback=None)


def has_section(root: str, file: str, section: str) -> bool:
    """Whether an INI file is there and has the section."""
    found = _read(root, file)
    return found is not None and found.has_section(section)


def _read(root: str, file: str) -> configparser.RawConfigParser | None:
    path = os.path.join(root, file)
    if not os.path.isfile(path):
        return None
    parser = configparser.RawConfigParser(strict=False, allow_no_value=True)
    try:
        with open(path, encoding="utf-8") as stream:
            parser.read_file(stream)
    except (OSError, UnicodeDecodeError, configparser.Error):
        return None
    return parser
