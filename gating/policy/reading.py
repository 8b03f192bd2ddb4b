"""One reading of a policy: where the reader is, what was given from outside the file, the mistakes it meets."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

__all__ = ["Cursor", "Given", "KeyPath", "Mistake", "Reading", "described", "dotted", "masked", "nearest", "quoted"]

KeyPath = tuple[str | int, ...]

_BARE = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")
_LONGEST_WORD = 60  # characters of a value that a message repeats


class Given(NamedTuple):
    """A value from outside the file: `source` is `argument` or `environment`, `name` what it was given as."""

    source: str
    name: str
    value: object

    @property
    def shown(self) -> str:
        return self.name if self.source == "environment" else f"argument {self.name}"


class Mistake(NamedTuple):
    """One mistake and the key that it concerns; `at_key` when the key is wrong rather than its value.

    `given` says that the value came from outside the file; None means that it stands in the file at `path`.
    """

    path: KeyPath
    message: str
    at_key: bool = False
    given: Given | None = None
    allowed: str | None = None
    nearest: str | None = None


class Reading:
    """What one reading knows and finds: the given values, the mistakes, and the origin of each value read.

    `origins` maps a key to what was given for it, or to the path that its value stands at.
    """

    def __init__(self, given: Mapping[KeyPath, Given] | None = None) -> None:
        self.given: Mapping[KeyPath, Given] = given or {}
        # the tables that something is given for, whether the file has them or not, and one thing that is
        self.tables_given = {path[:depth]: given for path, given in self.given.items() for depth in range(len(path))}
        self.mistakes: list[Mistake] = []
        self.origins: dict[KeyPath, KeyPath | Given] = {}


class Cursor:
    """A place in the policy that is being read; `wrong` notes a mistake there and the reading goes on."""

    __slots__ = ("given", "path", "reading")

    def __init__(self, reading: Reading, path: KeyPath = (), given: Given | None = None) -> None:
        self.reading = reading
        self.path = path
        self.given = given

    def below(self, key: str | int, given: Given | None = None) -> Cursor:
        return Cursor(self.reading, (*self.path, key), given or self.given)

    def of(self, *keys: str) -> Cursor:
        """The cursor of a value below that has been read, which knows where the value came from."""
        path = (*self.path, *keys)
        origin = self.reading.origins.get(path)
        return Cursor(self.reading, path, origin if isinstance(origin, Given) else None)

    def wrong(
        self, message: str, *, allowed: str | None = None, nearest: str | None = None, at_key: bool = False
    ) -> None:
        """Note a mistake; `message` goes on after the key's name: "is 3, not a string"."""
        self.reading.mistakes.append(
            Mistake(
                path=self.path,
                message=f"{dotted(self.path)} {message}",
                at_key=at_key,
                given=self.given,
                allowed=allowed,
                nearest=nearest,
            )
        )


def dotted(path: KeyPath) -> str:
    """Write a path as TOML would: `tools.git.version`, `tools."g++"`; a list's item as `run[0]`."""
    text = ""
    for key in path:
        if isinstance(key, int):
            text += f"[{key}]"
        else:
            text += ("." if text else "") + (key if key and _BARE.issuperset(key) else quoted(key))
    return text or "the policy"


def quoted(text: str) -> str:
    """Write a text as a TOML string."""
    import json

    return json.dumps(text, ensure_ascii=not text.isprintable())


def described(raw: object) -> str:
    """Say what a TOML value is, short enough for a message and safe to print."""
    match raw:
        case bool():
            return "true" if raw else "false"
        case str():
            raw = masked(raw)
            return repr(raw if len(raw) <= _LONGEST_WORD else raw[: _LONGEST_WORD - 1] + "…")
        case int():
            # Python refuses to print a number of more than 4300 digits
            return str(raw) if raw.bit_length() < 64 else "a number of too many digits"  # noqa: PLR2004 - SQL's integers
        case float():
            return repr(float(raw))
        case dict():
            return "a table"
        case list() | tuple():
            return "a list"
        case _:
            return f"a {type(raw).__name__}"


def masked(text: str) -> str:
    """The text with the password of a URL in it covered."""
    if "@" not in text:
        return text
    import re

    return re.sub(r"(://[^:/@\s\"']*:)([^@\s\"']+)(?=@)", lambda found: found[1] + "*" * len(found[2]), text)


def nearest(word: str, known: Iterable[str]) -> str | None:
    """The known word that was probably meant, or None."""
    import difflib

    by_fold = {each.casefold().replace("_", "-"): each for each in known}
    close = difflib.get_close_matches(word.casefold().replace("_", "-"), by_fold, n=1, cutoff=0.6)
    return by_fold[close[0]] if close else None
