"""Commands of runs are measured and recorded; what cannot be recorded is said, and changes nothing else."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from gating.metrics.place import GITIGNORE
from tests.ledger.conftest import _DROP as DROP
from tests.projects import Done, Project

pytestmark = pytest.mark.skipif(not os.path.exists("/proc/self/stat"), reason="elsewhere less is known")

SHORT = ["sh", "-c", "sleep 0.05"]


def gates(project: Project, *commands: list[str], **metrics: str) -> list[str]:
    """A policy with gates `g0`, `g1` … that are recorded; the words that run them."""
    lines = ["[tool.gating.metrics]", 'record = ["gates"]', *(f"{key} = {value}" for key, value in metrics.items())]
    for number, command in enumerate(commands):
        lines += [f"[tool.gating.gates.g{number}]", f"run = {json.dumps(command)}"]
    project.policy("\n".join(lines))
    return ["gate", ",".join(f"g{number}" for number in range(len(commands))), "--format", "json"]


def metrics(done: Done, name: str = "gate:g0") -> dict[str, Any]:
    made: dict[str, Any] = done.verdict(name)["details"]["metrics"]
    return made


def rows(project: Project) -> list[dict[str, Any]]:
    with closing(sqlite3.connect(project.root / ".gating" / "ledger.db")) as connection:
        connection.row_factory = sqlite3.Row
        return [dict(row) for row in connection.execute("SELECT * FROM recordings ORDER BY started_ns")]


def lines(path: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in Path(path).read_text(encoding="utf-8").splitlines()]


def test_a_short_command_has_its_file_its_row_and_its_totals(project: Project) -> None:
    done = project.gating(*gates(project, SHORT))
    assert done.returncode == 0, done.stderr
    told = metrics(done)
    assert (told["complete"], told["trouble"], told["flags"]) == (True, None, [])
    assert told["samples"] >= 2
    file = Path(told["file"])
    assert file.parent == project.root / "logs" / "system_metrics"
    run = done.document["run"]["id"]
    assert file.name.endswith(f"-g0-{run[-12:]}.jsonl")
    header, *samples, footer = lines(told["file"])
    assert (header["kind"], header["run"], header["name"], footer["kind"]) == ("header", run, "g0", "footer")
    assert len(samples) == told["samples"]
    assert (footer["exit_code"], footer["reason"], footer["totals"]) == (0, "ended", told["totals"])
    assert 0.05 <= told["totals"]["wall_s"] < 10
    (row,) = rows(project)
    assert row["sha256"] == hashlib.sha256(file.read_bytes()).hexdigest()
    assert (row["run_id"], row["path"], row["bytes"]) == (run, str(file), file.stat().st_size)
    assert (row["complete"], json.loads(row["totals"])) == (1, told["totals"])


def test_the_folder_ignores_itself(project: Project) -> None:
    project.gating(*gates(project, SHORT))
    assert (project.root / "logs/system_metrics/.gitignore").read_text() == GITIGNORE
    project.git("init", "-q")
    assert "logs" not in project.git("status", "--short", "--untracked-files=all").stdout


def test_a_folder_that_holds_other_things_is_left_as_it_is(project: Project) -> None:
    project.write("notes/mine.txt", "mine")
    done = project.gating(*gates(project, SHORT, directory='"notes"'))
    assert metrics(done)["complete"]
    assert not (project.root / "notes" / ".gitignore").exists()


def test_every_gate_of_a_run_has_a_recording_of_its_own(project: Project) -> None:
    done = project.gating(*gates(project, SHORT, ["sh", "-c", "exit 1"]))
    assert done.returncode == 1
    first, second = (metrics(done, f"gate:g{number}")["file"] for number in range(2))
    assert first != second
    assert [row["name"] for row in rows(project)] == ["g0", "g1"]
    assert lines(second)[-1]["exit_code"] == 1


def test_nothing_is_recorded_that_nobody_asked_for(project: Project) -> None:
    words = gates(project, SHORT)
    text = (project.root / "pyproject.toml").read_text()
    (project.root / "pyproject.toml").write_text(text.replace('record = ["gates"]', 'record = ["tests"]'))
    done = project.gating(*words)
    assert "metrics" not in done.verdict("gate:g0")["details"]
    assert not (project.root / "logs").exists()


def test_a_secret_of_the_command_line_is_in_no_file(project: Project) -> None:
    hidden = "hunter" + "2" * 20
    project.gating(*gates(project, ["sh", "-c", "true", "--token", hidden]))
    found = [path for path in (project.root / "logs").rglob("*") if path.is_file() and hidden in path.read_text()]
    assert found == []


def test_a_command_that_is_killed_is_recorded_to_its_end(project: Project) -> None:
    done = project.gating(*gates(project, ["sh", "-c", "kill -KILL $$"]))
    assert done.returncode == 1
    footer = lines(metrics(done)["file"])[-1]
    assert (footer["exit_code"], footer["signal"]) == (None, 9)


@pytest.mark.parametrize(
    ("number", "code", "status"), [(signal.SIGINT, 130, "finished"), (signal.SIGTERM, -signal.SIGTERM, "killed")]
)
def test_a_run_that_is_ended_from_outside_has_its_recording(
    project: Project, number: int, code: int, status: str
) -> None:
    words = gates(project, ["sh", "-c", "echo up >&2; exec sleep 60"])
    argv = [sys.executable, "-m", "gating", *words]
    ended = subprocess.Popen(argv, cwd=project.root, env=project.env, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    assert ended.stderr is not None
    try:
        assert ended.stderr.readline() == b"up\n"
        time.sleep(0.5)
        ended.send_signal(number)
        assert ended.wait(30) == code
    finally:
        ended.kill()
        ended.wait()
        ended.stderr.close()
    deadline = time.monotonic() + 40
    while True:
        project.gating("snapshot")
        (row,) = rows(project)
        if row["sha256"] or time.monotonic() > deadline:
            break
        time.sleep(0.2)
    assert row["complete"] == 1
    found = project.gating("ledger.show", "--run", row["run_id"], "--format", "json").document["run"]["status"]
    assert found == status


def test_what_is_kept_is_bounded(project: Project) -> None:
    words = gates(project, ["true"], keep="{ runs = 2 }")
    for _ in range(4):
        project.gating(*words)
    assert len(list((project.root / "logs/system_metrics").glob("*.jsonl"))) == 2
    assert [row["deleted"] for row in rows(project)] == ["more than 2 runs"] * 2 + [None] * 2


NOT_RECORDED = "what g0 used is not recorded: "


def unrecorded(done: Done, said: str) -> None:
    """The gate's own end, its totals, and words on what is not there."""
    assert done.returncode == 1
    assert done.verdict("gate:g0")["details"]["exit_code"] == 1
    told = metrics(done)
    assert (told["file"], told["complete"]) == (None, False)
    assert told["totals"]["wall_s"] > 0
    assert told["totals"]["cpu_s"] is not None
    assert said in told["trouble"]
    assert [note for note in done.document["notes"] if note.startswith(NOT_RECORDED)] == [
        NOT_RECORDED + told["trouble"]
    ]


def test_a_file_in_the_folders_place(project: Project) -> None:
    project.write("logs", "a file")
    unrecorded(project.gating(*gates(project, ["sh", "-c", "exit 1"])), "logs")
    assert rows(project) == []


def as_user(project: Project, *words: str) -> Done:
    """Run gating without root's power to write everywhere."""
    return project.run(sys.executable, "-c", DROP, "-m", "gating", *words)


@pytest.mark.skipif(sys.platform != "linux", reason="root's powers can only be dropped on Linux")
@pytest.mark.parametrize("made", [False, True], ids=["to be made", "there"])
def test_a_folder_that_cannot_be_written(project: Project, *, made: bool) -> None:
    folder = project.root / "logs"
    folder.mkdir()
    if made:
        folder /= "system_metrics"
        folder.mkdir()
        (folder / "earlier.jsonl").touch()
    folder.chmod(0o555)
    try:
        unrecorded(as_user(project, *gates(project, ["sh", "-c", "exit 1"])), "Permission denied")
    finally:
        folder.chmod(0o755)


def with_room(project: Project, size: int, *words: str) -> Done:
    """Run gating where no file can grow beyond `size` bytes, which stands for a disk that has no more room."""
    limited = (
        "import os, resource, sys\n"
        f"resource.setrlimit(resource.RLIMIT_FSIZE, ({size}, resource.RLIM_INFINITY))\n"
        "os.execv(sys.executable, [sys.executable, '-m', 'gating', *sys.argv[1:]])\n"
    )
    return project.run(sys.executable, "-c", limited, *words, env={"GATING_LEDGER": "off"})


def test_a_full_disk_costs_the_lines_and_nothing_else(project: Project) -> None:
    words = gates(project, ["sh", "-c", "sleep 0.4; exit 1"], interval="0.05")
    done = with_room(project, 5000, *words)
    assert done.returncode == 1, done.stderr
    told = metrics(done)
    assert not told["complete"]
    assert told["trouble"]
    assert told["totals"]["wall_s"] >= 0.4
    kinds = [line["kind"] for line in lines(told["file"])]
    assert kinds[0] == "header"
    assert "sample" in kinds


def test_no_room_at_all(project: Project) -> None:
    words = gates(project, ["sh", "-c", "exit 1"])
    done = with_room(project, 100, *words)
    assert done.returncode == 1, done.stderr
    told = metrics(done)
    assert not told["complete"]
    assert told["trouble"]
    assert told["totals"]["wall_s"] > 0


def small_disk(project: Project, size: str, *words: str) -> Done:
    """Run gating where `logs` is a real file system of that size, which nobody else sees."""
    (project.root / "logs").mkdir()
    mounted = f"mount -t tmpfs -o size={size} none logs && cp /dev/zero logs/filled 2>/dev/null;"
    shrunk = 'truncate -s -8192 logs/filled; exec "$@"'
    return project.run("unshare", "--mount", "sh", "-c", mounted + shrunk, "sh", sys.executable, "-m", "gating", *words)


_MAY_MOUNT = (
    sys.platform == "linux"
    and shutil.which("unshare") is not None
    and subprocess.run(["unshare", "--mount", "true"], capture_output=True).returncode == 0
)


@pytest.mark.skipif(not _MAY_MOUNT, reason="a file system of its own is root's to make")
def test_a_disk_that_is_full_soon(project: Project) -> None:
    words = gates(project, ["sh", "-c", "sleep 1; cat logs/system_metrics/*.jsonl >&2; exit 1"], interval="0.01")
    done = small_disk(project, "64k", *words)
    assert done.returncode == 1, done.stderr
    told = metrics(done)
    assert not told["complete"]
    assert told["trouble"] in {"No space left on device", "no room for a whole line"}
    assert told["totals"]["wall_s"] >= 1
    kinds = [json.loads(line)["kind"] for line in done.stderr.splitlines() if line.startswith("{")]
    assert kinds[0] == "header"
    assert "sample" in kinds
    (row,) = rows(project)
    assert (row["complete"], json.loads(row["totals"])["wall_s"]) == (0, told["totals"]["wall_s"])


def in_process(project: Project, before: str, words: list[str]) -> Done:
    """Run gating with something done to it first."""
    return project.run(sys.executable, "-c", f"{before}\nfrom gating.__main__ import main\nmain()", *words)


def test_a_sampler_that_cannot_start(project: Project) -> None:
    broken = "import os\ndef refuse(*a, **k): raise OSError(11, 'no more processes')\nos.posix_spawn = refuse"
    unrecorded(in_process(project, broken, gates(project, ["sh", "-c", "exit 1"])), "no more processes")


def test_a_sampler_that_is_no_sampler(project: Project) -> None:
    broken = "import gating.metrics.launch as launch\nlaunch._CODE = 'raise SystemExit(3) # {!r}'"
    unrecorded(in_process(project, broken, gates(project, ["sh", "-c", "exit 1"])), "ended before its time")
    assert rows(project) == []


def test_a_sampler_that_says_nothing_is_not_waited_for(project: Project) -> None:
    broken = "import gating.metrics.launch as launch\nlaunch._CODE = 'import time; time.sleep(20) # {!r}'"
    begun = time.monotonic()
    unrecorded(in_process(project, broken, gates(project, ["sh", "-c", "exit 1"])), "silent")
    assert time.monotonic() - begun < 18


def test_a_bug_of_ours_is_nobody_elses_matter(project: Project) -> None:
    broken = (
        "import gating.metrics.place as place\ndef wrong(*a): raise ZeroDivisionError('oh')\nplace.file_for = wrong"
    )
    unrecorded(in_process(project, broken, gates(project, ["sh", "-c", "exit 1"])), "ZeroDivisionError: oh")


KILLS_ITS_SAMPLER = """
import os, signal, sys, time
parent = os.getppid()
for _ in range(1000):
    time.sleep(0.01)
    for child in open(f"/proc/{parent}/task/{parent}/children").read().split():
        if b"gating.metrics.sampler" in open(f"/proc/{child}/cmdline", "rb").read():
            logs = os.path.join(os.getcwd(), "logs/system_metrics")
            if any(open(os.path.join(logs, name)).read().count('"sample"') > 2 for name in os.listdir(logs)):
                os.kill(int(child), signal.SIGKILL)
                time.sleep(0.2)
                sys.exit(1)
"""


def test_a_sampler_that_is_killed(project: Project) -> None:
    project.write("kill.py", KILLS_ITS_SAMPLER)
    done = project.gating(*gates(project, [sys.executable, "kill.py"], interval="0.05"))
    assert done.returncode == 1, done.stdout + done.stderr
    told = metrics(done)
    assert (told["complete"], told["trouble"]) == (False, "the sampler has ended before its time")
    assert told["samples"] >= 2
    assert told["totals"]["cpu_s"] > 0
    (row,) = rows(project)
    assert (row["complete"], row["reason"], row["samples"]) == (0, "it has no footer", told["samples"])
    assert row["sha256"] == hashlib.sha256(Path(told["file"]).read_bytes()).hexdigest()


def test_a_run_that_is_killed_leaves_a_whole_recording_to_the_next(project: Project) -> None:
    words = gates(project, ["sh", "-c", "echo up; exec sleep 1.5"], interval="0.1")
    argv = [sys.executable, "-m", "gating", *words]
    killed = subprocess.Popen(argv, cwd=project.root, env=project.env, stderr=subprocess.PIPE)
    assert killed.stderr is not None
    assert killed.stderr.readline() == b"up\n"
    time.sleep(0.5)
    killed.kill()
    killed.wait()
    killed.stderr.close()
    listed = project.gating("ledger.show", "--format", "json").document
    assert [one["sha256"] for one in listed["recordings"]] == [None]
    gates(project, ["true"])
    deadline = time.monotonic() + 40
    while True:
        project.gating("gate", "g0")
        first = rows(project)[0]
        if first["sha256"] or time.monotonic() > deadline:
            break
        time.sleep(0.2)
    assert (first["complete"], first["reason"]) == (1, "recorder-gone")
    assert first["sha256"] == hashlib.sha256(Path(first["path"]).read_bytes()).hexdigest()
    assert json.loads(first["totals"])["wall_s"] >= 1.4
    assert lines(first["path"])[-1]["orphans"]["uncounted"]
