"""The policy itself: what every table and key of `[tool.gating]` is called, holds, defaults to and means.

Each field carries its kind and its sentence, from which parsing, the JSON schema, `explain` and the documented
reference are made. A key is the field's name with hyphens, unless it says otherwise.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gating.environ import in_ci
from gating.policy.kinds import Choice, FilePath, LedgerPlace, Link, Name, Pattern, Text
from gating.policy.lists import Argv, Items, Lines
from gating.policy.origins import Origin
from gating.policy.quantities import Count, Duration, ExitCode, Percent, Seconds, Size
from gating.policy.reading import Cursor, KeyPath, nearest
from gating.policy.requirements import Marker, Requirement, Specifier
from gating.policy.syntax import NAME
from gating.policy.tables import Map, Table, entry
from gating.verdict import Mode, Need, Source

if TYPE_CHECKING:
    from decimal import Decimal

__all__ = [
    "LEAST_INTERVAL_S",
    "POLICY",
    "Budget",
    "Coverage",
    "Fallback",
    "Gate",
    "Keep",
    "Metrics",
    "Optional",
    "Policy",
    "Recorded",
    "Tool",
]

_TOOL = Name("a tool's name", r"[^/\\]*[^/\\\s][^/\\]*", "a name as it is called, without / and \\")
_DISTRIBUTION = Name("a distribution's name", NAME, "letters, digits, and . _ - between them")
_EXTRA = Name("an extra's name", NAME, "letters, digits, and . _ - between them")
_MODULE = Name("a module's name", r"[^\W\d]\w*(?:\.[^\W\d]\w*)*", "a dotted name, such as 'package.module'")
_LABEL = Name("a plain name", r"[^\s,/\\]+", "a name without spaces, commas, / and \\")
_GLOB = Name("a glob", r".*\S.*", "a glob such as 'src/app/*.py'")
_VARIABLE = Name("a variable's name", r"[^=\s]+", "a name without = and spaces")

LEAST_INTERVAL_S = 0.01  # between two samples of system metrics

_NEED = "What an unmet requirement costs: a failure always, a failure in strict mode, or never one."
_WHEN = "Applies only where this marker is true in the judged interpreter; elsewhere it is skipped."
_WHY = "What it is for; printed with the verdict."
_REMEDY = (
    "How to mend it; a line of pip or uv is made to name the judged interpreter. Else the remedy follows the channel."
)


class Fallback(StrEnum):
    """What stands in for an optional dependency that is absent."""

    SHIM = "shim"
    SKIP = "skip"
    FAIL = "fail"


class Recorded(StrEnum):
    """What system metrics are recorded of without being asked."""

    TESTS = "tests"
    GATES = "gates"


@dataclass(frozen=True, kw_only=True)
class Tool:
    """A command-line tool, or a Python distribution of the judged interpreter. `version` is empty for any."""

    version: str = field(default="", metadata=entry(Specifier(), 'The versions that will do; "*" for any.'))
    need: Need = field(default=Need.ALWAYS, metadata=entry(Choice(Need), _NEED))
    why: str | None = field(default=None, metadata=entry(Text(), _WHY))
    when: str | None = field(default=None, metadata=entry(Marker(), _WHEN))
    remedy: tuple[str, ...] = field(default=(), metadata=entry(Lines(), _REMEDY))
    any_of: tuple[str, ...] = field(
        default=(), metadata=entry(Items(_TOOL, least=1), "Names that the tool goes by, tried in this order.")
    )
    command: tuple[str, ...] = field(
        default=(), metadata=entry(Argv(), "The command that prints the version, where the usual one does not.")
    )
    pattern: str | None = field(
        default=None, metadata=entry(Pattern(), "Finds the version in what the command prints; its group holds it.")
    )
    ok_codes: tuple[int, ...] = field(
        default=(0,),
        metadata=entry(Items(ExitCode(), least=1), "Exit codes of that command which mean that the tool works."),
    )
    timeout: float = field(default=10.0, metadata=entry(Seconds(), "Seconds after which the tool counts as hung."))
    distribution: str | None = field(
        default=None,
        metadata=entry(_DISTRIBUTION, "The Python distribution to judge instead of an executable on the search path."),
    )
    links: tuple[str, ...] = field(default=(), metadata=entry(Items(Link()), "Web pages that help."))


@dataclass(frozen=True, kw_only=True)
class Optional:
    """An optional dependency. `import_name` is None where it is to be found from metadata."""

    requires: str = field(
        default="", metadata=entry(Requirement(), "The distribution and the versions that will do; else its own name.")
    )
    extra: str | None = field(default=None, metadata=entry(_EXTRA, "The project's extra that installs it."))
    import_name: str | None = field(
        default=None,
        metadata=entry(_MODULE, "The module to import, where it cannot be known from metadata.", key="import"),
    )
    fallback: Fallback = field(
        default=Fallback.SKIP,
        metadata=entry(Choice(Fallback), "What tests get where it is absent: a stand-in, a skip, or a failure."),
    )
    need: Need = field(default=Need.OPTIONAL, metadata=entry(Choice(Need), _NEED))
    why: str | None = field(default=None, metadata=entry(Text(), _WHY))
    when: str | None = field(default=None, metadata=entry(Marker(), _WHEN))
    remedy: tuple[str, ...] = field(default=(), metadata=entry(Lines(), _REMEDY))
    shim: str | None = field(default=None, metadata=entry(_MODULE, "The project's own module that stands in for it."))
    names: tuple[str, ...] = field(
        default=(), metadata=entry(Items(_MODULE), "Names that the stand-in has, beside those that the source uses.")
    )


@dataclass(frozen=True, kw_only=True)
class Coverage:
    """The coverage gate. `fail_under` is an exact percentage, None for no floor; so are those of `paths`."""

    source: tuple[str, ...] = field(default=(), metadata=entry(Items(Text()), "The packages or folders measured."))
    fail_under: Decimal | None = field(
        default=None, metadata=entry(Percent(), "The least percentage that passes; compared exactly, never rounded.")
    )
    reach: str = field(
        default=".gating/reach.json",
        metadata=entry(FilePath(), "The committed file that knows what each absence makes unreachable."),
    )
    paths: Mapping[str, Decimal] = field(
        default_factory=dict, metadata=entry(Map(_GLOB, Percent()), "Floors of their own for files, by glob.")
    )
    need: Need = field(default=Need.ALWAYS, metadata=entry(Choice(Need), _NEED))


@dataclass(frozen=True, kw_only=True)
class Keep:
    """How long recorded metrics stay; what passes any of the three bounds goes."""

    runs: int = field(default=50, metadata=entry(Count(), "The most runs that are kept."))
    days: int = field(default=90, metadata=entry(Count(), "The most days that a run is kept."))
    size: int = field(default=200_000_000, metadata=entry(Size(), "The most room that all of them take."))


@dataclass(frozen=True, kw_only=True)
class Budget:
    """What a recorded run may use: bytes, and seconds of wall and processor time; None for no bound."""

    peak_memory: int | None = field(default=None, metadata=entry(Size(), "The most memory at any time."))
    wall: float | None = field(default=None, metadata=entry(Duration(), "The longest time by the clock."))
    cpu: float | None = field(default=None, metadata=entry(Duration(), "The most processor time."))
    need: Need = field(default=Need.ALWAYS, metadata=entry(Choice(Need), _NEED))


@dataclass(frozen=True, kw_only=True)
class Metrics:
    """System metrics of gated commands. `interval` is in seconds."""

    interval: float = field(
        default=1.0, metadata=entry(Seconds(least=LEAST_INTERVAL_S), "Seconds between two samples.")
    )
    directory: str = field(
        default="logs/system_metrics", metadata=entry(FilePath(absolute=True), "The folder of the recorded files.")
    )
    record: tuple[Recorded, ...] = field(
        default=(), metadata=entry(Items(Choice(Recorded)), "What is recorded without being asked.")
    )
    keep: Keep = field(default_factory=Keep, metadata=entry(Table(Keep), "How long the recorded files are kept."))
    budgets: Mapping[str, Budget] = field(
        default_factory=dict, metadata=entry(Map(_LABEL, Table(Budget)), "What a recorded run may use, by its name.")
    )


@dataclass(frozen=True, kw_only=True)
class Gate:
    """A command of the project's own. `timeout` is in seconds, None for no limit; `cwd` None is `Policy.root`."""

    run: tuple[str, ...] = field(metadata=entry(Argv(), "The command, as the list of its words."))
    tools: tuple[str, ...] = field(
        default=(), metadata=entry(Items(_TOOL), "The tools that must be there for the gate to judge.")
    )
    optional: tuple[str, ...] = field(
        default=(), metadata=entry(Items(_DISTRIBUTION), "The optional dependencies that must be there, by their key.")
    )
    findings: tuple[int, ...] = field(
        default=(1,),
        metadata=entry(
            Items(ExitCode()), "Exit codes that mean a finding; any other than these and 0 means it could not judge."
        ),
    )
    timeout: float | None = field(default=None, metadata=entry(Seconds(), "Seconds after which it is ended."))
    env: Mapping[str, str] = field(
        default_factory=dict,
        metadata=entry(Map(_VARIABLE, Text(empty=True, lines=True)), "Environment variables that it gets beside ours."),
    )
    cwd: str | None = field(default=None, metadata=entry(FilePath(), "The folder that it runs in."))
    need: Need = field(default=Need.ALWAYS, metadata=entry(Choice(Need), _NEED))
    when: str | None = field(default=None, metadata=entry(Marker(), _WHEN))
    why: str | None = field(default=None, metadata=entry(Text(), _WHY))
    remedy: tuple[str, ...] = field(default=(), metadata=entry(Lines(), _REMEDY))


def _complete_tool(values: dict[str, Any], at: Cursor) -> None:
    if at.path[-1] == "python":
        reason = "python is the judged interpreter"
    elif "distribution" in values:
        reason = "distribution makes this a Python distribution"
    else:
        return
    for attribute in ("any_of", "command", "pattern", "ok_codes"):
        if attribute in values:
            at.of(attribute.replace("_", "-")).wrong(f"is for an executable, and {reason}", at_key=True)


def _complete_optional(values: dict[str, Any], at: Cursor) -> None:
    values.setdefault("requires", str(at.path[-1]))
    for key in ("shim", "names"):
        if key in values and values.get("fallback") is not Fallback.SHIM:
            at.of(key).wrong("is for a stand-in, and there is none", at_key=True, allowed='it where fallback = "shim"')


def _complete_policy(values: dict[str, Any], at: Cursor) -> None:
    known = values.get("optional") or {}
    for name, gate in (values.get("gates") or {}).items():
        for index, wanted in enumerate(gate.optional if gate else ()):
            if wanted not in known:
                where = at.of("gates", name, "optional")
                (where if where.given else where.below(index)).wrong(
                    f"is {wanted!r}, which is no key of [optional]",
                    allowed=", ".join(known) or "a key of [optional], which has none",
                    nearest=nearest(wanted, known),
                )


@dataclass(frozen=True, kw_only=True)
class Policy:
    """The `[tool.gating]` table, parsed and checked, and where each of its values came from.

    `file` is the file that it was read from, None where there is none and all are defaults; `shown` is that
    file as people are shown it. `root` is the project's folder, which the policy's paths are from, and
    `project` the project's name. `notes` are remarks that judge nothing. `origins` has an entry for each value
    that is not a default. `content` is the file's, as it was read.
    """

    mode: Mode = field(
        default=Mode.AUTO, metadata=entry(Choice(Mode), "Whether an unmet ci need fails; auto is strict in CI.")
    )
    ledger: str = field(
        default=".gating/ledger.db",
        metadata=entry(LedgerPlace(), 'Where runs are recorded: a path, a postgresql:// URL, or "off".'),
    )
    requires: str = field(
        default="", metadata=entry(Specifier(), "The versions of gating that can read this policy; judged first.")
    )
    tools: Mapping[str, Tool] = field(
        default_factory=dict,
        metadata=entry(
            Map(_TOOL, Table(Tool, shorthand="version", complete=_complete_tool)), "The tools that are required."
        ),
    )
    optional: Mapping[str, Optional] = field(
        default_factory=dict,
        metadata=entry(
            Map(_DISTRIBUTION, Table(Optional, shorthand="requires", complete=_complete_optional)),
            "The optional dependencies.",
        ),
    )
    needs: Mapping[str, tuple[str, ...]] = field(
        default_factory=dict,
        metadata=entry(
            Map(_GLOB, Items(Requirement(), least=1, commas=False)), "What tests need, by globs of their ids."
        ),
    )
    coverage: Coverage = field(default_factory=Coverage, metadata=entry(Table(Coverage), "The coverage gate."))
    metrics: Metrics = field(default_factory=Metrics, metadata=entry(Table(Metrics), "System metrics."))
    gates: Mapping[str, Gate] = field(
        default_factory=dict, metadata=entry(Map(_LABEL, Table(Gate)), "Gates of the project's own.")
    )
    file: Path | None = None
    shown: str | None = None
    root: Path = Path()
    project: str = ""
    notes: tuple[str, ...] = ()
    origins: Mapping[KeyPath, Origin] = field(default_factory=dict, repr=False, compare=False)
    content: bytes | None = field(default=None, repr=False, compare=False)

    @property
    def digest(self) -> str | None:
        """SHA-256 of the file's content in hexadecimal digits, None where there is no file."""
        if self.content is None:
            return None
        from hashlib import sha256

        return sha256(self.content).hexdigest()

    def resolved_mode(self, env: Mapping[str, str]) -> Mode:
        """The mode that verdicts are given in: `strict` or `lenient`, never `auto`."""
        if self.mode is not Mode.AUTO:
            return self.mode
        return Mode.STRICT if in_ci(env) else Mode.LENIENT

    def origin(self, *path: str | int) -> Origin:
        """Where the value of a key came from: `policy.origin("tools", "git", "version")`."""
        return self.origins.get(path) or Origin(source="default", key_path=path)

    def source(self, *path: str | int) -> Source | None:
        """What a verdict on a requirement points at, `policy.source("tools", "git")`; None outside the file."""
        origin = self.origin(*path)
        if origin.file is None or origin.line is None or origin.column is None:
            return None
        return Source(file=origin.file, line=origin.line, column=origin.column)


POLICY = Table(Policy, complete=_complete_policy)
