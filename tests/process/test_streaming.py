"""A command in the open: where its output goes, how it ends, and that nothing outlives it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from gating.process import Ending, Usage, stream
from gating.process.streaming import _Passing


def test_output_goes_straight_through(capfd: pytest.CaptureFixture[str]) -> None:
    made = stream(["sh", "-c", "echo out; echo err >&2; exit 4"])
    assert (made.ending, made.code) == (Ending.EXITED, 4)
    assert tuple(capfd.readouterr()) == ("out\n", "err\n")


def test_stdout_can_be_sent_elsewhere(capfd: pytest.CaptureFixture[str]) -> None:
    stream(["echo", "out"], stdout=sys.__stderr__.fileno() if sys.__stderr__ else 2)
    assert tuple(capfd.readouterr()) == ("", "out\n")


def test_stdin_is_closed_unless_in_the_foreground() -> None:
    assert stream(["sh", "-c", 'test -z "$(cat)"'], timeout=5).code == 0


def test_the_deadline_ends_the_whole_group(tmp_path: Path) -> None:
    made = stream(["sh", "-c", "(sleep 1.5; touch late) & sleep 60"], cwd=str(tmp_path), timeout=0.3)
    assert made.ending is Ending.TIMED_OUT
    assert made.duration_s < 20
    time.sleep(1.7)
    assert not (tmp_path / "late").exists()


def test_what_a_command_leaves_in_its_group_ends_with_it(tmp_path: Path) -> None:
    assert stream(["sh", "-c", "(sleep 0.7; touch late) & exit 0"], cwd=str(tmp_path)).code == 0
    time.sleep(1.0)
    assert not (tmp_path / "late").exists()


def test_what_cannot_start_says_why() -> None:
    made = stream(["/no/such/command"])
    assert (made.ending, made.error) == (Ending.NOT_STARTED, "No such file or directory")


def test_death_by_signal_is_named() -> None:
    assert stream(["sh", "-c", "kill -KILL $$"]).ending is Ending.SIGNALLED


@pytest.mark.parametrize(("number", "expected"), [(signal.SIGINT, 130), (signal.SIGTERM, -signal.SIGTERM)])
def test_an_end_from_outside_reaches_the_command(tmp_path: Path, number: int, expected: int) -> None:
    body = (
        "import signal, sys\n"
        "signal.signal(signal.SIGINT, signal.default_int_handler)\n"  # a shell's background job has it ignored
        "from gating.process import stream\n"
        "try:\n"
        "    stream(['sh', '-c', 'echo up; (sleep 1.5; touch late) & sleep 60'])\n"
        "except KeyboardInterrupt:\n"
        "    sys.exit(130)\n"
    )
    process = subprocess.Popen([sys.executable, "-c", body], cwd=tmp_path, stdout=subprocess.PIPE, env=dict(os.environ))
    assert process.stdout is not None
    try:
        assert process.stdout.readline() == b"up\n"
        time.sleep(0.2)  # a shell that is about to fork takes an interrupt for its next child's
        process.send_signal(number)
        assert process.wait(10) == expected
    finally:
        process.kill()
        process.wait()
        process.stdout.close()
    time.sleep(1.7)
    assert not (tmp_path / "late").exists()


@pytest.mark.skipif(not hasattr(signal, "SIGHUP"), reason="terminals do not hang up there")
def test_under_nohup_a_command_outlives_its_terminal() -> None:
    body = (
        "import signal\n"
        "signal.signal(signal.SIGHUP, signal.SIG_IGN)\n"
        "from gating.process import stream\n"
        "print(stream(['sh', '-c', 'echo up; sleep 0.7; exit 7']).code, flush=True)\n"
    )
    process = subprocess.Popen([sys.executable, "-c", body], stdout=subprocess.PIPE, start_new_session=True)
    assert process.stdout is not None
    try:
        assert process.stdout.readline() == b"up\n"
        process.send_signal(signal.SIGHUP)
        assert process.stdout.read() == b"7\n"
        assert process.wait(10) == 0
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


@pytest.mark.skipif(not hasattr(signal, "SIGHUP"), reason="terminals do not hang up there")
def test_what_is_ignored_stays_so_while_a_command_runs() -> None:
    seen: list[object] = []

    class Looks:
        mark = ""

        def started(self, pid: int) -> None:
            seen.append(signal.getsignal(signal.SIGHUP))

        def ended(self, usage: Usage | None, code: int | None) -> None:
            seen.append(signal.getsignal(signal.SIGHUP))

    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        assert stream(["true"], meter=Looks()).code == 0
    finally:
        signal.signal(signal.SIGHUP, before)
    assert seen == [signal.SIG_IGN, signal.SIG_IGN]


def test_what_we_are_sent_while_a_command_starts_is_passed_on_to_it() -> None:
    with _Passing() as passing:
        os.kill(os.getpid(), signal.SIGUSR1)
        with subprocess.Popen(["sleep", "60"]) as command:
            passing.started(command.pid)
    assert command.returncode == -signal.SIGUSR1
