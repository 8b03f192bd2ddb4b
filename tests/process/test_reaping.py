"""What a command used in all, its orphans with it, while everybody else's children stay theirs."""

from __future__ import annotations

import io
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest

from gating.process import Ending, Usage, family, reaping, stream
from gating.process.reaping import Reaper
from tests.projects import MEASURING

linux_only = pytest.mark.skipif(sys.platform != "linux", reason="only Linux lets a process adopt orphans")

BURN = "import time; end = time.process_time() + {}\nwhile time.process_time() < end: pass\n"
# ends at once, and leaves a child of its child behind, in a session of its own
_DAEMON = "import os, sys\nif os.fork(): os._exit(0)\nos.setsid()\nif os.fork(): os._exit(0)\n"


def leaving(what: str, *, times: int = 1, then: str = "") -> str:
    """Code that leaves orphans behind: two each, of which the first ends at once."""
    one = f"subprocess.run([sys.executable, '-c', {_DAEMON + what!r}])"
    return f"import subprocess, sys, time\nfor _ in range({times}): {one}\n{then}"


PREAMBLE = """
import json, os, signal, subprocess, sys, threading, time
from gating.process import stream

for name in [name for name in os.environ if name.startswith("COVERAGE_")]:
    del os.environ[name]  # whoever measures this process measures none of those that it starts

class Told:
    mark = "GATING_RUN=" + "a" * 32
    usage = code = pid = None
    def started(self, pid): self.pid = pid
    def ended(self, usage, code): self.usage, self.code = usage, code

def run(*argv, **more):
    told = Told()
    env = {**os.environ, "GATING_RUN": "a" * 32}
    made = stream(argv, env=env, meter=told, **more)
    return made, told

def python(code, **more):
    return run(sys.executable, "-c", code, **more)

def children():
    return open(f"/proc/self/task/{os.getpid()}/children").read().split()

def adopts():
    import ctypes
    state = ctypes.c_int()
    ctypes.CDLL(None).prctl(37, ctypes.byref(state))
    return state.value

def tell(**what):
    print(json.dumps(what), flush=True)
"""


def in_memory(folder: Path) -> bool:
    """Whether a folder is on a file system that writes to no disk."""
    mounts = [line.split()[1:3] for line in Path("/proc/mounts").read_text().splitlines()]
    kind = max((place, kind) for place, kind in mounts if folder.is_relative_to(place))[1]
    return kind in {"tmpfs", "ramfs"}


# what starts a process by way of another that has this many bytes
_THROUGH = "import subprocess, sys; x = b'x' * {}; sys.exit(subprocess.run([sys.executable, *sys.argv[1:]]).returncode)"


def caller(code: str, *, cwd: Path | None = None, through: int = 0) -> dict[str, Any]:
    """Run code that calls `stream` in a process of its own; the one line that it tells."""
    script = PREAMBLE + dedent(code)
    argv = [sys.executable, *(["-c", _THROUGH.format(through)] if through else []), "-c", script]
    env = {**os.environ, **MEASURING}
    done = subprocess.run(argv, capture_output=True, text=True, timeout=60, cwd=cwd, env=env)
    assert (done.returncode, done.stderr) == (0, "")
    made: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return made


@linux_only
@pytest.mark.parametrize("foreground", [True, False])
def test_all_that_a_command_used_is_told(tmp_path: Path, *, foreground: bool) -> None:
    child = BURN.format(0.2)
    body = (
        "import subprocess, sys\nopen('x', 'wb').write(b'x' * 5_000_000)\n"
        f"subprocess.run([sys.executable, '-c', {child!r}])\n{child}"
    )
    told = caller(
        f"""
        made, told = python({body!r}, foreground={foreground})
        usage = told.usage
        tell(code=[made.code, told.code], cpu=usage.user_s + usage.system_s, wrote=usage.write_bytes,
             peak=usage.peak_rss_bytes, orphans=[usage.orphans_reaped, usage.orphans_running, usage.orphans_uncounted],
             left=children())
        """,
        cwd=tmp_path,
    )
    assert told["code"] == [0, 0]
    assert 0.4 <= told["cpu"] < 3
    assert told["wrote"] >= 5_000_000 or in_memory(tmp_path)
    assert told["peak"] is None or told["peak"] > 1_000_000
    assert told["orphans"] == [0, 0, False]
    assert told["left"] == []


@linux_only
@pytest.mark.parametrize("through", [0, 600_000_000])  # whose memory the kernel takes for the caller's
def test_our_own_memory_is_not_taken_for_the_commands(through: int) -> None:
    told = caller(
        """
        small = run("true")[1].usage.peak_rss_bytes
        large = python("x = b'x' * 300_000_000")[1].usage.peak_rss_bytes
        ours = b"x" * 500_000_000
        hidden = python("x = b'x' * 300_000_000")[1].usage.peak_rss_bytes
        tell(small=small, large=large, hidden=hidden)
        """,
        through=through,
    )
    assert told["small"] is None
    assert 300_000_000 < told["large"] < 400_000_000
    assert told["hidden"] is None


def test_who_cannot_see_its_children_adopts_nobody_and_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    """In a chroot without /proc nobody could tell an orphan, or wait for it."""

    def opened(*_: object, **__: object) -> io.BytesIO:
        raise FileNotFoundError

    class Told:
        mark = "GATING_RUN=1"
        usage: Usage | None = None

        def started(self, pid: int) -> None:
            pass

        def ended(self, usage: Usage | None, code: int | None) -> None:
            self.usage = usage

    told = Told()
    monkeypatch.setattr(family, "open", opened, raising=False)
    assert stream([sys.executable, "-c", ""], meter=told).code == 0
    assert told.usage is not None
    assert (told.usage.orphans_reaped, told.usage.orphans_running, told.usage.orphans_uncounted) == (None, None, True)


@pytest.mark.parametrize("status", [b"Name:\ttrue\n", b"VmHWM:\tmuch kB\n", None])
def test_what_is_ours_is_known_without_proc(monkeypatch: pytest.MonkeyPatch, status: bytes | None) -> None:
    def opened(*_: object) -> io.BytesIO:
        if status is None:
            raise FileNotFoundError
        return io.BytesIO(status)

    monkeypatch.setattr(reaping, "open", opened, raising=False)
    if sys.platform != "win32":
        assert reaping._own_peak() > 1000
    monkeypatch.setitem(sys.modules, "resource", None)
    assert reaping._own_peak() == 0


@linux_only
@pytest.mark.parametrize("foreground", [True, False])
def test_orphans_that_end_are_counted(*, foreground: bool) -> None:
    body = leaving(BURN.format(0.1), times=3, then="time.sleep(1.5)")
    told = caller(
        f"""
        made, told = python({body!r}, foreground={foreground})
        usage = told.usage
        tell(cpu=usage.user_s + usage.system_s, left=children(), adopts=adopts(),
             orphans=[usage.orphans_reaped, usage.orphans_running, usage.orphans_uncounted])
        """
    )
    assert told["cpu"] >= 0.3
    assert told["orphans"] == [6, 0, False]
    assert (told["left"], told["adopts"]) == ([], 0)


@linux_only
def test_an_orphan_that_runs_on_is_let_go_and_waited_for_later(tmp_path: Path) -> None:
    body = leaving("import time; time.sleep(0.8)", then="time.sleep(0.3)")
    told = caller(
        f"""
        made, told = python({body!r}, foreground=True)
        usage = told.usage
        first = [usage.orphans_reaped, usage.orphans_running, usage.orphans_uncounted]
        running = children()
        time.sleep(1)
        made, told = python("", foreground=True)
        usage = told.usage
        second = [usage.orphans_reaped, usage.orphans_running, usage.orphans_uncounted]
        tell(took=made.duration_s, first=first, running=len(running), second=second, left=children())
        """
    )
    assert (told["first"], told["running"]) == ([1, 1, False], 1)
    assert (told["second"], told["left"]) == ([0, 0, False], [])


@linux_only
def test_the_group_that_is_killed_at_the_end_is_waited_for() -> None:
    told = caller(
        """
        made, told = run("sh", "-c", "sleep 60 & sleep 60 & exit 0")
        usage = told.usage
        tell(orphans=[usage.orphans_reaped, usage.orphans_running, usage.orphans_uncounted], left=children())
        """
    )
    assert told == {"orphans": [2, 0, False], "left": []}


@linux_only
def test_children_of_the_callers_own_stay_its_own() -> None:
    told = caller(
        """
        before = subprocess.Popen(["sh", "-c", "sleep 0.3; exit 7"])
        meanwhile = []
        def start():
            time.sleep(0.2)
            meanwhile.append(subprocess.Popen(["sh", "-c", "exit 8"]))
            meanwhile.append(subprocess.Popen(["sh", "-c", "sleep 0.1; exit 9"], start_new_session=True))
            time.sleep(5)
        threading.Thread(target=start, daemon=True).start()
        made, told = run("sh", "-c", "sleep 1; exit 3", foreground=True)
        usage = told.usage
        tell(codes=[made.code, before.wait(), *(one.wait() for one in meanwhile)],
             orphans=[usage.orphans_reaped, usage.orphans_running])
        """
    )
    assert told == {"codes": [3, 7, 8, 9], "orphans": [0, 0]}


@linux_only
def test_what_a_thread_left_behind_is_nobodys_orphan() -> None:
    told = caller(
        """
        meanwhile = []
        def start():
            meanwhile.append(subprocess.Popen(["sh", "-c", "exit 8"]))
        def later():
            time.sleep(0.3)
            thread = threading.Thread(target=start)
            thread.start()
            thread.join()
            time.sleep(5)
        made, told = None, None
        def measured():
            global made, told
            made, told = run("sh", "-c", "sleep 1; exit 3", foreground=True)
        threading.Thread(target=later, daemon=True).start()
        work = threading.Thread(target=measured)
        work.start()
        work.join()
        usage = told.usage
        tell(codes=[made.code, meanwhile[0].wait()], orphans=[usage.orphans_reaped, usage.orphans_uncounted])
        """
    )
    assert told == {"codes": [3, 8], "orphans": [0, True]}


@linux_only
def test_orphans_are_known_by_their_environment_in_a_busy_process() -> None:
    body = leaving("import time; time.sleep(0.6)", then="time.sleep(1.5)")
    told = caller(
        f"""
        def work():
            global made, told
            made, told = python({body!r}, foreground=True)
        thread = threading.Thread(target=work)
        thread.start()
        thread.join()
        usage = told.usage
        tell(orphans=[usage.orphans_reaped, usage.orphans_running], left=children())
        """
    )
    assert told == {"orphans": [2, 0], "left": []}


@linux_only
@pytest.mark.parametrize("had", [0, 1])
def test_who_adopted_before_adopts_afterwards(had: int) -> None:
    told = caller(
        f"""
        import ctypes
        ctypes.CDLL(None).prctl(36, {had}, 0, 0, 0)
        class Looks(Told):
            def started(self, pid): self.meanwhile = adopts()
        told = Looks()
        stream(["true"], meter=told)
        tell(meanwhile=told.meanwhile, after=adopts())
        """
    )
    assert told == {"meanwhile": 1, "after": had}


def test_nothing_is_different_where_nobody_asks() -> None:
    with Reaper(None, foreground=True) as reaper:
        assert reaper.family is None
        process = subprocess.Popen(["sh", "-c", "exit 5"])
        reaper.started(process)
        assert reaper.wait(process) == 5


def test_an_end_that_somebody_else_took_is_an_end_without_a_usage() -> None:
    told = caller(
        """
        signal.signal(signal.SIGCHLD, signal.SIG_IGN)
        made, told = run("sh", "-c", "exit 4")
        tell(ending=made.ending, usage=told.usage, code=told.code)
        """
    )
    assert told == {"ending": Ending.EXITED, "usage": None, "code": 0}  # as Popen has it


def test_a_meter_is_told_of_an_interrupted_command_too() -> None:
    told = caller(
        """
        told = Told()
        signal.signal(signal.SIGINT, signal.default_int_handler)
        threading.Timer(0.5, lambda: os.kill(os.getpid(), signal.SIGINT)).start()
        try:
            stream(["sleep", "60"], meter=told)
        except KeyboardInterrupt:
            tell(code=told.code, known=told.usage is not None)
        """
    )
    assert told == {"code": -signal.SIGINT, "known": True}


def test_what_cannot_start_is_never_told_as_started() -> None:
    class Told:
        mark = ""

        def started(self, pid: int) -> None:
            raise AssertionError

        def ended(self, usage: Usage | None, code: int | None) -> None:
            raise AssertionError

    assert stream(["/no/such/command"], meter=Told()).ending is Ending.NOT_STARTED


TRANSPARENT = """
import signal, sys
from gating.process import stream
for number in (signal.SIGHUP, signal.SIGTERM, signal.SIGUSR1):
    signal.signal(number, signal.SIG_DFL)  # under nohup, or in a shell's background, some of them are ignored
signal.signal(signal.SIGINT, signal.default_int_handler)
made = stream(sys.argv[1:], transparent=True)
sys.exit(made.code if made.code >= 0 else 128 - made.code)
"""


@pytest.mark.parametrize(
    ("number", "expected"), [(signal.SIGTERM, 143), (signal.SIGINT, 130), (signal.SIGUSR1, 138), (signal.SIGHUP, 129)]
)
def test_a_transparent_command_gets_what_we_are_sent(number: signal.Signals, expected: int) -> None:
    argv = [sys.executable, "-c", TRANSPARENT, "sh", "-c", "echo up; exec sleep 60"]
    process = subprocess.Popen(argv, stdout=subprocess.PIPE, start_new_session=True)
    assert process.stdout is not None
    try:
        assert process.stdout.readline() == b"up\n"
        time.sleep(0.1)
        process.send_signal(number)
        assert process.wait(20) == expected
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


def test_a_transparent_command_may_take_an_interrupt_for_something_else() -> None:
    body = (
        "import os, signal, time\nsignal.signal(2, lambda *_: os.write(1, b'taken\\n'))\n"
        "print('up', flush=True)\ntime.sleep(1)\nprint('end')"
    )
    argv = [sys.executable, "-c", TRANSPARENT, sys.executable, "-c", body]
    process = subprocess.Popen(argv, stdout=subprocess.PIPE, start_new_session=True)
    assert process.stdout is not None
    try:
        assert process.stdout.readline() == b"up\n"
        process.send_signal(signal.SIGINT)
        assert process.stdout.read() == b"taken\nend\n"
        assert process.wait(20) == 0
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


@pytest.mark.skipif(sys.platform == "win32", reason="descriptors are handed down otherwise there")
def test_a_transparent_command_has_our_descriptors_and_our_stdin(tmp_path: Path) -> None:
    reader, writer = os.pipe()
    argv = [sys.executable, "-c", TRANSPARENT, sys.executable, "-c", f"import os; os.write({writer}, os.read(0, 9))"]
    try:
        subprocess.run(argv, pass_fds=[writer], input=b"through", timeout=60, check=True)
        assert os.read(reader, 100) == b"through"
    finally:
        os.close(reader)
        os.close(writer)
