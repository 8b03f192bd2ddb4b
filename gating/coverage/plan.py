"""Plan: how the tests will be measured here, as a value that can be printed before anything runs.

No `--cov` in anybody's addopts and no edit of their coverage configuration: what is needed is on the command line
and in the environment of this one run. pytest-cov's own floor is switched off, since it rounds and since gating
judges the same data exactly; its measuring is left alone.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from gating.coverage.configured import Configured, read_configured
from gating.coverage.floors import Floor, floor
from gating.coverage.ini import Asked, read_asked
from gating.coverage.ladder import Rung, Tool, climb
from gating.coverage.selection import left_out
from gating.policy.model import Policy
from gating.toolchain.judged import JudgedPython

__all__ = ["Plan", "plan", "source_packages"]

_PYTEST = ("python", "-m", "pytest")


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What will be run and measured.

    `python` is the word that starts the judged interpreter. `command` is the whole command line, `environment` what
    is laid over that of the process. `data_file` is where coverage puts what it measured, `report` where
    `coverage json` is to write; both are absolute and None where nothing is measured. `disarmed` are the reasons for
    which no total is judged; empty where it is.
    """

    rung: Rung
    floor: Floor
    command: tuple[str, ...]
    python: str = "python"
    environment: Mapping[str, str] = field(default_factory=dict)
    data_file: str | None = None
    report: str | None = None
    disarmed: tuple[str, ...] = ()
    configured: Configured = field(default_factory=Configured)

    @property
    def steps_after(self) -> tuple[tuple[str, ...], ...]:
        """What is run in the same interpreter once the tests are over: data put together, then told as JSON."""
        if self.rung.tool is Tool.UNMEASURED or self.report is None:
            return ()
        combine = ((self.python, "-m", "coverage", "combine", "--quiet"),) if self.is_parallel else ()
        return (*combine, (self.python, "-m", "coverage", "json", "--quiet", "--fail-under=0", "-o", self.report))

    @property
    def is_parallel(self) -> bool:
        """Whether `coverage run` leaves a data file for each process; pytest-cov combines its own."""
        return self.measures_subprocesses or (self.rung.tool is Tool.COVERAGE and self.configured.on("parallel"))

    @property
    def measures_subprocesses(self) -> bool:
        """Whether coverage measures every Python that the tests start, each into a data file of its own."""
        return self.rung.tool is Tool.COVERAGE and "subprocess" in self.configured.listed("patch")

    def as_dict(self) -> dict[str, Any]:
        """The plan as plain values, for printing."""
        return {
            "tool": self.rung.tool.value,
            "coverage": self.rung.version,
            "core": self.rung.core,
            "why": list(self.rung.why),
            "floor": self.floor.as_dict(),
            "command": list(self.command),
            "environment": dict(self.environment),
            "after": [list(argv) for argv in self.steps_after],
            "data_file": self.data_file,
            "report": self.report,
            "disarmed": list(self.disarmed),
        }


def plan(
    policy: Policy,
    judged: JudgedPython,
    words: Sequence[str] = (),
    *,
    env: Mapping[str, str],
    runner: Sequence[str] = _PYTEST,
    testpaths: Sequence[str] = (),
    fail_under: object = None,
    label: str = "",
) -> Plan:
    """How `runner` with pytest's `words` will be measured by the judged interpreter.

    A `runner` that is `coverage run` already is left as it is. `fail_under` is the floor as an argument, None where
    none was given (see `gating.coverage.floors`). `label` tells the data of one interpreter or environment from
    another's. Raises PolicyError for a floor that is none.
    """
    configured = read_configured(policy.root, env)
    wanted = floor(policy, argument=fail_under, env=env)
    asked = read_asked(policy.root, words, env)
    added = env.get("PYTEST_ADDOPTS", "").split()
    disarmed = left_out([*added, *words], testpaths=testpaths, folder=str(policy.root))
    rung = climb(judged, configured, packages=source_packages(policy, configured), asked=asked, env=env)
    python = runner[0] if tuple(runner[1:2]) == ("-m",) else "python"
    if rung.tool is Tool.UNMEASURED:
        command = (*runner, *words)
        return Plan(rung=rung, floor=wanted, command=command, python=python, disarmed=disarmed, configured=configured)
    given = runner[:2] == ("coverage", "run") or tuple(runner[1:4]) == ("-m", "coverage", "run")
    if given and rung.tool is Tool.PYTEST_COV:
        rung = Rung(
            tool=Tool.COVERAGE, core=rung.core, version=rung.version, why=("the command measures", *rung.why[1:])
        )
    unseen = _unmeasured_workers(rung, configured, asked)
    folder = policy.root / ".gating" / "coverage"
    data = env.get("COVERAGE_FILE") or str(folder / f"data{label and '-'}{label}")
    report = str(folder / f"report{label and '-'}{label}.json")
    environment = {"COVERAGE_FILE": data, **({"COVERAGE_CORE": rung.core} if rung.core else {})}
    return Plan(
        rung=rung,
        floor=wanted,
        command=(*(runner if given else _measuring(rung, runner, policy)), *_pytest_words(rung, policy, words)),
        python=python,
        environment=environment,
        data_file=data,
        report=report,
        disarmed=(*disarmed, *unseen),
        configured=configured,
    )


def source_packages(policy: Policy, configured: Configured) -> tuple[str, ...]:
    """The top-level packages that are measured, as far as their names tell: `src/app` is `app`."""
    named = policy.coverage.source or (*configured.listed("source"), *configured.listed("source_pkgs"))
    tops = []
    for one in named:
        path = Path(policy.root, one)
        if path.is_dir() and not (path / "__init__.py").exists():  # a folder of packages, such as src
            tops += sorted(each.name for each in path.iterdir() if (each / "__init__.py").exists())
        else:
            tops.append(os.path.basename(one.rstrip("/")).partition(".")[0])
    return tuple(dict.fromkeys(tops))


def _measuring(rung: Rung, runner: Sequence[str], policy: Policy) -> tuple[str, ...]:
    """The command that measures: pytest itself where its plugin does, else `coverage run` around it."""
    if rung.tool is Tool.PYTEST_COV:
        return tuple(runner)
    interpreter, *module = runner
    source = (f"--source={','.join(policy.coverage.source)}",) if policy.coverage.source else ()
    return (interpreter, "-m", "coverage", "run", *source, *module)


def _pytest_words(rung: Rung, policy: Policy, words: Sequence[str]) -> tuple[str, ...]:
    if rung.tool is not Tool.PYTEST_COV:
        return tuple(words)
    # `--cov NAME` would take a path that follows for its value, so that it is never written without `=` before one
    own = tuple(f"--cov={one}" for one in policy.coverage.source) or ("--cov",)
    if any(word == "--cov" or word.startswith("--cov=") for word in words):
        own = ()
    report = () if any(word.startswith("--cov-report") for word in words) else ("--cov-report=",)
    return (*own, *report, "--cov-fail-under=0", *words)


def _unmeasured_workers(rung: Rung, configured: Configured, asked: Asked) -> tuple[str, ...]:
    """Why the tests of xdist's workers would not be measured; empty where they are, or there are none."""
    workers = asked.values("-n", "--numprocesses")  # the last counts
    if rung.tool is not Tool.COVERAGE or not workers or workers[-1] in {"", "0", "no"}:
        return ()
    if "subprocess" in configured.listed("patch"):
        return ()
    return ("xdist's workers are not measured: install pytest-cov, or set patch = ['subprocess'] for coverage's run",)
