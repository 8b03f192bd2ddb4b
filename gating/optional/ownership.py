"""Ownership: the places that tell whose a file is: site folders and their RECORDs, policies, editable installs."""

from __future__ import annotations

import os
import re
import sys
from typing import TYPE_CHECKING

from gating.optional.owner import NOBODY, Owner
from gating.toolchain import metadata

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

__all__ = ["editable", "installed", "project"]

_SITES = frozenset({"site-packages", "dist-packages"})
_POLICY_FILES = ("gating.toml", "pyproject.toml")
_URL = r'"url"\s*:\s*"file://([^"]*)"'


def installed(path: str) -> Owner | None:
    """The owner of a file in a site folder or an environment, NOBODY where no metadata has it; else None."""
    for folder in _upwards(os.path.dirname(path)):
        is_site = os.path.basename(folder) in _SITES
        if is_site or folder in sys.path:  # any folder of the path can be one, by `pip install --target`
            info = _recording(metadata.dist_infos(folder), path, folder)
            if info is not None:
                return _application(info)
        if is_site:
            return NOBODY
        if os.path.isfile(os.path.join(folder, "pyvenv.cfg")):
            return _script(folder, path)
    return None


def _script(prefix: str, path: str) -> Owner:
    """The owner of a file in a virtual environment, but outside of its site folders: a script, mostly."""
    name = f"python{sys.version_info.major}.{sys.version_info.minor}"
    for parts in (("lib", name), ("lib64", name), ("Lib",)):
        site = os.path.join(prefix, *parts, "site-packages")
        info = _recording(metadata.dist_infos(site), path, site)
        if info is not None:
            return _application(info)
    return NOBODY


def _recording(infos: list[str], path: str, site: str) -> str | None:
    """The metadata folder that lists the file; those that bear its package's name are read first."""
    top = metadata.normalise(os.path.relpath(path, site).partition(os.sep)[0].partition(".")[0])

    def likeness(info: str) -> bool:
        return metadata.normalise(os.path.basename(info).partition("-")[0]) != top

    return next((info for info in sorted(infos, key=likeness) if metadata.records(info, path)), None)


def _application(info: str, tree: str | None = None) -> Owner:
    name = metadata.field(info, "Name")
    if name is None:
        return NOBODY
    return Owner(application=name, info=info, tree=tree, seen=(info,))


def project(folder: str, env: Mapping[str, str]) -> Owner | None:
    """The project with a policy that a folder lies in, None where there is none."""
    if not _may_have_policy(folder):
        return None  # nothing had to be loaded to see it
    from gating.errors import GatingError
    from gating.policy.find import find

    try:
        document, root, _ = find(folder, env)
    except GatingError:  # a file that cannot be read is a project's all the same: whoever reads it says what is wrong
        return Owner(policy=folder, tree=folder)
    if document is None or document.table is None:
        return None
    return Owner(policy=folder, tree=root, seen=(root, *(os.path.join(root, name) for name in _POLICY_FILES)))


def _may_have_policy(folder: str) -> bool:
    """Whether a file from here upwards speaks of gating where a policy would stand."""
    for here in _upwards(folder):
        if os.path.isfile(os.path.join(here, _POLICY_FILES[0])):
            return True
        text = metadata.text(here, _POLICY_FILES[1])
        if text is not None and "gating" in text:
            return True
    return False


def editable(folder: str) -> Owner | None:
    """The distribution that is installed from the folder, or one above it, in editable mode (PEP 610)."""
    above = set(_upwards(folder))
    for site in sys.path:
        for info in metadata.dist_infos(site) if site else ():
            origin = metadata.text(info, "direct_url.json")
            if origin is None or not metadata.is_editable(info) or (url := re.search(_URL, origin)) is None:
                continue
            tree = os.path.realpath(_path_of(url[1]))
            if tree in above:
                return _application(info, tree)
    return None


def _path_of(url: str) -> str:
    """The path in a file URL, `file://` being taken off; urllib's own way would take 40 ms to import."""
    if "%" in url:
        from urllib.parse import unquote

        url = unquote(url)
    return url.lstrip("/") if os.name == "nt" else url


def _upwards(folder: str) -> Iterator[str]:
    yield folder
    while (above := os.path.dirname(folder)) != folder:
        folder = above
        yield folder
