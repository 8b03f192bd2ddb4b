"""Tokens: the numbers in a line that have the form of a version."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

__all__ = ["Token", "is_address", "is_amount", "tokens"]

# A number, with what may belong to it; what is glued on behind is looked at and then skipped.
# groups are atomic, and no quantifier of a group possessive: before 3.11.5 Python matches those wrongly (gh-106052)
_NUMBER = r"""(?x)
    (?<![A-Za-z0-9.])(?P<lead>[A-Za-z]{0,2}\.?)
    (?P<version>
        [0-9]{1,20}(?>(?:\.[0-9]{1,20}){0,7})
        (?:_[0-9]{1,8}(?![0-9A-Za-z]))?                                 # Java's updates: 1.8.0_392
        (?: [.~_-]?(?i:alpha|beta|rc|pre|preview|dev|nightly|canary|snapshot|milestone|post)
                (?:[.-]?[0-9]{1,20}(?>(?:\.[0-9]{1,8})*))?(?![0-9A-Za-z])
          | [a-z][0-9]{0,8}(?![0-9A-Za-z]) )?                           # 9.2p1, 3.3a
        (?:\+[0-9]{1,8}(?![0-9A-Za-z.]))?                               # 17.0.15+6
        (?:(?>(?:-[0-9]{1,12}(?>(?:\.[0-9]{1,12})*))+)(?![0-9A-Za-z+~_-]|\.[A-Za-z]))?    # 6.9.11-60
    )
    (?=(?P<rest>\S{0,200}))
"""
_MAX_TOKENS = 12  # of one line; a list of versions is none
_RANGE = r"\s+(?:to|through|or|and)\s+v?[0-9]|\s*[–—]\s*[0-9]"
_UNIT = r"(?i)\s*(?:%|[kmgt]i?b?\b|bytes?\b|m?s\b|sec|min|hours?\b|days?\b|times\b|x\b|px\b|[kmg]?hz\b)"


class Token(NamedTuple):
    """A number in a line: where it stands, the letters before it (`v`, `go`, mostly none), what comes after."""

    version: str
    lead: str
    start: int
    after: str

    @property
    def dotted(self) -> bool:
        return "." in self.version

    @property
    def explicit(self) -> bool:
        """Whether it says itself that it is a version: `v1.2`."""
        return self.lead.strip(".").lower() == "v"


def tokens(line: str) -> Iterator[Token]:
    """The numbers of a line that may be versions, in order."""
    pattern, place = re.compile(_NUMBER), 0
    for _ in range(_MAX_TOKENS):
        if (found := pattern.search(line, place)) is None:
            return
        place = found.end("version")
        token = Token(found["version"], found["lead"], found.start(), line[place:])
        if _is_whole(token.version, found["rest"]) and not re.match(_RANGE, token.after):
            yield token
            place += len(found["rest"])


def _is_whole(version: str, rest: str) -> bool:
    """Whether what is glued to a number leaves it a version: `64bits`, `3.x` and `1.2/3` are none."""
    if rest == "+":  # "3.8+" asks for one; "3.14.0+" is what a Python built from its repository calls itself
        return version.count(".") > 1
    return re.match(r"[A-Za-z0-9/\\%@=*!]|\.[0-9xX*]|:[0-9]", rest) is None


def is_address(token: Token, *, titled: bool) -> bool:
    """Whether four numbers are an IPv4 address: without a word before them always, else in well-known nets only."""
    parts = token.version.split(".")
    if len(parts) != 4 or not all(part.isdecimal() and int(part) < 256 for part in parts):  # noqa: PLR2004 - IPv4
        return False
    return not titled or token.version.startswith(("127.", "192.168.", "0.0.", "255."))


def is_amount(token: Token) -> bool:
    """Whether a number counts something: `1.5 MB`, `3.2s`, `45.2%`."""
    return token.version.count(".") == 1 and (re.match(_UNIT, token.after) is not None or token.version[-1] in "smhkgx")
