"""Who belongs to a tree and what all of it has used, looked at with real processes."""

from __future__ import annotations

import contextlib
import ctypes
import gc
import os
import resource
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from gating.metrics.format import TREE_KEYS
from gating.metrics.sampler.events import Events
from gating.metrics.sampler.tree import Tree

pytestmark = pytest.mark.skipif(not os.path.exists("/proc/self/stat"), reason="there is no /proc here")

TICK_S = 1 / os.sysconf("SC_CLK_TCK")
MIB = 1 << 20

# what the watched scripts have at hand; `step` says how far which process is, and waits to be told to go on; `alone`
# waits until the kernel has let the ended threads go, which Thread.join does not before Python 3.13
PRELUDE = """
import os, signal, sys, time
def burn(seconds):
    end = time.process_time() + seconds
    while time.process_time() < end: pass
def step(word="", wait=True):
    os.write(1, f"{os.getpid() if wait else 0} {word}\\n".encode())
    if wait: os.read(0, 1)
def alone():
    while len(os.listdir("/proc/self/task")) > 1: time.sleep(0.005)
def fork(work):
    pid = os.fork()
    if not pid:
        try: work()
        finally: os._exit(0)
    return pid
"""


class Script:
    """A Python program that is told when to go on."""

    def __init__(self, code: str, **popen: Any) -> None:
        argv = [sys.executable, "-I", "-S", "-c", PRELUDE + code]
        self.process = subprocess.Popen(
            argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0, start_new_session=True, **popen
        )
        self.pid = self.process.pid

    def said(self) -> str:
        """The next word; where it waits to be told to go on, it does so by the time that this returns.

        As long as it is on its way there, the kernel has not counted all that it used.
        """
        assert self.process.stdout is not None
        line: bytes = self.process.stdout.readline()
        number, _, word = line.decode().strip().partition(" ")
        if int(number):
            deadline = time.monotonic() + 20
            while not is_asleep(int(number)) and time.monotonic() < deadline:
                time.sleep(0.001)
        return word

    def go_on(self) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(b"\n")

    def end(self) -> None:
        with contextlib.suppress(OSError):
            os.killpg(self.pid, signal.SIGKILL)  # it may be gone, with children left
        self.process.wait()
        for pipe in (self.process.stdin, self.process.stdout):
            assert pipe is not None
            pipe.close()


def is_asleep(pid: int) -> bool:
    return Path(f"/proc/{pid}/stat").read_bytes().rpartition(b") ")[2].startswith(b"S")


@pytest.fixture
def script() -> Iterator[Callable[..., Script]]:
    started: list[Script] = []

    def start(code: str, **popen: Any) -> Script:
        started.append(Script(code, **popen))
        return started[-1]

    yield start
    for one in started:
        one.end()


@pytest.fixture
def tree() -> Iterator[Tree]:
    made = Tree(Events())
    yield made
    made.close()


def open_handles() -> set[str]:
    return set(os.listdir("/proc/self/fd"))


def test_a_sample_has_every_key_and_nothing_else(tree: Tree) -> None:
    assert tuple(tree.sample(0.0)) == TREE_KEYS
    tree.watch(os.getpid(), owned=False)
    assert tuple(tree.sample(1.0)) == TREE_KEYS


def test_before_anything_is_watched_there_is_nothing(tree: Tree) -> None:
    assert set(tree.sample(0.0).values()) == {0}
    assert tree.alive() == (False, 0)


def test_a_process_that_is_gone_is_not_watched(tree: Tree) -> None:
    done = subprocess.Popen([sys.executable, "-I", "-S", "-c", ""])
    done.wait()
    assert not tree.watch(done.pid, owned=True)
    assert tree.alive() == (False, 0)
    assert tree.sample(0.0)["processes"] == 0


def test_one_process_is_told_as_psutil_tells_it(tree: Tree, script: Callable[..., Script]) -> None:
    psutil = pytest.importorskip("psutil")
    one = script("files = [open('/dev/null') for _ in range(7)]; burn(0.2); step()")
    tree.watch(one.pid, owned=True)
    one.said()
    got, other = tree.sample(0.0), psutil.Process(one.pid)
    times, memory, switches = other.cpu_times(), other.memory_info(), other.num_ctx_switches()
    assert got["processes"] == got["threads"] == 1
    assert got["user_s"] == times.user
    assert got["system_s"] == times.system
    assert got["cpu_s"] == pytest.approx(times.user + times.system)
    assert got["rss_bytes"] == pytest.approx(memory.rss, rel=0.05)
    assert got["descriptors"] == other.num_fds() == 10
    assert got["voluntary_switches"] == switches.voluntary
    assert got["involuntary_switches"] == switches.involuntary
    assert got["unreadable"] == 0


def test_what_a_process_used_before_is_not_counted_unless_it_is_owned(script: Callable[..., Script]) -> None:
    one = script("""
burn(0.2)
step(repr(time.process_time()))
burn(0.2)
step(repr(time.process_time()))
""")
    before = float(one.said())
    fresh, owned = Tree(Events()), Tree(Events())
    fresh.watch(one.pid, owned=False)
    owned.watch(one.pid, owned=True)
    assert fresh.sample(0.0)["cpu_s"] == 0
    assert fresh.sample(0.0)["voluntary_switches"] == 0
    # user and system time are each told in whole ticks, so that a sum lacks less than two, and so does a difference
    assert owned.sample(0.0)["cpu_s"] == pytest.approx(before, abs=2 * TICK_S)
    one.go_on()
    after = float(one.said())
    assert fresh.sample(1.0)["cpu_s"] == pytest.approx(after - before, abs=2 * TICK_S)
    assert owned.sample(1.0)["cpu_s"] == pytest.approx(after, abs=2 * TICK_S)
    fresh.close()
    owned.close()


def test_what_wakes_up_is_seen_by_the_next_sample_however_long_it_has_slept(
    tree: Tree, script: Callable[..., Script]
) -> None:
    """Who sleeps is hardly looked at, and for how long that is so depends on when it ran last."""
    one = script("""
while True:
    step(repr(time.process_time()))
    burn(0.05)
""")
    tree.watch(one.pid, owned=True)
    for idle in (9, 0, 1, 2, 3, 4, 5, 8, 11):
        used_s = float(one.said())
        for _ in range(idle + 1):
            assert tree.sample(0.0)["cpu_s"] == pytest.approx(used_s, abs=2 * TICK_S)
        one.go_on()


def test_children_that_came_and_went_between_two_samples_are_counted(tree: Tree, script: Callable[..., Script]) -> None:
    one = script("""
step()
for _ in range(20):
    os.waitpid(fork(lambda: burn(0.03)), 0)
step()
""")
    tree.watch(one.pid, owned=True)
    one.said()
    tree.sample(0.0)
    one.go_on()
    one.said()
    got = tree.sample(1.0)
    assert got["processes"] == 1
    assert got["cpu_s"] >= 0.6 - 4 * TICK_S


def test_a_child_is_counted_once_while_it_lives_as_a_zombie_and_when_it_is_waited_for(
    tree: Tree, script: Callable[..., Script]
) -> None:
    one = script("""
step()
child = fork(lambda: (burn(0.3), step("burnt")))
os.waitid(os.P_PID, child, os.WEXITED | os.WNOWAIT)
step("zombie")
os.waitpid(child, 0)
step("reaped")
""")
    tree.watch(one.pid, owned=True)
    one.said()
    before = tree.sample(0.0)["cpu_s"]
    seen = []
    for expected in ("burnt", "zombie", "reaped"):
        one.go_on()
        assert one.said() == expected
        for moment in range(3):
            got = tree.sample(float(moment))
            seen.append((got["processes"], round((got["cpu_s"] - before) / TICK_S)))
    assert [processes for processes, _ in seen] == [2, 2, 2, 1, 1, 1, 1, 1, 1]
    ticks = [ticks for _, ticks in seen]
    assert ticks == sorted(ticks)
    assert 0.3 / TICK_S - 3 <= ticks[0] <= ticks[-1] <= 0.3 / TICK_S + 8


def test_grandchildren_are_counted_through_all_generations(tree: Tree, script: Callable[..., Script]) -> None:
    one = script("""
def generation(left):
    burn(0.05)
    if left:
        os.waitpid(fork(lambda: generation(left - 1)), 0)
step()
generation(5)
step()
""")
    tree.watch(one.pid, owned=True)
    one.said()
    before = tree.sample(0.0)["cpu_s"]
    one.go_on()
    deadline = time.monotonic() + 30
    most, told = 0, []
    os.set_blocking(one.process.stdout.fileno(), False)  # type: ignore[union-attr]
    while time.monotonic() < deadline and not one.process.stdout.read():  # type: ignore[union-attr]
        got = tree.sample(time.monotonic())
        most = max(most, got["processes"])
        told.append(got["cpu_s"])
        time.sleep(0.005)
    told.append(tree.sample(time.monotonic())["cpu_s"])
    assert most >= 4
    assert told == sorted(told)
    assert 0.3 - 8 * TICK_S <= told[-1] - before <= 0.3 + 12 * TICK_S


def test_an_orphan_that_was_seen_stays_a_member_and_counted(tree: Tree, script: Callable[..., Script]) -> None:
    one = script("""
def orphan(parent):
    while os.getppid() == parent: time.sleep(0.005)
    burn(0.2); step("burnt"); burn(0.2); step("more"); step("end")
def middle():
    parent = os.getpid()
    fork(lambda: orphan(parent))
    step("forked")
child = fork(middle)
os.waitpid(child, 0)
step("orphaned", wait=False)
time.sleep(60)
""")
    tree.watch(one.pid, owned=True)
    assert one.said() == "forked"
    assert tree.sample(0.0)["processes"] == 3
    one.go_on()
    assert {one.said(), one.said()} == {"burnt", "orphaned"}
    got = tree.sample(1.0)
    assert got["processes"] == 2
    assert got["cpu_s"] >= 0.2 - 2 * TICK_S
    one.go_on()
    assert one.said() == "more"
    assert tree.sample(2.0)["cpu_s"] >= 0.4 - 2 * TICK_S
    one.process.kill()
    one.process.wait()
    assert tree.sample(3.0)["processes"] == 1
    assert tree.alive() == (False, 1)
    one.go_on()
    one.said()
    one.go_on()
    deadline = time.monotonic() + 20
    while tree.sample(4.0)["processes"] and time.monotonic() < deadline:
        time.sleep(0.01)
    assert tree.alive() == (False, 0)
    assert tree.sample(5.0)["cpu_s"] >= 0.4 - 2 * TICK_S  # nobody of ours has waited for it: it is kept


def test_a_parent_that_ignores_sigchld_is_flagged_and_what_was_seen_of_its_children_is_kept(
    tree: Tree, script: Callable[..., Script]
) -> None:
    one = script("""
signal.signal(signal.SIGCHLD, signal.SIG_IGN)
child = fork(lambda: (burn(0.3), step("burnt")))
while os.path.exists(f"/proc/{child}"): time.sleep(0.005)
burn(0.5)
step("gone")
""")
    tree.watch(one.pid, owned=True)
    assert one.said() == "burnt"
    seen = tree.sample(0.0)["cpu_s"]
    assert seen >= 0.3 - 2 * TICK_S
    one.go_on()
    assert one.said() == "gone"
    assert tree.sample(1.0)["cpu_s"] >= 0.8 - 4 * TICK_S
    assert tree.sample(2.0)["cpu_s"] >= 0.8 - 4 * TICK_S
    assert tree.ignored_children


def test_a_parent_that_has_its_children_thrown_away_in_another_way_is_found_out(
    tree: Tree, script: Callable[..., Script]
) -> None:
    """SA_NOCLDWAIT shows nowhere, but the parent gains nothing when the child goes."""
    one = script("""
import ctypes
class Action(ctypes.Structure):
    _fields_ = [("handler", ctypes.c_void_p), ("mask", ctypes.c_char * 128), ("flags", ctypes.c_int),
                ("restorer", ctypes.c_void_p)]
assert ctypes.CDLL(None).sigaction(signal.SIGCHLD, ctypes.byref(Action(None, b"", 2, None)), None) == 0
child = fork(lambda: (burn(0.3), step("burnt")))
while os.path.exists(f"/proc/{child}"): time.sleep(0.005)
step("gone")
""")
    tree.watch(one.pid, owned=True)
    assert one.said() == "burnt"
    tree.sample(0.0)
    one.go_on()
    assert one.said() == "gone"
    told = [tree.sample(float(moment))["cpu_s"] for moment in range(3)]
    assert told == sorted(told)
    assert told[-1] >= 0.3 - 2 * TICK_S


def test_io_is_counted_once(tree: Tree, script: Callable[..., Script], tmp_path: Path) -> None:
    """A child's writes go over to its parent when it is waited for; before, both have been looked at apart."""
    target = tmp_path / "written"
    one = script(f"""
def write(times):
    with open({str(target)!r}, "ab", buffering=0) as file:
        for _ in range(times): file.write(b"x" * {MIB})
        os.fsync(file.fileno())
step()
write(1)
child = fork(lambda: (write(3), step("written")))
os.waitpid(child, 0)
step("reaped")
""")
    tree.watch(one.pid, owned=True)
    one.said()
    if tree.sample(0.0)["write_bytes"] is None:
        pytest.skip("the kernel does not count I/O")
    one.go_on()
    assert one.said() == "written"
    written = tree.sample(1.0)["write_bytes"]
    if not written:
        pytest.skip("the temporary folder is not on a disk")
    assert 4 * MIB <= written <= 5 * MIB
    one.go_on()
    assert one.said() == "reaped"
    for moment in range(3):
        assert tree.sample(float(moment))["write_bytes"] == pytest.approx(written, abs=MIB // 8)


def test_threads_are_seen_with_their_children_and_switches(tree: Tree, script: Callable[..., Script]) -> None:
    one = script("""
import threading
gate, forked = threading.Event(), threading.Barrier(4)
def work():
    for _ in range(50): time.sleep(0.001)
    child = fork(lambda: time.sleep(60))
    forked.wait()
    gate.wait()
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
threads = [threading.Thread(target=work) for _ in range(3)]
for thread in threads: thread.start()
forked.wait()
step("running")
gate.set()
for thread in threads: thread.join()
alone()
step("joined")
""")
    tree.watch(one.pid, owned=True)
    assert one.said() == "running"
    got = tree.sample(0.0)
    assert got["processes"] == 4
    assert got["threads"] == 7
    tree.sample(0.1)
    assert tree.sample(0.2)["voluntary_switches"] >= 150
    one.go_on()
    assert one.said() == "joined"
    after = tree.sample(1.0)
    assert after["processes"] == after["threads"] == 1
    assert after["voluntary_switches"] >= 150  # of threads that have ended


def test_with_too_many_threads_their_switches_are_unknown_and_not_wrong(
    tree: Tree, script: Callable[..., Script]
) -> None:
    one = script("""
import threading
threading.stack_size(65536)
gate = threading.Event()
threads = [threading.Thread(target=gate.wait, daemon=True) for _ in range(100)]
for thread in threads: thread.start()
step()
""")
    tree.watch(one.pid, owned=True)
    one.said()
    got = tree.sample(0.0)
    assert got["threads"] == 101
    assert got["voluntary_switches"] is None


def test_five_hundred_children_with_few_descriptors(script: Callable[..., Script]) -> None:
    """Files stay open as far as the limit allows; beyond it they are opened for each look, and all is told alike."""
    one = script("""
children = [fork(lambda: time.sleep(60)) for _ in range(500)]
burn(0.05)
step()
for child in children: os.kill(child, signal.SIGKILL)
for child in children: os.waitpid(child, 0)
step()
""")
    one.said()
    events = Events()
    gc.collect()  # what others left open may be closed at any time
    before = open_handles()
    few, many = Tree(events, limit=200), Tree(events)
    few.watch(one.pid, owned=True)
    few_sample = few.sample(0.0)
    assert len(open_handles() - before) <= 200
    many.watch(one.pid, owned=True)
    many_sample = many.sample(0.0)
    for sample in (few_sample, many_sample):
        assert sample["processes"] == 501
        assert sample["unreadable"] == 0
    assert few_sample["descriptors"] == many_sample["descriptors"]
    assert few_sample["rss_bytes"] == pytest.approx(many_sample["rss_bytes"], rel=0.02)
    one.go_on()
    one.said()
    for each in (few, many):
        after = each.sample(1.0)
        assert after["processes"] == 1
        assert after["cpu_s"] >= 0.05 - 2 * TICK_S
        each.close()
    assert open_handles() <= before


def test_the_limit_on_descriptors_is_raised_when_it_is_reached(tmp_path: Path) -> None:
    code = f"""
import os, resource, subprocess, sys, time
sys.path.append({os.getcwd()!r})
resource.setrlimit(resource.RLIMIT_NOFILE, (100, resource.getrlimit(resource.RLIMIT_NOFILE)[1]))
from gating.metrics.sampler.events import Events
from gating.metrics.sampler.tree import Tree
children = [subprocess.Popen(["sleep", "60"]) for _ in range(30)]
tree = Tree(Events())
tree._members._own = 0
tree.watch(os.getpid(), owned=True)
sample = tree.sample(0.0)
print(sample["processes"], len(os.listdir("/proc/self/fd")) > 150)
for child in children:
    child.kill()
"""
    soft_hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft_hard[1] < 1000:
        pytest.skip("the limit cannot be raised here")
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["31", "True"]


def test_without_the_kernels_lists_of_children_every_process_is_asked(
    tree: Tree, script: Callable[..., Script], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tree._members, "_listed", False)
    one = script("""
def middle():
    fork(lambda: (step("there", wait=False), time.sleep(60)))
    time.sleep(60)
fork(middle)
time.sleep(60)
""")
    tree.watch(one.pid, owned=True)
    assert one.said() == "there"
    assert tree.sample(0.0)["processes"] == 3


REUSED = """
import os, subprocess, sys, time
sys.path.append(sys.argv[1])
from gating.metrics.sampler.events import Events
from gating.metrics.sampler.tree import Tree

def start_as(pid, code):
    while True:
        with open("/proc/sys/kernel/ns_last_pid", "w") as file:
            file.write(str(pid - 1))
        child = os.fork()
        if not child:
            os.execv(sys.executable, [sys.executable, "-I", "-S", "-c", code])
        if child == pid:
            break
        os.kill(child, 9)
        os.waitpid(child, 0)
    os.waitpid(os.spawnv(os.P_NOWAIT, "/bin/true", ["true"]), 0)  # the numbers go on from there

first = "import time\\nwhile time.process_time() < 0.3: pass\\ntime.sleep(60)"
for limit in (None, 64):
    tree = Tree(Events(), limit=limit)
    start_as(300, first)
    tree._members._own = 0
    tree.watch(os.getpid(), owned=False)
    time.sleep(1)
    before = tree.sample(0.0)
    os.kill(300, 9)
    os.waitpid(300, 0)
    start_as(300, "import time; time.sleep(60)")
    time.sleep(0.2)
    told = [tree.sample(float(moment))["cpu_s"] for moment in range(4)]
    member = tree._members.by_pid[300]
    print(member.user + member.system < 15, told == sorted(told), told[-1] < 0.35, tree.sample(9.0)["processes"])
    os.kill(300, 9)
    os.waitpid(300, 0)
    tree.close()
"""


def test_a_number_that_is_given_to_another_process_is_another_process() -> None:
    """In a namespace of its own, where the next number can be chosen; with kept descriptors, and without any."""
    namespace = ["unshare", "--pid", "--fork", "--mount-proc"]
    choosing = [*namespace, "sh", "-c", "echo 300 > /proc/sys/kernel/ns_last_pid"]
    if not shutil.which("unshare") or subprocess.run(choosing, capture_output=True).returncode:
        pytest.skip("process namespaces are not allowed here")
    command = [*namespace, sys.executable, "-c", REUSED, os.getcwd()]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.stdout.split("\n") == ["True True True 2"] * 2 + [""], done.stderr


def test_deaths_are_heard_of_between_samples(script: Callable[..., Script]) -> None:
    events = Events()
    tree = Tree(events)
    one = script("step()")
    tree.watch(one.pid, owned=True)
    one.said()
    assert tree.alive() == (True, 0)
    one.go_on()
    deadline = time.monotonic() + 20
    while tree.alive()[0] and time.monotonic() < deadline:
        events.wait(time.monotonic() + 1)
    assert tree.alive() == (False, 0)
    one.process.wait()
    assert tree.sample(1.0)["processes"] == 0
    tree.close()


def test_orphans_that_the_recorder_has_taken_in_are_found_by_their_mark(tree: Tree) -> None:
    """They were never seen below the command: it forked twice, and was over at once."""
    libc = ctypes.CDLL(None)
    code = """
import os, time
if os.fork() == 0:
    if os.fork() == 0: time.sleep(60)
    os._exit(0)
os.wait()
print("left", flush=True)
time.sleep(60)
"""
    mark = "GATING_TEST_MARK=of-this-test"
    name, _, value = mark.partition("=")
    had = ctypes.c_int(0)
    libc.prctl(37, ctypes.byref(had))
    assert libc.prctl(36, ctypes.c_ulong(1), 0, 0, 0) == 0
    argv = [sys.executable, "-I", "-S", "-c", code]
    command = subprocess.Popen(argv, env={**os.environ, name: value}, stdout=subprocess.PIPE)
    other = subprocess.Popen(["sleep", "60"])  # the recorder's own affair
    orphan = None
    try:
        assert command.stdout is not None
        assert command.stdout.readline() == b"left\n"
        command.stdout.close()
        tree.watch(command.pid, owned=True, reaper=os.getpid(), mark=mark)
        deadline = time.monotonic() + 20
        while tree.sample(0.0)["processes"] != 2 and time.monotonic() < deadline:
            time.sleep(0.02)
        (orphan,) = tree._members.by_pid.keys() - {command.pid}
        assert orphan != other.pid
        command.kill()
        command.wait()
        assert tree.sample(1.0)["processes"] == 1
        assert tree.alive() == (False, 1)
    finally:
        libc.prctl(36, ctypes.c_ulong(had.value), 0, 0, 0)
        for process in (command, other):
            process.kill()
            process.wait()
        if orphan is not None:
            os.kill(orphan, signal.SIGKILL)
            os.waitpid(orphan, 0)


def test_processes_of_somebody_else_are_counted_and_what_they_hide_is_said(script: Callable[..., Script]) -> None:
    """Looked at by another user: numbers that everybody may read stay, the rest is missing and counted."""
    if os.geteuid() != 0:
        pytest.skip("only root can be two users")
    one = script("burn(0.1); step()")
    one.said()
    code = f"""
import os, sys
os.setgroups([]); os.setgid(65534); os.setuid(65534)
sys.path.append({os.getcwd()!r})
from gating.metrics.sampler.events import Events
from gating.metrics.sampler.tree import Tree
tree = Tree(Events())
tree.watch({one.pid}, owned=True)
sample = tree.sample(0.0)
print(sample["processes"], sample["unreadable"], sample["cpu_s"] >= 0.08, sample["rss_bytes"] > 1 << 20,
      sample["read_bytes"], sample["descriptors"], sample["pss_bytes"])
"""
    preload = "import gating.metrics.sampler.tree, gating.metrics.sampler.events, encodings.idna\n"
    done = subprocess.run(
        [sys.executable, "-c", f"import sys; sys.path.append({os.getcwd()!r})\n{preload}{code}"],
        capture_output=True,
        text=True,
    )
    assert done.stdout.split() == ["1", "1", "True", "True", "None", "None", "None"], done.stderr
