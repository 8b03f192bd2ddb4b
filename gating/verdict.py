"""The values of a judgement: remedies, verdicts, and the report that holds them; `gating.words` has its words.

The table that turns a state into an outcome lives here (`judge`), and so does the exit code
(`Report.exit_code`): whatever prints, stores or exits asks the same value.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from gating.words import Evidence, Mode, Need, Outcome, State

__all__ = [
    "REPORT_SCHEMA",
    "Counts",
    "Evidence",
    "Mode",
    "Need",
    "Outcome",
    "Remedy",
    "Report",
    "RunInfo",
    "Source",
    "State",
    "Verdict",
    "judge",
]

REPORT_SCHEMA = "gating.report/1"


def judge(state: State, need: Need, mode: Mode, *, version_asked: bool) -> Outcome:
    """Judge a requirement that applies: the design's table of state against need.

    `version_asked` says whether the requirement names a version; only then is a tool whose version cannot
    be read unmet. A requirement whose `when` marker is false is never judged: its outcome is `skip`.
    `mode` is `strict` or `lenient`; `auto` has been resolved before anything is judged.
    """
    if mode is Mode.AUTO:
        raise ValueError("mode 'auto' must be resolved before a verdict is given")
    if state is State.OK or (state is State.UNKNOWN and not version_asked):
        return Outcome.PASS
    if need is Need.ALWAYS or (need is Need.CI and mode is Mode.STRICT):
        return Outcome.FAIL
    return Outcome.DEGRADED


@dataclass(frozen=True, kw_only=True)
class Source:
    """Where a requirement stands: a file, and the 1-based line and column of the value."""

    file: str
    line: int
    column: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"

    def as_dict(self) -> dict[str, Any]:
        return {"file": self.file, "line": self.line, "column": self.column}


@dataclass(frozen=True, kw_only=True)
class Remedy:
    """How to mend an unmet requirement: commands as argument lists, the channel they belong to, links.

    `channel` is `pip`, `uv`, `pipx`, `npm`, `apt`, … or `policy` for words taken from the policy as they are.
    """

    commands: tuple[tuple[str, ...], ...] = ()
    channel: str | None = None
    why: str | None = None
    links: tuple[str, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        made: dict[str, Any] = {
            "commands": [list(argv) for argv in self.commands],
            "channel": self.channel,
            "links": list(self.links),
        }
        if self.why is not None:
            made["why"] = self.why
        return made

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Remedy:
        return cls(
            commands=tuple(tuple(argv) for argv in data.get("commands", ())),
            channel=data.get("channel"),
            why=data.get("why"),
            links=tuple(data.get("links", ())),
        )


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """One requirement, judged on its probe.

    `id` is `KIND:NAME` (`tool:git`, `gate:docs`). `state` is None where nothing was probed (a skip).
    `wanted` is the specifier asked for, `found` the version as printed, both None where there is none.
    `shadowed` are further candidates on the search path, in order. `duration_s` is the probe's time in
    seconds. `details` is an object whose keys depend on the kind.
    """

    id: str
    outcome: Outcome
    state: State | None = None
    need: Need = Need.ALWAYS
    evidence: Evidence | None = None
    wanted: str | None = None
    found: str | None = None
    path: str | None = None
    reason: str = ""
    remedy: Remedy | None = None
    shadowed: tuple[str, ...] = ()
    cached: bool = False
    source: Source | None = None
    duration_s: float = 0.0
    details: Mapping[str, Any] = field(default_factory=dict)

    @property
    def kind(self) -> str:
        return self.id.partition(":")[0]

    @property
    def name(self) -> str:
        return self.id.partition(":")[2]

    def as_dict(self) -> dict[str, Any]:
        """The verdict's form in `gating.report/1`."""
        return {
            "id": self.id,
            "outcome": self.outcome.value,
            "state": self.state.value if self.state else None,
            "need": self.need.value,
            "evidence": self.evidence.value if self.evidence else None,
            "wanted": self.wanted,
            "found": self.found,
            "path": self.path,
            "reason": self.reason,
            "remedy": self.remedy.as_dict() if self.remedy else None,
            "shadowed": list(self.shadowed),
            "cached": self.cached,
            "source": self.source.as_dict() if self.source else None,
            "duration_s": round(self.duration_s, 6),
            "details": dict(self.details),
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Verdict:
        """Read the form that `as_dict` writes; unknown keys are ignored."""
        state, evidence, remedy, source = (data.get(key) for key in ("state", "evidence", "remedy", "source"))
        return cls(
            id=data["id"],
            outcome=Outcome(data["outcome"]),
            state=State(state) if state else None,
            need=Need(data["need"]),
            evidence=Evidence(evidence) if evidence else None,
            wanted=data.get("wanted"),
            found=data.get("found"),
            path=data.get("path"),
            reason=data.get("reason", ""),
            remedy=Remedy.from_dict(remedy) if remedy else None,
            shadowed=tuple(data.get("shadowed", ())),
            cached=bool(data.get("cached")),
            source=Source(**{key: source[key] for key in ("file", "line", "column")}) if source else None,
            duration_s=data.get("duration_s", 0.0),
            details=data.get("details", {}),
        )


@dataclass(frozen=True, kw_only=True)
class Counts:
    """How many verdicts had each outcome."""

    passed: int = 0
    degraded: int = 0
    skipped: int = 0
    failed: int = 0

    @classmethod
    def of(cls, verdicts: tuple[Verdict, ...]) -> Counts:
        outcomes = [verdict.outcome for verdict in verdicts]
        return cls(
            passed=outcomes.count(Outcome.PASS),
            degraded=outcomes.count(Outcome.DEGRADED),
            skipped=outcomes.count(Outcome.SKIP),
            failed=outcomes.count(Outcome.FAIL),
        )

    def as_dict(self) -> dict[str, int]:
        """Counts by outcome, in the words of the JSON forms."""
        return {"pass": self.passed, "degraded": self.degraded, "skip": self.skipped, "fail": self.failed}


@dataclass(frozen=True, kw_only=True)
class RunInfo:
    """The run that a report belongs to. Times are UTC nanoseconds; `parent` is None for a run on its own.

    `project` is the project's name, `policy` the policy file as shown to people, None where none was found;
    `python` is the judged interpreter's path.
    """

    id: str
    parent: str | None = None
    command: str = ""
    started_ns: int = 0
    project: str = ""
    policy: str | None = None
    python: str | None = None

    def as_dict(self) -> dict[str, Any]:
        return {
            "id": self.id,
            "parent": self.parent,
            "command": self.command,
            "started_ns": self.started_ns,
            "project": self.project,
            "policy": self.policy,
            "python": self.python,
        }


@dataclass(frozen=True, kw_only=True)
class Report:
    """Everything one run found out; every output format and the exit code are made from it.

    `mode` is `strict` or `lenient`. `notes` are remarks that judge nothing (no policy was found, the ledger
    could not be written).
    """

    run: RunInfo
    mode: Mode
    verdicts: tuple[Verdict, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def counts(self) -> Counts:
        return Counts.of(self.verdicts)

    @property
    def exit_code(self) -> int:
        """0 when no verdict failed, else 1."""
        return 1 if self.counts.failed else 0

    @property
    def outcome(self) -> Outcome:
        """The verdict of the whole: the worst outcome there is; a run that only skipped has passed."""
        counts = self.counts
        if counts.failed:
            return Outcome.FAIL
        return Outcome.DEGRADED if counts.degraded else Outcome.PASS

    def as_dict(self) -> dict[str, Any]:
        """The document `gating.report/1`."""
        return {
            "schema": REPORT_SCHEMA,
            "exit_code": self.exit_code,
            "mode": self.mode.value,
            "counts": self.counts.as_dict(),
            "run": self.run.as_dict(),
            "notes": list(self.notes),
            "verdicts": [verdict.as_dict() for verdict in self.verdicts],
        }
