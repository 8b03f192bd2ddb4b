"""In process: the recording of the process that calls gating, for as long as a part of its code runs."""

from __future__ import annotations

import contextlib
import os
import sys
import time
from collections.abc import Iterator
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any, NamedTuple

from gating.checks.aftermath import LEDGER, program, stray
from gating.checks.metering import Metering, Place, Tale, place_of
from gating.checks.recording import Subject, recorded
from gating.errors import GatingError
from gating.ledger.identity import Traced, child_environment
from gating.ledger.ledger import OFF
from gating.optional.asking import asker_of
from gating.process.reaping import moved
from gating.verdict import Evidence, Mode, Outcome, State, Verdict

if TYPE_CHECKING:
    from gating.checks.record import Recorded

__all__ = ["recording"]

_within: ContextVar[Traced | None] = ContextVar("gating_recording", default=None)
_said: set[str] = set()


@contextlib.contextmanager
def recording(
    name: str, told: Recorded, *, file: str | None, interval_s: float | None, directory: str | None
) -> Iterator[Recorded]:
    """Record this process during the block, for the code in `file`; the rest as for `record_metrics`."""
    subject, mode, place = _project(file, interval_s, directory)
    around = _within.get()
    env = os.environ if around is None else {**os.environ, **child_environment(around)}
    error: BaseException | None = None
    with recorded(subject, "metrics", env=env, mode=mode, python=sys.executable, argv=sys.argv, say=_say) as run:
        told.run = None if subject.ledger == OFF else run.record.id
        token = _within.set(run.record)
        meter = Metering(run, place, name, None, root=os.getpid())
        try:
            with meter:
                before = _Use.now()
                try:
                    yield told
                finally:
                    meter.tale = before.until_now()
        except BaseException as raised:  # noqa: BLE001 - it is raised again once this is recorded
            error = raised
        finally:
            with contextlib.suppress(ValueError):  # left in another context than it was entered in
                _within.reset(token)
        if meter.details:
            told.take(meter.details)
        for note in run.notes:
            _say(note)
        run.conclude([_verdict(name, meter, error)])
        if isinstance(error, KeyboardInterrupt | GatingError):
            raise error
    if error is not None:
        raise error


class _Use(NamedTuple):
    """What this process and the children that it waited for have used since they were started."""

    at_s: float
    user_s: float
    system_s: float
    moved: dict[str, int]

    @classmethod
    def now(cls) -> _Use:
        try:
            import resource
        except ImportError:
            user_s, system_s, of_children_s, in_children_s, _ = os.times()
            return cls(time.monotonic(), user_s + of_children_s, system_s + in_children_s, {})
        both = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
        user_s, system_s = sum(one.ru_utime for one in both), sum(one.ru_stime for one in both)
        return cls(time.monotonic(), user_s, system_s, moved(os.getpid()))

    def until_now(self) -> Tale:
        now = _Use.now()
        used: dict[str, Any] = {
            "user_s": max(now.user_s - self.user_s, 0.0),
            "system_s": max(now.system_s - self.system_s, 0.0),
        }
        used |= {key: max(now.moved[key] - amount, 0) for key, amount in self.moved.items() if key in now.moved}
        return Tale(wall_s=round(now.at_s - self.at_s, 6), rusage=used)


def _project(file: str | None, interval_s: float | None, directory: str | None) -> tuple[Subject, Mode, Place]:
    """Whose run this is and where its recording goes, by the file of the code that asked for it."""
    from gating.policy.model import Metrics

    asker = asker_of(file)
    if asker.trouble is not None:
        _say(asker.trouble)
    if asker.policy is not None:
        place = place_of(asker.policy, explicit=True, interval_s=interval_s)
        place = place if directory is None else place._replace(folder=directory)
        return Subject.of(asker.policy), asker.policy.resolved_mode(os.environ), place
    default = Metrics()
    place = Place(directory or os.path.abspath(default.directory), interval_s or default.interval, default.keep)
    name = asker.owner.application or program()
    if os.environ.get(LEDGER, OFF) not in {"", OFF}:
        try:
            return stray(os.environ[LEDGER], name), Mode.LENIENT, place
        except GatingError as error:
            _say(str(error))
    return Subject(root=os.getcwd(), project=name, policy=None, digest=None, ledger=OFF, notes=()), Mode.LENIENT, place


def _verdict(name: str, meter: Metering, error: BaseException | None) -> Verdict:
    ended = isinstance(error, SystemExit) and error.code in {None, 0}
    good = error is None or ended
    return Verdict(
        id=f"metrics:{name}",
        outcome=Outcome.PASS if good else Outcome.FAIL,
        state=State.OK if good else State.BROKEN,
        evidence=Evidence.EXECUTED,
        reason="" if good else f"it raised {type(error).__name__}",
        duration_s=meter.tale.wall_s or 0.0,
        details={"metrics": meter.details},
    )


def _say(line: str) -> None:
    """Say a line on stderr, once: the same block may run a thousand times."""
    if line in _said or sys.stderr is None:
        return
    _said.add(line)
    with contextlib.suppress(OSError, ValueError):  # nobody is left who could read it
        print(f"gating: {line}", file=sys.stderr, flush=True)
