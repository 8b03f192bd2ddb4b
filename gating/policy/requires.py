"""`requires`: whether this gating can read the policy at all, judged before anything else can fail."""

from __future__ import annotations

import re

from gating import __version__
from gating.policy.syntax import specifier_flaw

__all__ = ["unmet", "unmet_in_broken"]


def unmet(specifier: object) -> tuple[str, str] | None:
    """Judge a `requires`: what is wrong and what would be right, None where this gating meets it.

    What is no specifier is met: the reading of the policy will name it.
    """
    if not isinstance(specifier, str) or not specifier.strip() or specifier == "*":
        return None
    from gating.versions import plainly_satisfies

    if plainly_satisfies(__version__, specifier) or specifier_flaw(specifier) is not None:
        return None
    from packaging.specifiers import SpecifierSet

    if SpecifierSet(specifier).contains(__version__, prereleases=True):
        return None
    return (
        f"this policy is for gating {specifier}, and this is gating {__version__}",
        f"a gating that fits: python -m pip install -U 'gating{specifier}'",
    )


def unmet_in_broken(text: str, prefix: tuple[str, ...]) -> tuple[int, str, str] | None:
    """Judge the `requires` of a text that is not TOML, where it can be found all the same; its offset comes first.

    A later gating may read what this one, or this Python's `tomllib`, cannot.
    """
    header = r"(?:^[ \t]*\[[ \t]*" + r"[ \t]*\.[ \t]*".join(prefix) + r"[ \t]*\][^\n]*\n)" if prefix else r"\A"
    found = re.search(
        rf"(?m){header}(?:(?![ \t]*\[)[^\n]*\n)*?[ \t]*(?:\"requires\"|'requires'|requires)[ \t]*=[ \t]*"
        r"(?P<value>\"[^\"\n]*\"|'[^'\n]*')",
        text,
    )
    if found is None:
        return None
    refused = unmet(found["value"][1:-1])
    return (found.start("value"), *refused) if refused else None
