"""What a part of a program's own code uses: by a with statement or a decorator, nested, in threads, whatever fails."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import gating
from gating.errors import UsageError
from gating.ledger import Ledger, open_ledger
from tests.ledger.conftest import _DROP as DROP
from tests.projects import Done, Project

PREAMBLE = "import gating, json, os, subprocess, sys, threading, time\n"


def run(project: Project, code: str, *, cwd: Path | None = None, **env: str) -> Done:
    project.write("mine.py", PREAMBLE + code)
    return project.run(sys.executable, str(project.root / "mine.py"), cwd=cwd, env=env)


def told(done: Done) -> Any:
    """The JSON in the last line of a program's output."""
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


@pytest.fixture
def ledger(project: Project) -> Ledger:
    project.policy("[tool.gating]")
    return open_ledger(project=project.root)


def test_what_this_process_and_its_children_use_is_told(project: Project, ledger: Ledger) -> None:
    code = """
source = 'import time\\nend = time.process_time() + 0.2\\nwhile time.process_time() < end: pass'
with gating.record_metrics('train') as recorded:
    before = recorded.totals
    subprocess.run([sys.executable, '-c', source])
    end = time.process_time() + 0.2
    while time.process_time() < end: pass
print(json.dumps({**vars(recorded), 'before': before}))
"""
    made = told(run(project, code))
    assert made["before"] is None
    assert (made["complete"], made["trouble"]) == (True, None)
    assert 0.4 <= made["totals"]["cpu_s"] < 5
    assert made["totals"]["wall_s"] >= 0.4
    assert made["totals"]["peak_rss_bytes"] > 1_000_000
    lines = [json.loads(line) for line in Path(made["file"]).read_text().splitlines()]
    assert (lines[0]["name"], lines[0]["root"]["owned"]) == ("train", False)
    assert lines[-1]["totals"] == made["totals"]
    assert lines[-1]["orphans"]["reaped"] is None
    shown = ledger.show(made["run"])
    assert (shown.row.command, shown.row.exit_code) == ("metrics", 0)
    assert shown.verdicts[0]["id"] == "metrics:train"
    assert [one.path for one in shown.recordings] == [made["file"]]


def test_functions_and_coroutines_are_recorded_call_by_call(project: Project, ledger: Ledger) -> None:
    code = """
import asyncio
@gating.record_metrics()
def plain(a, *, b):
    "Its words."
    return a + b
@gating.record_metrics("other")
async def later(a):
    await asyncio.sleep(0.01)
    return a
class Thing:
    @gating.record_metrics()
    @staticmethod
    def still(): return 4
    @gating.record_metrics()
    def bound(self): return self
async def both():
    return await asyncio.gather(later(1), later(2))
thing = Thing()
assert thing.bound() is thing
print(json.dumps([plain(1, b=2), plain(3, b=4), *asyncio.run(both()), plain.__doc__, thing.still()]))
"""
    assert told(run(project, code)) == [3, 7, 1, 2, "Its words.", 4]
    assert sorted(one.name for one in ledger.recordings()) == [
        "bound", "other", "other", "plain", "plain", "still"
    ]  # fmt: skip
    assert all(one.complete for one in ledger.recordings())


def test_recordings_nest_and_threads_have_their_own(project: Project, ledger: Ledger) -> None:
    code = """
again = gating.record_metrics("again")
def work():
    with again:
        time.sleep(0.1)
threads = [threading.Thread(target=work) for _ in range(3)]
with gating.record_metrics("outer") as outer:
    with again as first, again as second:
        pass
    for one in threads: one.start()
    for one in threads: one.join()
print(json.dumps({"outer": outer.run, "first": first.run, "second": second.run}))
"""
    made = told(run(project, code))
    found = {one.run_id: one for one in ledger.recordings()}
    assert sorted(one.name for one in found.values()) == ["again"] * 5 + ["outer"]
    assert all(one.complete for one in found.values())
    assert ledger.show(made["first"]).row.parent == made["outer"]
    assert ledger.show(made["second"]).row.parent == made["first"]


def test_an_asynchronous_block(project: Project, ledger: Ledger) -> None:
    code = """
import asyncio
async def main():
    async with gating.record_metrics("a") as recorded:
        await asyncio.sleep(0.01)
    return recorded.complete
print(json.dumps(asyncio.run(main())))
"""
    assert told(run(project, code)) is True


@pytest.mark.parametrize(
    ("raising", "code", "recorded"),
    [
        ("raise ValueError('mine')", 1, (1, "it raised ValueError")),
        ("sys.exit(0)", 0, (0, "")),
        ("sys.exit(4)", 4, (1, "it raised SystemExit")),
        ("raise KeyboardInterrupt", -2, (130, "it raised KeyboardInterrupt")),
    ],
)
def test_the_bodys_own_end_passes_untouched(
    project: Project, ledger: Ledger, raising: str, code: int, recorded: tuple[int, str]
) -> None:
    done = run(project, f"with gating.record_metrics('a'):\n    {raising}\n")
    assert done.returncode == code
    if code == 1:
        assert done.stderr.count("File ") == 1  # no line of ours in the traceback
        assert done.stderr.endswith("ValueError: mine\n")
    shown = ledger.show()
    assert (shown.row.exit_code, shown.verdicts[0]["reason"]) == recorded
    assert shown.recordings[0].complete


def test_how_this_process_waits_for_its_children_is_not_changed(project: Project, ledger: Ledger) -> None:
    code = """
import ctypes
def adopts():
    state = ctypes.c_int()
    ctypes.CDLL(None).prctl(37, ctypes.byref(state))
    return state.value
with gating.record_metrics("a"):
    child = subprocess.Popen(["sh", "-c", "exit 7"])
    time.sleep(0.2)
    during = adopts()
print(json.dumps([during, child.wait()]))
"""
    assert told(run(project, code)) == [0, 7]


def test_a_forked_child_ends_nothing(project: Project, ledger: Ledger) -> None:
    code = """
import warnings
warnings.simplefilter("ignore")
with gating.record_metrics("a") as recorded:
    child = os.fork()
    if child:
        os.waitpid(child, 0)
        time.sleep(0.2)
if child:
    print(json.dumps([recorded.complete, recorded.totals["wall_s"] >= 0.2]))
"""
    assert told(run(project, code)) == [True, True]
    assert len(ledger.runs()) == 1


def test_code_without_a_project_records_where_it_runs(project: Project, tmp_path: Path) -> None:
    (project.root / "pyproject.toml").unlink()
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    code = "with gating.record_metrics() as recorded: pass\nprint(json.dumps(vars(recorded)))\n"
    made = told(run(project, code, cwd=elsewhere))
    assert made["run"] is None
    assert Path(made["file"]).parent == elsewhere / "logs" / "system_metrics"
    assert not (project.root / ".gating").exists()
    place = tmp_path / "kept" / "ledger.db"
    made = told(run(project, code, cwd=elsewhere, GATING_LEDGER=str(place)))
    assert [one.path for one in open_ledger(place).recordings()] == [made["file"]]


def test_a_strangers_policy_is_not_taken(project: Project, tmp_path: Path, ledger: Ledger) -> None:
    (tmp_path / "mine.py").write_text(
        PREAMBLE + "with gating.record_metrics('a') as recorded: pass\nprint(recorded.run)"
    )
    done = project.run(sys.executable, str(tmp_path / "mine.py"))
    assert done.stdout == "None\n"
    assert not (project.root / ".gating").exists()


def test_a_folder_of_its_own_and_an_interval(project: Project, ledger: Ledger, tmp_path: Path) -> None:
    code = (
        f"with gating.record_metrics('a', interval=0.05, directory={str(tmp_path / 'there')!r}) as recorded:\n"
        "    time.sleep(0.5)\nprint(json.dumps(vars(recorded)))\n"
    )
    made = told(run(project, code))
    assert Path(made["file"]).parent == tmp_path / "there"
    lines = Path(made["file"]).read_text().splitlines()
    assert json.loads(lines[0])["interval_s"] == 0.05
    assert len(lines) >= 5


def test_a_policy_that_cannot_be_read_costs_a_line(project: Project) -> None:
    project.policy("[tool.gating]\nmode = 'wrong'")
    done = run(project, "with gating.record_metrics('a') as recorded: print('here')\nassert recorded.complete\n")
    assert (done.returncode, done.stdout) == (0, "here\n")
    assert done.stderr.startswith("gating: the policy is not read:")


@pytest.mark.parametrize("interval", [0, -1, float("nan"), float("inf")])
def test_an_interval_is_a_number_of_seconds(interval: float) -> None:
    with pytest.raises(UsageError, match="interval"):
        gating.record_metrics("a", interval=interval)


def test_what_is_no_function_is_not_decorated() -> None:
    def generator() -> Iterator[int]:
        yield 1

    for wrong in (generator, int, 3):
        with pytest.raises(UsageError, match="stands around"):
            gating.record_metrics("a")(wrong)


FAILS = """
results = []
for _ in range(2):
    with gating.record_metrics("a") as recorded:
        results.append("ran")
print(json.dumps([results, recorded.file, recorded.complete, recorded.totals["wall_s"] is not None]))
"""


def failed(done: Done, said: str) -> None:
    assert told(done) == [["ran", "ran"], None, False, True]
    assert done.stderr.count("gating: what a used is not recorded: ") == 1  # once, and not at every turn
    assert said in done.stderr


def test_a_file_in_the_folders_place(project: Project, ledger: Ledger) -> None:
    project.write("logs", "a file")
    failed(run(project, FAILS), "logs")


@pytest.mark.skipif(sys.platform != "linux", reason="root's powers can only be dropped on Linux")
def test_a_folder_that_cannot_be_written(project: Project, ledger: Ledger) -> None:
    (project.root / "logs").mkdir(mode=0o555)
    project.write("mine.py", PREAMBLE + FAILS)
    failed(project.run(sys.executable, "-c", DROP, "mine.py"), "Permission denied")


def test_a_sampler_that_cannot_start(project: Project, ledger: Ledger) -> None:
    code = "def refuse(*a, **k): raise OSError(11, 'no more processes')\nos.posix_spawn = refuse\n" + FAILS
    failed(run(project, code), "no more processes")


def test_nothing_is_loaded_before_it_is_used() -> None:
    code = "import sys, gating; gating.record_metrics; print('sqlite3' in sys.modules, 'tomllib' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout == "False False\n"
