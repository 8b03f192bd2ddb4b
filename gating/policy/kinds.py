"""The kinds of value that a policy is made of: words, choices, names and places.

A kind reads a TOML value, reads the text of a variable or an argument, and gives its JSON schema. A value
that it cannot take is a mistake noted at the cursor, never an exception; what it returns then is None.
"""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from enum import StrEnum
from typing import Any, Generic, TypeVar

from gating.policy.reading import Cursor, described, masked, nearest

__all__ = ["Choice", "FilePath", "Kind", "LedgerPlace", "Link", "Name", "Pattern", "Text"]

T = TypeVar("T")
E = TypeVar("E", bound=StrEnum)

# patterns are texts here: most policies have no use for them, and `re` keeps those that it has compiled
_UNPRINTABLE = r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]"
_SCHEME = r"[A-Za-z][A-Za-z0-9+.-]+:"  # of a URL; one letter alone is a drive
_ABSOLUTE = r"[/\\]|[A-Za-z]:"


class Kind(ABC, Generic[T]):
    """One kind of value: `noun` names it ("a string"), `allowed` says what may stand there, with an example."""

    noun: str
    allowed: str | None = None

    @abstractmethod
    def read(self, raw: object, at: Cursor) -> T | None:
        """Turn a TOML value into the policy's. None: it is wrong, and `at` has been told."""

    def from_text(self, text: str, at: Cursor) -> T | None:
        """Turn the text of an environment variable or of a command's option into the policy's value."""
        return self.read(text, at)

    @abstractmethod
    def schema(self) -> dict[str, Any]:
        """The JSON schema (draft 7) of the TOML value."""

    def plain(self, value: T) -> object:
        """The value as a policy would write it, in JSON's types and safe to be shown."""
        return value


class Text(Kind[str]):
    """One line of text; `empty` allows none, `lines` several."""

    noun = "a string"
    allowed: str | None = "a string in quotes"

    def __init__(self, *, empty: bool = False, lines: bool = False) -> None:
        self._empty = empty
        self._lines = lines

    def read(self, raw: object, at: Cursor) -> str | None:
        flaw = self.flaw(raw) if isinstance(raw, str) else f"not {self.noun}"
        if flaw is not None:
            suggested = self.suggestion(raw, at) if isinstance(raw, str) else None
            at.wrong(f"is {described(raw)}, {flaw}", allowed=self.allowed, nearest=suggested)
            return None
        return str(raw)

    def flaw(self, text: str) -> str | None:
        """What is wrong with the text, as it follows its mention in a message; None when nothing is."""
        if not self._empty and not text.strip():
            return "which is empty"
        if text.isprintable():
            return None
        found = re.search(_UNPRINTABLE, text.replace("\n", "").replace("\t", "") if self._lines else text)
        return f"which holds the character {found[0]!a}" if found else None

    def suggestion(self, text: str, at: Cursor) -> str | None:  # noqa: ARG002 - for kinds that can guess what was meant
        """What was probably meant by a text that has a flaw, or None."""
        return None

    def schema(self) -> dict[str, Any]:
        return {"type": "string"} if self._empty else {"type": "string", "minLength": 1}


class Name(Text):
    """A text of a certain form: the name of a tool, a gate, an extra. `form` is a regular expression."""

    def __init__(self, noun: str, form: str, allowed: str) -> None:
        super().__init__()
        self.noun = noun
        self.allowed = allowed
        self.form = form

    def flaw(self, text: str) -> str | None:
        return super().flaw(text) or (None if re.fullmatch(self.form, text) else f"not {self.noun}")

    def schema(self) -> dict[str, Any]:
        return {"type": "string", "pattern": f"^(?:{self.form})$"}


class Choice(Kind[E]):
    """One of the words of an enumeration. A variable may write it in any case of letters."""

    def __init__(self, words: type[E]) -> None:
        self.words = {word.value: word for word in words}
        self.noun = "one of " + ", ".join(words)
        self.allowed = ", ".join(words)

    def read(self, raw: object, at: Cursor) -> E | None:
        if isinstance(raw, str):
            if raw in self.words:
                return self.words[raw]
            at.wrong(f"is {described(raw)}, not {self.noun}", allowed=self.allowed, nearest=nearest(raw, self.words))
        else:
            at.wrong(f"is {described(raw)}, not {self.noun}", allowed=self.allowed)
        return None

    def from_text(self, text: str, at: Cursor) -> E | None:
        return self.read(text.strip().lower(), at)

    def schema(self) -> dict[str, Any]:
        return {"type": "string", "enum": list(self.words)}

    def plain(self, value: E) -> str:
        return value.value


class Pattern(Text):
    """A regular expression of Python's `re` with exactly one group, which holds what is looked for."""

    noun = "a regular expression with exactly one group"
    allowed = r"a regular expression with one group, such as 'version (\d\S+)'"

    def flaw(self, text: str) -> str | None:
        import warnings

        if (flaw := super().flaw(text)) is not None:
            return flaw
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # of syntax that a later Python may read otherwise
                groups = re.compile(text).groups
        except (re.error, OverflowError, RecursionError) as error:
            return f"not a regular expression: {error}"
        return None if groups == 1 else f"which has {groups} groups, not one"

    def schema(self) -> dict[str, Any]:
        return {"type": "string", "format": "regex"}


class FilePath(Text):
    """A path from the project's folder; `absolute` allows one from the root of the file system too."""

    noun = "a path"

    def __init__(self, *, absolute: bool = False) -> None:
        super().__init__()
        self._absolute = absolute
        self.allowed = "a path" if absolute else "a path from the project's folder, such as 'docs/build'"

    def flaw(self, text: str) -> str | None:
        if (flaw := super().flaw(text)) is not None:
            return flaw
        if text.startswith("~"):
            return "and ~ is not expanded here"
        if not self._absolute and re.match(_ABSOLUTE, text):
            return "not a path from the project's folder"
        return None


class LedgerPlace(FilePath):
    """Where the ledger is: a path, a PostgreSQL URL, or `off`."""

    noun = "a place for the ledger"

    def __init__(self) -> None:
        super().__init__(absolute=True)
        self.allowed = 'a path, "postgresql://…", or "off"'

    def flaw(self, text: str) -> str | None:
        if (flaw := super().flaw(text)) is not None:
            return flaw
        if _meant_place(text) is not None:
            return f"not {self.noun}"
        if re.match(_SCHEME, text) and not text.startswith("postgresql://"):
            return "a kind of URL that no ledger can be at"
        return None

    def suggestion(self, text: str, at: Cursor) -> str | None:  # noqa: ARG002 - the same wherever it stands
        return _meant_place(text)

    def plain(self, value: str) -> str:
        return masked(value)


class Link(Text):
    """The address of a web page."""

    noun = "a web address"
    allowed = "an address that begins with https:// or http://"

    def flaw(self, text: str) -> str | None:
        if (flaw := super().flaw(text)) is not None:
            return flaw
        return None if text.startswith(("https://", "http://")) and " " not in text else f"not {self.noun}"

    def schema(self) -> dict[str, Any]:
        return {"type": "string", "pattern": "^https?://"}


def _meant_place(text: str) -> str | None:
    """The place of a ledger that a text means without saying it, or None."""
    if text != "off" and text.strip().lower() in {"off", "false", "no", "none", "null", "disabled"}:
        return "off"
    if text.lower().startswith(("postgres://", "postgresql+")):
        return "postgresql://…"
    return None
