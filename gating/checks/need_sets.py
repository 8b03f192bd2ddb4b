"""Need-sets: the suite run in parts, one process for the tests of each need-set, each measured by itself.

Which sets there are is found by the runs themselves: the first one is of the tests that need nothing, and each run
tells what others it saw. So no run is there to collect only.
"""

from __future__ import annotations

import contextlib
import json
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from gating.checks.from_start import hidden_from_start
from gating.checks.measuring import Taken, clear, lost_by_workers, prepare, take
from gating.checks.suite import Suite, read_outcomes
from gating.checks.tested import verdict_of_tests
from gating.coverage.learn import NeedSet
from gating.coverage.measured import Measured
from gating.coverage.plan import Plan
from gating.environ import NEED_SET, OUTCOMES
from gating.policy import Policy
from gating.process import Ending, stream
from gating.toolchain.candidates import candidates
from gating.toolchain.host import Host
from gating.toolchain.judged import JudgedPython

__all__ = ["NeedSet", "Part", "Parts", "in_front", "named", "refused"]

_NAMED = 3  # ids of tests in a reason
_NO_TESTS = 5  # pytest.ExitCode.NO_TESTS_COLLECTED


@dataclass(frozen=True, kw_only=True)
class Part:
    """One run: the tests of the set `needs`, or all of them without the dependencies `without`.

    `problem` says why nothing can be learned from it, empty where something can.
    """

    needs: NeedSet | None
    without: tuple[str, ...] = ()
    suite: Suite = field(default_factory=Suite)
    measured: Measured = field(default_factory=Measured)
    problem: str = ""


@dataclass(kw_only=True)
class Parts:
    """Starts the runs, one after the other, in the judged interpreter, each as `plan` has it.

    `environment` is laid over that of the host. `say` is told what begins; the runs' standard output goes to the
    descriptor `stdout` where one is given.
    """

    policy: Policy
    host: Host
    judged: JudgedPython
    plan: Plan
    words: tuple[str, ...]
    environment: Mapping[str, str]
    say: Callable[[str], None]
    stdout: int | None = None

    def of_need_sets(self, label: str) -> list[Part]:
        """One pass: a run for each need-set, in the order in which they are found; it ends with one that is no use.

        The first sees every file that it may import, so that the others import those that hold tests of theirs.
        """
        made: list[Part] = []
        waiting = [NeedSet()]
        files: dict[NeedSet, frozenset[str]] = {}
        while waiting:
            needs = waiting.pop(0)
            part = self._run(f"{label}: {named(needs)}", needs=needs, files=files.get(needs))
            made.append(part)
            if part.problem:
                break
            for seen, own in (part.suite.need_sets or {}).items():
                files[seen] = files.get(seen, frozenset()) | own
            new = files.keys() - {one.needs for one in made} - set(waiting)
            waiting += sorted(new, key=lambda one: (len(one), sorted(one)))
        return made

    def without(self, names: NeedSet) -> Part:
        """One run of all tests, made to look as if these dependencies were absent."""
        absent = tuple(sorted(names))
        return self._run(f"all tests, without {', '.join(absent)}", without=absent)

    def _run(
        self,
        what: str,
        *,
        needs: NeedSet | None = None,
        files: frozenset[str] | None = None,
        without: tuple[str, ...] = (),
    ) -> Part:
        self.say(what)
        prepare(self.policy, self.plan)
        env = {**self.host.env, **self.environment}
        with (
            self._forgotten(),
            hidden_from_start(without, self.words, policy=self.policy, judged=self.judged, env=env) as hidden,
            tempfile.TemporaryDirectory(prefix="gating-learn-") as folder,
        ):
            outcomes = Path(folder, "outcomes.json")
            told = {OUTCOMES: str(outcomes), **self.plan.environment}
            if needs is not None:
                told[NEED_SET] = json.dumps({"needs": sorted(needs), "files": None if files is None else sorted(files)})
            more = [word for one in without for word in ("--gating-without", one)]
            # what fails without it must not become what the user's next `--lf` runs
            more += ["-o", f"cache_dir={folder}/cache"] if without else []
            command = in_front(self.plan.command, len(self.words), more)
            there = candidates(command[0], self.host)
            argv = [there[0].path if there else command[0], *command[1:]]
            ended = stream(
                argv,
                env={**env, **hidden, **told},
                cwd=str(self.policy.root),
                stdout=self.stdout,
                foreground=True,
            )
            suite = read_outcomes(ended, outcomes, without=without)
            verdict = verdict_of_tests(ended, suite, command, accounted=outcomes.exists())
            lost = next(lost_by_workers(self.plan, suite.workers), "")
            taken = take(self.plan, self.host, self.environment, self.policy.root, tests=verdict)
        nothing = ended.ending is Ending.EXITED and ended.code == _NO_TESTS
        if nothing and taken.measured is None:  # nothing ran, which is what was measured
            taken = Taken(measured=Measured())
        unread = taken.problem if taken.measured is None else ""
        problem = suite.problem or _problem(suite, needs, without) or lost or unread
        measured = taken.measured or Measured()
        return Part(needs=needs, without=without, suite=suite, measured=measured, problem=problem)

    @contextlib.contextmanager
    def _forgotten(self) -> Iterator[None]:
        """Leave no data of a part behind, which would pass for the suite's; nor where it is interrupted."""
        try:
            yield
        finally:
            with contextlib.suppress(OSError):
                clear(self.plan)


def in_front(command: Sequence[str], words: int, more: Sequence[str]) -> list[str]:
    """A command of pytest with `more` words in front of the user's, which are the last so many of it."""
    place = len(command) - words
    return [*command[:place], *more, *command[place:]]


def named(needs: NeedSet) -> str:
    """A need-set in words."""
    return f"tests that need {' and '.join(sorted(needs))}" if needs else "tests that need nothing"


def refused(parts: Sequence[Part]) -> list[str]:
    """Why parts cannot be learned from: what is wrong with them, and tests that were in several."""
    reasons = [f"{_what(one)}: {one.problem}" for one in parts if one.problem]
    times = Counter(test for part in parts for test in part.suite.tests)
    if twice := [test for test, count in times.items() if count > 1]:
        reasons.append(f"{_ids(twice)} {'has' if len(twice) == 1 else 'have'} not the same needs in every run")
    return reasons


def _problem(suite: Suite, needs: NeedSet | None, without: Sequence[str]) -> str:
    rows = [*suite.modules.values(), *suite.tests.values()]
    if broken := [row.id for row in rows if row.outcome in {"failed", "error"}]:
        return f"{_ids(broken)} failed"
    if suite.exit_code == 1:
        return "it ended with 1"
    if needs is not None and suite.need_sets is None:
        return "gating's pytest plugin did not choose its tests"
    if not without and (left := [row.id for row in rows if row.outcome == "not-run"]):
        return f"{_ids(left)} not run, for what is absent here"
    return ""


def _what(part: Part) -> str:
    return f"without {', '.join(part.without)}" if part.needs is None else named(part.needs)


def _ids(ids: Sequence[str]) -> str:
    shown = ", ".join(ids[:_NAMED])
    return shown if len(ids) <= _NAMED else f"{shown} and {len(ids) - _NAMED} more"
