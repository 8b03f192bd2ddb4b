"""That every module can be imported where Linux's own calls are missing: a name that is not there must not be touched.

What the other platforms' calls do is not proved here; the docs say so.
"""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

import gating

IMPORT_ALL = """
import asyncio, ctypes, importlib.metadata, json, logging, os, pathlib, platform, selectors, shutil, signal, sqlite3
import subprocess, sys, tempfile, threading, tomllib, types, zipfile
import contextlib, invoke, packaging.markers, pytest, tomlkit
with contextlib.suppress(ImportError):
    import nox

if sys.argv[1] == "win32":
    gone = "fork geteuid getuid killpg mkfifo pidfd_open sched_getaffinity setsid statvfs sysconf uname waitid"
    for name in [*gone.split(), "P_PID", "WEXITED", "WNOHANG", "WNOWAIT"]:
        if hasattr(os, name):
            delattr(os, name)
    for name in ("SIGKILL", "SIGHUP"):
        delattr(signal, name)
    for name in ("fcntl", "grp", "pwd", "resource"):
        sys.modules[name] = None
    sys.modules["msvcrt"] = types.ModuleType("msvcrt")
sys.platform = sys.argv[1]

import importlib, pkgutil
import gating

names = [found.name for found in pkgutil.walk_packages(gating.__path__, "gating.")]
for name in names:
    if name != "gating.__main__":
        importlib.import_module(name)
print(len(names))
"""


@pytest.mark.parametrize("platform", ["win32", "darwin", "freebsd14"])
def test_every_module_can_be_imported(platform: str) -> None:
    done = subprocess.run([sys.executable, "-c", IMPORT_ALL, platform], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) > 80


def test_no_pattern_has_a_possessive_group() -> None:
    """Before 3.11.5 Python matches those wrongly (gh-106052); an atomic group says the same."""
    sources = Path(gating.__file__).parent.rglob("*.py")
    possessive = re.compile(r"\)(?:[*+?]|\{[0-9,]+\})\+")
    assert [source.name for source in sources if possessive.search(source.read_text(encoding="utf-8"))] == []
