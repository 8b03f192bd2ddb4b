"""What a recording says that was used, held against what each process says of itself."""

from __future__ import annotations

import os
import sys
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
