"""`metrics.record` is not there for the command that it runs; nox and invoke record what they are told to."""

from __future__ import annotations

import json
import os
import pty
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from gating.ledger import RecordingRow, open_ledger
from tests.projects import Project

GATING = [sys.executable, "-m", "gating", "metrics.record"]
INV = [sys.executable, "-m", "invoke", "metrics.record"]


@pytest.fixture
def recorded(project: Project) -> Project:
    project.policy("[tool.gating]")
    project.write("tasks.py", "from gating.tasks import ns\n")
    return project


def recordings(project: Project) -> list[RecordingRow]:
    return open_ledger(project=project.root).recordings()


def footer(row: RecordingRow) -> dict[str, Any]:
    made: dict[str, Any] = json.loads(Path(row.path).read_text(encoding="utf-8").splitlines()[-1])
    return made


@pytest.mark.parametrize("door", [GATING, INV], ids=["gating", "inv"])
def test_output_and_quoting_are_the_commands_own(recorded: Project, door: list[str]) -> None:
    words = ["-k", "a and b", "", "it's", '"', "$HOME", "*", "ä\n", "--name", "--", "-- x"]
    code = "import sys; print(sys.argv[1:]); print('err', file=sys.stderr); sys.exit(7)"
    done = recorded.run(*door, "--name", "mine", "--", sys.executable, "-c", code, *words)
    assert (done.returncode, done.stdout) == (7, f"{words}\n")
    first, second = done.stderr.splitlines()
    assert first == "err"
    assert second.startswith("gating: mine took ")
    (row,) = recordings(recorded)
    assert f"recorded in {os.path.relpath(row.path, recorded.root)}" in second
    assert (row.name, row.complete, footer(row)["exit_code"]) == ("mine", True, 7)
    shown = open_ledger(project=recorded.root).show()
    assert (shown.row.command, shown.row.exit_code) == ("record", 1)
    assert shown.verdicts[0]["details"]["exit_code"] == 7


@pytest.mark.parametrize("code", [0, 1, 2, 3, 130, 255])
def test_the_exit_code_is_the_commands_own(recorded: Project, code: int) -> None:
    assert recorded.run(*GATING, "--", "sh", "-c", f"exit {code}").returncode == code


@pytest.mark.parametrize("name", ["KILL", "TERM", "SEGV"])
def test_a_signal_is_told_as_a_shell_tells_it(recorded: Project, name: str) -> None:
    done = recorded.run(*GATING, "--", "sh", "-c", f"kill -{name} $$")
    assert done.returncode == 128 + getattr(signal, f"SIG{name}")


def test_what_cannot_be_started_is_said_as_a_shell_says_it(recorded: Project) -> None:
    done = recorded.run(*GATING, "--", "no-such-command")
    assert (done.returncode, done.stdout) == (127, "")
    assert done.stderr == "gating: no-such-command: it cannot be started: No such file or directory\n"
    recorded.write("text", "no program")
    done = recorded.run(*GATING, "--", "./text")
    assert (done.returncode, "Permission denied" in done.stderr) == (126, True)


def test_the_command_names_itself_as_it_was_called(recorded: Project) -> None:
    bare = recorded.run("ls", "no-such-file")
    done = recorded.run(*GATING, "--", "ls", "no-such-file")
    assert done.returncode == bare.returncode
    assert done.stderr.splitlines()[0] == bare.stderr.splitlines()[0]


def test_stdin_goes_through(recorded: Project) -> None:
    body = os.urandom(100_000)
    done = subprocess.run(
        [*GATING, "--", "cat"], input=body, cwd=recorded.root, env=recorded.env, capture_output=True, timeout=60
    )
    assert (done.returncode, done.stdout) == (0, body)


def on_a_terminal(project: Project, *words: str, typed: bytes = b"", when: bytes = b"") -> tuple[str, int]:
    """Run a command with a terminal of its own; what is `typed` there is sent once `when` has been shown."""
    child, terminal = pty.fork()
    if child == 0:
        try:
            os.chdir(project.root)
            os.execve(words[0], list(words), dict(project.env))
        finally:
            os._exit(99)
    shown = b""
    while True:
        try:
            part = os.read(terminal, 4096)
        except OSError:  # Linux says so where nobody has it open any more
            break
        if not part:
            break
        shown += part
        if when and when in shown:
            os.write(terminal, typed)
            when = b""
    _, status = os.waitpid(child, 0)
    os.close(terminal)
    return shown.decode(), os.waitstatus_to_exitcode(status)


def test_a_terminal_stays_one(recorded: Project) -> None:
    code = "import os, sys; print([os.isatty(n) for n in range(3)], os.getpgrp() == os.tcgetpgrp(0)); print(input())"
    shown, ended = on_a_terminal(
        recorded, *GATING, "--", sys.executable, "-c", code, typed=b"words\n", when=b"True\r\n"
    )
    assert ended == 0, shown
    assert "[True, True, True] True" in shown
    assert shown.count("words") == 2  # as it was typed, and as it was printed


def test_an_interrupt_is_the_commands_own_matter(recorded: Project) -> None:
    code = (
        "import os, signal, sys, time\n"
        "def taken(*_): os.write(1, b'taken\\n')\n"  # it may come while `up` is still being printed
        "signal.signal(signal.SIGINT, taken)\n"
        "print('up', flush=True)\n"
        "time.sleep(1.5)\n"
        "sys.exit(5)\n"
    )
    shown, ended = on_a_terminal(recorded, *GATING, "--", sys.executable, "-c", code, typed=b"\x03", when=b"up\r\n")
    assert ended == 5, shown
    assert shown.count("taken") == 1
    assert footer(recordings(recorded)[0])["exit_code"] == 5


def test_a_request_to_end_reaches_the_command(recorded: Project) -> None:
    argv = [*GATING, "--", "sh", "-c", "trap 'echo bye; exit 9' TERM; echo up; while :; do sleep 0.05; done"]
    process = subprocess.Popen(argv, cwd=recorded.root, env=recorded.env, stdout=subprocess.PIPE)
    assert process.stdout is not None
    try:
        assert process.stdout.readline() == b"up\n"
        process.terminate()
        assert process.stdout.read() == b"bye\n"
        assert process.wait(30) == 9
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


@pytest.mark.parametrize("wrong", [[], ["--"], ["--interval", "0", "--", "true"], ["--interval", "x", "--", "true"]])
def test_a_wrong_use_is_said_before_anything_is_started(recorded: Project, wrong: list[str]) -> None:
    done = recorded.run(*GATING, *wrong)
    assert (done.returncode, done.stdout) == (2, "")
    assert not (recorded.root / "logs").exists()


def test_without_a_policy_the_recording_goes_below_the_current_folder(project: Project) -> None:
    (project.root / "pyproject.toml").unlink()
    done = project.run(*GATING, "--", "true")
    assert done.returncode == 0, done.stderr
    assert len(list((project.root / "logs/system_metrics").glob("*-true-*.jsonl"))) == 1
    assert not (project.root / ".gating").exists()


def test_what_cannot_be_recorded_is_run_all_the_same(recorded: Project) -> None:
    recorded.write("logs", "a file")
    done = recorded.run(*GATING, "--", "sh", "-c", "echo out; exit 4")
    assert (done.returncode, done.stdout) == (4, "out\n")
    (line,) = done.stderr.splitlines()
    assert line.startswith("gating: sh took ")
    assert "; not recorded: " in line


def test_orphans_are_counted(recorded: Project) -> None:
    burn = "import time\nwhile time.process_time() < 0.3: pass"
    daemon = (
        "import os, subprocess, sys\nif os.fork(): os._exit(0)\nos.setsid()\n"
        f"subprocess.Popen([sys.executable, '-c', {burn!r}])"
    )
    argv = ["sh", "-c", '"$0" -c "$1"; sleep 2', sys.executable, daemon]
    done = recorded.run(*GATING, "--", *argv)
    assert done.returncode == 0, done.stderr
    told = footer(recordings(recorded)[0])
    assert told["totals"]["cpu_s"] >= 0.3
    assert (told["orphans"]["reaped"], told["orphans"]["running"]) == (2, 0)


NOXFILE = """
    import nox
    from gating import sessions

    @nox.session(venv_backend="none")
    def run(session):
        sessions.run(session, "sh", "-c", "sleep 0.05; exit 3", success_codes=[3])

    @nox.session(venv_backend="none")
    def gate(session):
        sessions.gate(session, "here")

    @nox.session(venv_backend="none")
    def tests(session):
        sessions.tests(session, "-q", "-p", "no:cacheprovider")
"""


@pytest.fixture
def noxed(project: Project) -> Project:
    project.unmeasured()
    project.write("noxfile.py", NOXFILE)
    project.write("tests/test_a.py", "import time\n\ndef test_a():\n    time.sleep(0.05)\n")
    return project


@pytest.mark.needs("nox")
def test_what_sessions_run_is_recorded_always(noxed: Project) -> None:
    noxed.policy("[tool.gating]")
    done = noxed.nox("-s", "run")
    assert done.returncode == 0, done.stderr
    (row,) = recordings(noxed)
    assert (row.name, row.complete, footer(row)["exit_code"]) == ("sh", True, 3)
    assert row.totals is not None
    assert row.totals["wall_s"] >= 0.05


@pytest.mark.needs("nox")
def test_gates_and_tests_are_recorded_where_the_policy_asks(noxed: Project) -> None:
    noxed.policy("""
        [tool.gating.metrics]
        record = ["tests", "gates"]
        [tool.gating.gates.here]
        run = ["true"]
    """)
    done = noxed.nox("-s", "gate", "tests")
    assert done.returncode == 0, done.stderr
    assert sorted((row.name, row.complete) for row in recordings(noxed)) == [("here", True), ("tests", True)]
    noxed.policy("[tool.gating.gates.here]\nrun = ['true']")
    assert noxed.nox("-s", "gate", "tests").returncode == 0
    assert len(recordings(noxed)) == 2


@pytest.mark.needs("nox")
def test_a_session_without_a_policy_writes_no_recording(noxed: Project) -> None:
    (noxed.root / "pyproject.toml").unlink()
    done = noxed.nox("-s", "run")
    assert done.returncode == 0, done.stderr
    assert not (noxed.root / "logs").exists()


def test_invoke_nox_and_a_recorded_command_stand_as_one_tree(recorded: Project) -> None:
    done = recorded.run(*INV, "--name", "outer", "--", *GATING, "--", "true")
    assert done.returncode == 0, done.stderr
    by_name = {row.name: row.run_id for row in recordings(recorded)}
    assert set(by_name) == {"outer", "true"}
    assert open_ledger(project=recorded.root).show(by_name["true"]).row.parent == by_name["outer"]
