"""Causes: why an installation did not work, told by what the installer printed and how it ended."""

from __future__ import annotations

import re
from enum import StrEnum

from gating.process import Ending, Streamed

__all__ = ["Cause", "cause_of", "said"]

_LONGEST = 300  # characters of what an installer said that are told in a verdict


class Cause(StrEnum):
    """Why something could not be installed, in words that are stored."""

    NO_MATCH = "no matching version"
    CONFLICT = "resolution conflict"
    BUILD = "build failure"
    SPACE = "no space left"
    PERMISSION = "not allowed to write"
    NETWORK = "network"
    TIMEOUT = "timeout"
    NOT_STARTED = "installer cannot be started"
    OTHER = "failed"


# The first that fits counts. A failed build reports what its own downloads ran into, and a resolution that found
# nothing may be one that could not ask: so space and permission first, then the network, then the rest.
_TOLD: tuple[tuple[Cause, str], ...] = (
    (Cause.SPACE, r"no space left on device|disk quota exceeded|\(os error (?:28|122)\)|\[errno (?:28|122)\]"),
    (Cause.PERMISSION, r"permission denied|read-only file system|externally-managed-environment"),
    (
        Cause.NETWORK,
        (
            r"failed to fetch|connection broken by|newconnectionerror|name resolution|failed to resolve"
            r"|request failed after|network is unreachable|connection (?:refused|reset|timed out)|read timed out"
            r"|could not fetch url|http error [45]\d\d|proxyerror|certificate verify failed|invalid peer certificate"
        ),
    ),
    (
        Cause.BUILD,
        (
            r"failed building wheel|failed to build|metadata-generation-failed|subprocess-exited-with-error"
            r"|build backend returned an error|failed-wheel-build|getting requirements to build"
        ),
    ),
    (Cause.CONFLICT, r"resolutionimpossible|conflicting dependencies|no solution found[^$]*\bdepends? on\b"),
    (
        Cause.NO_MATCH,
        r"no matching distribution found|could not find a version|no solution found|requires a different python",
    ),
)
_NOT_FOUND = r"was not found in the (?:cache|package registry|provided package locations)"


def cause_of(ended: Streamed, text: str) -> Cause:
    """The cause of an end that is not a success."""
    if ended.ending is Ending.TIMED_OUT:
        return Cause.TIMEOUT
    if ended.ending is Ending.NOT_STARTED:
        return Cause.NOT_STARTED
    small = text.lower()
    found = next((cause for cause, pattern in _TOLD if re.search(pattern, small)), Cause.OTHER)
    # uv's words for a dependency of a dependency that is nowhere
    return Cause.NO_MATCH if found is Cause.CONFLICT and re.search(_NOT_FOUND, small) else found


def said(text: str) -> str:
    """The reason that the installer itself gives, in one line: pip's errors, or uv's and its cause; else its end."""
    lines = [re.sub(r"^[\s×╰├│─▶]+", "", line).strip() for line in text.splitlines()]
    errors = [line for line in lines if re.match(r"(?:error|cause):", line, re.IGNORECASE)]
    other = [line for line in lines if line and not line.lower().startswith(("hint:", "warning:", "[notice]"))]
    shown = [line.partition(":")[2].strip() for line in errors[:1]] or other[-1:]
    if errors[1:] and errors[1].startswith("cause:"):
        shown.append(errors[1].removeprefix("cause:").strip())
    line = ": ".join(shown)
    return line if len(line) <= _LONGEST else f"{line[: _LONGEST - 1]}…"
