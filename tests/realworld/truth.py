"""Ground truth: what a suite really does not cover without its dependencies, beside what the reach says of that."""

from __future__ import annotations

import itertools
import json
import os
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path

from gating.checks.reaching import read_sources
from gating.coverage.foreseen import foresee
from gating.coverage.judge import Here, Result, judge_reach
from gating.coverage.keys import Keys
from gating.coverage.measured import Measured, read_report
from gating.coverage.reach import FileReach, Reach, read_reach
from gating.coverage.surroundings import Surroundings
from gating.optional.asked import asked_by
from gating.optional.names import modules_of
from gating.policy import load_policy
from tests.power import Alone
from tests.realworld.packages import Adopted, Package

__all__ = ["EVIDENCE", "Compared", "Ran", "Truth", "absences", "adopt"]

# what is taken into account, the weaker first
EVIDENCE = ("static", "learnt", "absence runs")
Point = tuple[str, int, int | None]  # a path, a line, and where its branch leads; None for the line itself

_READER = Path(__file__).with_name("contexts.py")


@dataclass(frozen=True, kw_only=True)
class Ran:
    """One run of the suite: what it covered, the tests that ran, and what each of them reached alone."""

    measured: Measured
    tests: frozenset[str]
    alone: Mapping[str, Alone]


@dataclass(frozen=True, kw_only=True)
class Compared:
    """What is said to be out of reach beside what is. `lost` is what the untouched suite is blamed for."""

    said: frozenset[Point] = frozenset()
    true: frozenset[Point] = frozenset()
    lost: frozenset[Point] = frozenset()

    @property
    def precision(self) -> float:
        return len(self.said & self.true) / len(self.said) if self.said else 1.0

    @property
    def recall(self) -> float:
        return len(self.said & self.true) / len(self.true) if self.true else 1.0

    @property
    def lost_lines(self) -> int:
        return sum(to is None for _path, _line, to in self.lost)

    def only(self, *, branches: bool) -> Compared:
        """The lines, or the branches."""
        return Compared(
            said=_only(self.said, branches), true=_only(self.true, branches), lost=_only(self.lost, branches)
        )

    @classmethod
    def of_all(cls, several: Iterable[Compared]) -> Compared:
        """All together; the same point in two environments counts twice."""
        known = list(enumerate(several))

        def joined(name: str) -> frozenset[Point]:
            return frozenset(
                (f"{number}:{path}", line, to) for number, one in known for path, line, to in getattr(one, name)
            )

        return cls(said=joined("said"), true=joined("true"), lost=joined("lost"))


def absences(names: Iterable[str]) -> Iterator[frozenset[str]]:
    """Each absence by itself, every pair, and all."""
    known = sorted(names)
    sets = [frozenset(one) for size in (1, 2) for one in itertools.combinations(known, size)]
    yield from dict.fromkeys([*sets, frozenset(known)])


@dataclass
class Truth:
    """A package whose reach was learned: `learnt` without absence runs. `runs` are by what was absent."""

    adopted: Adopted
    package: Package
    learnt: Reach
    runs: dict[frozenset[str], Ran] = field(default_factory=dict)

    @property
    def root(self) -> Path:
        return self.adopted.project.root

    @cached_property
    def reach(self) -> Reach:
        return _reach(self.root)

    @cached_property
    def modules(self) -> dict[str, tuple[str, ...]]:
        """The import names of each optional dependency."""
        (site,) = self.adopted.bin.parent.glob("lib/python3*/site-packages")
        policy = load_policy(self.root)
        return {
            name: modules_of(asked_by(name, entry), folders=(str(site),)) for name, entry in policy.optional.items()
        }

    @cached_property
    def sources(self) -> dict[str, str]:
        return read_sources(self.runs[frozenset()].measured.files, self.root)

    def run(self, absent: frozenset[str], *words: str, hidden: bool = True) -> Ran:
        """Run the whole suite really without these, measured with branches; by tests too but for pairs, to save time.

        `hidden` False is for those that are not even installed.
        """
        folder = self.adopted.project.home
        data, report = folder / "data", folder / "report.json"
        hide = [word for name in sorted(absent) for word in ("--gating-without", name) if hidden]
        by_tests = len(absent) != 2 or len(self.modules) == 2
        contexts = ["--cov-context=test"] if by_tests else []
        measuring = [f"--cov={self.package.source}", "--cov-branch", *contexts, "--cov-report="]
        # contexts are sure in coverage's C tracer only
        env = {"COVERAGE_FILE": str(data), "COVERAGE_CORE": "ctrace"}
        python = str(self.adopted.bin / "python")
        command = [python, "-m", "pytest", "-q", *hide, *measuring, *self.package.words, *self.package.beside, *words]
        done = self.adopted.project.run(*command, env=env, timeout=600)
        assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-2000:]
        for argv in (["-m", "coverage", "json", "-q", "--fail-under=0", "-o", str(report)], [str(_READER), str(data)]):
            done = self.adopted.project.run(python, *argv, env=env, timeout=600)
            assert done.returncode == 0, done.stdout + done.stderr
        told = json.loads(done.stdout)
        measured = read_report(report, self.root)
        alone = {
            test: {
                _path(file, self.root): (frozenset(lines), frozenset((start, end) for start, end in branches))
                for file, (lines, branches) in files.items()
            }
            for test, files in told["alone"].items()
        }
        return Ran(measured=measured, tests=frozenset(told["tests"]), alone=alone)

    def judged(self, measured: Measured, absent: frozenset[str], evidence: str = EVIDENCE[-1]) -> Result:
        """A run as the gate judges it, by that much evidence."""
        return judge_reach(measured, self.sources, self.known_by(evidence), self.place(absent))

    def known_by(self, evidence: str) -> Reach:
        """The reach with no more than this evidence."""
        if evidence == "static":
            return replace(
                self.learnt, files={path: replace(one, entries={}) for path, one in self.learnt.files.items()}
            )
        return self.learnt if evidence == "learnt" else self.reach

    def place(self, absent: frozenset[str]) -> Here:
        """Where a run without these is, with what static analysis says of it."""
        if absent not in self._places:
            reference = self.reach.reference
            surroundings = Surroundings(
                python=reference.python,
                platform=reference.platform,
                os_name=os.name,
                absent=absent,
                missing=absent,
                modules=self.modules,
            )
            found = foresee(self.sources, surroundings)
            files = self.runs[frozenset()].measured.files
            self._places[absent] = Here(
                absent=absent,
                unreachable=found.lines(),
                untaken=found.branches({path: one.branches for path, one in files.items()}),
                modules=self.modules,
            )
        return self._places[absent]

    @cached_property
    def _places(self) -> dict[frozenset[str], Here]:
        return {}

    @cached_property
    def reference(self) -> frozenset[Point]:
        """What the reference covers: everything but what it lets go."""
        result = judge_reach(_nothing(self.runs[frozenset()].measured), self.sources, self.reach, Here())
        # a branch of a lost line is lost with it and not named: what is let go decides on it
        lines = frozenset[Point]((one.path, one.line, one.to) for one in result.lost if one.to is None)
        return lines | self._branches()

    def _branches(self) -> set[Point]:
        found: set[Point] = set()
        for path, one in self.runs[frozenset()].measured.files.items():
            known = self.reach.files.get(path) or FileReach()
            for branch, key in Keys.of(self.sources[path]).branch_keys(one.branches).items():
                if key not in known.let_go:
                    found.add((path, *branch))
        return found

    def compare(self, absent: frozenset[str], evidence: str) -> Compared:
        """What is said to be out of reach without these beside what the run really did not reach."""
        measured = self.runs[absent].measured
        result = self.judged(measured, absent, evidence)
        said = {(one.path, one.line, one.to) for one in result.exempt} & self.reference
        covered: set[Point] = {(path, line, None) for path, one in measured.files.items() for line in one.covered}
        covered |= {(path, *branch) for path, one in measured.files.items() for branch in one.taken}
        lost = {(one.path, one.line, one.to) for one in result.lost}
        return Compared(said=frozenset(said), true=self.reference - covered, lost=frozenset(lost))


def adopt(adopted: Adopted, package: Package) -> Truth:
    """Give a package its policy, as its maintainers would, and have it learn its reach."""
    project = adopted.project
    if package.settings:
        name, text = package.settings
        with (project.root / name).open("a", encoding="utf-8") as file:
            file.write(text)
    done = adopted.gating("init")
    assert done.returncode == 0, done.stderr
    text = adopted.policy.read_text(encoding="utf-8")
    text += f'\n[tool.gating.coverage]\nsource = ["{package.source}"]\n'
    heading = re.search(r"^\[tool\.gating\.optional\].*\n", text, re.MULTILINE)
    lines = "".join(f'{name} = "{name}"\n' for name in package.optional)
    if heading is None:
        text += f"\n[tool.gating.optional]\n{lines}"
    else:
        text = text[: heading.end()] + lines + text[heading.end() :]
    adopted.policy.write_text(text, encoding="utf-8")
    adopted.gating("optional.drift", "--", *package.words)
    done = adopted.gating("optional.learn", "--skips")
    assert done.returncode == 0, done.stdout + done.stderr
    learnt = []
    for more in ((), ("--without", "any")):
        done = adopted.gating("coverage.learn", *more, "--", *package.words)
        assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-2000:]
        learnt.append(_reach(project.root))
    print("\n".join(line for line in done.stdout.splitlines() if "coverage:" in line))
    truth = Truth(adopted, package, learnt[0])
    truth.runs[frozenset()] = truth.run(frozenset())
    return truth


def _reach(root: Path) -> Reach:
    found = read_reach(root / ".gating" / "reach.json")
    assert found is not None
    return found


def _nothing(measured: Measured) -> Measured:
    files = {path: replace(one, covered=frozenset(), taken=frozenset()) for path, one in measured.files.items()}
    return replace(measured, files=files)


def _only(points: frozenset[Point], branches: bool) -> frozenset[Point]:
    return frozenset(each for each in points if (each[2] is not None) is branches)


def _path(file: str, root: Path) -> str:
    path = Path(file)
    return path.relative_to(root).as_posix() if path.is_absolute() and path.is_relative_to(root) else path.as_posix()
