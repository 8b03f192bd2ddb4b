"""Metering: what a command of a run uses, sampled by a process beside it, and told on the run's verdict.

Nothing about it fails or delays the command: what cannot be recorded is said in `trouble`, and the totals that the
kernel tells of every command that was waited for are there all the same.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext, suppress
from typing import TYPE_CHECKING, Any, NamedTuple, Self

from gating.environ import RUN
from gating.ledger.event import recording, storable

if TYPE_CHECKING:
    from gating.checks.recording import Run
    from gating.metrics.launch import Sampler
    from gating.policy import Policy
    from gating.policy.model import Keep, Recorded
    from gating.process import Usage

__all__ = ["NO_PLACE", "Metering", "Place", "Tale", "metered", "metered_if_asked", "place_of", "told_of"]

_SILENT_S = 2.0  # how long the end of a run waits for a sampler that does not answer
_LEAST_CAP = 256 * 1024  # bytes that a recording may have in any case
NO_PLACE = "there is no policy here, and so no place for a recording"


class Place(NamedTuple):
    """Where recordings go and how they are made.

    `folder` is absolute, None for nowhere; `interval_s` is the time between two samples in seconds.
    """

    folder: str | None
    interval_s: float
    keep: Keep


def place_of(policy: Policy, *, explicit: bool = False, interval_s: float | None = None) -> Place:
    """The place that the policy names. Where there is none, nobody has asked for a folder, unless it is `explicit`."""
    from gating.metrics.place import folder_of

    metrics = policy.metrics
    named = policy.file is not None or policy.origin("metrics", "directory").source != "default"
    folder = folder_of(policy) if explicit or named else None
    return Place(folder, interval_s or metrics.interval, metrics.keep)


class Tale(NamedTuple):
    """What the end of a recording has to tell of the process that was watched.

    `rusage` is what the kernel told (`user_s`, `system_s`, and where known `peak_rss_bytes`, `read_bytes`,
    `write_bytes`), None where it did not. `code` is an exit status as Popen has it, None for no end of a process.
    """

    wall_s: float | None = None
    rusage: Mapping[str, Any] | None = None
    code: int | None = None
    reaped: int | None = None
    running: int | None = None
    uncounted: bool = True

    @property
    def orphans(self) -> dict[str, Any]:
        """What became of the processes whose parents ended first, as a recording's footer has it."""
        return {"reaped": self.reaped, "running": self.running, "uncounted": self.uncounted}


class Metering:
    """The recording of one thing that a run does, from before its start to after its end. It is a process's Meter.

    After the block, `details` are what a verdict says of it: `totals`, `file` (None where there is none), `complete`,
    `trouble` (None where all is well), `samples`, `orphans` and `flags`.
    """

    def __init__(
        self, run: Run, place: Place, name: str, command: Sequence[str] | None, *, root: int | None = None
    ) -> None:
        self.name = name
        self.mark = f"{RUN}={run.record.id}"
        self.details: dict[str, Any] = {}
        self.trouble: str | None = None
        self.file: str | None = None
        self.tale = Tale()
        self._run = run
        self._place = place
        self._command = command
        self._root = root
        self._sampler: Sampler | None = None
        self._noted: dict[str, Any] = {}
        self._pid = os.getpid()
        self._line: AbstractContextManager[None] | None = None

    def __enter__(self) -> Self:
        try:
            self._begin()
            self._show()
        except Exception as error:  # noqa: BLE001 - whatever it is, the command is what counts
            self.trouble = f"{type(error).__name__}: {error}"
        return self

    def __exit__(self, *_exception: object) -> None:
        if os.getpid() == self._pid:  # a child that was forked inside has nothing to end
            with suppress(Exception):  # the line is for show
                if self._line is not None:
                    self._line.__exit__(None, None, None)
            self._end()

    def started(self, pid: int) -> None:
        """Watch the process that was started just now."""
        if self._sampler is not None:
            self._sampler.watch(pid)

    def ended(self, usage: Usage | None, code: int | None) -> None:
        """Take in what the process used."""
        if usage is None:
            self.tale = Tale(code=code)
            return
        keys = ("user_s", "system_s", "peak_rss_bytes", "read_bytes", "write_bytes")
        self.tale = Tale(
            wall_s=round(usage.wall_s, 6),
            rusage={key: getattr(usage, key) for key in keys},
            code=code,
            reaped=usage.orphans_reaped,
            running=usage.orphans_running,
            uncounted=usage.orphans_uncounted,
        )

    def _begin(self) -> None:
        place = self._place
        if place.folder is None:
            self.trouble = NO_PLACE
            return
        from gating.metrics.launch import Sampler
        from gating.metrics.place import file_for, prepare

        run = self._run
        started_ns = time.time_ns()
        path = file_for(place.folder, self.name, run.record.id, started_ns, len(run.recordings))
        try:
            prepare(place.folder)
        except OSError as problem:
            self.trouble = f"{problem.filename or place.folder}: {problem.strerror}"
            return
        self._noted = {"name": self.name, "path": path, "started_ns": started_ns}
        # before the sampler is there: should we be killed at once, its file is known
        if run.handle is not None:
            run.handle.note(recording(**self._noted))
        self._sampler = Sampler.start(
            {
                "path": path,
                "name": self.name,
                "run": run.record.id,
                # in a list, as a run's own words are: a secret may stand behind the option that names it
                "command": None if self._command is None else storable({"argv": list(self._command)})["argv"],
                "started_ns": started_ns,
                "interval_s": place.interval_s,
                "cap_bytes": max(_LEAST_CAP, place.keep.size // max(place.keep.runs, 1)),
                "owned": self._root is None,
                "root_pid": self._root,
                "mark": self.mark,
                "disk": str(run.subject.root),
            }
        )
        self.file = path

    def _show(self) -> None:
        """The live line, where there is a command and somebody who could see it."""
        shown = next((one for one in (sys.stderr, sys.stdout) if one is not None and one.isatty()), None)
        if self.file is None or self._root is not None or shown is None:
            return
        from gating.report.live import live_line

        line = live_line(self.file, self.name, shown)
        line.__enter__()
        self._line = line

    def _end(self) -> None:
        about: dict[str, Any] = {}
        footer: Mapping[str, Any] | None = None
        try:
            footer = self._footer()
            about = self._about(footer) or {}
        except Exception as error:  # noqa: BLE001 - as above
            self.trouble = self.trouble or f"{type(error).__name__}: {error}"
        about["totals"] = totals = _totals(about.get("totals"), self.tale)
        if self.file is not None:
            self._run.recordings.append(recording(**self._noted, about=about))
            self._bound()
        elif self._noted and self._run.handle is not None:
            self._run.handle.forget(self._noted["path"])
        self.details = {
            "totals": totals,
            "file": self.file,
            "complete": bool(about.get("complete")),
            "trouble": self.trouble,
            "samples": about.get("samples"),
            "orphans": footer["orphans"] if footer else self.tale.orphans,
            "flags": list(footer["flags"]) if footer else [],
        }
        if self.trouble not in {None, NO_PLACE}:
            what = "is not recorded" if self.file is None else "is not recorded in full"
            self._run.notes.append(f"what {self.name} used {what}: {self.trouble}")

    def _footer(self) -> Mapping[str, Any] | None:
        sampler, tale = self._sampler, self.tale
        if sampler is None:
            return None
        code = tale.code
        footer = sampler.finish(
            tale.rusage,
            code if code is None or code >= 0 else None,
            -code if code is not None and code < 0 else None,
            tale.orphans,
            wall_s=tale.wall_s,
            timeout_s=_SILENT_S,
        )
        self.trouble = sampler.trouble
        return footer

    def _about(self, footer: Mapping[str, Any] | None) -> dict[str, Any] | None:
        """What the file came to; None where it is not there, or still being written. Raises OSError."""
        if self.file is None:
            return None
        from gating.metrics.account import account, of_footer

        try:
            return of_footer(self.file, footer) if footer else account(self.file)
        except FileNotFoundError:
            why = self.trouble or "it was not written"
            self.trouble = f"{self._place.folder}: {why}" if footer else why
            self.file = None
            return None

    def _bound(self) -> None:
        from gating.ledger.retention import Bounds

        folder, keep = self._place.folder, self._place.keep
        assert folder is not None  # or there would be no file
        self._run.keep = Bounds(folder, keep.runs, keep.days, keep.size)


def metered(run: Run, policy: Policy, name: str, command: Sequence[str]) -> Metering:
    """Meter a command of a run, whatever the policy's `record` says."""
    return Metering(run, place_of(policy), name, command)


def metered_if_asked(
    run: Run, policy: Policy, kind: Recorded, name: str, command: Sequence[str]
) -> AbstractContextManager[Metering | None]:
    """Meter a command of a kind that is recorded where the policy's `record` has it; else None in its place."""
    return metered(run, policy, name, command) if kind in policy.metrics.record else nullcontext()


def told_of(meter: Metering | None) -> dict[str, Any]:
    """The entry of a verdict's details, empty where nothing was metered."""
    return {} if meter is None else {"metrics": meter.details}


def _totals(known: Mapping[str, Any] | None, tale: Tale) -> dict[str, Any]:
    """The totals of a file as far as it has them, with what the kernel told of the process itself."""
    from gating.metrics.format import TOTALS_KEYS

    made: dict[str, Any] = dict.fromkeys(TOTALS_KEYS) | dict(known or {})
    if tale.wall_s is not None:
        made["wall_s"] = tale.wall_s
    told = tale.rusage or {}
    if told:
        made["cpu_s"] = max(made["cpu_s"] or 0.0, round(told["user_s"] + told["system_s"], 6))
    for key in ("user_s", "system_s", "peak_rss_bytes", "read_bytes", "write_bytes"):
        if (value := told.get(key)) is not None:
            made[key] = max(made[key] or 0, round(value, 6))
    return made
