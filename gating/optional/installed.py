"""Installed: a distribution by its name in the folders and archives of a path, read as plain files.

Beside dist-info and egg-info in folders there are eggs, and archives on the path that hold metadata of their own.
What a folder holds is remembered while the folder stays the same, since one process asks again and again.
"""

from __future__ import annotations

import os
import time

from gating.optional.asked import normalise
from gating.tuples import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

__all__ = ["Distribution", "every", "find", "listed", "members"]

_ENDINGS = (".dist-info", ".egg-info")
_FRESH = 2_000_000_000  # ns; a folder that changed this lately may change again without its time telling
_listings: dict[str, tuple[int, dict[str, list[str]]]] = {}
_heads: dict[str, tuple[int, str]] = {}


class Distribution(NamedTuple):
    """Metadata of a distribution: its folder (an egg-info file, a folder in an archive), and the path's entry.

    `version` is None where the metadata tells none: an installation or a removal that did not finish.
    """

    folder: str
    site: str
    version: str | None

    def text(self, name: str) -> str | None:
        """One of its files, None where it cannot be read."""
        if os.path.isdir(self.site or os.curdir):
            from gating.toolchain.metadata import text

            return text(self.folder, name)
        return _archived(self.site, f"{os.path.relpath(self.folder, self.site)}/{name}".replace(os.sep, "/"))

    @property
    def head(self) -> str:
        """The fields of its core metadata, empty where there are none."""
        return _head(self)

    @property
    def name(self) -> str:
        """The name as the metadata spells it, else as its folder does."""
        return _field(self.head, "Name") or os.path.basename(self.folder).partition("-")[0]

    def has(self, path: str) -> bool:
        """Whether a file that its RECORD lists is there."""
        return os.path.exists(os.path.join(self.site, path)) or path in members(self.site)

    @property
    def source(self) -> str | None:
        """The folder that an editable install points at, None where its metadata does not tell one."""
        told = self.text("direct_url.json")
        if told is None:
            return None
        import json
        from urllib.parse import unquote, urlsplit

        try:
            url = urlsplit(json.loads(told)["url"])
        except (KeyError, TypeError, ValueError):
            return None
        return unquote(url.path) if url.scheme == "file" else None

    @property
    def editable(self) -> bool:
        """Whether it is installed in a way that leaves its code elsewhere: PEP 610, or setuptools' develop."""
        if self.folder.endswith(".egg-info"):
            return os.path.basename(self.site) not in {"site-packages", "dist-packages"}
        from gating.toolchain.metadata import is_editable

        return is_editable(self.folder)


def find(name: str, folders: Sequence[str]) -> Distribution | None:
    """The first distribution of that name that tells a version; else the first that bears the name, else None."""
    wanted, ghost = normalise(name), None
    for site in folders:
        for entry in listed(site).get(wanted, ()):
            one = _read(entry, site)
            if one.version is not None:
                return one
            ghost = ghost or one
    return ghost


def every(folders: Iterable[str]) -> Iterator[tuple[str, Distribution]]:
    """Every distribution with the name that its metadata folder has, in the order of the path."""
    for site in folders:
        for name, entries in listed(site).items():
            for entry in entries:
                yield name, _read(entry, site)


def listed(site: str) -> dict[str, list[str]]:
    """The metadata folders in a folder or an archive of the path, by the normalised name of the distribution."""
    try:
        changed = os.stat(site or os.curdir).st_mtime_ns
    except (OSError, ValueError):  # ValueError: a NUL in it
        return {}
    known = _listings.get(site)
    if known is not None and known[0] == changed:
        return known[1]
    made: dict[str, list[str]] = {}
    for name in _names(site):
        stem, ending = os.path.splitext(name)
        if ending in _ENDINGS:
            made.setdefault(normalise(stem.partition("-")[0]), []).append(os.path.join(site, name))
    if site.endswith(".egg"):
        egg = normalise(os.path.basename(site).partition("-")[0])
        made.setdefault(egg, []).append(os.path.join(site, "EGG-INFO"))
    if _settled(changed):
        _listings[site] = (changed, made)
    else:
        _listings.pop(site, None)
    return made


def _settled(changed: int) -> bool:
    return abs(time.time_ns() - changed) > _FRESH


def _names(site: str) -> list[str]:
    try:
        return os.listdir(site or os.curdir)
    except NotADirectoryError:
        return sorted({name.partition("/")[0] for name in members(site)})
    except OSError:
        return []


def _read(folder: str, site: str) -> Distribution:
    one = Distribution(folder, site, None)
    return one._replace(version=_field(one.head, "Version"))


def _head(one: Distribution) -> str:
    try:
        changed = os.stat(os.path.join(one.folder, "METADATA")).st_mtime_ns
    except (OSError, ValueError):
        changed = 0
    known = _heads.get(one.folder)
    if changed and known is not None and known[0] == changed:
        return known[1]
    told = one.text("METADATA") or one.text("PKG-INFO")
    if told is None and one.folder.endswith(".egg-info"):
        from gating.toolchain.metadata import text

        told = text(one.folder)
    head = (told or "").partition("\n\n")[0]
    if changed and _settled(changed):
        _heads[one.folder] = (changed, head)
    return head


def _field(head: str, name: str) -> str | None:
    place = f"\n{head}".find(f"\n{name}:")
    if place < 0:
        return None
    told = head[place + len(name) + 1 :].partition("\n")[0].split()
    return told[0] if told else None


def members(archive: str) -> list[str]:
    """The names in a zip file, none where it is no zip file."""
    from zipfile import BadZipFile, ZipFile

    try:
        with ZipFile(archive) as opened:
            return opened.namelist()
    except (BadZipFile, OSError, ValueError):
        return []


def _archived(archive: str, name: str) -> str | None:
    from zipfile import BadZipFile, ZipFile

    try:
        with ZipFile(archive) as opened:
            return opened.read(name).decode("utf-8", "replace")
    except (BadZipFile, KeyError, OSError, RuntimeError, ValueError):  # RuntimeError: it wants a password
        return None
