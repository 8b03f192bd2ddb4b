"""Compare: the state that a version makes of something that is there."""

from __future__ import annotations

from gating.words import State

__all__ = ["compare", "specifier"]


def specifier(wanted: str | None) -> str | None:
    """The specifier of what is wanted, None for any version; a URL (`@ https://…`) names no version."""
    told = (wanted or "").strip()
    return None if told in {"", "*"} or told.startswith("@") else told


def compare(version: str | None, wanted: str | None) -> tuple[State, str]:
    """The state by PEP 440, pre-releases being versions too, and the cause where that is not `ok`; never raises."""
    asked = specifier(wanted)
    if asked is None:
        return State.OK, ""
    if version is None:
        return State.UNKNOWN, f"it has no version that could be read; wanted {asked}"
    from gating.versions import distribution_satisfies, plainly_satisfies

    try:
        fits = plainly_satisfies(version, asked) or distribution_satisfies(version, asked)
    except ValueError:  # packaging's InvalidSpecifier
        return State.UNKNOWN, f"{asked!r} is no specifier of versions"
    if fits is None:
        return State.UNKNOWN, f"{version} is no version to compare; wanted {asked}"
    return (State.OK, "") if fits else (State.OUTDATED, f"found {version}, wanted {asked}")
