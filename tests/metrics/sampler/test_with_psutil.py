"""A real tree as psutil sees it, beside what the children's own rusage says."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import psutil
import pytest

from gating.metrics.format import TREE_COUNTERS, TREE_KEYS
from gating.metrics.sampler.with_psutil import Tree, load

pytestmark = pytest.mark.needs("psutil")

BURN = "import time\nuntil = time.process_time() + {seconds}\nwhile time.process_time() < until: pass\n"
# a parent that burns through four children, one after the other, then waits with two that live
LEAF = f"import sys\n{BURN.format(seconds=0.05)}print('ready', flush=True)\nsys.stdin.read()\n"
FAMILY = f"""\
import subprocess, sys
for _ in range(4):
    subprocess.run([sys.executable, "-c", {BURN.format(seconds=0.2)!r}])
pipe = subprocess.PIPE
leaves = [subprocess.Popen([sys.executable, "-c", {LEAF!r}], stdin=pipe, stdout=pipe) for _ in range(2)]
for leaf in leaves:
    leaf.stdout.readline()
print("ready", flush=True)
sys.stdin.read()
"""


@contextmanager
def started(code: str, *arguments: str) -> Iterator[subprocess.Popen[bytes]]:
    """A process that has printed its first line; it ends with its stdin."""
    argv = [sys.executable, "-c", code, *arguments]
    with subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()
        try:
            yield process
        finally:
            process.kill()


def test_the_dead_the_living_and_their_parent_count() -> None:
    tree = Tree(psutil)
    with started(FAMILY) as process:
        assert tree.watch(process.pid, owned=True)
        sample = tree.sample()
        assert list(sample) == list(TREE_KEYS)
        assert sample["processes"] == 3
        assert sample["threads"] >= 3
        assert sample["cpu_s"] >= 0.75  # four times 0.2, counted in hundredths
        assert sample["cpu_s"] == pytest.approx(sample["user_s"] + sample["system_s"])
        assert sample["rss_bytes"] > 10 << 20
        assert sample["descriptors"] > 9
        assert sample["unreadable"] == 0
        assert tree.alive() == (True, 2)
        assert sum(tree.beside_root()) >= 0.08
    assert tree.alive()[0] is False
    tree.sample()
    assert tree.totals()["cpu_s"] >= sample["cpu_s"]
    assert tree.totals()["peak_rss_bytes"] == sample["rss_bytes"]
    tree.close()


def test_what_somebody_elses_process_had_used_before_does_not_count() -> None:
    tree = Tree(psutil)
    with started(FAMILY) as process:
        assert tree.watch(process.pid, owned=False)
        first = tree.sample()
        assert {name: first[name] for name in TREE_COUNTERS} == dict.fromkeys(TREE_COUNTERS, 0)


def test_a_counter_never_goes_back() -> None:
    tree = Tree(psutil)
    code = f"print('ready', flush=True)\nimport subprocess, sys\n{FAMILY}"
    with started(code) as process:
        tree.watch(process.pid, owned=True)
        samples: list[dict[str, Any]] = []
        until = time.monotonic() + 60
        while time.monotonic() < until and (not samples or samples[-1]["cpu_s"] < 0.75):
            samples.append(tree.sample())
            time.sleep(0.05)
        assert samples[-1]["cpu_s"] >= 0.75
        assert max(sample["processes"] for sample in samples) >= 2
        for name in TREE_COUNTERS:
            values = [sample[name] for sample in samples if sample[name] is not None]
            assert values == sorted(values)


def test_an_orphan_that_was_seen_stays_a_member(tmp_path: Path) -> None:
    orphan = f"import os, sys, time; open({str(tmp_path / 'pid')!r}, 'w').write(str(os.getpid())); time.sleep(60)"
    between = "import subprocess, sys; subprocess.Popen([sys.executable, '-c', sys.argv[1]]); sys.stdin.read()"
    code = f"""\
import subprocess, sys
middle = subprocess.Popen([sys.executable, "-c", {between!r}, {orphan!r}], stdin=subprocess.PIPE)
print("ready", flush=True)
input()
middle.communicate()
print("parted", flush=True)
input()
"""
    tree = Tree(psutil)
    with started(code) as process:
        tree.watch(process.pid, owned=True)
        until = time.monotonic() + 60
        while tree.sample()["processes"] < 3 and time.monotonic() < until:
            time.sleep(0.02)
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(b"\n")
        process.stdin.flush()
        process.stdout.readline()
        assert tree.sample()["processes"] == 2
        assert tree.alive() == (True, 1)
        while not (tmp_path / "pid").exists() or not (tmp_path / "pid").read_text():
            time.sleep(0.01)
        os.kill(int((tmp_path / "pid").read_text()), 9)


def test_a_process_that_is_gone() -> None:
    with started("print()\ninput()") as process:
        pass
    tree = Tree(psutil)
    assert not tree.watch(process.pid, owned=True)
    assert tree.alive() == (False, 0)
    assert tree.sample()["processes"] == 0
    assert tree.sample()["cpu_s"] is None


def test_a_zombie_is_no_process_and_keeps_its_time() -> None:
    code = f"import os\npid = os.fork()\nif not pid:\n    exec({BURN.format(seconds=0.2)!r})\n    os._exit(0)\n"
    code += "os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT)\nprint('ready', flush=True)\ninput()\n"
    tree = Tree(psutil)
    with started(code) as process:
        tree.watch(process.pid, owned=True)
        sample = tree.sample()
        assert sample["processes"] == 1
        assert sample["cpu_s"] >= 0.18
        assert tree.alive() == (True, 0)


class _Elsewhere:
    """psutil as it is on a system that adds no children up and has neither I/O nor descriptors."""

    WINDOWS, MACOS, LINUX = False, True, False
    Error, AccessDenied, ZombieProcess = psutil.Error, psutil.AccessDenied, psutil.ZombieProcess
    STATUS_ZOMBIE = psutil.STATUS_ZOMBIE

    class Process:
        def __init__(self, pid: int | None = None) -> None:
            self._real = psutil.Process(pid)
            self.pid = self._real.pid

        def __eq__(self, other: object) -> bool:
            return isinstance(other, type(self)) and self._real == other._real

        def __hash__(self) -> int:
            return hash(self._real)

        def children(self, *, recursive: bool) -> list[_Elsewhere.Process]:
            found = self._real.children(recursive=recursive)
            return [made for child in found if (made := _Elsewhere.Process.of(child)) is not None]

        @classmethod
        def of(cls, real: psutil.Process) -> _Elsewhere.Process | None:
            try:
                return cls(real.pid)
            except psutil.NoSuchProcess:
                return None

        def cpu_times(self) -> Any:
            times = self._real.cpu_times()
            return SimpleNamespace(user=times.user, system=times.system, children_user=0.0, children_system=0.0)

        def memory_info(self) -> Any:
            raise psutil.AccessDenied(self.pid)

        def __getattr__(self, name: str) -> Any:
            if name in {"io_counters", "num_fds"}:
                raise AttributeError(name)
            return getattr(self._real, name)


def test_a_system_that_adds_no_children_up() -> None:
    tree = Tree(_Elsewhere)  # type: ignore[arg-type]
    reasons = {"tree.read_bytes", "tree.write_bytes", "tree.descriptors", "tree.pss_bytes", "tree.pss_age_s"}
    assert set(tree.missing) == reasons
    child = BURN.format(seconds=0.3) + "import sys\nsys.stdin.read()\n"
    code = f"""\
import subprocess, sys
child = subprocess.Popen([sys.executable, "-c", {child!r}], stdin=subprocess.PIPE)
print("ready", flush=True)
input()
child.communicate()
print("parted", flush=True)
input()
"""
    with started(code) as process:
        tree.watch(process.pid, owned=True)
        until = time.monotonic() + 60
        while (tree.sample()["cpu_s"] or 0) < 0.3 and time.monotonic() < until:
            time.sleep(0.02)
        before = tree.sample()
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(b"\n")
        process.stdin.flush()
        process.stdout.readline()
        after = tree.sample()
        assert (before["processes"], after["processes"]) == (2, 1)
        assert after["cpu_s"] >= before["cpu_s"] >= 0.3
        assert (after["read_bytes"], after["write_bytes"], after["descriptors"]) == (None, None, None)
        assert after["unreadable"] == 1


def test_psutil_is_found_by_its_file(tmp_path: Path) -> None:
    assert load(str(psutil.__file__)) is psutil
    code = (
        "import sys; sys.path.append(sys.argv[1]); from gating.metrics.sampler.with_psutil import load; "
        "before = list(sys.path); found = load(sys.argv[2]); print(found and found.__version__, sys.path == before)"
    )
    root = str(Path(__file__).resolve().parents[3])

    def said(file: str) -> str:
        argv = [sys.executable, "-I", "-S", "-c", code, root, file]
        return subprocess.run(argv, capture_output=True, text=True, check=True).stdout.strip()

    assert said(str(psutil.__file__)) == f"{psutil.__version__} True"
    (tmp_path / "psutil").mkdir()
    (tmp_path / "psutil" / "__init__.py").write_text("raise ImportError('not for this machine')\n")
    assert said(str(tmp_path / "psutil" / "__init__.py")) == "None True"
