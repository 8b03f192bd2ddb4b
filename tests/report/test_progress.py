from __future__ import annotations

import io
import os
import sys
from pathlib import Path

import pytest

from gating.report.progress import Progress


class Clock:
    """A clock that the test turns."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


class Screen(io.StringIO):
    """A terminal that knows nothing but the carriage return, as `columns` wide as the test says."""

    encoding = "utf-8"

    def line(self) -> str:
        """What stands on its only line."""
        cells: list[str] = []
        at = 0
        for mark in self.getvalue():
            assert mark.isprintable() or mark == "\r"
            if mark == "\r":
                at = 0
                continue
            cells[at : at + 1] = [mark]
            at += 1
        return "".join(cells).rstrip()


def live(screen: Screen, clock: Clock, env: dict[str, str] | None = None) -> Progress:
    return Progress(screen, env or {}, tty=True, clock=clock)


def test_a_fast_run_shows_nothing() -> None:
    screen, clock = Screen(), Clock()
    with live(screen, clock) as progress:
        progress.started(["git"])
        clock.now += 0.4
        progress.tick()
        progress.finished("git")
    assert screen.getvalue() == ""


def test_a_terminal_has_one_line_of_those_still_running_and_loses_it() -> None:
    screen, clock = Screen(), Clock()
    progress = live(screen, clock)
    progress.started(["git", "docker", "node"])
    clock.now += 0.6
    progress.tick()
    assert screen.line() == "checking git, docker, node (1 s)"
    progress.finished("git")
    progress.finished("never started")
    clock.now += 2
    progress.tick()
    assert screen.line() == "checking docker, node (3 s)"
    progress.close()
    assert screen.line() == ""
    assert screen.getvalue().endswith("\r"), "what is printed next begins at the first column"


def test_those_that_run_can_be_said_at_every_tick() -> None:
    screen, clock = Screen(), Clock()
    progress = live(screen, clock)
    shown = []
    for names in (["git", "a\tb"], ["a\tb"], ["node"], []):
        progress.show(names)
        clock.now += 1
        progress.show(names)
        shown.append(screen.line())
    assert shown == ["checking git, a\\tb (1 s)", "checking a\\tb (2 s)", "checking node (3 s)", ""]


def test_the_line_goes_when_the_last_one_is_done() -> None:
    screen, clock = Screen(), Clock()
    progress = live(screen, clock)
    progress.started(["git"])
    clock.now += 1
    progress.tick()
    progress.finished("git")
    progress.tick()
    assert screen.line() == ""


def test_what_did_not_change_is_not_written_again() -> None:
    screen, clock = Screen(), Clock()
    progress = live(screen, clock)
    progress.started(["git"])
    clock.now += 1
    progress.tick()
    written = screen.getvalue()
    clock.now += 0.1
    progress.tick()
    assert screen.getvalue() == written


@pytest.mark.parametrize("width", [10, 24, 40])
def test_the_line_is_cut_to_the_terminal(width: int) -> None:
    leader, follower = os.openpty()
    with os.fdopen(leader, "rb"), os.fdopen(follower, "w", encoding="utf-8", newline="") as terminal:
        clock = Clock()
        progress = Progress(terminal, {"COLUMNS": str(width)}, tty=True, clock=clock)
        progress.started(f"tool-{number}" for number in range(9))
        clock.now += 1
        progress.tick()
        said = os.read(leader, 10_000).decode()
    assert said.startswith("\rchecking ")
    assert len(said.strip("\r")) <= max(width - 1, len("checking  (1 s)"))


def test_an_ascii_stream_gets_ascii_and_names_are_made_fit_to_print() -> None:
    raw = io.BytesIO()
    stream = io.TextIOWrapper(raw, encoding="ascii", newline="")
    clock = Clock()
    progress = Progress(stream, {}, tty=True, clock=clock)
    progress.started(["café", "a\x1b[2Jb\nc"])
    clock.now += 1
    progress.tick()
    assert raw.getvalue() == b"\rchecking caf\\xe9, a\\x1b[2Jb\\nc (1 s)"


def test_a_log_gets_a_plain_line_after_five_seconds_and_then_every_ten() -> None:
    log, clock = io.StringIO(), Clock()
    progress = Progress(log, {}, tty=False, clock=clock)
    progress.started(["a", "b"])
    for _ in range(320):  # 32 seconds
        progress.tick()
        clock.now += 0.1
    progress.finished("a")
    for _ in range(40):
        progress.tick()
        clock.now += 0.1
    progress.close()
    assert log.getvalue().splitlines() == [
        "still running: a, b (5 s)",
        "still running: a, b (15 s)",
        "still running: a, b (25 s)",
        "still running: b (35 s)",
    ]


@pytest.mark.parametrize("env", [{"CI": "true"}, {"TERM": "dumb"}])
def test_a_terminal_of_a_ci_or_one_that_cannot_rewrite_is_a_log(env: dict[str, str]) -> None:
    screen, clock = io.StringIO(), Clock()
    progress = Progress(screen, env, tty=True, clock=clock)
    progress.started(["a"])
    clock.now += 1
    progress.tick()
    assert screen.getvalue() == ""
    clock.now += 5
    progress.tick()
    assert screen.getvalue() == "still running: a (6 s)\n"


def test_after_closing_it_begins_anew() -> None:
    log, clock = io.StringIO(), Clock()
    progress = Progress(log, {}, tty=False, clock=clock)
    progress.started(["a"])
    clock.now += 6
    progress.tick()
    progress.close()
    clock.now += 60
    progress.tick()
    progress.started(["b"])
    clock.now += 4
    progress.tick()
    clock.now += 1
    progress.tick()
    assert log.getvalue() == "still running: a (6 s)\nstill running: b (5 s)\n"


def test_a_closed_stream_silences_it() -> None:
    stream, clock = io.StringIO(), Clock()
    progress = Progress(stream, {}, tty=True, clock=clock)
    progress.started(["a"])
    clock.now += 1
    stream.close()
    progress.tick()
    progress.close()


@pytest.mark.skipif(sys.platform == "win32", reason="pipes differ")
def test_a_broken_pipe_silences_it() -> None:
    reader, writer = os.pipe()
    os.close(reader)
    stream = os.fdopen(writer, "w")
    clock = Clock()
    progress = Progress(stream, {}, tty=False, clock=clock)
    progress.started(["a"])
    clock.now += 6
    progress.tick()
    clock.now += 60
    progress.tick()
    with pytest.raises(BrokenPipeError):
        stream.close()


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full")
def test_a_full_disk_silences_it() -> None:
    stream = open("/dev/full", "w", encoding="utf-8")  # noqa: SIM115 - closing raises, and that is looked at
    clock = Clock()
    progress = Progress(stream, {}, tty=False, clock=clock)
    progress.started(["a"])
    clock.now += 6
    progress.tick()
    with pytest.raises(OSError, match="space"):
        stream.close()
