"""The kinds of value that ask for something: version specifiers, requirements, markers."""

from __future__ import annotations

import re
from typing import Any

from gating.policy.kinds import Text
from gating.policy.reading import Cursor
from gating.policy.syntax import NAME, marker_flaw, requirement_flaw, specifier_flaw

__all__ = ["Marker", "Requirement", "Specifier"]

_BARE_VERSION = r"v?([0-9]+(?:\.[0-9]+)*)"
_MISWRITTEN = r"(=>|=<|\^|~|=)\s*v?([0-9]+(?:\.[0-9]+)*)"
_MEANT = {"=>": ">=", "=<": "<=", "^": ">=", "~": "~=", "=": "=="}


class Specifier(Text):
    """A version specifier (PEP 440). `"*"` means any version, which is the empty text in the policy."""

    noun = "a version specifier"
    allowed = 'a version specifier such as ">=2.30" or ">=3,<4", or "*" for any version'

    def read(self, raw: object, at: Cursor) -> str | None:
        return "" if raw == "*" else super().read(raw, at)

    def flaw(self, text: str) -> str | None:
        return super().flaw(text) or specifier_flaw(text)

    def suggestion(self, text: str, at: Cursor) -> str | None:  # noqa: ARG002 - the same wherever it stands
        text = text.strip()
        if found := re.fullmatch(_BARE_VERSION, text):
            return f">={found[1]}"
        if found := re.fullmatch(_MISWRITTEN, text):
            meant = _MEANT[found[1]] + found[2]
            return meant if specifier_flaw(meant) is None else f">={found[2]}"
        return None

    def schema(self) -> dict[str, Any]:
        return {"type": "string", "minLength": 1}

    def plain(self, value: str) -> str:
        return value or "*"


class Requirement(Text):
    """A distribution with an optional specifier, extras and marker (PEP 508)."""

    noun = "a requirement"
    allowed = 'a requirement such as "torch>=2.2"'

    def flaw(self, text: str) -> str | None:
        return super().flaw(text) or requirement_flaw(text)

    def suggestion(self, text: str, at: Cursor) -> str | None:
        if found := re.fullmatch(rf"\s*({NAME})\s*(?:=>|=|\^)\s*([0-9.]+)\s*", text):
            return f"{found[1]}>={found[2]}"
        if specifier_flaw(text) is None and at.path[:1] == ("optional",):
            return f"{at.path[1]}{text}"
        return None

    def schema(self) -> dict[str, Any]:
        return {"type": "string", "format": "pep508"}


class Marker(Text):
    """An environment marker (PEP 508), judged in the environment of the judged interpreter."""

    noun = "a marker"
    allowed = "a marker such as \"sys_platform == 'linux'\""

    def flaw(self, text: str) -> str | None:
        return super().flaw(text) or marker_flaw(text)
