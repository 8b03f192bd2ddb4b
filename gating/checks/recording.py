"""Recording: a gated command as a run, from its beginning to its place in the ledger, whatever happens.

Recording never changes a verdict: what the ledger cannot take goes to its spool, and one line on stderr says so.
"""

from __future__ import annotations

import contextlib
import os
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from gating.errors import EXIT_BROKEN, EXIT_INTERRUPTED, GatingError
from gating.ledger.event import Snapshot
from gating.ledger.identity import child_environment, new_run_id, parent_of, trace_of
from gating.ledger.ledger import OFF, Ledger, open_ledger
from gating.ledger.records import RunRecord
from gating.verdict import Mode, Report, RunInfo, Verdict

if TYPE_CHECKING:
    from gating.ledger.recording import RunHandle
    from gating.ledger.retention import Bounds
    from gating.policy import Policy

__all__ = ["Run", "Subject", "ledger_here", "recorded"]


class Subject:
    """What is recorded of the project that a run is about; `of` takes it from a policy, `as_dict` is for keeping it."""

    __slots__ = ("digest", "ledger", "notes", "policy", "project", "root")

    def __init__(
        self, *, root: str, project: str, policy: str | None, digest: str | None, ledger: str, notes: Sequence[str]
    ) -> None:
        self.root = root
        self.project = project
        self.policy = policy
        self.digest = digest
        self.ledger = ledger
        self.notes = tuple(notes)

    @classmethod
    def of(cls, policy: Policy) -> Self:
        return cls(
            root=str(policy.root),
            project=policy.project,
            policy=policy.shown,
            digest=policy.digest,
            # where there is no policy nobody has asked for a folder to be made
            ledger=OFF if policy.file is None and policy.origin("ledger").source == "default" else policy.ledger,
            notes=policy.notes,
        )

    def as_dict(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in self.__slots__}


class Run:
    """One gated command under way. `environment` is laid over that of every process it starts."""

    def __init__(self, record: RunRecord, *, subject: Subject, mode: Mode) -> None:
        self.record = record
        self.subject = subject
        self.mode = mode
        self.environment: Mapping[str, str] = child_environment(record)
        self.report: Report | None = None
        self.probes: list[dict[str, Any]] = []
        self.interrupted = False
        self.snapshot: Mapping[str, Any] | None = None
        self.pointed: list[Any] | None = None  # a stored snapshot: its freshness key, its id, and which ledger has it
        self.notes: list[str] = []  # what the report is to say beside its verdicts
        self.recordings: list[Mapping[str, Any]] = []  # of system metrics, see `ledger.event.recording`
        self.keep: Bounds | None = None  # how many of them stay
        self.handle: RunHandle | None = None

    def saw(self, verdicts: Sequence[Verdict]) -> None:
        """Keep what was learned about the host; a requirement that does not apply was not looked at."""
        keys = ("id", "state", "evidence", "found", "path", "duration_s", "cached", "shadowed", "reason")
        for verdict in verdicts:
            if verdict.state is not None:
                told = verdict.as_dict()
                self.probes.append({key: told[key] for key in keys})

    def conclude(self, verdicts: Sequence[Verdict], *, notes: Sequence[str] = ()) -> Report:
        """The run's report. It is what will be recorded."""
        record = self.record
        self.report = Report(
            run=RunInfo(
                id=record.id,
                parent=record.parent,
                command=record.command,
                started_ns=record.started_ns,
                project=self.subject.project,
                policy=self.subject.policy,
                python=record.python,
            ),
            mode=self.mode,
            verdicts=tuple(verdicts),
            notes=(*self.subject.notes, *self.notes, *notes),
        )
        return self.report


def _say(trouble: str) -> None:
    with contextlib.suppress(OSError, ValueError):  # nobody is left who could read it
        print(f"gating: {trouble}", file=sys.stderr)


@contextlib.contextmanager
def recorded(
    subject: Subject,
    command: str,
    *,
    env: Mapping[str, str],
    mode: Mode,
    python: str,
    argv: Sequence[str] = (),
    thorough: bool = False,
    say: Callable[[str], None] = _say,
) -> Iterator[Run]:
    """Record what happens inside as a run of `command`, also where it raises or is interrupted.

    `thorough` takes the environment's snapshot anew with dirtiness and GPUs; otherwise a stored one serves
    while interpreter, site-packages and HEAD are unchanged. `say` gets a line for what could not be recorded.
    """
    now = time.time_ns()
    record = RunRecord(
        id=new_run_id(now, os.urandom(8)),
        parent=parent_of(env),
        trace=trace_of(env),
        command=command,
        argv=tuple(argv),
        started_ns=now,
        project=subject.project,
        policy=subject.policy,
        policy_digest=subject.digest,
        python=python,
    )
    ledger = open_ledger(subject.ledger, project=Path(subject.root), reader=_account)
    handle = ledger.begin(record)
    run = Run(record, subject=subject, mode=mode)
    run.handle = handle
    code, own = EXIT_BROKEN, os.getpid()
    try:
        yield run
        code = run.report.exit_code if run.report else 0
    except GatingError as error:
        code = error.exit_code
        raise
    except KeyboardInterrupt:
        code = EXIT_INTERRUPTED
        run.interrupted = True
        raise
    finally:
        # a child that was forked inside and leaves the block as well has no run of its own to end
        if os.getpid() == own:
            document = run.report.as_dict() if run.report else {"mode": mode.value, "verdicts": []}
            snapshot = None
            try:
                snapshot = _snapshot(run, ledger, env, python, thorough=thorough)
            except Exception as error:  # noqa: BLE001 - a mistake of ours must not cost the run its verdicts
                say(f"the environment of this run is not recorded: {type(error).__name__}: {error}")
            finally:
                stored = handle.finish(
                    document, code, time.time_ns(), snapshot, run.probes, recordings=run.recordings, keep=run.keep
                )
                if stored.trouble:
                    say(stored.trouble)


def _account(path: str) -> dict[str, Any] | None:
    """What a recording of system metrics came to, of a run that did not live to tell it."""
    from gating.metrics.account import account

    return account(path)


def ledger_here(start: str | Path | None = None, *, env: Mapping[str, str] | None = None) -> Ledger:
    """The ledger of the project found from `start` upwards, to be read; reading it is no run."""
    from gating.policy import load_policy

    policy = load_policy(start, env=os.environ if env is None else env)
    return open_ledger(policy.ledger, project=policy.root)


def _snapshot(run: Run, ledger: Ledger, env: Mapping[str, str], python: str, *, thorough: bool) -> Snapshot | None:
    """What the run points to: a stored snapshot's id, or a new one under its freshness key."""
    if ledger.place == OFF:
        return None
    if run.snapshot is not None:
        return None, run.snapshot
    from gating.snapshot import freshness_key, take

    root = Path(run.subject.root)
    judged = None if python == sys.executable else python  # the key of our own costs no guess at its folders
    key = freshness_key(python=judged, root=root, env=env)
    if not thorough:
        place = _inode(ledger.place)
        if run.pointed is not None and run.pointed[::2] == [key, place]:
            return str(run.pointed[1])  # remembered: the ledger need not be asked
        if (known := ledger.snapshot_for(key)) is not None:
            run.pointed = [key, known, place]
            return known
    if run.interrupted:
        return None  # whoever pressed Ctrl-C does not wait for a look at the machine
    # dirtiness and GPUs change without the key: a thorough one is never found again by it
    return (None if thorough else key), take(python=judged, root=root, env=env, thorough=thorough)


def _inode(path: str) -> int | None:
    """Which file it is: the same as long as nobody replaces it. None where there is none."""
    try:
        return os.stat(path).st_ino
    except OSError:
        return None
