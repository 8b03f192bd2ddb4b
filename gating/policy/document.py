"""One TOML file: read, decoded, parsed, and able to say where in it a key stands."""

from __future__ import annotations

import re
from functools import cached_property
from typing import TYPE_CHECKING, Any

from gating.errors import PolicyError, Problem
from gating.policy.quantities import Real
from gating.policy.reading import KeyPath, Mistake, masked
from gating.policy.requires import unmet_in_broken

if TYPE_CHECKING:
    from gating.policy.positions import Place

__all__ = ["Document"]

# patterns are texts here: most policies have no use for them, and `re` keeps those that it has compiled
_UNPRINTABLE = r"[\x00-\x08\x0b-\x1f\x7f-\x9f]"
_AT = r"(?s)(?P<message>.*) \(at (?:line (?P<line>\d+), column (?P<column>\d+)|end of document)\)"


class Document:
    """A file that holds a policy, or may: `table` is what stands under `prefix`, None where nothing does.

    `path` is the file, `shown` its name as people are shown it. Raises PolicyError where the content is not
    TOML in UTF-8; a `requires` that this gating does not meet is then the problem that counts.
    """

    def __init__(self, *, path: str, shown: str, content: bytes, prefix: tuple[str, ...]) -> None:
        self.path = path
        self.shown = shown
        self.content = content
        self.prefix = prefix
        self.text = self._decoded()
        self.data = self._parsed()

    @cached_property
    def table(self) -> Any:
        found: Any = self.data
        for key in self.prefix:
            found = found.get(key) if isinstance(found, dict) else None
        return found

    def place(self, path: KeyPath) -> Place:
        """Where a key below the prefix stands; one that is not there stands where its table does."""
        while path not in self._places and path:
            path = path[:-1]
        return self._places[path]

    @cached_property
    def _places(self) -> dict[KeyPath, Place]:
        from gating.policy.positions import Place, locate  # not needed where nothing is wrong

        return {(): Place(1, 1, 1, 1), **locate(self.text, self.prefix)}

    def line(self, number: int) -> str:
        """A line as it may be shown: what would move the terminal, and a password, is covered."""
        return _line_of(self.text, number)

    def problem(self, mistake: Mistake) -> Problem:
        """The mistake with its place: of the value, or of the key where that is what is wrong."""
        place = self.place(mistake.path)
        line, column = place[:2] if mistake.at_key else place[2:]
        return Problem(
            file=self.shown,
            message=mistake.message,
            line=line,
            column=column,
            text=self.line(line),
            allowed=mistake.allowed,
            nearest=mistake.nearest,
        )

    def _decoded(self) -> str:
        allowed = "a file saved as UTF-8 without a byte-order mark"
        try:
            text = self.content.decode()
        except UnicodeDecodeError as error:
            before = self.content[: error.start].decode()
            message = f"is not UTF-8: the byte 0x{self.content[error.start]:02x}"
            raise self._broken(self.content.decode(errors="replace"), len(before), message, allowed) from None
        if text.startswith("\ufeff"):
            raise self._broken(text[1:], 0, "begins with a byte-order mark", allowed)
        return text

    def _parsed(self) -> dict[str, Any]:
        import tomllib

        try:
            return tomllib.loads(self.text, parse_float=Real)
        except tomllib.TOMLDecodeError as error:
            offset, message = _place_of(error, self.text)
            raise self._broken(self.text, offset, f"TOML syntax: {message}") from None
        except RecursionError:
            raise self._broken(self.text, _deepest(self.text), "is nested too deeply") from None
        except ValueError:  # Python reads no decimal number of more than 4300 digits
            found = re.search(r"[0-9](?:_?[0-9]){4299,}", self.text)
            raise self._broken(self.text, found.start() if found else 0, "holds a number of too many digits") from None

    def _broken(self, text: str, offset: int, message: str, allowed: str | None = None) -> PolicyError:
        """The error of a file that cannot be read as TOML, unless it says that it is for another gating."""
        unmet = unmet_in_broken(text, self.prefix)
        if unmet is not None:
            offset, message, allowed = unmet
        line = text.count("\n", 0, offset) + 1
        column = offset - (text.rfind("\n", 0, offset) + 1) + 1
        shown = _line_of(text, line)
        return PolicyError(
            [
                Problem(
                    file=self.shown,
                    message=message,
                    line=line,
                    column=min(column, len(shown) + 1),
                    text=shown,
                    allowed=allowed,
                )
            ]
        )


def _line_of(text: str, number: int) -> str:
    line = text.split("\n")[number - 1].removesuffix("\r")
    return masked(re.sub(_UNPRINTABLE, "\N{REPLACEMENT CHARACTER}", line))


def _place_of(error: ValueError, text: str) -> tuple[int, str]:
    """The offset that `tomllib` speaks of, and what it says there. Before Python 3.14 only its text has both."""
    found = re.fullmatch(_AT, str(error))
    if found is None:
        return 0, str(error)
    if found["line"] is None:
        return len(text), found["message"]
    starts = [0, *(mark.end() for mark in re.finditer("\n", text))]
    return starts[int(found["line"]) - 1] + int(found["column"]) - 1, found["message"]


def _deepest(text: str) -> int:
    depth = most = offset = 0
    for bracket in re.finditer(r"[\[{]|[\]}]", text):
        depth += 1 if bracket[0] in "[{" else -1
        if depth > most:
            most, offset = depth, bracket.start()
    return offset
