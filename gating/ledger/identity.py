"""Who a run is: its id, its parent, and what its children are told in their environment.

A run's id is a UUIDv7 (RFC 9562, section 5.7) in 32 lowercase hex digits: it sorts by time, and it is a valid
trace id of W3C Trace Context. Runs nest by two variables:

- `GATING_RUN` holds the id of the run that a process belongs to; a run begun there has it as its parent.
- `TRACEPARENT` (`00-TRACE-SPAN-01`) says the same to tools that know nothing of gating. TRACE is the id of the
  outermost run, or the trace that was already under way when it began; the whole tree keeps it. SPAN is the
  second half of the id of the run that hands it down, never all zero because of the UUID's variant bits.
"""

from __future__ import annotations

from collections.abc import Mapping

from gating.environ import RUN, TRACEPARENT

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Protocol
else:
    Protocol = object  # for type checkers alone, and slow to make a class of

__all__ = ["Traced", "child_environment", "is_run_id", "new_run_id", "parent_of", "span_of", "trace_of"]

_HEX = frozenset("0123456789abcdef")
_RANDOM_BYTES = 8  # 62 of their bits are used


class Traced(Protocol):
    """What of a run is handed down; `trace` is None for a run that begins a trace of its own."""

    @property
    def id(self) -> str: ...
    @property
    def trace(self) -> str | None: ...


def new_run_id(now_ns: int, randomness: bytes) -> str:
    """Make an id from the time in UTC nanoseconds and at least 8 random bytes (`os.urandom(8)`).

    48 bits of milliseconds, then 12 bits of the rest of the time (RFC 9562, section 6.2, method 3: runs that
    start within one millisecond still sort), then 62 random bits. Raises ValueError for fewer than 8 bytes.
    """
    if len(randomness) < _RANDOM_BYTES:
        raise ValueError(f"a run id needs {_RANDOM_BYTES} random bytes, not {len(randomness)}")
    millis, rest_ns = divmod(now_ns, 1_000_000)
    fraction = (rest_ns << 12) // 1_000_000
    chance = int.from_bytes(randomness[:_RANDOM_BYTES], "big") & ((1 << 62) - 1)
    number = (millis & ((1 << 48) - 1)) << 80 | 7 << 76 | fraction << 64 | 0b10 << 62 | chance
    return f"{number:032x}"


def is_run_id(text: str) -> bool:
    """Whether `text` can be an id: 32 lowercase hex digits, not all zero."""
    return _hex(text, 32)


def span_of(run_id: str) -> str:
    """The span id by which other tools know a run: the second half of its id."""
    return run_id[16:]


def child_environment(run: Traced) -> dict[str, str]:
    """The variables that a run's children are started with, to be laid over the environment they inherit."""
    return {RUN: run.id, TRACEPARENT: f"00-{run.trace or run.id}-{span_of(run.id)}-01"}


def parent_of(env: Mapping[str, str]) -> str | None:
    """The run that `env` belongs to; None where there is none or the value is malformed."""
    text = env.get(RUN, "").strip()
    return text if is_run_id(text) else None


def trace_of(env: Mapping[str, str]) -> str | None:
    """The trace that a run begun in `env` joins; None where it begins one, which then has the run's own id.

    `TRACEPARENT` decides where it is well formed (also one that another tool set). Else it is the parent's id:
    all that is known of a tree whose `TRACEPARENT` got lost on the way.
    """
    parts = env.get(TRACEPARENT, "").strip().split("-")
    if len(parts) >= 4:  # noqa: PLR2004 - version, trace, span, flags; later versions may append more
        version, trace, span, flags = parts[:4]
        known = version != "ff" and (version != "00" or len(parts) == 4)  # noqa: PLR2004 - as above
        well_formed = len(version) == len(flags) == 2 and _HEX.issuperset(version + flags)  # noqa: PLR2004 - a byte
        if known and well_formed and _hex(trace, 32) and _hex(span, 16):
            return trace
    return parent_of(env)


def _hex(text: str, digits: int) -> bool:
    return len(text) == digits and _HEX.issuperset(text) and text.strip("0") != ""
