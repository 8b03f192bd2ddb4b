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
    a command with a slash is resolved. `extensions` are what an executable's name may end in on Windows.
    """

    path: tuple[str, ...]
    env: Mapping[str, str]
    python: str | None = None
    root: str = "."
    extensions: tuple[str, ...] = ("",)
    pinned: frozenset[str] = frozenset()  # environments that are never changed by --fix

    @classmethod
    def of(
        cls,
        env: Mapping[str, str],
        *,
        python: str | None = None,
        root: str = ".",
        first: Sequence[str] = (),
        pinned: Sequence[str] = (),
    ) -> Host:
        """The host as `env` has it, with the folders `first` searched before its PATH.

        Without `first` it is the scripts folder of the judged interpreter that comes first, where that is of a
        virtual environment: so a tool is found whether the environment was activated or not. A relative folder
        on PATH is resolved against the current folder, as the shell does; an empty one is the current folder
        itself on POSIX.
        """
        first = first or _scripts(python or sys.executable)
        raw = env.get("PATH", os.defpath).split(os.pathsep)
        if sys.platform == "win32":
            raw = [folder.strip('"') for folder in raw if folder]
        folders = dict.fromkeys(os.path.abspath(folder) for folder in [*first, *raw])
        extensions = (
            ("", *env.get("PATHEXT", ".EXE;.BAT;.CMD").lower().split(";")) if sys.platform == "win32" else ("",)
        )
        joined = os.pathsep.join([*first, env.get("PATH", os.defpath)]) if first else env.get("PATH", os.defpath)
        return cls(
            path=tuple(folders),
            env={**env, "PATH": joined},
            python=python,
            root=os.path.abspath(root),
            extensions=extensions,
            pinned=frozenset(pinned),
        )


def _scripts(python: str) -> tuple[str, ...]:
    folder = os.path.dirname(os.path.abspath(python))
    return (folder,) if os.path.isfile(os.path.join(os.path.dirname(folder), "pyvenv.cfg")) else ()
