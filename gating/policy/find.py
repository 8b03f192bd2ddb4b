"""Which file is the policy: the first, from a folder upwards, that is a `gating.toml` or has `[tool.gating]`."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping

from gating.errors import PolicyError, Problem, UsageError
from gating.policy.document import Document

__all__ = ["OWN_FILE", "PROJECT_FILE", "find", "open_file", "start_folder"]

OWN_FILE = "gating.toml"
PROJECT_FILE = "pyproject.toml"
_TABLE = ("tool", "gating")
# the policy's document, the project's folder, and the pyproject.toml there; None for what is not there
Found = tuple[Document | None, str, Document | None]

_MENTION = rb"tool[\s\"']*\.[\s\"']*gating"


def start_folder(start: str | os.PathLike[str] | None) -> str:
    """The real path of the folder to search from: `start`, the folder of the file `start`, or the current one."""
    try:
        folder = os.path.realpath(os.getcwd() if start is None else start)
    except FileNotFoundError:
        raise UsageError("the current folder is gone") from None
    except ValueError:  # a NUL in it
        folder = ""
    if os.path.isfile(folder):
        folder = os.path.dirname(folder)
    if not os.path.isdir(folder):
        raise UsageError(f"there is no folder {os.fspath(start or folder)!r}")
    return folder


def find(folder: str, env: Mapping[str, str]) -> Found:
    """Search from `folder` upwards, not past a folder with `.git` nor the home folder.

    Raises PolicyError where a folder has both files with a policy, and where a pyproject.toml cannot be read
    that is the nearest or speaks of `tool.gating`: a broken file is no reason to take another's policy.
    """
    home = os.path.realpath(env.get("HOME") or env.get("USERPROFILE") or os.sep)
    nearest: Document | None = None
    for here in _upwards(folder):
        own = _document(os.path.join(here, OWN_FILE), folder)
        project = _project(here, folder, matters=nearest is None or own is not None)
        has_table = project is not None and project.table is not None
        if own is not None and project is not None and has_table:
            raise _both(own, project)
        if own is not None or has_table:
            return (own or project, here, project)
        nearest = nearest or project
        is_repository = os.path.lexists(os.path.join(here, ".git"))
        if is_repository and nearest is None:
            return (None, here, None)
        if is_repository or here == home:
            break
    return (None, os.path.dirname(nearest.path) if nearest else folder, nearest)


def open_file(path: str, folder: str) -> Found:
    """Take the file that was named, whatever else there is; one named pyproject.toml has the table in it."""
    path = os.path.realpath(path) if os.path.isfile(path) else path
    document = _document(path, folder)
    if document is None:
        raise UsageError(f"there is no policy file {path!r}")
    root = os.path.dirname(path)
    try:
        beside = document if document.prefix else _document(os.path.join(root, PROJECT_FILE), folder)
    except PolicyError:  # only the project's name is wanted from it
        beside = None
    return (document, root, beside)


def _upwards(folder: str) -> Iterator[str]:
    yield folder
    while (above := os.path.dirname(folder)) != folder:
        folder = above
        yield folder


def _project(here: str, start: str, *, matters: bool) -> Document | None:
    """The pyproject.toml of a folder, None where there is none; one that does not matter may also be broken."""
    path = os.path.join(here, PROJECT_FILE)
    try:
        return _document(path, start, unless_without=None if matters else b"gating")
    except PolicyError:
        if matters or re.search(_MENTION, _content(path, start) or b""):
            raise
        return None


def _document(path: str, start: str, *, unless_without: bytes | None = None) -> Document | None:
    """Read a file, None where it is not there or does not hold the bytes asked for."""
    content = _content(path, start)
    if content is None or (unless_without is not None and unless_without not in content):
        return None
    prefix = _TABLE if os.path.basename(path) == PROJECT_FILE else ()
    return Document(path=path, shown=_shown(path, start), content=content, prefix=prefix)


def _content(path: str, start: str) -> bytes | None:
    if not os.path.isfile(path):  # a folder of that name, or a pipe that would block, is no policy
        return None
    try:
        with open(path, "rb") as stream:
            return stream.read()
    except OSError as error:
        problem = Problem(file=_shown(path, start), message=f"cannot be read: {error.strerror}")
        raise PolicyError([problem]) from None


def _shown(path: str, start: str) -> str:
    """The file as people are shown it: from the folder that the search began in."""
    try:
        return os.path.relpath(path, start).replace(os.sep, "/")
    except ValueError:  # on another drive
        return path


def _both(own: Document, project: Document) -> PolicyError:
    place = project.place(())
    return PolicyError(
        [
            Problem(
                file=project.shown,
                line=place.line,
                column=place.column,
                text=project.line(place.line),
                message=f"there is a policy here and in {own.shown}",
                allowed="one of the two",
            )
        ]
    )
