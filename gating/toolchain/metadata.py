"""Metadata: what the dist-info folders of a site folder say, read as plain files.

Formats: core metadata, entry points, RECORD and direct_url.json of the PyPA specifications; egg-info folders and
files as setuptools wrote them before. What cannot be read says nothing, and no file can raise an error here.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator

__all__ = ["declares", "dist_infos", "field", "folders_of", "is_editable", "normalise", "records", "text"]

_SECTION = re.compile(r"^\[[ \t]*(?:console_scripts|gui_scripts)[ \t]*\](.*?)(?=^\[|\Z)", re.MULTILINE | re.DOTALL)
_EDITABLE = re.compile(r'"editable"\s*:\s*true')
_ENDINGS = (".dist-info", ".egg-info")


def normalise(name: str) -> str:
    """A distribution's name as PEP 503 compares it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def dist_infos(site: str) -> list[str]:
    """The dist-info folders of a site folder."""
    return [os.path.join(site, name) for name in _names(site) if name.endswith(".dist-info")]


def folders_of(name: str, site: str) -> Iterator[str]:
    """The metadata folders (or egg-info files) in a site folder that bear a distribution's name."""
    wanted = normalise(name)
    for entry in _names(site):
        stem, ending = os.path.splitext(entry)
        if ending in _ENDINGS and normalise(stem.partition("-")[0]) == wanted:
            yield os.path.join(site, entry)
    # an egg is a site folder of its own, put on the path by a .pth file
    if site.endswith(".egg") and normalise(os.path.basename(site).partition("-")[0]) == wanted:
        yield os.path.join(site, "EGG-INFO")


def field(folder: str, name: str) -> str | None:
    """A one-word field of the core metadata, such as `Version`; None where it is not there."""
    told = (text(folder, *inner) for inner in (("METADATA",), ("PKG-INFO",), ()))  # () for an egg-info file
    head = next((one for one in told if one is not None), "").partition("\n\n")[0]
    match = re.search(rf"^{name}:[ \t]*(\S+)", head, re.MULTILINE)
    return match[1] if match else None


def declares(folder: str, script: str) -> bool:
    """Whether the entry points have a console or GUI script of this name."""
    points = text(folder, "entry_points.txt")
    if points is None:
        return False
    declared = re.compile(rf"^[ \t]*{re.escape(script)}[ \t]*=", re.MULTILINE)
    return any(declared.search(section) for section in _SECTION.findall(points))


def records(folder: str, path: str) -> bool:
    """Whether the RECORD lists the file `path`, which is absolute and without links."""
    record = text(folder, "RECORD")
    if record is None:
        return False
    listed = os.path.relpath(path, os.path.dirname(folder)).replace(os.sep, "/")
    quoted = listed.replace('"', '""')
    lines = f"\n{record}"
    return any(f"\n{name}," in lines for name in (listed, path, f'"{quoted}"'))


def is_editable(folder: str) -> bool:
    """Whether it is an editable install (PEP 610): its code can change while no installed file does."""
    origin = text(folder, "direct_url.json")
    return origin is not None and _EDITABLE.search(origin) is not None


def text(*parts: str) -> str | None:
    """The text of a file, whose path is joined from parts; None where it cannot be read."""
    try:
        with open(os.path.join(*parts), encoding="utf-8", errors="replace") as file:
            return file.read()
    except (OSError, ValueError):  # ValueError: a NUL in the path
        return None


def _names(folder: str) -> list[str]:
    try:
        return os.listdir(folder)
    except OSError:
        return []
