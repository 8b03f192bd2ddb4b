"""The distributions that an interpreter finds, read from their metadata on disk without a process.

The folders are another interpreter's as easily as ours, and importlib.metadata would read every file whole.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from gating.snapshot.words import read

__all__ = ["Installed", "headers", "installed", "normalised"]


@dataclass(frozen=True, kw_only=True)
class Installed:
    """One distribution. `metadata` is the path of its METADATA or PKG-INFO.

    `origin` says how it came where that was not from an index: `editable`, `vcs`, `file` or `archive`.
    """

    name: str
    version: str | None
    origin: str | None
    metadata: str


def normalised(name: str) -> str:
    """A distribution's name in the one spelling of PEP 503."""
    return re.sub(r"[-_.]+", "-", name).lower()


def installed(site: Iterable[str], notes: list[str]) -> dict[str, Installed]:
    """The distributions in the folders `site`, by normalised name and sorted; the first of a name counts."""
    found: dict[str, Installed] = {}
    for folder in site:
        for path, origin in _metadata(folder, notes):
            text = read(path)
            if text is None:
                notes.append(f"distributions: {path} cannot be read")
                continue
            said = headers(text)
            for name in said.get("name", [])[:1]:
                version = next(iter(said.get("version", [])), None) or None
                one = Installed(name=normalised(name), version=version, origin=origin, metadata=path)
                found.setdefault(one.name, one)
    return dict(sorted(found.items()))


def headers(text: str) -> dict[str, list[str]]:
    """The fields in front of the description of a core metadata file, by name in lower case."""
    found: dict[str, list[str]] = {}
    for line in text.splitlines():
        if not line:
            break
        name, colon, said = line.partition(":")
        if colon and not line[0].isspace():  # a continued line belongs to a field that nobody asks for
            found.setdefault(name.lower(), []).append(said.strip())
    return found


def _metadata(folder: str, notes: list[str]) -> Iterator[tuple[str, str | None]]:
    """Each distribution's metadata file below `folder`, and its origin."""
    if folder.lower().endswith(".egg"):
        yield os.path.join(folder, "EGG-INFO", "PKG-INFO"), None
        return
    try:
        with os.scandir(folder) as entries:
            found = sorted((entry.name, entry.path, entry.is_dir()) for entry in entries if _is_metadata(entry.name))
    except OSError as problem:
        if not isinstance(problem, NotADirectoryError | FileNotFoundError):
            notes.append(f"distributions: {folder}: {problem.strerror}")
        return
    own = os.path.basename(folder) in ("site-packages", "dist-packages")
    for name, path, is_folder in found:
        if name.endswith(".dist-info"):
            yield os.path.join(path, "METADATA"), _origin(path)
        else:  # setuptools' older form; beside the sources it is what `setup.py develop` leaves
            yield os.path.join(path, "PKG-INFO") if is_folder else path, None if own else "editable"


def _is_metadata(name: str) -> bool:
    # a name that begins with ~ is what pip renames while it removes
    return name.endswith((".dist-info", ".egg-info")) and not name.startswith("~")


def _origin(folder: str) -> str | None:
    """What direct_url.json (PEP 610) says; the URL itself may hold a password and is left where it is."""
    text = read(os.path.join(folder, "direct_url.json"))
    if text is None:
        return None
    try:
        said = json.loads(text)
    except ValueError:
        return None
    if not isinstance(said, dict):
        return None
    if "vcs_info" in said:
        return "vcs"
    if "archive_info" in said:
        return "archive"
    local = said.get("dir_info")
    if local is None:
        return None
    return "editable" if isinstance(local, dict) and local.get("editable") is True else "file"
