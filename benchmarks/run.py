"""What gating promises of its speed, as ratios beside peers in one run; prints the page docs/benchmarks.md."""

from __future__ import annotations

import argparse
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import gating
from benchmarks.asking import asking
from benchmarks.covering import covering
from benchmarks.guards import guards
from benchmarks.judging import judging
from benchmarks.lacking import lacking
from benchmarks.learning import learning
from benchmarks.measure import Claim, command, machine, medians, used, used_cpu
from benchmarks.metering import metering
from benchmarks.plugin import plugin
from gating.toolchain.candidates import candidates
from gating.toolchain.host import Host
from gating.toolchain.probe import execute
from gating.toolchain.survey import Want

PYTHON_TOOLS = ("pytest", "coverage", "pre-commit", "vulture", "nox", "inv", "virtualenv")
OTHER_TOOLS = ("git", "make", "gcc")
TOOLS = (*PYTHON_TOOLS, *OTHER_TOOLS)
INV = (sys.executable, "-m", "invoke")


class Bench:
    """A project with a ten-tool policy, in a temporary folder."""

    def __init__(self, folder: Path, rounds: int) -> None:
        self.root, self.cache, self.rounds = folder / "project", folder / "cache", rounds
        self.root.mkdir()
        self.env = {
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
            "HOME": str(folder),
            "GATING_CACHE": str(self.cache),
            "LANG": "C.UTF-8",
        }
        self.host = Host.of(self.env, root=str(self.root))
        missing = [name for name in TOOLS if not candidates(name, self.host)]
        if missing:
            sys.exit(f"the benchmark needs {', '.join(missing)}")
        lines = "\n".join(f'{name} = ">=1.0"' for name in TOOLS)
        (self.root / "pyproject.toml").write_text(f"[project]\nname = 'bench'\n\n[tool.gating.tools]\n{lines}\n")
        (self.root / "tasks.py").write_text("from gating.tasks import ns\n")

    def warm(self) -> Claim:
        run = {
            name: command((*INV, *arguments), env=self.env, cwd=self.root)
            for name, arguments in {"ours": ["preflight"], "theirs": ["--list"]}.items()
        }
        found = medians(self.rounds, **run)
        return Claim(
            what="warm `inv preflight`, ten tools, the run recorded",
            beside="`inv --list`",
            ratio=found["ours"] / found["theirs"],
            bound=1.15,
            detail=f"{found['ours'] * 1e3:.0f} ms beside {found['theirs'] * 1e3:.0f} ms",
        )

    def cold(self) -> list[Claim]:
        found = medians(
            max(3, self.rounds // 3),
            library=self._forgetting(lambda: gating.preflight(self.root, env=self.env)),
            command=self._forgetting(command((*INV, "preflight"), env=self.env, cwd=self.root)),
            theirs=self._in_sequence,
        )
        beside = "the ten `--version`s in sequence"
        detail = f"{found['library'] * 1e3:.0f} ms; the sequence takes {found['theirs'] * 1e3:.0f} ms"
        whole = f"{found['command'] * 1e3:.0f} ms with the start of Python and invoke"
        return [
            Claim(
                what=what, beside=beside, ratio=found["theirs"] / found[name], bound=bound, at_least=True, detail=told
            )
            for what, name, bound, told in (
                ("cold `gating.preflight()`, static first: times faster", "library", 8.0, detail),
                ("cold `inv preflight` as a whole command: times faster", "command", 1.0, whole),
            )
        ]

    def unavoidable(self) -> Claim:
        asks = [(Want(name=name, names=(name,)).ask(name), candidates(name, self.host)[0]) for name in TOOLS]

        ratios, walls, bounds = [], [], []
        for turn in range(self.rounds // 2 + 1):
            longest = max(used_cpu((candidate.path, *ask.arguments), env=self.env)[0] for ask, candidate in asks)
            wall, cpu = used(lambda: execute(asks, self.host))
            # the CPU of the same run: two processes on one core's two threads take more of it than one after the other
            bound = max(longest, cpu / (os.cpu_count() or 1))
            if turn:
                ratios.append(wall / bound)
                walls.append(wall)
                bounds.append(bound)
        return Claim(
            what="the ten tools executed at once",
            beside="max(longest, their CPU ÷ cores)",
            ratio=median(ratios),
            bound=1.15,
            detail=f"{median(walls) * 1e3:.0f} ms beside {median(bounds) * 1e3:.0f} ms",
        )

    def importing(self) -> Claim:
        ours = command((sys.executable, "-c", "import gating"), env=self.env, cwd=self.root)
        bare = command((sys.executable, "-c", "pass"), env=self.env, cwd=self.root)
        found = medians(self.rounds * 2, ours=ours, bare=bare)
        return Claim(
            what="`import gating`",
            beside="a bare interpreter",
            ratio=found["ours"] / found["bare"],
            bound=1.3,
            detail=f"{found['ours'] * 1e3:.1f} ms beside {found['bare'] * 1e3:.1f} ms",
        )

    def hung(self) -> Claim:
        folder = self.root / "hung"
        folder.mkdir()
        deadline = 2.0
        for number in range(5):
            tool = folder / f"hung{number}"
            tool.write_text("#!/bin/sh\nsleep 60\n")
            tool.chmod(0o755)
        host = Host.of(self.env, root=str(self.root), first=[str(folder)])
        names = [*(f"hung{number}" for number in range(5)), *TOOLS]
        asks = [
            (Want(name=name, names=(name,), timeout=deadline).ask(name), candidates(name, host)[0]) for name in names
        ]
        started = time.perf_counter()
        execute(asks, host)
        return Claim(
            what="5 hung tools of 15",
            beside="the longest deadline",
            ratio=(time.perf_counter() - started) / deadline,
            bound=1.05,
            detail=f"a deadline of {deadline:g} s",
        )

    def _forgetting(self, work: Callable[[], object]) -> Callable[[], float]:
        def run() -> float:
            shutil.rmtree(self.cache, ignore_errors=True)
            started = time.perf_counter()
            taken = work()
            return taken if isinstance(taken, float) else time.perf_counter() - started

        return run

    def _in_sequence(self) -> float:
        started = time.perf_counter()
        for name in TOOLS:
            used_cpu((candidates(name, self.host)[0].path, "--version"), env=self.env)
        return time.perf_counter() - started


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=15, help="turns that each competitor takes")
    parser.add_argument("--write", type=Path, help="write the page to this file as well")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        bench = Bench(Path(folder), options.rounds)
        claims = [bench.warm(), *bench.cold(), bench.unavoidable(), bench.importing(), bench.hung()]
        claims += asking(Path(folder), env=bench.env, rounds=options.rounds)
        claims += guards(rounds=options.rounds)
        claims += [judging(Path(folder), env=bench.env, rounds=options.rounds)]
        claims += lacking(Path(folder), env=bench.env, rounds=options.rounds)
        claims += learning(Path(folder), env=bench.env, rounds=options.rounds)
        claims += covering(Path(folder), env=bench.env, rounds=options.rounds)
        claims += metering(Path(folder), env=bench.env, rounds=options.rounds)
        claims += [plugin(Path(folder), env=bench.env, rounds=options.rounds)]
    table = "\n".join(
        [
            "| what | beside | measured | promised | held | medians |",
            "|---|---|---|---|---|---|",
            *(one.row for one in claims),
        ]
    )
    page = (
        "# Benchmarks\n\n"
        "Ratios from one run of `nox -s bench`: the competitors take turns, and medians are compared. "
        "The times are of one machine; the ratios are what is promised, and times where a row says ms.\n\n"
        f"Machine: {machine()}; gating {gating.__version__}; {options.rounds} rounds.\n\n{table}\n"
    )
    print(page)
    if options.write:
        options.write.write_text(page, encoding="utf-8")
    return 0 if all(one.held for one in claims) else 1


if __name__ == "__main__":
    sys.exit(main())
