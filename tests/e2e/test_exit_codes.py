"""The five exit codes, of `gating` and of `inv`, and that nothing about the terminal changes them."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.projects import Project

pytestmark = pytest.mark.usefixtures("unmeasured")

DOORS = ["gating", "invoke"]


@pytest.fixture(params=DOORS)
def door(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def sample(project: Project) -> Project:
    project.policy("""
        [tool.gating.tools]
        good = ">=1"
        bad = ">=2"
        meagre = { need = "optional" }
        [tool.gating.gates]
        passes = { run = ["true"] }
        finds = { run = ["false"] }
        slow = { run = ["slow", "--forever"] }
        [tool.gating.metrics]
    """)
    project.tool("good", "echo good 1.2")
    project.tool("bad", "echo bad 1.2")
    project.write("tasks.py", "from gating.tasks import ns\n")
    return project


def command(door: str, *arguments: str) -> list[str]:
    return [sys.executable, "-m", door, *arguments]


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("preflight", "--only", "good"), 0),
        (("preflight", "--only", "good,meagre"), 0),
        (("preflight", "--dry-run"), 0),
        (("gate", "passes"), 0),
        (("explain",), 0),
        (("preflight",), 1),
        (("preflight", "--only", "meagre", "--strict"), 0),
        (("gate", "passes,finds"), 1),
        (("preflight", "--only", "nobody"), 2),
        (("preflight", "--evidence", "hearsay"), 2),
        (("preflight", "--format", "yaml"), 2),
        (("gate", "nothing"), 2),
        (("gate", ","), 2),
        (("ledger.show", "--run", "ffff"), 2),
    ],
)
def test_verdicts_and_wrong_uses(sample: Project, door: str, arguments: tuple[str, ...], code: int) -> None:
    done = sample.run(*command(door, *arguments))
    assert done.returncode == code, done.stdout + done.stderr
    assert "Traceback" not in done.stderr


def test_a_wrong_policy_is_2(sample: Project, door: str) -> None:
    sample.policy("[tool.gating]\nmode = 5")
    for arguments in (("preflight",), ("gate", "x"), ("explain",), ("snapshot",), ("ledger.runs",)):
        done = sample.run(*command(door, *arguments))
        assert (done.returncode, "pyproject.toml:6:8" in done.stderr) == (2, True)


@pytest.mark.parametrize("arguments", [("preflight",), ("gate", "passes"), ("explain",), ("snapshot",)])
def test_a_current_folder_that_is_gone_is_2(sample: Project, arguments: tuple[str, ...]) -> None:
    gone = sample.root / "gone"
    gone.mkdir()
    line = " ".join(command("gating", *arguments))
    done = sample.run("sh", "-c", f"rmdir {gone}; exec {line}", cwd=gone)
    assert (done.returncode, "Traceback" in done.stderr) == (2, False), done.stderr


@pytest.mark.parametrize("arguments", [("no-such-task",), ("preflight", "--no-such-flag"), ("gate",)])
def test_what_the_command_line_gets_wrong_is_2_and_under_inv_its_own_1(
    sample: Project, door: str, arguments: tuple[str, ...]
) -> None:
    done = sample.run(*command(door, *arguments))
    assert done.returncode == (2 if door == "gating" else 1)
    assert "Traceback" not in done.stderr


class TestBroken:
    """gating itself breaks: here its report cannot be written, as the disk is full."""

    def full(self, project: Project, door: str, **env: str) -> subprocess.CompletedProcess[str]:
        with open("/dev/full", "w", encoding="utf-8") as full:
            return subprocess.run(
                command(door, "preflight", "--only", "good"),
                cwd=project.root,
                env={**project.env, **env},
                stdin=subprocess.DEVNULL,
                stdout=full,
                stderr=subprocess.PIPE,
                text=True,
                timeout=60,
                check=False,
            )

    def test_it_is_3_in_one_line_with_the_traceback_in_a_file(self, sample: Project, door: str) -> None:
        done = self.full(sample, door)
        assert done.returncode == 3
        first, second = done.stderr.splitlines()
        assert first.startswith("gating: gating itself broke: OSError: ")
        log = Path(second.removeprefix("the traceback is in "))
        assert log.is_relative_to(sample.home)
        assert "Traceback" in log.read_text()

    def test_the_traceback_can_be_asked_for(self, sample: Project, door: str) -> None:
        done = self.full(sample, door, GATING_DEBUG="1")
        assert done.returncode == 3
        assert done.stderr.startswith("Traceback")
        assert done.stderr.splitlines()[-1].startswith("gating: gating itself broke")

    def test_without_a_cache_folder_it_says_how_to_see_it(self, sample: Project, door: str) -> None:
        (sample.home / "cache").write_text("in the way")
        done = self.full(sample, door)
        assert (done.returncode, done.stderr.splitlines()[-1]) == (3, "the traceback is shown with GATING_DEBUG=1")

    def test_the_run_and_its_verdicts_are_recorded_all_the_same(self, sample: Project, door: str) -> None:
        self.full(sample, door)
        shown = sample.gating("ledger.show", "--format", "json").document
        assert [one["outcome"] for one in shown["verdicts"]] == ["pass"]

    def test_a_mistake_inside_a_run_is_recorded_as_3(self, sample: Project, door: str) -> None:
        """A mistake of ours, put into the running program by the project's own start-up file."""
        sample.write(
            "broken/sitecustomize.py",
            """
            import importlib.abc, sys

            class Break(importlib.abc.MetaPathFinder):
                def find_spec(self, name, path, target=None):
                    if name == "gating.versions":
                        raise ZeroDivisionError("a mistake")

            sys.meta_path.insert(0, Break())
            """,
        )
        done = sample.run(*command(door, "preflight"), env={"PYTHONPATH": str(sample.root / "broken")})
        assert done.returncode == 3
        assert "gating itself broke: ZeroDivisionError: a mistake" in done.stderr
        (run,) = sample.gating("ledger.runs", "--format", "json").document["runs"]
        assert (run["exit_code"], run["status"]) == (3, "finished")


class TestInterrupted:
    """Ctrl-C while a tool or a gate is slow."""

    @pytest.mark.parametrize("arguments", [("preflight", "--only", "slow"), ("gate", "slow")])
    def test_it_is_130_recorded_and_leaves_no_process(
        self, sample: Project, door: str, arguments: tuple[str, ...]
    ) -> None:
        sample.policy("""
            [tool.gating.tools]
            slow = { timeout = 60 }
            [tool.gating.gates]
            slow = { run = ["slow", "--forever"] }
        """)
        sample.tool("slow", 'echo $$ > "$HOME/pid"; sleep 600 & echo $! > "$HOME/child"; wait')
        running = subprocess.Popen(
            command(door, *arguments),
            cwd=sample.root,
            env=sample.env,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            # a test run in the background has interrupts ignored, and would hand that down
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # noqa: PLW1509 - no threads here
        )
        try:
            pids = [started(sample.home / name) for name in ("pid", "child")]
            running.send_signal(signal.SIGINT)
            _, stderr = running.communicate(timeout=20)
        finally:
            running.kill()
            running.wait()
        assert running.returncode == 130
        assert stderr.splitlines()[-1] == "gating: interrupted"
        assert "Traceback" not in stderr
        (run,) = sample.gating("ledger.runs", "--format", "json").document["runs"]
        assert (run["status"], run["exit_code"], run["command"]) == ("finished", 130, arguments[0])
        assert not any(alive(pid) for pid in pids)


def started(file: Path) -> int:
    """The process id that a tool leaves in a file when it is under way."""
    until = time.monotonic() + 20
    while time.monotonic() < until:
        if file.exists() and (text := file.read_text().strip()):
            return int(text)
        time.sleep(0.02)
    raise AssertionError(f"{file.name} never came")


def alive(pid: int) -> bool:
    until = time.monotonic() + 3
    while time.monotonic() < until:
        try:
            os.kill(pid, 0)
            if Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z":
                return False  # dead, and waiting for init to notice
        except OSError:
            return False
        time.sleep(0.02)
    return True


class TestNobodyReads:
    """What was judged stays what it is when the reader has gone."""

    @pytest.mark.parametrize(("only", "code"), [("good", 0), ("bad", 1)])
    def test_a_closed_pipe_changes_no_exit_code(self, sample: Project, door: str, only: str, code: int) -> None:
        reading, writing = os.pipe()
        os.close(reading)
        done = subprocess.run(
            command(door, "preflight", "--only", only),
            cwd=sample.root,
            env=sample.env,
            stdout=writing,
            stderr=subprocess.PIPE,
            text=True,
            timeout=60,
            check=False,
        )
        os.close(writing)
        assert (done.returncode, done.stderr) == (code, "")

    @pytest.mark.parametrize(("only", "code"), [("good", 0), ("bad", 1)])
    def test_nor_do_closed_streams(self, sample: Project, door: str, only: str, code: int) -> None:
        line = " ".join(command(door, "preflight", "--only", only))
        done = sample.run("sh", "-c", f"{line} >&- 2>&-")
        assert done.returncode == code
