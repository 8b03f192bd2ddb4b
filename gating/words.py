"""The words of a judgement: states, evidence, needs, modes and outcomes, each spelt as it is printed and stored."""

from __future__ import annotations

from enum import StrEnum

__all__ = ["Evidence", "Mode", "Need", "Outcome", "State"]


class State(StrEnum):
    """What a probe found. `unknown` runs, but its version cannot be read; `impostor` only looks like it."""

    OK = "ok"
    ABSENT = "absent"
    OUTDATED = "outdated"
    BROKEN = "broken"
    UNKNOWN = "unknown"
    IMPOSTOR = "impostor"


class Evidence(StrEnum):
    """How a state is known, weakest first: nothing there, a name resolves, installed metadata, it ran."""

    ABSENT = "absent"
    PRESENT = "present"
    STATIC = "static"
    EXECUTED = "executed"


class Need(StrEnum):
    """What an unmet requirement costs: always a failure, one in strict mode only, or never one."""

    ALWAYS = "always"
    CI = "ci"
    OPTIONAL = "optional"


class Mode(StrEnum):
    """Whether an unmet `ci` need fails (`strict`) or degrades (`lenient`); `auto` is strict in CI."""

    AUTO = "auto"
    STRICT = "strict"
    LENIENT = "lenient"


class Outcome(StrEnum):
    """What a verdict says: met, less was checked than asked, does not apply here, or not met."""

    PASS = "pass"  # noqa: S105 (an outcome, not a password)
    DEGRADED = "degraded"
    SKIP = "skip"
    FAIL = "fail"
