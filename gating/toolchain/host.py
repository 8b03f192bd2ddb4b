"""Where tools are looked for: a search path, an environment, and the interpreter that is judged."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence
from typing import NamedTuple

__all__ = ["Host"]


class Host(NamedTuple):
    """What a probe may see; nothing of the process that runs gating leaks in.

    `path` are the folders searched, in order. `env` is the environment that probed tools get. `python` is the
    judged interpreter's path, None for the one that runs gating. `root` is the project's folder, against which
    a command with a slash is resolved. `extensions` are what an executable's name ends in: nothing on POSIX,
    those of PATHEXT on Windows. `protected` are prefixes of environments that `--fix` leaves alone.
    """

    path: tuple[str, ...]
    env: Mapping[str, str]
    python: str | None = None
    root: str = "."
    extensions: tuple[str, ...] = ("",)
    protected: frozenset[str] = frozenset()

    @classmethod
    def of(
        cls,
        env: Mapping[str, str],
        *,
        python: str | None = None,
        root: str = ".",
        first: Sequence[str] = (),
        protected: Sequence[str] = (),
    ) -> Host:
        """The host as `env` has it, with the folders `first` searched before its PATH.

        `python` may be a name, which is looked for on that PATH, or a path from the current folder. Without
        `first` it is the scripts folder of the judged interpreter that comes first, where that is of a virtual
        environment: so a tool is found whether the environment was activated or not. A relative folder on PATH
        is resolved against the current folder, as the shell does; an empty one is the current folder itself on
        POSIX.
        """
        raw = env.get("PATH", os.defpath)
        extensions: tuple[str, ...] = ("",)
        if sys.platform == "win32":
            raw = os.pathsep.join(folder.strip('"') for folder in raw.split(os.pathsep) if folder)
            extensions = tuple(env.get("PATHEXT", ".EXE;.BAT;.CMD").lower().split(";"))
        if python is not None:
            python = _resolved(python, raw, extensions)
        joined = os.pathsep.join([*(first or _scripts(python or sys.executable)), raw])
        return cls(
            path=tuple(dict.fromkeys(map(_absolute, joined.split(os.pathsep)))),
            env={**env, "PATH": joined},
            python=python,
            root=_absolute(root),
            extensions=extensions,
            protected=frozenset(protected),
        )


def _resolved(python: str, path: str, extensions: Sequence[str]) -> str:
    """The absolute path of an interpreter; a name that nothing on the path bears stays as it is."""
    if os.path.dirname(python):
        return _absolute(python)
    places = (os.path.join(_absolute(folder), python + end) for folder in path.split(os.pathsep) for end in extensions)
    return next((place for place in places if os.path.isfile(place) and os.access(place, os.X_OK)), python)


def _scripts(python: str) -> tuple[str, ...]:
    folder = os.path.dirname(python)
    return (folder,) if os.path.isfile(os.path.join(os.path.dirname(folder), "pyvenv.cfg")) else ()


def _absolute(path: str) -> str:
    try:
        path = os.path.join(os.getcwd(), path)
    except OSError:  # the current folder was removed
        return path
    # behind a link, `..` is not what the text says
    return path if ".." in path.split(os.sep) else os.path.normpath(path)
