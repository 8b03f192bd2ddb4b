"""What a recording says that was used, held against what each process says of itself."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from gating.metrics.launch import Sampler
from gating.process import Usage, stream
from tests.metrics.running import lines, record

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="orphans are adopted on Linux only")

MARK = "GATING_RUN=test-of-the-truth"
# each child says at its end what it has used, to a file that many may append to
WORK = """
import os, sys, time
told = os.open(sys.argv[1], os.O_WRONLY | os.O_CREAT | os.O_APPEND)
def work(seconds):
    begun = time.process_time()
    while time.process_time() - begun < seconds: pass
    os.write(told, b"%r\\n" % time.process_time())
    os._exit(0)
"""
CHILDREN = WORK + "for _ in range(int(sys.argv[2])):\n  if not (p := os.fork()): work(0.03)\n  os.waitpid(p, 0)"
# the one between is over at once: whoever works has no parent in the tree
ORPHANS = (
    WORK
    + """
for _ in range(int(sys.argv[2])):
    if not (p := os.fork()):
        if not os.fork(): work(0.03)
        os._exit(0)
    os.waitpid(p, 0)
while open(sys.argv[1], "rb").read().count(b"\\n") < int(sys.argv[2]): time.sleep(0.01)
"""
)
# generations that fork, work, end and are waited for in any order
FAMILY = """
import os, random, sys, time
def burn(seconds):
    end = time.process_time() + seconds
    while time.process_time() < end: pass
def live(generation, chance):
    children = []
    for _ in range(chance.randrange(1, 5)):
        burn(chance.random() * 0.02)
        if generation < 4 and chance.random() < 0.7:
            seed = chance.random()
            if not (child := os.fork()):
                live(generation + 1, random.Random(seed))
                os._exit(0)
            children.append(child)
        if children and chance.random() < 0.5: os.waitpid(children.pop(0), 0)
    for child in children: os.waitpid(child, 0)
for seed in range(int(sys.argv[1])): live(0, random.Random(seed))
"""
MANY = pytest.mark.realworld


class Meter:
    """What tells a sampler of the command, and of what the kernel knew of it."""

    mark = MARK

    def __init__(self, path: Path, interval_s: float) -> None:
        config = {"path": str(path), "name": "a", "owned": True, "mark": MARK, "interval_s": interval_s}
        self.sampler = Sampler.start(config)
        self.usage: Usage | None = None

    def started(self, pid: int) -> None:
        self.sampler.watch(pid)

    def ended(self, usage: Usage | None, code: int | None) -> None:
        self.usage = usage


def truth(told: Path) -> float:
    """The processor time of all that have said so, in seconds."""
    return sum(map(float, told.read_text().split()))


@pytest.mark.parametrize("number", [40, pytest.param(200, marks=MANY)])
def test_of_children_that_no_sample_sees_nothing_is_lost(tmp_path: Path, number: int) -> None:
    argv = [sys.executable, "-I", "-S", "-c", CHILDREN, str(tmp_path / "told"), str(number)]
    done = record(tmp_path / "a", argv, {"interval_s": 1.0})
    assert truth(tmp_path / "told") >= number * 0.03
    assert done.footer["totals"]["cpu_s"] >= 0.995 * done.cpu_s
    assert done.footer["totals"]["cpu_s"] >= 0.995 * truth(tmp_path / "told")
    assert done.column("cpu_s")[-1] >= 0.995 * done.cpu_s
    assert done.footer["cpu_source"] == "rusage"


@pytest.mark.parametrize("number", [5, pytest.param(50, marks=MANY)])
@pytest.mark.parametrize("interval_s", [0.01, 0.3])
def test_from_proc_alone_nothing_is_counted_twice_and_little_is_lost(
    tmp_path: Path, number: int, interval_s: float
) -> None:
    sampler = Sampler.start({"path": str(tmp_path / "a"), "name": "a", "owned": True, "interval_s": interval_s})
    assert sampler.ready(60)
    command = subprocess.Popen([sys.executable, "-I", "-S", "-c", FAMILY, str(number)])
    sampler.watch(command.pid)
    os.waitid(os.P_PID, command.pid, os.WEXITED | os.WNOWAIT)
    time.sleep(0.1)  # the sampler hears of its death
    _, status, used = os.wait4(command.pid, 0)
    command.returncode = status
    footer = sampler.finish()
    assert footer is not None
    assert footer["cpu_source"] == "proc"
    assert footer["totals"]["cpu_s"] == pytest.approx(used.ru_utime + used.ru_stime, rel=0.01, abs=0.04)


@pytest.mark.parametrize("number", [40, pytest.param(200, marks=MANY)])
@pytest.mark.parametrize("interval_s", [0.1, 1.0])
def test_orphans_are_counted_when_they_are_adopted(tmp_path: Path, number: int, interval_s: float) -> None:
    name, _, value = MARK.partition("=")
    argv = [sys.executable, "-I", "-S", "-c", ORPHANS, str(tmp_path / "told"), str(number)]
    meter = Meter(tmp_path / "a", interval_s)
    stream(argv, env={**os.environ, name: value}, meter=meter)
    usage = meter.usage
    assert usage is not None
    footer = meter.sampler.finish(
        {"user_s": usage.user_s, "system_s": usage.system_s},
        0,
        None,
        {"reaped": usage.orphans_reaped, "running": usage.orphans_running, "uncounted": usage.orphans_uncounted},
    )
    assert footer is not None
    assert footer["orphans"] == {"reaped": number, "running": 0, "uncounted": False}
    assert truth(tmp_path / "told") >= number * 0.03
    assert footer["totals"]["cpu_s"] >= 0.99 * truth(tmp_path / "told")
    seen = [line["tree"]["cpu_s"] for line in lines(tmp_path / "a") if line["kind"] == "sample"]
    assert seen == sorted(seen)
    assert seen[-1] <= footer["totals"]["cpu_s"] + 0.02


def test_orphans_that_nobody_adopts_are_said_to_be_uncounted(tmp_path: Path) -> None:
    argv = [sys.executable, "-I", "-S", "-c", ORPHANS, str(tmp_path / "told"), "10"]
    meter = Meter(tmp_path / "a", 1.0)
    stream(argv)  # as if it were not recorded: nobody is their subreaper
    footer = meter.sampler.finish()
    assert footer is not None
    assert footer["orphans"] == {"reaped": None, "running": 0, "uncounted": True}
