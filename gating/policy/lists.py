"""The kinds of value that are lists: of names, of exit codes, of a command's words, of lines."""

from __future__ import annotations

from typing import Any, TypeVar

from gating.policy.kinds import Kind, Text
from gating.policy.reading import Cursor, described, dotted, quoted

__all__ = ["Argv", "Items", "Lines"]

T = TypeVar("T")


class Items(Kind[tuple[T, ...]]):
    """A list of values of one kind, at least `least` of them.

    In a variable it is a JSON array, or separated by commas where `commas` are no part of an item.
    """

    def __init__(self, item: Kind[T], *, least: int = 0, noun: str = "a list", commas: bool = True) -> None:
        self.item = item
        self._least = least
        self._commas = commas
        self.noun = noun

    def read(self, raw: object, at: Cursor) -> tuple[T, ...] | None:
        if not isinstance(raw, list | tuple):
            at.wrong(f"is {described(raw)}, not {self.noun}", allowed=self.example(raw, at))
            return None
        if len(raw) < self._least:
            at.wrong("is an empty list", allowed=self.example(None, at))
            return None
        values = [self.item.read(each, at.below(index)) for index, each in enumerate(raw)]
        return tuple(value for value in values if value is not None)

    def from_text(self, text: str, at: Cursor) -> tuple[T, ...] | None:
        if text.lstrip().startswith("[") or not self._commas:
            return self.read(_json_list(text), at)
        words = self.guess(text)
        if len(words) < self._least:
            return self.read(words, at)
        values = [self.item.from_text(word, at.below(index)) for index, word in enumerate(words)]
        return tuple(value for value in values if value is not None)

    def example(self, raw: object, at: Cursor) -> str:
        """The list that `raw` should have been, or what the list is of."""
        if isinstance(raw, str) and raw.strip():
            return _written(self.guess(raw), at)
        return f"a list, of {self.item.allowed or self.item.noun} each"

    def guess(self, text: str) -> list[str]:
        """The items that a text was probably meant to be."""
        return [word.strip() for word in (text.split(",") if self._commas else [text]) if word.strip()]

    def schema(self) -> dict[str, Any]:
        bound = {"minItems": self._least} if self._least else {}
        return {"type": "array", "items": self.item.schema(), **bound}

    def plain(self, value: tuple[T, ...]) -> list[object]:
        return [self.item.plain(each) for each in value]


class _Word(Text):
    """One word of a command; it may hold line breaks, as a script given on the command line does."""

    def __init__(self) -> None:
        super().__init__(lines=True)


class Argv(Items[str]):
    """A command as the list of its words. There is no shell that would split a string."""

    def __init__(self) -> None:
        super().__init__(_Word(), least=1, noun="a list of words", commas=False)
        self.allowed = 'a list of words such as ["mkdocs", "build"]'

    def example(self, raw: object, at: Cursor) -> str:
        return _written(self.guess(raw) if isinstance(raw, str) and raw.strip() else ["mkdocs", "build"], at)

    def guess(self, text: str) -> list[str]:
        import shlex

        try:
            return shlex.split(text) or text.split()
        except ValueError:  # a quote that nothing closes
            return text.split()


class Lines(Kind[tuple[str, ...]]):
    """Lines of text: a string, which may have several lines, or a list of strings."""

    noun = "a string or a list of strings"
    allowed = "a string, or a list of strings"

    def read(self, raw: object, at: Cursor) -> tuple[str, ...] | None:
        if not isinstance(raw, str | list | tuple):
            at.wrong(f"is {described(raw)}, not {self.noun}", allowed=self.allowed)
            return None
        line = Text(lines=True)
        if isinstance(raw, str):
            texts = [line.read(raw, at)]
        else:
            texts = [line.read(each, at.below(index)) for index, each in enumerate(raw)]
        return tuple(each.strip() for text in texts if text for each in text.splitlines() if each.strip())

    def from_text(self, text: str, at: Cursor) -> tuple[str, ...] | None:
        return self.read(_json_list(text), at)

    def schema(self) -> dict[str, Any]:
        line = {"type": "string", "minLength": 1}
        return {"oneOf": [line, {"type": "array", "items": line}]}

    def plain(self, value: tuple[str, ...]) -> list[object]:
        return list(value)


def _json_list(text: str) -> object:
    """The list that a text spells in JSON, else the text, which is then no list."""
    if not text.lstrip().startswith("["):
        return text
    import json

    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return text


def _written(words: list[str], at: Cursor) -> str:
    """The list as it should stand: in the file under its key, in a variable as JSON."""
    words_written = f"[{', '.join(map(quoted, words))}]"
    return words_written if at.given else f"{dotted(at.path[-1:])} = {words_written}"
