"""Asked: what an entry of the policy asks for, in the words of those who look for it."""

from __future__ import annotations

import re

from gating.policy.model import Optional, Tool
from gating.toolchain.survey import Want

__all__ = ["Entry", "distribution_of", "markers_of", "want_of", "wanted_by"]

Entry = Tool | Optional
# PEP 508, as far as it matters for a requirement that was checked with the policy
_REQUIREMENT = re.compile(r"\s*([A-Za-z0-9][A-Za-z0-9._-]*)\s*(?:\[[^\]]*\])?\s*\(?([^;@()]*)\)?\s*")


def want_of(name: str, tool: Tool) -> Want:
    """How a tool is looked for on the search path."""
    executable = tool.command[0] if tool.command else name
    return Want(
        name=name,
        names=tool.any_of or (executable,),
        wanted=tool.version or None,
        arguments=tool.command[1:] if tool.command else None,
        pattern=tool.pattern,
        ok_codes=tool.ok_codes if tool.ok_codes != (0,) else None,
        timeout=tool.timeout,
    )


def wanted_by(entry: Entry) -> str | None:
    """The specifier that is asked for, None for any version."""
    return distribution_of(entry)[1] if isinstance(entry, Optional) else entry.version or None


def distribution_of(entry: Entry) -> tuple[str, str | None]:
    """The name and the specifier of the distribution that an entry asks for."""
    if isinstance(entry, Tool):
        return entry.distribution or "", entry.version or None
    match = _REQUIREMENT.match(entry.requires)
    if match is None:
        return entry.requires, None
    return match[1], match[2].strip() or None


def markers_of(entry: Entry) -> tuple[str, ...]:
    """The markers that must hold for the entry to apply: its `when`, and that of the requirement itself."""
    own = entry.requires.partition(";")[2].strip() if isinstance(entry, Optional) else ""
    return tuple(marker for marker in (entry.when, own) if marker)
