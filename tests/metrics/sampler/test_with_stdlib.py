"""Where there is neither /proc nor psutil: little is known, and everything else is null with a reason."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from gating.metrics.format import HOST_KEYS, TREE_KEYS
from gating.metrics.sampler.with_stdlib import Host, Tree


def test_the_tree_is_unknown_and_the_process_is_there() -> None:
    tree = Tree()
    assert tree.alive() == (False, 0)
    assert tree.watch(os.getpid(), owned=True)
    assert tree.alive() == (True, 0)
    assert tree.sample() == dict.fromkeys(TREE_KEYS)
    assert set(tree.totals().values()) == {None}
    assert tree.beside_root() == (0.0, 0.0)
    assert {key.removeprefix("tree.") for key in tree.missing} == set(TREE_KEYS)
    tree.close()


def test_a_process_that_is_gone() -> None:
    with subprocess.Popen([sys.executable, "-c", ""]) as process:
        pass
    assert not Tree().watch(process.pid, owned=False)


def test_what_is_known_of_the_machine(tmp_path: Path) -> None:
    before = set(os.listdir("/proc/self/fd"))
    host = Host(str(tmp_path))
    sample = host.sample()
    assert list(sample) == list(HOST_KEYS)
    known = {name for name, value in sample.items() if value is not None}
    assert known == {"load_1m", "load_5m", "load_15m", "disk_free_bytes"}
    assert {key.removeprefix("host.") for key in host.missing} == set(HOST_KEYS) - known
    assert host.facts()["memory_bytes"] == os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    host.close()
    assert set(os.listdir("/proc/self/fd")) == before


def test_without_a_folder() -> None:
    assert Host().sample()["disk_free_bytes"] is None
