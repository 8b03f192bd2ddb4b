"""The proportional set size is the truth about shared memory, and costs a thousandth of a processor at any size."""

from __future__ import annotations

import array
import os
import signal
import subprocess
import sys
import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gating.metrics.sampler.events import Events
from gating.metrics.sampler.pss import Pss
from gating.metrics.sampler.tree import Tree

MIB = 1 << 20
FORKED = """
import mmap, os, time
memory = mmap.mmap(-1, 96 << 20, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
for at in range(0, len(memory), 4096): memory[at] = 1
for child in range(6):
    if not os.fork():
        for at in range(child << 22, child + 1 << 22, 4096): memory[at] = 2
        os.write(1, b"x")
        time.sleep(60)
time.sleep(60)
"""


class Clock:
    """Processor time as a test wants it, and processes whose reading takes some of it."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now = 0.0
        self.reads = 0
        monkeypatch.setattr(time, "process_time", lambda: self.now)

    def process(self, size: int, seconds: float) -> Any:
        clock = self

        class Process:
            zombie = False

            def pss_bytes(self) -> int:
                clock.now += seconds
                clock.reads += 1
                return size

        return Process()


def really_used(pids: list[int]) -> int:
    """The bytes of all distinct pages that processes have in memory; the kernel tells root which they are."""
    pages: set[int] = set()
    for pid in pids:
        with open(f"/proc/{pid}/maps") as maps, open(f"/proc/{pid}/pagemap", "rb", buffering=0) as pagemap:
            for line in maps:
                first, _, last = line.split()[0].partition("-")
                if int(first, 16) >= 1 << 47:
                    continue  # the kernel's own page
                pagemap.seek(int(first, 16) // 4096 * 8)
                entries = array.array("Q", pagemap.read((int(last, 16) - int(first, 16)) // 4096 * 8))
                pages.update(entry & (1 << 55) - 1 for entry in entries if entry >> 63)
    pages.discard(0)  # what they are is hidden from others
    return len(pages) * 4096


def test_a_tree_that_shares_its_memory_is_not_counted_many_times() -> None:
    parent = subprocess.Popen(
        [sys.executable, "-I", "-S", "-c", FORKED], stdout=subprocess.PIPE, start_new_session=True
    )
    try:
        assert parent.stdout is not None
        parent.stdout.read(6)
        tree = Tree(Events())
        tree.watch(parent.pid, owned=True)
        sample = tree.sample(1000.0)  # as much as that is affordable after a while
        members = list(tree._members.by_pid)
        truth = really_used(members) or (96 + 24) * MIB
        tree.close()
    finally:
        os.killpg(parent.pid, signal.SIGKILL)
        parent.communicate()
    assert len(members) == 7
    assert sample["pss_age_s"] == 0
    assert sample["pss_bytes"] == pytest.approx(truth, rel=0.05)
    assert sample["rss_bytes"] > 5 * truth


def test_a_short_recording_of_something_small_has_one() -> None:
    child = subprocess.Popen([sys.executable, "-I", "-S", "-c", "import time; time.sleep(60)"])
    time.sleep(0.3)
    tree = Tree(Events())
    tree.watch(child.pid, owned=True)
    sample = tree.sample(0.02)
    tree.close()
    child.kill()
    child.wait()
    assert 0 < sample["pss_bytes"] <= sample["rss_bytes"] * 1.1
    assert 0 < tree.pss_cpu_s < 0.01


@given(
    st.floats(0.01, 60),  # seconds between two samples
    st.integers(1, 500),  # processes
    st.floats(0.1, 4000),  # MiB of each
    st.floats(1e-6, 1e-4),  # seconds a MiB
)
def test_it_takes_a_thousandth_of_a_processor_at_any_size(
    interval_s: float, processes: int, size_mib: float, cost_s: float
) -> None:
    with pytest.MonkeyPatch.context() as monkeypatch:
        clock = Clock(monkeypatch)
        pss = Pss(interval_s)
        members = [clock.process(1, size_mib * cost_s) for _ in range(processes)]
        longest = 0.0
        for sample in range(200):
            before = clock.now
            pss.sample(sample * interval_s, members, processes, int(processes * size_mib * MIB))
            longest = max(longest, clock.now - before) if sample and clock.reads > processes else longest
        once_s = processes * size_mib * cost_s
        allowed_s = 0.01 + 0.001 * 200 * interval_s
        assert pss.spent_s == pytest.approx(clock.now)
        assert clock.now <= allowed_s + once_s  # what the first reading takes is not known before
        assert longest <= max(0.25, 0.01) + 1e-9


def test_what_was_read_is_told_again_with_its_age(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Clock(monkeypatch)
    pss = Pss(1.0)
    members = [clock.process(100 * MIB, 0.0085)]
    assert pss.sample(0.0, members, 1, 500 * MIB) == (100 * MIB, 0.0)
    assert pss.sample(1.0, members, 1, 500 * MIB) == (100 * MIB, 1.0)
    assert pss.sample(2.5, members, 1, 500 * MIB) == (100 * MIB, 2.5)
    assert pss.sample(9.0, members, 1, 500 * MIB) == (100 * MIB, 0.0)
    assert clock.reads == 2
    assert pss.peak_bytes == 100 * MIB


def test_what_is_too_large_is_never_read_and_never_known(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Clock(monkeypatch)
    pss = Pss(1.0)
    members = [clock.process(1, 3.0)]
    for now_s in range(0, 100_000, 1000):
        assert pss.sample(float(now_s), members, 1, 300_000 * MIB) == (None, None)
    assert clock.reads == 0
    assert pss.peak_bytes is None


def test_it_never_makes_a_sample_late_that_comes_soon(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Clock(monkeypatch)
    pss = Pss(0.02)
    assert pss.sample(100_000.0, [clock.process(1, 0.01)], 1, 700 * MIB) == (None, None)


def test_of_nobody_it_is_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Clock(monkeypatch)
    pss = Pss(1.0)
    pss.sample(0.0, [clock.process(MIB, 0.001)], 1, MIB)
    assert pss.sample(1.0, [], 0, 0) == (0, 0.0)
    assert pss.peak_bytes == MIB


def test_processes_that_do_not_tell_are_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Clock(monkeypatch)
    hidden = clock.process(1, 0.0001)
    hidden.pss_bytes = lambda: None
    pss = Pss(1.0)
    assert pss.sample(0.0, [hidden], 1, MIB) == (None, None)
    assert pss.sample(1.0, [hidden, clock.process(MIB, 0.0001)], 2, 2 * MIB) == (MIB, 0.0)
