"""Is a text a version specifier, a requirement, a marker? Asked without packaging where the answer is plain.

The regular expressions here accept only what is certainly right; all else is packaging's to judge, which
then costs its import. Formats: the dependency and version specifiers of the Python Packaging User Guide.
"""

from __future__ import annotations

import re

__all__ = [
    "NAME",
    "PLAIN_MARKER",
    "PLAIN_REQUIREMENT",
    "PLAIN_SPECIFIER",
    "marker_flaw",
    "requirement_flaw",
    "specifier_flaw",
]

NAME = r"[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?"

_LONGEST = 500  # characters; packaging's parsers are not made for more
_LONG_NUMBER = r"[0-9]{19}"  # Python refuses to read a number of more than 4300 digits

_RELEASE = r"[0-9]{1,9}(?:\.[0-9]{1,9}){0,7}"
_CLAUSE = rf"(?:(?:>=|<=|>|<|==|!=) ?{_RELEASE}|(?:==|!=) ?{_RELEASE}\.\*|~= ?{_RELEASE}\.[0-9]{{1,9}})"
_TEXT = r"(?:'[A-Za-z0-9 _.-]*'|\"[A-Za-z0-9 _.-]*\")"
_COMPARISON = (
    r"(?:(?:sys_platform|os_name|platform_system|platform_machine|platform_python_implementation|implementation_name)"
    rf" ?(?:==|!=) ?{_TEXT}"
    r"|(?:python_version|python_full_version) ?(?:>=|<=|>|<|==|!=) ?(?:'[0-9]{1,3}(?:\.[0-9]{1,3}){1,2}'"
    r"|\"[0-9]{1,3}(?:\.[0-9]{1,3}){1,2}\"))"
)
# what is certainly right, each a part of what packaging accepts
PLAIN_SPECIFIER = rf"{_CLAUSE}(?:, ?{_CLAUSE})*"
PLAIN_MARKER = rf"{_COMPARISON}(?: (?:and|or) {_COMPARISON})*"
PLAIN_REQUIREMENT = rf"{NAME}(?:\[{NAME}(?:, ?{NAME})*\])? ?(?:{PLAIN_SPECIFIER})?(?: ?; ?{PLAIN_MARKER})?"

# of an installation's extras and groups, not of the machine that a marker is judged on
_NOT_OF_A_MACHINE = r"\b(extras?|dependency_groups)\b"
_QUOTED = r"'[^']*'|\"[^\"]*\""


def specifier_flaw(text: str) -> str | None:
    """What is wrong with a version specifier such as `>=2.30,<3`, in a few words; None when nothing is."""
    if re.fullmatch(PLAIN_SPECIFIER, text):
        return None
    if (flaw := _unfit(text)) is not None:
        return flaw
    from packaging.specifiers import InvalidSpecifier, SpecifierSet

    try:
        return None if len(SpecifierSet(text)) else "not a version specifier"
    except InvalidSpecifier:
        return "not a version specifier"


def requirement_flaw(text: str) -> str | None:
    """What is wrong with a requirement such as `torch[cuda]>=2.2`, in a few words; None when nothing is."""
    if re.fullmatch(PLAIN_REQUIREMENT, text):
        return None
    if (flaw := _unfit(text)) is not None:
        return flaw
    from packaging.requirements import InvalidRequirement, Requirement

    try:
        Requirement(text)
    except InvalidRequirement as error:
        return f"not a requirement: {_first_line(error)}"
    return None


def marker_flaw(text: str) -> str | None:
    """What is wrong with a marker such as `sys_platform == 'linux'`, in a few words; None when nothing is."""
    if re.fullmatch(PLAIN_MARKER, text):
        return None
    if (flaw := _unfit(text)) is not None:
        return flaw
    if (found := re.search(_NOT_OF_A_MACHINE, re.sub(_QUOTED, "''", text))) is not None:
        return f"and {found[1]} says nothing about a machine"
    from packaging.markers import InvalidMarker, Marker, UndefinedComparison, UndefinedEnvironmentName

    try:
        Marker(text).evaluate()
    except InvalidMarker as error:
        return f"not a marker: {_first_line(error)}"
    except (UndefinedComparison, UndefinedEnvironmentName) as error:
        return f"which cannot be judged: {_first_line(error)}"
    return None


def _unfit(text: str) -> str | None:
    if len(text) > _LONGEST:
        return f"which is longer than {_LONGEST} characters"
    return "which holds a number of too many digits" if re.search(_LONG_NUMBER, text) else None


def _first_line(error: Exception) -> str:
    """What packaging says, without the drawing under it, which the problem's own position replaces."""
    return str(error).partition("\n")[0]
