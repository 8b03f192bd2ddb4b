"""The sampler as a process: started, spoken to, ended, and what its file holds afterwards."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from gating.metrics.launch import Sampler
from tests.metrics.running import lines, record, rusage

ROOT = os.getcwd()
BURN = "import time\ndef burn(s):\n  end = time.process_time() + s\n  while time.process_time() < end: pass\n"


def until(condition: Callable[[], Any], seconds: float = 30) -> None:
    """Wait for a condition; a machine that others use too is slow."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def is_running(pid: int) -> bool:
    try:
        with open(f"/proc/{pid}/stat", "rb") as file:
            return file.read().rpartition(b")")[2].split()[0] != b"Z"
    except OSError:
        return False


def finished(path: Path) -> bool:
    return path.exists() and b'"kind":"footer"' in path.read_bytes()


def test_a_short_command_has_a_first_and_a_last_sample(tmp_path: Path) -> None:
    done = record(tmp_path / "a.jsonl", "import time; time.sleep(0.05)")
    assert done.header["name"] == "a test"
    assert [line["kind"] for line in done.lines][-1] == "footer"
    assert len(done.samples) >= 2
    assert done.lines[-1] == done.footer
    assert done.footer["reason"] == "ended"
    assert done.footer["exit_code"] == 0
    assert done.footer["totals"]["cpu_s"] == round(done.cpu_s, 6)
    assert done.sampler.trouble is None
    assert [sample["n"] for sample in done.samples] == list(range(len(done.samples)))


def test_the_header_says_what_is_recorded_and_by_whom(tmp_path: Path) -> None:
    done = record(tmp_path / "a", "pass", {"run": "a-run", "name": "tests"})
    header = done.header
    assert header["schema"] == "gating.metrics/1"
    assert header["run"] == "a-run"
    assert header["name"] == "tests"
    assert header["command"][-1] == "pass"
    assert header["interval_s"] == 1.0
    assert header["root"]["owned"] is True
    assert header["sampler"]["source"] == "proc"
    assert header["sampler"]["python"] == ".".join(map(str, sys.version_info[:3]))


def test_the_exit_of_the_command_is_told(tmp_path: Path) -> None:
    assert record(tmp_path / "a", "raise SystemExit(7)").footer["exit_code"] == 7
    killed = record(tmp_path / "b", "import os; os.kill(os.getpid(), 9)").footer
    assert (killed["exit_code"], killed["signal"]) == (None, 9)


def test_a_command_of_any_length_and_any_words_is_recorded(tmp_path: Path) -> None:
    words = ["naïve", "\udcff", "line\nbreak", "x" * 100_000]
    done = record(tmp_path / "a", "pass", {"command": words})
    assert done.header["command"][:1] == ["naïve"]
    assert done.header["command"][2] == "line\nbreak"
    assert len(done.header["command"][3]) < 40_000


@pytest.mark.parametrize("interval_s", [0.05, 1.0])
def test_children_too_short_to_be_seen_are_counted(tmp_path: Path, interval_s: float) -> None:
    code = (
        BURN + "import os\nfor _ in range(60):\n  if not (p := os.fork()): burn(0.03); os._exit(0)\n  os.waitpid(p, 0)"
    )
    done = record(tmp_path / "a", code, {"interval_s": interval_s})
    assert done.cpu_s >= 1.7
    assert done.footer["totals"]["cpu_s"] >= 0.995 * done.cpu_s
    seen = [value for value in done.column("cpu_s") if value is not None]
    assert seen == sorted(seen)
    assert seen[-1] == pytest.approx(done.cpu_s, abs=0.03)  # the kernel's ticks are 10 ms


def test_what_runs_between_two_samples_shows_in_the_next(tmp_path: Path) -> None:
    done = record(tmp_path / "a", BURN + "burn(1.2)", {"interval_s": 0.1})
    assert len(done.samples) >= 8
    assert done.column("cpu_s")[-1] > done.column("cpu_s")[2]
    assert done.footer["lateness_s"]["max"] >= done.footer["lateness_s"]["p50"] >= 0
    times = [sample["t_s"] for sample in done.samples]
    assert times == sorted(times)
    assert done.footer["totals"]["wall_s"] >= 1.2


def test_a_parent_that_ignores_its_children_is_flagged(tmp_path: Path) -> None:
    code = (
        BURN
        + "import os, signal\nsignal.signal(signal.SIGCHLD, signal.SIG_IGN)\n"
        + "for _ in range(5):\n  if not os.fork(): burn(0.1); os._exit(0)\nburn(0.5)"
    )
    done = record(tmp_path / "a", code, {"interval_s": 0.1}, ready=True)
    assert done.footer["flags"] == ["sigchld-ignored"]
    assert done.footer["totals"]["cpu_s"] >= done.cpu_s


def test_a_peak_that_no_sample_saw_is_known_from_rusage(tmp_path: Path) -> None:
    code = "import time; time.sleep(1.3); x = bytearray(400 << 20); del x; time.sleep(0.2)"
    done = record(tmp_path / "a", code, {"interval_s": 60}, ready=True)
    assert done.footer["totals"]["peak_rss_bytes"] >= 400 << 20


def test_a_command_that_closes_all_its_descriptors_is_recorded_to_its_end(tmp_path: Path) -> None:
    done = record(tmp_path / "a", BURN + "import os; os.closerange(0, 65536); burn(0.3)", {"interval_s": 0.1})
    assert done.footer["reason"] == "ended"
    assert done.footer["exit_code"] == 0
    assert 0 in done.column("descriptors")


def test_the_caller_itself_is_recorded_from_now_on(tmp_path: Path) -> None:
    code = f"""
import os, resource, sys, time
sys.path.append({ROOT!r})
{BURN}
def used():
    both = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return [sum(one.ru_utime for one in both), sum(one.ru_stime for one in both)]
from gating.metrics.launch import Sampler
burn(0.5)
before = used()
sampler = Sampler.start({{"path": sys.argv[1], "name": "self", "root_pid": os.getpid(), "interval_s": 0.1}})
assert sampler.ready(30)
burn(0.4)
if not (child := os.fork()): burn(0.2); os._exit(0)
os.waitpid(child, 0)
after = used()
print(sampler.finish({{"user_s": after[0] - before[0], "system_s": after[1] - before[1]}})["totals"]["cpu_s"])
"""
    path = tmp_path / "a"
    done = subprocess.run([sys.executable, "-c", code, str(path)], capture_output=True, text=True, check=True)
    header, *samples, footer = lines(path)
    assert header["root"]["owned"] is False
    assert samples[0]["tree"]["cpu_s"] < 0.2  # and not what it had used before
    assert samples[0]["tree"]["processes"] == 1  # the sampler is none of the tree's
    assert 0.6 <= float(done.stdout) <= 1.0
    assert samples[-1]["tree"]["cpu_s"] == pytest.approx(float(done.stdout), abs=0.1)
    assert footer["orphans"] == {"reaped": None, "running": 0, "uncounted": True}


def test_somebody_elses_process_is_followed_to_its_end(tmp_path: Path) -> None:
    other = subprocess.Popen([sys.executable, "-c", BURN + "burn(0.5); time.sleep(0.5)"])
    sampler = Sampler.start({"path": str(tmp_path / "a"), "name": "a", "root_pid": other.pid, "interval_s": 0.1})
    assert sampler.ready(30)
    other.wait()
    until(lambda: finished(tmp_path / "a"))
    footer = sampler.finish()
    assert footer is not None
    assert footer["reason"] == "root-gone"
    assert footer["cpu_source"] == "proc"
    assert lines(tmp_path / "a")[-1] == footer


RECORDER = f"""
import os, subprocess, sys, time
sys.path.append({ROOT!r})
from gating.metrics.launch import Sampler
sampler = Sampler.start({{"path": sys.argv[1], "name": "a", "owned": True, "interval_s": 0.05, "linger_s": 1.0}})
command = subprocess.Popen([sys.executable, "-I", "-S", "-c", sys.argv[2]])
sampler.watch(command.pid)
assert sampler.ready(60)
print(sampler.pid, command.pid, flush=True)
if "fork" in sys.argv and not os.fork():
    time.sleep(60)  # it has every descriptor of ours
time.sleep(60)
"""


def recorder(path: Path, code: str, *more: str, **popen: Any) -> tuple[subprocess.Popen[bytes], int, int]:
    """A process that records a command, with the ids of its sampler and its command."""
    argv = [sys.executable, "-c", RECORDER, str(path), code, *more]
    process = subprocess.Popen(argv, stdout=subprocess.PIPE, start_new_session=True, **popen)
    assert process.stdout is not None
    sampler, command = map(int, process.stdout.readline().split())
    return process, sampler, command


def end(process: subprocess.Popen[bytes]) -> None:
    """Wait for a process that was killed, and not for those that have its output open too."""
    process.wait()
    assert process.stdout is not None
    process.stdout.close()


def test_when_the_recorder_is_killed_the_file_is_finished_with_the_command(tmp_path: Path) -> None:
    process, _, command = recorder(tmp_path / "a", BURN + "burn(1)")
    process.kill()
    end(process)
    assert is_running(command)
    until(lambda: finished(tmp_path / "a"))
    assert not is_running(command)
    header, *samples, footer = lines(tmp_path / "a")
    assert header["root"]["pid"] == command
    assert footer["reason"] == "recorder-gone"
    assert footer["exit_code"] is None
    assert footer["cpu_source"] == "proc"
    assert footer["totals"]["cpu_s"] >= 0.96
    assert footer["orphans"]["uncounted"] is True
    assert footer["samples"] == len(samples)


def test_when_everything_is_killed_at_once_the_file_is_finished(tmp_path: Path) -> None:
    process, sampler, command = recorder(tmp_path / "a", "import time; time.sleep(60)")
    os.killpg(process.pid, signal.SIGKILL)
    end(process)
    until(lambda: not is_running(sampler))
    assert not is_running(command)
    assert lines(tmp_path / "a")[-1]["reason"] == "recorder-gone"


def test_a_fork_of_the_recorder_that_holds_the_pipe_open_does_not_deceive(tmp_path: Path) -> None:
    process, sampler, command = recorder(tmp_path / "a", "import time; time.sleep(60)", "fork")
    process.kill()
    os.kill(command, signal.SIGKILL)
    until(lambda: not is_running(sampler))
    assert lines(tmp_path / "a")[-1]["reason"] == "recorder-gone"
    os.killpg(process.pid, signal.SIGKILL)
    end(process)


def test_what_is_left_running_is_not_followed_for_ever(tmp_path: Path) -> None:
    told = tmp_path / "daemon"
    code = f"""
import os, time
if os.fork(): time.sleep(0.5)
else:
    open({str(told)!r}, "w").write(str(os.getpid()))
    time.sleep(60)
"""
    process, sampler, _ = recorder(tmp_path / "a", code)
    process.kill()
    end(process)
    until(lambda: not is_running(sampler))
    footer = lines(tmp_path / "a")[-1]
    assert footer["reason"] == "recorder-gone"
    assert footer["orphans"]["running"] == 1
    os.kill(int(told.read_text()), signal.SIGKILL)


def test_when_the_sampler_is_killed_the_recorder_is_told_and_the_lines_stay(tmp_path: Path) -> None:
    command = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(1)"])
    sampler = Sampler.start({"path": str(tmp_path / "a"), "name": "a", "owned": True, "interval_s": 0.02})
    sampler.watch(command.pid)
    assert sampler.ready(30)
    until(lambda: (tmp_path / "a").read_bytes().count(b"\n") > 10)
    assert sampler.pid is not None
    os.kill(sampler.pid, signal.SIGKILL)
    assert command.wait() == 0
    started = time.monotonic()
    assert sampler.finish(timeout_s=20) is None
    assert time.monotonic() - started < 15
    assert sampler.trouble == "the sampler has ended before its time"
    _, *samples = lines(tmp_path / "a")
    assert [sample["n"] for sample in samples] == list(range(len(samples)))


def test_a_sampler_that_is_stopped_delays_nobody_for_longer_than_asked(tmp_path: Path) -> None:
    sampler = Sampler.start({"path": str(tmp_path / "a"), "name": "a", "owned": True})
    assert sampler.ready(30)
    pid = sampler.pid
    assert pid is not None
    os.kill(pid, signal.SIGSTOP)
    started = time.monotonic()
    assert sampler.finish(timeout_s=0.2) is None
    assert time.monotonic() - started < 10
    assert sampler.trouble == "the sampler was silent for 0.2 s"
    os.kill(pid, signal.SIGCONT)
    os.waitpid(pid, 0)
    assert lines(tmp_path / "a")[-1]["reason"] == "ended"


def test_while_it_is_stopped_nothing_is_seen_and_that_is_said(tmp_path: Path) -> None:
    sampler = Sampler.start({"path": str(tmp_path / "a"), "name": "a", "owned": True, "interval_s": 0.1})
    assert sampler.ready(30)
    assert sampler.pid is not None
    time.sleep(0.5)
    os.kill(sampler.pid, signal.SIGSTOP)
    time.sleep(1)
    os.kill(sampler.pid, signal.SIGCONT)
    time.sleep(0.5)
    footer = sampler.finish()
    assert footer is not None
    widest = max(footer["gaps"], key=lambda gap: gap[1] - gap[0])
    assert widest[1] - widest[0] >= 0.9
    assert footer["lateness_s"]["max"] >= 0.8
    times = [line["t_s"] for line in lines(tmp_path / "a") if line["kind"] == "sample"]
    assert not [t for t in times if widest[0] + 1e-5 < t < widest[1] - 1e-5]


def test_signals_that_are_meant_for_the_command_do_not_end_it(tmp_path: Path) -> None:
    sampler = Sampler.start({"path": str(tmp_path / "a"), "name": "a", "owned": True, "interval_s": 0.05})
    assert sampler.pid is not None
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT, signal.SIGTSTP, signal.SIGUSR1):
        os.kill(sampler.pid, number)  # some arrive before it has got as far as Python
    assert sampler.ready(30)
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        os.kill(sampler.pid, number)
    assert os.getsid(sampler.pid) == sampler.pid
    footer = sampler.finish()
    assert footer is not None
    assert footer["reason"] == "ended"


def test_it_holds_nothing_of_the_recorders(tmp_path: Path) -> None:
    """Whoever waits for the end of a pipe, or would remove the folder, does not have to wait for the sampler."""
    reading, writing = os.pipe()
    os.set_inheritable(writing, True)
    sampler = Sampler.start({"path": str(tmp_path / "a"), "name": "a", "owned": True})
    os.close(writing)
    assert sampler.ready(30)
    assert os.read(reading, 1) == b""
    os.close(reading)
    assert os.readlink(f"/proc/{sampler.pid}/cwd") == "/"
    assert sampler.finish() is not None


def test_the_recorder_has_no_more_descriptors_and_children_than_before(tmp_path: Path) -> None:
    before = set(os.listdir("/proc/self/fd"))
    done = record(tmp_path / "a", "pass")
    assert set(os.listdir("/proc/self/fd")) == before
    assert done.sampler.pid is None
    assert not is_running(done.header["sampler"]["pid"])
    with pytest.raises(ChildProcessError):
        os.waitpid(done.header["sampler"]["pid"], os.WNOHANG)


@pytest.mark.parametrize("folder", ["absent", "a-file", "read-only"])
def test_where_nothing_can_be_written_the_totals_are_still_told(tmp_path: Path, folder: str) -> None:
    (tmp_path / "a-file").write_text("")
    place = "/proc" if folder == "read-only" else str(tmp_path / folder)
    done = record(Path(place) / "recording", BURN + "burn(0.1)")
    assert done.lines == []
    assert done.sampler.trouble
    assert done.footer["totals"]["cpu_s"] == round(done.cpu_s, 6)
    assert done.footer["lost"] == done.footer["samples"] + 1


def test_a_limit_on_the_size_of_files_costs_lines_and_nothing_else(tmp_path: Path) -> None:
    code = f"""
import os, resource, subprocess, sys
sys.path.append({ROOT!r})
resource.setrlimit(resource.RLIMIT_FSIZE, (6000, 6000))
from gating.metrics.launch import Sampler
sampler = Sampler.start({{"path": sys.argv[1], "name": "a", "owned": True, "interval_s": 0.02}})
command = subprocess.Popen(["sleep", "1"])
sampler.watch(command.pid)
command.wait()
footer = sampler.finish()
print(footer["samples"], footer["lost"], sampler.trouble)
"""
    done = subprocess.run([sys.executable, "-c", code, str(tmp_path / "a")], capture_output=True, text=True, check=True)
    samples, lost, trouble = done.stdout.strip().split(" ", 2)
    got = lines(tmp_path / "a")
    assert int(samples) > 5
    assert len(got) == 1 + int(samples) + 1 - int(lost)
    assert trouble


def test_the_interval_doubles_before_the_file_passes_its_cap(tmp_path: Path) -> None:
    done = record(tmp_path / "a", "import time; time.sleep(2)", {"interval_s": 0.01, "cap_bytes": 150_000})
    assert (tmp_path / "a").stat().st_size <= 150_000
    intervals = [interval for _, interval in done.footer["intervals"]]
    assert len(intervals) >= 2
    assert intervals == [0.01 * 2**power for power in range(len(intervals))]
    assert done.footer["lost"] == 0


def test_an_interpreter_that_does_not_start_is_said_and_costs_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "_base_executable", str(tmp_path / "absent"), raising=False)
    sampler = Sampler.start({"path": str(tmp_path / "a"), "name": "a"})
    assert sampler.trouble is not None
    assert "could not be started" in sampler.trouble
    assert not sampler.ready(1)
    sampler.watch(1)
    assert sampler.finish() is None


def test_an_interpreter_that_breaks_at_once_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "_base_executable", "/bin/false", raising=False)
    sampler = Sampler.start({"path": str(tmp_path / "a"), "name": "a"})
    assert not sampler.ready(30)
    assert sampler.finish() is None
    assert sampler.trouble == "the sampler has ended before its time"


def test_finish_tells_the_same_as_the_file(tmp_path: Path) -> None:
    process = subprocess.Popen(["sleep", "0.2"])
    sampler = Sampler.start({"path": str(tmp_path / "a"), "name": "a", "owned": True})
    sampler.watch(process.pid)
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = status
    orphans = {"reaped": 3, "running": 1, "uncounted": True}
    footer = sampler.finish(rusage(used), 0, None, orphans, wall_s=0.25)
    assert footer is not None
    assert footer["orphans"] == orphans
    assert footer["totals"]["wall_s"] == 0.25
    assert lines(tmp_path / "a")[-1] == footer
