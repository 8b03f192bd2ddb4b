"""Trials by SIGKILL: of a recorded command's sampler, of its recorder, of its processes, at any moment.

Everything is real: `gating metrics.record`, its sampler, a command with children and an orphan, and the next run that
opens the ledger.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import random
import signal
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from gating.ledger import RecordingRow, RunRecord, new_run_id, open_ledger
from gating.metrics.account import account
from gating.metrics.reading import open_recording
from gating.process.kill import kill_marked

__all__ = ["INTERVAL_S", "PARTS", "Trial", "Trials"]

INTERVAL_S = 0.05
PARTS = ("sampler", "recorder", "tree")
_MARK = "KILL_TRIAL"
_POLICY = f"""
[project]
name = "killed"
version = "1"

[tool.gating.metrics]
interval = {INTERVAL_S}
keep = {{ runs = 10000 }}
"""
_TREE = "sleep 0.3 & (setsid sleep 0.2 &) ; sleep {}; exit 0"
_LATER_NS = 61 * 10**9  # from then on a file that is not there is taken for gone


@dataclass
class Trial:
    """One trial: which parts were killed, in which order, when (UTC nanoseconds), and what was found afterwards."""

    killed: dict[str, int] = field(default_factory=dict)
    path: str | None = None
    samples: list[dict[str, Any]] = field(default_factory=list)
    footer: dict[str, Any] | None = None
    torn: int = 0

    @property
    def silent_s(self) -> float:
        """From the last sample to the kill of the sampler."""
        last_ns: int = self.samples[-1]["time_ns"]
        return (self.killed["sampler"] - last_ns) / 1e9


class Trials:
    """Trials in one project; each leaves its run and its file there."""

    def __init__(self, folder: Path, env: dict[str, str], seed: int) -> None:
        self.folder = folder
        self.env = env
        self.chance = random.Random(seed)
        self.number = 0
        (folder / "pyproject.toml").write_text(_POLICY)

    def one(self, parts: tuple[str, ...]) -> Trial:
        """Record a command, kill `parts` at a random moment and in random order, and look at what is left.

        Where none of them was there at that moment, another command is recorded.
        """
        while not (trial := self._one(parts)).killed:
            self.check(trial)
        return trial

    def _one(self, parts: tuple[str, ...]) -> Trial:
        self.number += 1
        before = self._files()
        mark = f"{os.getpid()}-{self.number}"
        tree = _TREE.format(round(self.chance.uniform(0.05, 0.9), 3))
        argv = [sys.executable, "-m", "gating", "metrics.record", "--", "sh", "-c", tree]
        env = {**self.env, _MARK: mark}
        quiet: dict[str, Any] = {
            "stdin": subprocess.DEVNULL,
            "stdout": subprocess.DEVNULL,
            "stderr": subprocess.DEVNULL,
        }
        recorder = subprocess.Popen(argv, cwd=self.folder, env=env, **quiet)
        trial = Trial()
        try:
            self._kill(trial, recorder, parts)
            recorder.wait(60)
            self._wait_for_silence(mark)
        finally:
            recorder.kill()
            recorder.wait()
            kill_marked(_MARK, mark)
        for path in self._files() - before:
            assert trial.path is None, "a run has one file"
            self._read(trial, path)
        return trial

    def open(self, *, later: bool = False) -> list[RecordingRow]:
        """Do what the next run does; all recordings that the ledger then knows."""
        now_ns = time.time_ns() + (_LATER_NS if later else 0)
        ledger = open_ledger(project=self.folder, reader=account, clock=lambda: now_ns)
        handle = ledger.begin(RunRecord(id=new_run_id(now_ns, os.urandom(8)), command="next", started_ns=now_ns))
        recorded = handle.finish([], 0, now_ns)
        assert (recorded.where, recorded.trouble) == ("ledger", None)
        return ledger.recordings(limit=100_000)

    def check(self, trial: Trial) -> None:
        """The file is whole but for its last line, at most one sample is lost, and the next run knows it all."""
        rows = {row.path: row for row in self.open()}
        ledger = open_ledger(project=self.folder)
        assert {run.status for run in ledger.runs(limit=10)} <= {"finished", "killed"}
        if trial.path is None:
            return
        assert [sample["n"] for sample in trial.samples] == list(range(len(trial.samples)))
        row = rows[trial.path]
        assert row.sha256 == hashlib.sha256(Path(trial.path).read_bytes()).hexdigest()
        assert row.samples == len(trial.samples)
        if "sampler" not in trial.killed:
            assert trial.torn == 0
            assert trial.footer is not None
            assert trial.footer["samples"] == len(trial.samples) >= 2
            assert row.complete
        if trial.footer is None:
            assert trial.torn <= 1
            assert not row.complete

    def check_all(self) -> None:
        """Every file is known with its checksum, and every recording has its file or is known to have none."""
        rows = self.open(later=True)
        assert {row.path for row in rows if row.deleted is None} == self._files()
        for row in rows:
            if row.deleted is None:
                assert row.sha256 == hashlib.sha256(Path(row.path).read_bytes()).hexdigest()
        assert os.listdir(self.folder / ".gating" / "runs") == []
        assert not [path for path in (self.folder / ".gating" / "spool").iterdir() if path.is_file()]

    def _kill(self, trial: Trial, recorder: subprocess.Popen[bytes], parts: tuple[str, ...]) -> None:
        """Wait for the sampler, for most trials, then for a moment that nobody chose, and kill."""
        if self.chance.random() < 0.8:
            end = time.monotonic() + 30
            while "sampler" not in _found(recorder.pid) and recorder.poll() is None and time.monotonic() < end:
                time.sleep(0.005)
        time.sleep(self.chance.uniform(0, 0.7))
        found = _found(recorder.pid)
        for part in self.chance.sample(parts, len(parts)):
            for pid in found.get(part, []):
                trial.killed.setdefault(part, time.time_ns())
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)

    def _wait_for_silence(self, mark: str) -> None:
        end = time.monotonic() + 60
        needle = f"{_MARK}={mark}\0".encode()
        while any(needle in _text(f"/proc/{name}/environ") for name in os.listdir("/proc") if name.isdigit()):
            assert time.monotonic() < end, "somebody does not end"
            time.sleep(0.02)

    def _files(self) -> set[str]:
        return {str(path) for path in (self.folder / "logs" / "system_metrics").glob("*.jsonl")}

    def _read(self, trial: Trial, path: str) -> None:
        lines = Path(path).read_bytes().splitlines(keepends=True)
        trial.path = path
        trial.torn = sum(not line.endswith(b"\n") for line in lines)
        for line in lines:
            if line.endswith(b"\n"):
                told = json.loads(line)
                if told["kind"] == "sample":
                    trial.samples.append(told)
                elif told["kind"] == "footer":
                    trial.footer = told
        if lines and lines[0].endswith(b"\n"):
            with open_recording(path) as recording:
                assert len(list(recording.samples())) == len(trial.samples)
                assert recording.left_out == 0


def _found(recorder: int) -> dict[str, list[int]]:
    """The parts that are there now, by their processes."""
    found: dict[str, list[int]] = {"recorder": [recorder]}
    waiting = _children(recorder)
    while waiting:
        pid = waiting.pop()
        if b"gating.metrics.sampler" in _text(f"/proc/{pid}/cmdline"):
            found.setdefault("sampler", []).append(pid)
        else:
            found.setdefault("tree", []).append(pid)
            waiting += _children(pid)
    return found


def _children(pid: int) -> list[int]:
    return [int(one) for one in _text(f"/proc/{pid}/task/{pid}/children").split()]


def _text(path: str) -> bytes:
    try:
        return Path(path).read_bytes()
    except OSError:
        return b""
