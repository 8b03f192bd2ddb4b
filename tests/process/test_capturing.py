"""The spawn contract of probes, held against tools that do their worst. Every bound is in seconds or bytes."""

from __future__ import annotations

import os
import resource
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from gating.environ import PROBE_MARK
from gating.process import Captured, Command, Ending, capture
from gating.process.threads import capture_threaded

PYTHON = sys.executable
SLACK = 1.5  # seconds that a busy two-core machine may add to a bound


def run(argv: Sequence[str | Path], *, timeout: float = 5.0) -> Captured:
    (made,) = capture([Command(argv=tuple(map(str, argv)), timeout=timeout, label="it")])
    return made


def script(folder: Path, text: str, *, name: str = "tool", mode: int = 0o755) -> Path:
    made = folder / name
    made.write_text(text)
    made.chmod(mode)
    return made


def alive(folder: Path) -> list[int]:
    """The processes that any test left behind: they all run in its folder."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                if Path(os.readlink(entry / "cwd")).is_relative_to(folder):
                    found.append(int(entry.name))
            except OSError:
                continue
    return found


@pytest.fixture(autouse=True)
def nothing_left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    home = Path.cwd()
    monkeypatch.chdir(tmp_path)
    yield
    monkeypatch.chdir(home)
    until = time.monotonic() + 2
    while alive(tmp_path) and time.monotonic() < until:
        time.sleep(0.02)  # a killed orphan is reaped by init in its own time
    assert alive(tmp_path) == []


def test_output_code_and_duration_come_back() -> None:
    made = run(["sh", "-c", "echo out; echo err >&2; sleep 0.2; exit 7"])
    assert (made.ending, made.code, made.stdout, made.stderr) == (Ending.EXITED, 7, "out\n", "err\n")
    assert 0.2 <= made.duration_s < 0.2 + SLACK


def test_a_hanging_tool_costs_its_deadline_and_keeps_what_it_printed() -> None:
    made = run(["sh", "-c", "echo 1.2.3; sleep 60"], timeout=0.5)
    assert (made.ending, made.stdout) == (Ending.TIMED_OUT, "1.2.3\n")
    assert made.duration_s < 0.5 + SLACK


def test_ten_hanging_tools_cost_one_deadline() -> None:
    started = time.monotonic()
    made = capture([Command(argv=("sleep", "60"), timeout=1.0, label=str(n)) for n in range(10)])
    assert {one.ending for one in made} == {Ending.TIMED_OUT}
    assert time.monotonic() - started < 1.0 + SLACK


def test_a_flood_is_stopped_within_time_and_memory() -> None:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    made = run(["sh", "-c", "echo 4.5; exec yes"], timeout=30)
    assert made.ending is Ending.FLOODED
    assert made.stdout.startswith("4.5\n")
    assert len(made.stdout) <= 1 << 18
    assert made.duration_s < SLACK
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 32 * 1024  # KiB


def test_reading_stdin_meets_its_end() -> None:
    made = run(["sh", "-c", "cat; echo 2.0"])
    assert (made.ending, made.stdout) == (Ending.EXITED, "2.0\n")


def test_there_is_no_terminal_to_prompt_on() -> None:
    made = run(["sh", "-c", "echo password? > /dev/tty && cat /dev/tty"])
    assert made.ending is Ending.EXITED
    assert made.code != 0


def test_a_grandchild_with_the_pipe_is_not_waited_for() -> None:
    made = run(["sh", "-c", "echo 3.1; sleep 60 & exit 0"], timeout=20)
    assert (made.ending, made.code, made.stdout) == (Ending.EXITED, 0, "3.1\n")
    assert made.duration_s < SLACK


def test_a_setsid_grandchild_with_the_pipe_is_found_and_killed() -> None:
    made = run(["sh", "-c", "echo 3.1; setsid sleep 60 & exit 0"], timeout=20)
    assert (made.ending, made.stdout) == (Ending.EXITED, "3.1\n")
    assert made.duration_s < SLACK


def test_a_setsid_grandchild_without_any_pipe_is_found_and_killed(tmp_path: Path) -> None:
    made = run(["sh", "-c", "setsid sleep 60 >/dev/null 2>&1 </dev/null & echo 3.1"], timeout=20)
    assert made.stdout == "3.1\n"
    # the autouse fixture looks for what is left


def test_a_grandchild_of_a_hanging_tool_dies_with_it() -> None:
    made = run(["sh", "-c", "setsid sleep 60 & sleep 60"], timeout=0.3)
    assert made.ending is Ending.TIMED_OUT
    assert made.left_behind >= 1


def test_death_by_signal_is_not_an_exit() -> None:
    made = run(["sh", "-c", "kill -SEGV $$"])
    assert (made.ending, made.code) == (Ending.SIGNALLED, -11)


@pytest.mark.parametrize(
    ("text", "mode"),
    [
        ("#!/no/such/interpreter\n", 0o755),
        ("echo no shebang\n", 0o755),
        ("#!/bin/sh\necho 1.0\n", 0o644),
    ],
    ids=["dead interpreter", "no shebang", "not executable"],
)
def test_what_cannot_start_says_why(tmp_path: Path, text: str, mode: int) -> None:
    made = run([script(tmp_path, text, mode=mode)])
    assert (made.ending, made.code, made.stdout) == (Ending.NOT_STARTED, None, "")
    assert made.error


def test_a_folder_and_a_dangling_link_cannot_start(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "link").symlink_to("nowhere")
    assert {run([tmp_path / name]).ending for name in ("folder", "link")} == {Ending.NOT_STARTED}


def test_a_nul_in_an_argument_is_not_an_exception() -> None:
    assert run(["echo", "a\0b"]).ending is Ending.NOT_STARTED


def test_output_that_is_not_utf8_is_replaced() -> None:
    made = run(["sh", "-c", r"printf 'caf\351 1.2\n'"])
    assert made.stdout == "caf\ufffd 1.2\n"


def test_the_environment_switches_downloads_prompts_and_colours_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    made = run(["env"])
    lines = made.stdout.splitlines()
    assert {"NO_COLOR=1", "COREPACK_ENABLE_NETWORK=0", "RUSTUP_AUTO_INSTALL=0", "LC_ALL=C"} <= set(lines)
    assert "FORCE_COLOR=1" not in lines
    assert any(line.startswith(PROBE_MARK) for line in lines)


def test_ticks_name_those_still_running() -> None:
    seen: list[list[str]] = []
    capture(
        [Command(argv=("sleep", "0.6"), label="slow"), Command(argv=("true",), label="quick")],
        on_tick=lambda names: seen.append(list(names)),
    )
    assert 3 <= len(seen) <= 7
    assert seen[-1] == ["slow"]


def test_no_more_than_asked_run_at_once(tmp_path: Path) -> None:
    body = f"touch {tmp_path}/$$; sleep 0.15; ls {tmp_path} | wc -l; rm {tmp_path}/$$"
    made = capture([Command(argv=("sh", "-c", body)) for _ in range(6)], at_most=2)
    assert max(int(one.stdout) for one in made) <= 2


def test_results_keep_the_order_of_the_commands() -> None:
    made = capture([Command(argv=("sh", "-c", f"sleep 0.{9 - n}; echo {n}")) for n in range(0, 10, 3)])
    assert [one.stdout for one in made] == ["0\n", "3\n", "6\n", "9\n"]


def test_an_exception_from_outside_kills_what_was_started(tmp_path: Path) -> None:
    def interrupt(_names: object) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        capture([Command(argv=("sleep", "60"))] * 3, on_tick=interrupt)
    # the autouse fixture looks for what is left


def test_no_descriptor_is_left_open() -> None:
    run(["true"])
    before = len(os.listdir("/proc/self/fd"))
    capture([Command(argv=("sh", "-c", "echo 1"))] * 5 + [Command(argv=("/no/such",))])
    assert len(os.listdir("/proc/self/fd")) == before


def test_threads_give_the_same_answers_where_select_cannot() -> None:
    commands = [
        Command(argv=("sh", "-c", "echo out; echo err >&2; exit 3"), label="a"),
        Command(argv=("sh", "-c", "echo 1.2; sleep 60"), timeout=0.4, label="b"),
        Command(argv=("/no/such",), label="c"),
        Command(argv=("yes",), label="d"),
        Command(argv=("sh", "-c", "kill -KILL $$"), label="e"),
    ]
    names: list[str] = []
    threaded = capture_threaded(commands, at_most=64, cap=1 << 16, on_tick=names.extend)
    looped = capture(commands, cap=1 << 16)
    assert [one.ending for one in threaded] == [one.ending for one in looped]
    assert [one.code for one in threaded[:3]] == [3, -9, None]
    assert [one.stdout for one in threaded[:2]] == ["out\n", "1.2\n"]
    assert "b" in names
    assert threading.active_count() == 1


def test_a_batch_takes_as_long_as_its_longest() -> None:
    started = time.monotonic()
    capture([Command(argv=(PYTHON, "-I", "-S", "-c", "import time; time.sleep(0.5)"))] * 8)
    assert time.monotonic() - started < 0.5 + SLACK
