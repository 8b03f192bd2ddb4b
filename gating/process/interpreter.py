"""Describe an interpreter: our own without a process, any other with one.

A broken interpreter is data: `error` says what is wrong and the other fields are empty. Nothing is cached here.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field

from gating.process.facts import facts, is_own

__all__ = ["Interpreter", "describe", "is_own"]


@dataclass(frozen=True, kw_only=True)
class Interpreter:
    """A Python and where it finds distributions.

    `executable` is the path to start it by, links kept, since a virtual environment is known by that path;
    where `error` is set, it is what was asked for. `version` is as `platform.python_version` gives it, with
    its `rc1` or `+`. `site` are the folders that can hold distributions, in the order of sys.path: those of
    PYTHONPATH, the site folders, and what .pth files added. `markers` is the environment of PEP 508 markers.
    `soabi` and `compiler` are None where the interpreter does not say.
    """

    executable: str
    version: str = ""
    implementation: str = ""
    prefix: str = ""
    base_prefix: str = ""
    site: tuple[str, ...] = ()
    markers: Mapping[str, str] = field(default_factory=dict)
    compiler: str | None = None
    soabi: str | None = None
    free_threaded: bool = False
    debug: bool = False
    error: str | None = None

    @property
    def is_virtual(self) -> bool:
        """Whether it is that of a virtual environment (PEP 405)."""
        return self.prefix != self.base_prefix

    @property
    def realpath(self) -> str:
        """The file behind `executable`, shared by all virtual environments of one installation."""
        return os.path.realpath(self.executable)


def describe(python: str | None, *, env: Mapping[str, str], timeout: float = 10.0) -> Interpreter:
    """Describe the interpreter `python`: a path, a name to be found on the PATH of `env`, or None for our own.

    Another than our own is started once, isolated (`-I`), and given `timeout` seconds. Nothing raises: what
    went wrong is in `error`.
    """
    path = sys.executable if python is None else _find(python, env)
    if python is None or is_own(path):
        return _interpreter(dict(facts()))
    return _ask(path, env, timeout)


def _find(python: str, env: Mapping[str, str]) -> str:
    if os.path.dirname(python):
        return os.path.abspath(python)
    for folder in env.get("PATH", os.defpath).split(os.pathsep):
        for name in (python, f"{python}.exe") if sys.platform == "win32" else (python,):
            path = os.path.join(folder, name)
            if folder and os.path.isfile(path) and os.access(path, os.X_OK):
                return os.path.abspath(path)
    return python


def _ask(path: str, env: Mapping[str, str], timeout: float) -> Interpreter:
    import json

    from gating.process import Command, capture
    from gating.process.facts import MARK
    from gating.process.facts import __file__ as script

    # set by macOS's launcher for its own child, and would tell the wrong prefix to another
    clean = {name: text for name, text in env.items() if name != "__PYVENV_LAUNCHER__"}
    if not os.path.dirname(path):
        return Interpreter(executable=path, error="not found on PATH")
    (made,) = capture([Command(argv=(path, "-I", script), env=clean, timeout=timeout, label=path)])
    if made.ending == "not-started":
        return Interpreter(executable=path, error=f"cannot be started: {made.error}")
    if made.ending == "timed-out":
        return Interpreter(executable=path, error=f"no answer within {timeout:g} s")
    if made.code != 0:
        said = made.stderr.strip().rpartition("\n")[2]
        return Interpreter(executable=path, error=f"ended with {made.code}{said and ': '}{said}")
    for line in made.stdout.splitlines()[::-1]:
        if line.startswith(MARK):
            try:
                return _interpreter(json.loads(line.removeprefix(MARK)))
            except (ValueError, TypeError, KeyError):
                break
    return Interpreter(executable=path, error="does not answer like a Python")


def _interpreter(said: dict[str, object]) -> Interpreter:
    said["site"] = tuple(said["site"])  # type: ignore[arg-type]  # a list of strings, by our own script
    return Interpreter(**said)  # type: ignore[arg-type]  # the script's keys are this class's fields
