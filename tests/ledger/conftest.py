"""Projects with a ledger, and other processes that record in it at the same time."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.ledger.projects import Project, Start

WORKER = Path(__file__).with_name("worker.py")

# Root may write what it is forbidden to write. CAP_DAC_OVERRIDE and CAP_DAC_READ_SEARCH (linux/capability.h) are
# dropped from the bounding set (PR_CAPBSET_DROP), and are gone after the exec.
_DROP = """
import ctypes, os, sys
if os.geteuid() == 0:
    libc = ctypes.CDLL(None)
    assert libc.prctl(24, 1, 0, 0, 0) == libc.prctl(24, 2, 0, 0, 0) == 0
os.execv(sys.executable, [sys.executable, *sys.argv[1:]])
"""


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project(folder=tmp_path)


@pytest.fixture
def start(project: Project) -> Iterator[Start]:
    """Start a worker that waits for `go`; whatever still runs at the end is killed."""
    started: list[subprocess.Popen[str]] = []

    def starting(what: str, count: int = 1) -> subprocess.Popen[str]:
        argv = [sys.executable, str(WORKER), what, str(project.folder), str(count)]
        worker = subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        started.append(worker)
        return worker

    yield starting
    for worker in started:
        worker.kill()
        worker.communicate()


@pytest.fixture
def python_as_user() -> Callable[[str], subprocess.CompletedProcess[str]]:
    """Run Python code in a process to which permissions apply, also where the tests are run by root."""
    if sys.platform != "linux" and os.geteuid() == 0:
        pytest.skip("root's powers can only be dropped on Linux")

    def running(code: str) -> subprocess.CompletedProcess[str]:
        argv = [sys.executable, "-c", _DROP, "-c", code]
        return subprocess.run(argv, capture_output=True, text=True, timeout=60, check=True)

    return running
