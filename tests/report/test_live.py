"""The live line, on a real terminal: a pty with a process on it, and a terminal emulator that reads it."""

from __future__ import annotations

import io
import json
import os
import signal
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from textwrap import dedent

import pytest

from gating.report.live import live_line
from tests.terminals import COLUMNS, HANG_S, Terminal


def recording(path: Path, *, cpu: tuple[float, float] = (1.0, 3.0), memory: int = 1_230_000_000) -> None:
    """A recording that is under way: two samples a second apart."""
    lines: list[dict[str, object]] = [{"kind": "header", "schema": "gating.metrics/1"}]
    for n, used in enumerate(cpu):
        tree = {"cpu_s": used, "rss_bytes": 2 * memory, "pss_bytes": memory, "processes": 3}
        lines.append({"kind": "sample", "n": n, "t_s": float(n), "tree": tree})
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))


HEAD = """
import os, sys, time
from gating.report.live import live_line
def line(**more):
    return live_line(sys.argv[1], "tests", sys.stderr, **{"delay_s": 0.05, "every_s": 0.05, **more})
"""


@pytest.fixture
def terminal(tmp_path: Path) -> Iterator[Callable[..., Terminal]]:
    recording(tmp_path / "recording.jsonl")
    made: list[Terminal] = []

    def make(body: str, **env: str) -> Terminal:
        script = tmp_path / "script.py"
        script.write_text(HEAD + dedent(body))
        argv = [sys.executable, str(script), str(tmp_path / "recording.jsonl")]
        known = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
        known.pop("TERM", None)
        made.append(Terminal(argv, env={**known, **env}))
        return made[-1]

    yield make
    for one in made:
        one.close()


def test_it_tells_time_processors_and_memory_on_the_last_row(terminal: Callable[..., Terminal]) -> None:
    shown = terminal("with line(): input()")
    assert shown.read(lambda: "cores" in shown.last_row())
    assert shown.last_row() == " tests  0:00  2.00 cores  1.23 GB  3 processes"
    shown.say()
    assert shown.finish() == 0
    assert shown.text() == []
    assert shown.screen.margins is None


def test_the_output_of_the_command_is_what_it_is_without(terminal: Callable[..., Terminal]) -> None:
    shown = terminal("""
        print("before")
        with line():
            for n in range(60):
                os.write(1, f"line {n} ".encode())  # a line in two parts, and the live line painted in between
                time.sleep(0.02)
                os.write(1, b"\\x1b[1mends\\x1b[0m\\n")
            input()
        print("after")
    """)
    assert shown.read(lambda: "line 59 ends" in shown.text() and "cores" in shown.last_row())
    shown.say()
    assert shown.finish() == 0
    assert shown.text() == ["before", *(f"line {n} ends" for n in range(60)), "after"]
    assert shown.raw.count(b"cores") > 5


def test_a_cursor_on_the_last_row_moves_up_and_nothing_is_lost(terminal: Callable[..., Terminal]) -> None:
    shown = terminal("""
        for n in range(20):
            print("early", n)
        print("half", end="", flush=True)
        with line():
            input()
            print(" done")
            input()
    """)
    assert shown.read(lambda: "cores" in shown.last_row())
    shown.say("x\n")  # echoed by the terminal
    assert shown.read(lambda: any("done" in row for row in shown.text()))
    shown.say()
    assert shown.finish() == 0
    assert shown.text()[:21] == [*(f"early {n}" for n in range(20)), "halfx"]
    assert shown.text()[21:] == [" done"]


def test_an_interrupt_gives_the_row_back(terminal: Callable[..., Terminal]) -> None:
    shown = terminal("with line(): time.sleep(60)")
    assert shown.read(lambda: "cores" in shown.last_row())
    shown.say("\x03")
    assert shown.finish() != 0
    assert shown.screen.margins is None
    assert not any("cores" in row for row in shown.text())


def test_a_signal_that_ends_us_gives_the_row_back(terminal: Callable[..., Terminal]) -> None:
    shown = terminal("with line(): time.sleep(60)")
    assert shown.read(lambda: "cores" in shown.last_row())
    shown.process.send_signal(signal.SIGTERM)
    assert shown.finish() == -signal.SIGTERM
    assert shown.screen.margins is None
    assert shown.text() == []


def test_an_error_inside_gives_the_row_back(terminal: Callable[..., Terminal]) -> None:
    shown = terminal("""
        with line():
            input()
            raise SystemExit(7)
    """)
    assert shown.read(lambda: "cores" in shown.last_row())
    shown.say()
    assert shown.finish() == 7
    assert shown.screen.margins is None
    assert shown.text() == []


@pytest.mark.parametrize("rows", [7, 14])
def test_it_moves_with_the_size_of_the_terminal(terminal: Callable[..., Terminal], rows: int) -> None:
    shown = terminal("""
        print("first")
        with line(every_s=60):
            input()
            for n in range(30):
                print("line", n)
            input()
    """)
    assert shown.read(lambda: "cores" in shown.last_row())
    shown.resize(rows, COLUMNS)
    assert shown.read(lambda: "cores" in shown.last_row())  # at once: the next time would be in a minute
    assert sum("cores" in row for row in shown.text()) == 1
    shown.say()
    assert shown.read(lambda: "line 29" in shown.text())
    assert shown.screen.margins is not None
    assert shown.screen.margins.bottom == rows - 2
    shown.say()
    assert shown.finish() == 0
    assert shown.text()[-30:] == [f"line {n}" for n in range(30)]


def test_ctrl_z_gives_the_row_back_until_we_go_on(terminal: Callable[..., Terminal]) -> None:
    shown = terminal("with line(): input()")
    assert shown.read(lambda: "cores" in shown.last_row())
    os.kill(shown.process.pid, signal.SIGTSTP)  # an orphaned group is not stopped by it, and goes on at once
    assert shown.read(lambda: b"\x1b[r" in shown.raw)
    os.kill(shown.process.pid, signal.SIGCONT)
    assert shown.read(lambda: "cores" in shown.last_row())
    shown.say()
    assert shown.finish() == 0
    assert shown.text() == []


def test_a_program_that_has_the_whole_screen_has_it(terminal: Callable[..., Terminal]) -> None:
    shown = terminal("""
        import tty
        with line():
            input()
            tty.setcbreak(0)
            time.sleep(0.5)
            print("\\x1b[2J\\x1b[10;1Hbottom", end="", flush=True)
            os.read(0, 1)
    """)
    assert shown.read(lambda: "cores" in shown.last_row())
    shown.say()
    assert shown.read(lambda: shown.last_row() == "bottom")
    ends, painted = time.monotonic() + 0.3, shown.raw.count(b"cores")
    shown.read(lambda: time.monotonic() > ends)
    assert (shown.last_row(), shown.raw.count(b"cores")) == ("bottom", painted)
    shown.say("q")
    assert shown.finish() == 0


def test_a_terminal_that_is_stopped_delays_nothing(terminal: Callable[..., Terminal], tmp_path: Path) -> None:
    shown = terminal("""
        with line():
            input()
            time.sleep(0.5)
        open(sys.argv[1] + ".done", "w").close()
    """)
    assert shown.read(lambda: "cores" in shown.last_row())
    shown.say("\n\x13")  # Ctrl-S
    done = tmp_path / "recording.jsonl.done"
    deadline = time.monotonic() + HANG_S
    while not done.exists() and time.monotonic() < deadline:
        time.sleep(0.02)
    assert done.exists()
    shown.say("\x11")
    assert shown.finish() == 0


@pytest.mark.parametrize("env", [{"CI": "true"}, {"TERM": "dumb"}, {"GATING_LIVE": "0"}])
def test_there_is_none_where_nobody_would_see_it_well(terminal: Callable[..., Terminal], env: dict[str, str]) -> None:
    shown = terminal(
        """
        with line():
            time.sleep(0.5)
            print("done")
    """,
        **env,
    )
    assert shown.finish() == 0
    assert shown.raw == b"done\r\n"


def test_there_is_none_where_there_is_no_terminal(tmp_path: Path) -> None:
    recording(tmp_path / "r.jsonl")
    file = tmp_path / "log"
    with open(file, "w") as log, live_line(tmp_path / "r.jsonl", "tests", log, delay_s=0.0):
        time.sleep(0.2)
    assert file.read_text() == ""
    memory = io.StringIO()
    with live_line(tmp_path / "r.jsonl", "tests", memory, env={"TERM": "xterm"}, delay_s=0.0):
        time.sleep(0.1)
    assert memory.getvalue() == ""


def test_a_short_command_has_none(terminal: Callable[..., Terminal]) -> None:
    shown = terminal("""
        with line(delay_s=30):
            print("done")
    """)
    assert shown.finish() == 0
    assert shown.raw == b"done\r\n"


def test_without_a_recording_there_is_the_time_alone(terminal: Callable[..., Terminal], tmp_path: Path) -> None:
    (tmp_path / "recording.jsonl").unlink()
    shown = terminal("with line(): input()")
    assert shown.read(lambda: "tests" in shown.last_row())
    assert shown.last_row() == " tests  0:00"
    shown.say()
    assert shown.finish() == 0
