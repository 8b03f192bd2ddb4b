"""Owner: whose code it is that asks, a project's source tree, an installed distribution, or nobody in particular.

It is the caller's file that decides, never the current folder: an application that is run inside somebody's project
does not take that project's policy, and does not write into it.
"""

from __future__ import annotations

import os
import re
import sys
from typing import TYPE_CHECKING, NamedTuple

from gating.toolchain import metadata

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from types import FrameType

__all__ = ["NOBODY", "Owner", "calling_file", "editable", "owner_of"]

_OURS = os.path.dirname(os.path.dirname(os.path.abspath(__file__))) + os.sep
_SITES = frozenset({"site-packages", "dist-packages"})
_POLICY_FILES = ("gating.toml", "pyproject.toml")
_URL = re.compile(r'"url"\s*:\s*"file://([^"]*)"')


class Owner(NamedTuple):
    """Who owns a file.

    `policy` is the folder that the policy is searched from, None outside of a project that has one. `application` is
    the installed distribution's name and `info` its metadata folder, None for a source tree that is not installed or
    that has a policy. `tree` is the folder of the source, None for what is installed from an index. `seen` are the
    files and folders that the answer was read from.
    """

    policy: str | None = None
    application: str | None = None
    info: str | None = None
    tree: str | None = None
    seen: tuple[str, ...] = ()


NOBODY = Owner()


def calling_file() -> str | None:
    """The file of the code that called gating; None for code that stands in no file (`-c`, a prompt)."""
    frame: FrameType | None = sys._getframe(1)  # noqa: SLF001 - inspect would take 10 ms to import, to call the same
    while frame is not None and frame.f_code.co_filename.startswith(_OURS):
        frame = frame.f_back
    return None if frame is None else frame.f_code.co_filename


def owner_of(file: str | None, env: Mapping[str, str]) -> Owner:
    """The owner of a file. Nothing raises; a file that is not there, such as one in an archive, has none.

    A file in a site folder belongs to the distribution whose RECORD lists it, also where that folder lies in a
    project's tree (`.venv`, `.nox`). Any other belongs to the first project with a policy from its folder upwards,
    else to the distribution that is installed from its folder in editable mode.
    """
    if file is None or not os.path.isfile(file):
        return NOBODY
    path = os.path.abspath(file)
    # as it is called first: uv can fill a site folder with links into its cache
    for place in dict.fromkeys((path, os.path.realpath(path))):
        installed = _installed(place)
        if installed is not None:
            return installed
    folder = os.path.dirname(os.path.realpath(path))
    return _project(folder, env) or editable(folder) or NOBODY


def _installed(path: str) -> Owner | None:
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


def _project(folder: str, env: Mapping[str, str]) -> Owner | None:
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
            if origin is None or not metadata.is_editable(info) or (url := _URL.search(origin)) is None:
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
