"""Owner: whose code it is that asks, a project's source tree, an installed distribution, or nobody in particular.

It is the caller's file that decides, never the current folder: an application that is run inside somebody's project
does not take that project's policy, and does not write into it.
"""

from __future__ import annotations

import os
import sys

from gating.tuples import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from types import FrameType

__all__ = ["NOBODY", "Owner", "calling_file", "owner_of"]

_OURS = os.path.dirname(os.path.dirname(os.path.abspath(__file__))) + os.sep


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
    from gating.optional.ownership import editable, installed, project

    path = os.path.abspath(file)
    real = os.path.realpath(path)
    # as it is called first: uv can fill a site folder with links into its cache
    for place in dict.fromkeys((path, real)):
        if (owner := installed(place)) is not None:
            return owner
    folder = os.path.dirname(real)
    return project(folder, env) or editable(folder) or NOBODY
