"""Versions: reading one out of a tool's words, and comparing it with what was asked for.

Only the comparison lives here, since a warm run needs no more; the reading is in `evidence` and loaded on use.
"""

from __future__ import annotations

import re

__all__ = ["distribution_satisfies", "extract", "plainly_satisfies", "release", "tool_satisfies"]

_MAX_DIGITS = 20  # of one number; a longer one is no version, and `int` refuses those of some thousands


def extract(stdout: str, stderr: str = "", *, tool: str | None = None) -> str | None:
    """The version that a tool printed about itself, or None where the text does not plainly say one.

    `tool` is the name that the tool was asked by (a path will do): it finds the right line among those of
    other components. stderr counts only where stdout says nothing. The exit status is the caller's to read,
    first: an error text is no place to look for a version.

    The version is as printed, with all that a project's own numbering has (`9.2p1`, `3.3a`, `590`, `6.00`,
    `1.8.0_392`, `6.9.11-60`, `17.0.15+6`, `2.0.0-rc.1`), without a leading `v` and without what a packager or a
    build glues on: `1.32.4-dispatcher` is 1.32.4, `5.1.9-0+deb12u1` is 5.1.9, `2.45.1.windows.1` is 2.45.1, and
    `8.5.0-r0` (a package's revision, no pre-release) is 8.5.0.
    """
    from gating.versions.evidence import version_in

    found = version_in(stdout, tool)
    return version_in(stderr, tool) if found is None else found


def release(text: str) -> tuple[int, ...] | None:
    """The leading numbers of a version: `3.3a` is (3, 3), `17.0.15+6` (17, 0, 15), `590` (590,); else None."""
    found = re.match(r"\s*[vV]?([0-9]{1,20}(?>(?:\.[0-9]{1,20})*))(?![0-9!])", text)
    return tuple(map(int, found[1].split("."))) if found else None


def tool_satisfies(found: str, specifier: str) -> bool | None:
    """Whether a tool's version, taken by its leading numbers, is in a PEP 440 specifier set.

    `3.3a` is at least 3.3 and `17.0.15+6` equals 17.0.15: letters and builds are each tool's own affair.
    None where `found` begins with no number. A wrong specifier raises `packaging.specifiers.InvalidSpecifier`.
    """
    from packaging.specifiers import SpecifierSet

    wanted, numbers = SpecifierSet(specifier), release(found)
    return None if numbers is None else wanted.contains(".".join(map(str, numbers)), prereleases=True)


def distribution_satisfies(found: str, specifier: str) -> bool | None:
    """Whether a Python distribution's version is in a PEP 440 specifier set, pre-releases being versions too.

    `2.0rc1` is not at least 2.0, `2.0+cu121` is. None where `found` is no PEP 440 version. A wrong specifier
    raises `packaging.specifiers.InvalidSpecifier`.
    """
    from packaging.specifiers import SpecifierSet
    from packaging.version import InvalidVersion, Version

    wanted = SpecifierSet(specifier)
    try:
        version = Version(found)
    except InvalidVersion:
        return None
    return wanted.contains(version, prereleases=True)


def plainly_satisfies(found: str, specifier: str) -> bool:
    """Whether `found` is in `specifier` and both are so plain that nothing need be loaded to see it.

    Plain is `1.2.3` against one `>=1.2`. False says nothing: ask `tool_satisfies` or `distribution_satisfies`.
    """
    wanted = specifier.strip()
    have, least = _plain_numbers(found), _plain_numbers(wanted[2:].strip())
    return wanted.startswith(">=") and have is not None and least is not None and have >= least


def _plain_numbers(text: str) -> list[int] | None:
    parts = text.split(".")
    if not all(part.isascii() and part.isdecimal() and len(part) <= _MAX_DIGITS for part in parts):
        return None
    numbers = [int(part) for part in parts]
    while numbers and numbers[-1] == 0:  # 1 and 1.0 are one version
        numbers.pop()
    return numbers
