"""Configured: what the project tells coverage.py, read from its own files and never changed.

Which file holds, and what its sections are called, is as coverage.py 7 has it (its documentation, "Configuration
reference"): COVERAGE_RCFILE, else the first of .coveragerc, .coveragerc.toml, setup.cfg, tox.ini and pyproject.toml
that has a section for it.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

__all__ = ["Configured", "read_configured"]

_FILES = (".coveragerc", ".coveragerc.toml", "setup.cfg", "tox.ini", "pyproject.toml")
_TRUE = frozenset({"1", "yes", "true", "on"})  # as configparser reads them


@dataclass(frozen=True, kw_only=True)
class Configured:
    """coverage.py's settings as they are written. `file` is their file, None where there is none.

    `problem` says why a file that is there could not be read; then nothing of it is known. The sections hold text,
    or TOML's values.
    """

    file: Path | None = None
    run: Mapping[str, Any] = field(default_factory=dict)
    report: Mapping[str, Any] = field(default_factory=dict)
    problem: str | None = None

    def on(self, name: str) -> bool:
        """Whether a switch of `[run]` is on."""
        value = self.run.get(name, False)
        return value.strip().lower() in _TRUE if isinstance(value, str) else bool(value)

    def listed(self, name: str) -> tuple[str, ...]:
        """A list of `[run]`: TOML's, or what stands between commas and line ends."""
        value = self.run.get(name, ())
        parts = value.replace("\n", ",").split(",") if isinstance(value, str) else [str(each) for each in value]
        return tuple(part.strip() for part in parts if part.strip())

    def word(self, name: str) -> str | None:
        """A word of `[run]`, None where it is not set."""
        value = self.run.get(name)
        return str(value).strip() or None if value is not None else None


def read_configured(root: Path, env: Mapping[str, str]) -> Configured:
    """The settings that coverage.py would find from the folder `root`."""
    named = env.get("COVERAGE_RCFILE")
    for name in (named,) if named else _FILES:
        file = root / name
        try:
            text = file.read_text(encoding="utf-8")
        except OSError as error:
            if named:
                return Configured(file=file, problem=error.strerror)
            continue
        except UnicodeDecodeError:
            return Configured(file=file, problem="it is not UTF-8")
        found = _of_toml(file, text) if file.suffix == ".toml" else _of_ini(file, text)
        # a file of coverage.py's own counts with nothing in it; another's only with a section for it
        if found.problem or found.run or found.report or os.path.basename(name).startswith(".coveragerc") or named:
            return found
    return Configured()


def _of_toml(file: Path, text: str) -> Configured:
    import tomllib

    try:
        whole = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        # pyproject.toml is everybody's: whoever reads it for its own table tells the place
        return Configured(file=file, problem=str(error))
    table = whole.get("tool", {}).get("coverage", {}) if isinstance(whole.get("tool", {}), dict) else {}
    if not table and file.name != "pyproject.toml":
        table = whole  # .coveragerc.toml may leave the prefix out
    sections = {name: table.get(name, {}) for name in ("run", "report")} if isinstance(table, dict) else {}
    if not all(isinstance(section, dict) for section in sections.values()):
        return Configured(file=file, problem="its tables run and report are no tables")
    return Configured(file=file, run=sections.get("run", {}), report=sections.get("report", {}))


def _of_ini(file: Path, text: str) -> Configured:
    import configparser

    parser = configparser.ConfigParser(interpolation=None, strict=False)
    try:
        parser.read_string(text)
    except configparser.Error as error:
        return Configured(file=file, problem=" ".join(str(error).split()))
    own = file.name not in {"setup.cfg", "tox.ini"}
    sections = {}
    for name in ("run", "report"):
        titles = (f"coverage:{name}", name) if own else (f"coverage:{name}",)
        sections[name] = next((dict(parser[title]) for title in titles if parser.has_section(title)), {})
    return Configured(file=file, run=sections["run"], report=sections["report"])
