"""What a recording costs beside psrecord, procpath and psutil's own recipe, and how well it keeps its time."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median, quantiles
from typing import Any

from benchmarks.measure import Claim
from gating.metrics.launch import Sampler

__all__ = ["metering"]

_PEERS = ("psrecord", "procpath", "psutil")
_INTERVAL_S = 0.5
_SETTLED_S = 3.0  # what the slowest of them takes to start
_PROCESSES = 10
# each of the ten runs between any two samples; one whose parent is gone ends
_MEMBER = """\
import os, sys, time
parent = os.getppid()
while os.getppid() == parent:
    sum(range(2000))
    time.sleep(0.05)
"""
_TREE = f"""\
import subprocess, sys
members = [subprocess.Popen([sys.executable, "-I", "-S", "-c", {_MEMBER!r}]) for _ in range({_PROCESSES - 1})]
print(flush=True)
{_MEMBER}"""
# children(recursive=True), cpu_percent and memory_info, with objects that are kept: as psutil's documentation has it
_RECIPE = """\
import sys, time
import psutil

root, interval_s = psutil.Process(int(sys.argv[1])), float(sys.argv[2])
known, due_s = {}, time.monotonic()
while True:
    try:
        cpu = rss = 0
        for process in [root, *root.children(recursive=True)]:
            process = known.setdefault(process.pid, process)
            with process.oneshot():
                cpu += process.cpu_percent()
                rss += process.memory_info().rss
    except psutil.NoSuchProcess:
        break
    print(time.time(), cpu, rss, flush=True)
    due_s += interval_s
    time.sleep(max(0.0, due_s - time.monotonic()))
"""
_SHORT = "import time\nuntil = time.perf_counter() + 0.05\nwhile time.perf_counter() < until: pass\n"
_PROGRESS = struct.Struct("qd")  # written whole by one store of the C library, near enough for a benchmark
_COUNTING = """\
import mmap, struct, sys, time
print(flush=True)
with open(sys.argv[1], "r+b") as file, mmap.mmap(file.fileno(), 16) as page:
    rounds = 0
    while True:
        sum(range(20_000))
        rounds += 1
        page[:] = struct.pack("qd", rounds, time.process_time())
"""
_WINDOW_S = 3.0


def metering(folder: Path, *, env: Mapping[str, str], rounds: int) -> list[Claim]:
    """The claims; the peers come from the package index, into an environment of their own."""
    root = folder / "metering"
    root.mkdir()
    peers = _installed(root / "peers", env)
    return [
        *_cost(root, peers, seconds=rounds * 4),
        _lateness(root, seconds=rounds),
        _ready(root, times=rounds * 2),
        *_short(root, times=rounds * 2),
        *_overhead(root, pairs=rounds * 2),
    ]


def _installed(folder: Path, env: Mapping[str, str]) -> Path:
    """An environment that holds the peers; its folder of commands."""
    settings = {name: text for name, text in os.environ.items() if name.startswith(("PIP_", "SSL_", "REQUESTS_"))}
    scripts = folder / "bin"
    subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)
    subprocess.run(
        [scripts / "python", "-m", "pip", "install", "--quiet", *_PEERS],
        env={**settings, **env, "PATH": f"{scripts}{os.pathsep}{env['PATH']}"},
        check=True,
    )
    return scripts


@dataclass
class _Contestant:
    """A process that samples, and how to learn at what times it did."""

    pid: int
    times: Callable[[], list[float]]
    end: Callable[[], Any]
    used_ns: int = 0


def _cost(root: Path, peers: Path, *, seconds: float) -> list[Claim]:
    """All of them watch the same ten processes at the same time; what each uses is read between two moments."""
    with _tree() as watched:
        sampler = _sampler(root / "cost.jsonl", root_pid=watched, interval_s=_INTERVAL_S)
        contestants = {"ours": _ours(sampler), **_others(root, peers, watched)}
        time.sleep(_SETTLED_S)
        began = time.time()
        before = {name: _cpu_ns(one.pid) for name, one in contestants.items()}
        time.sleep(seconds)
        after = {name: _cpu_ns(one.pid) for name, one in contestants.items()}
        ended = time.time()
        ended_of_ours = contestants["ours"].end()
    for name in _PEERS:
        contestants[name].end()  # by itself, since the tree has gone
    pss_ns = ended_of_ours["sampler"]["pss_cpu_s"] * 1e9 * seconds / ended_of_ours["totals"]["wall_s"]
    cost = {}
    for name, one in contestants.items():
        times = one.times()
        count = (ended - began) * (len(times) - 1) / (times[-1] - times[0])
        cost[name] = (after[name] - before[name] - (pss_ns if name == "ours" else 0)) / 1e6 / count
    beside = f"a tree of {_PROCESSES} processes, all of which run, every {_INTERVAL_S:g} s"
    told = {"psrecord": "psrecord", "procpath": "procpath", "psutil": "psutil's recipe"}
    return [
        Claim(
            what="CPU-seconds of the sampler for 1000 samples, the machine's included and PSS apart",
            beside=beside,
            ratio=cost["ours"],
            bound=0.4,
            unit="s",
            detail=f"PSS {pss_ns / 1e9 / seconds:.3%} of a core on top; lateness {_late(ended_of_ours)}",
        ),
        *(
            Claim(
                what="CPU of the sampler: times less",
                beside=told[name],
                ratio=cost[name] / cost["ours"],
                bound=5,
                at_least=True,
                detail=f"{cost['ours']:.2f} s beside {cost[name]:.2f} s for 1000 samples",
            )
            for name in _PEERS
        ),
    ]


def _others(root: Path, peers: Path, watched: int) -> dict[str, _Contestant]:
    """The peers, told to do no more than they must: neither sees the machine."""
    log, database, lines = root / "psrecord.txt", root / "procpath.sqlite", root / "recipe.txt"
    interval = str(_INTERVAL_S)
    subtree = f"$..children[?(@.stat.pid == {watched})]"
    record = ["record", "--interval", interval, "--database-file", str(database), "--stop-without-result"]
    commands = {
        "psrecord": ["psrecord", str(watched), "--include-children", "--interval", interval, "--log", str(log)],
        "procpath": ["procpath", *record, "--pid-list", str(watched), subtree],
        "psutil": ["python", "-c", _RECIPE, str(watched), interval],
    }
    with lines.open("wb") as out:
        started = {
            name: subprocess.Popen(
                [peers / argv[0], *argv[1:]], stdout=out if name == "psutil" else subprocess.DEVNULL, stderr=2
            )
            for name, argv in commands.items()
        }

    def rows(file: Path) -> list[float]:
        words = [line.split(None, 1)[0] for line in file.read_text().splitlines() if line.strip()]
        return [float(word) for word in words if word[0].isdigit()]

    def stamps() -> list[float]:
        with sqlite3.connect(database) as connection:
            return [row[0] for row in connection.execute("SELECT DISTINCT ts FROM record ORDER BY ts")]

    times = {"psrecord": lambda: rows(log), "procpath": stamps, "psutil": lambda: rows(lines)}
    return {
        name: _Contestant(pid=made.pid, times=times[name], end=lambda made=made: made.wait(60))  # type: ignore[misc]
        for name, made in started.items()
    }


def _ours(sampler: Sampler) -> _Contestant:
    def times() -> list[float]:
        found = _times_of(sampler)
        return [time_s for time_s in found if time_s >= found[0] + _SETTLED_S]  # it is dense at the start

    assert sampler.pid is not None
    return _Contestant(pid=sampler.pid, times=times, end=sampler.finish)


def _lateness(root: Path, *, seconds: float) -> Claim:
    """Beside a thread of the same process, which samples nothing at all."""
    late: list[float] = []
    over = threading.Event()

    def tick() -> None:
        due = time.monotonic()
        while not over.is_set():
            due += 0.05
            time.sleep(max(0.0, due - time.monotonic()))
            late.append(time.monotonic() - due)

    sampler = _sampler(root / "late.jsonl", root_pid=os.getpid(), interval_s=0.05)
    thread = threading.Thread(target=tick)
    thread.start()
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        sum(range(5_000_000))  # one call of C: the lock is not given away before its end
    over.set()
    thread.join()
    footer = sampler.finish()
    assert footer is not None, sampler.trouble
    in_its_place = quantiles(late, n=100)[98]
    return Claim(
        what="lateness of samples, 99th percentile, where the recorder holds Python's lock",
        beside="",
        ratio=footer["lateness_s"]["p99"] * 1e3,
        bound=10,
        unit="ms",
        detail=f"{footer['samples']} samples, {_late(footer)}; a thread in its place {in_its_place * 1e3:.0f} ms",
    )


def _ready(root: Path, *, times: int) -> Claim:
    took, known, bare = [], [], []
    for turn in range(times + 1):
        started = time.perf_counter()
        sampler = _sampler(root / f"ready{turn}.jsonl", root_pid=os.getpid())
        known.append(time.perf_counter() - started)
        sampler.finish()
        took.append(_times_of(sampler)[0])
        started = time.perf_counter()
        subprocess.run([sys.executable, "-I", "-S", "-c", "pass"], check=True)
        bare.append(time.perf_counter() - started)
    first, told, empty = (median(values[1:]) * 1e3 for values in (took, known, bare))
    return Claim(
        what="the sampler's first sample, after the call",
        beside="",
        ratio=first,
        bound=20,
        unit="ms",
        detail=f"the caller hears of it after {told:.1f} ms; an empty `python -I -S` takes {empty:.1f} ms",
    )


def _short(root: Path, *, times: int) -> list[Claim]:
    fewest, furthest, wall = 10**6, 0.0, []
    for turn in range(times):
        footer, used, took = _recorded(root / f"short{turn}.jsonl", _SHORT)
        fewest = min(fewest, footer["samples"])
        furthest = max(furthest, abs(footer["totals"]["cpu_s"] - used))
        wall.append(took)
    detail = f"{times} commands; the median took {median(wall) * 1e3:.0f} ms"
    return [
        Claim(
            what="samples of a command of 50 ms, the fewest",
            beside="",
            ratio=fewest,
            bound=2,
            at_least=True,
            detail=detail,
        ),
        Claim(
            what="its CPU seconds, the furthest from those of wait4(2)",
            beside="",
            ratio=furthest * 1e6,
            bound=1,
            unit="µs",
            detail=detail,
        ),
    ]


def _overhead(root: Path, *, pairs: int) -> list[Claim]:
    """One process that counts its rounds, alone and recorded for three seconds each, in turns."""
    slower: dict[str, list[float]] = {"wall": [], "cpu": []}
    costs = []
    page = root / "rounds"
    page.write_bytes(bytes(_PROGRESS.size))
    with subprocess.Popen([sys.executable, "-I", "-S", "-c", _COUNTING, page], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()
        try:
            for turn in range(pairs):
                rates = {}
                for recorded in (True, False) if turn % 2 else (False, True):
                    before, began = _progress(page), time.perf_counter()
                    if recorded:
                        sampler = _sampler(root / f"long{turn}.jsonl", root_pid=process.pid)
                    time.sleep(max(0.0, began + _WINDOW_S - time.perf_counter()))
                    if recorded:
                        footer = sampler.finish()
                        assert footer is not None, sampler.trouble
                        costs.append(footer["sampler"]["cpu_s"] / _WINDOW_S)
                    after, took = _progress(page), time.perf_counter() - began
                    rounds = after[0] - before[0]
                    rates[recorded] = {"wall": rounds / took, "cpu": rounds / (after[1] - before[1])}
                for name, taken in slower.items():
                    taken.append(rates[False][name] / rates[True][name] - 1)
        finally:
            process.kill()
    parts = f"the sampler takes {median(costs):.2%} of a core, its start and its end included"
    return [
        Claim(
            what=f"a CPU-bound process, recorded once a second: more {what} for the same work",
            beside="the same process while nobody records it, in turns",
            ratio=median(taken) * 100,
            bound=0.5,
            unit="%",
            detail=f"{pairs} pairs of {_WINDOW_S:g} s, quartiles {low:+.2%} and {high:+.2%}; {parts}",
        )
        for what, taken in (("CPU time", slower["cpu"]), ("time", slower["wall"]))
        for low, _, high in [quantiles(taken, n=4)]
    ]


def _progress(page: Path) -> tuple[int, float]:
    """How many rounds the counting process has made, and the CPU seconds that they took."""
    rounds, cpu_s = _PROGRESS.unpack(page.read_bytes())
    return rounds, cpu_s


def _recorded(path: Path, code: str) -> tuple[dict[str, Any], float, float]:
    """Record a command; the footer, the CPU seconds that wait4 knows, the wall seconds of the command."""
    sampler = Sampler.start({"path": str(path), "name": "bench", "owned": True})
    started = time.perf_counter()
    process = subprocess.Popen([sys.executable, "-I", "-S", "-c", code])
    sampler.watch(process.pid)
    _, status, used = os.wait4(process.pid, 0)
    took = time.perf_counter() - started
    process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == 0
    footer = sampler.finish({"user_s": used.ru_utime, "system_s": used.ru_stime}, 0, wall_s=took)
    assert footer is not None, sampler.trouble
    return footer, used.ru_utime + used.ru_stime, took


def _sampler(path: Path, **config: Any) -> Sampler:
    sampler = Sampler.start({"path": str(path), "name": "bench", **config})
    assert sampler.ready(60), sampler.trouble
    return sampler


@contextmanager
def _tree() -> Iterator[int]:
    """The root of ten processes."""
    with subprocess.Popen([sys.executable, "-I", "-S", "-c", _TREE], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()
        try:
            yield process.pid
        finally:
            process.send_signal(signal.SIGKILL)


def _times_of(sampler: Sampler) -> list[float]:
    """When the samples of a recording were taken, in seconds after the call that started it."""
    lines = [json.loads(line) for line in Path(sampler.path).read_text().splitlines()]
    return [line["t_s"] for line in lines if line["kind"] == "sample"]


def _cpu_ns(pid: int) -> int:
    """What all threads of a process have used."""
    tasks = Path(f"/proc/{pid}/task")
    return sum(int((task / "schedstat").read_text().split()[0]) for task in tasks.iterdir())


def _late(footer: Mapping[str, Any]) -> str:
    late = {name: seconds * 1e3 for name, seconds in footer["lateness_s"].items()}
    return f"{late['p50']:.2f} ms in the median, {late['max']:.1f} ms at most"
