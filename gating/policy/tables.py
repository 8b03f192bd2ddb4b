"""The kinds of value that are tables: those of known keys, read into a dataclass, and those of free names.

A dataclass field carries its kind, its sentence and its TOML key in its metadata (`entry`). Parsing, the
JSON schema, `explain` and the documentation all read them from there.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import MISSING, fields
from functools import cached_property
from typing import TYPE_CHECKING, Any, Generic, NamedTuple, TypeVar, cast

from gating.policy.kinds import Kind, Name
from gating.policy.reading import Cursor, Given, described, nearest

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

__all__ = ["Entry", "Map", "Table", "entry"]

T = TypeVar("T")
D = TypeVar("D", bound="DataclassInstance")


def entry(kind: Kind[Any], doc: str, *, key: str | None = None) -> dict[str, object]:
    """Metadata of a dataclass field that a table's key fills; the key is the field's name where none is given."""
    return {"kind": kind, "doc": doc, "key": key}


class Entry(NamedTuple):
    """One key of a table. `default` is None where there is none; `required` tells that from a None."""

    key: str
    attribute: str
    kind: Kind[Any]
    doc: str
    default: Any
    required: bool


class Table(Kind[D], Generic[D]):
    """A table of known keys, read into the dataclass `cls`.

    `shorthand` names the key that a bare string stands for. `complete` is called with the values that were
    read, by field name: it notes combinations that make no sense, and may add what is missing.
    """

    noun = "a table"

    def __init__(
        self,
        cls: type[D],
        *,
        shorthand: str | None = None,
        complete: Callable[[dict[str, Any], Cursor], None] | None = None,
    ) -> None:
        self.cls = cls
        self.shorthand = shorthand
        self._complete = complete

    @cached_property
    def entries(self) -> dict[str, Entry]:
        """The keys that the table may have, in the order of the dataclass."""
        made = (_entry_of(field) for field in fields(self.cls) if "kind" in field.metadata)
        return {each.key: each for each in made}

    def read(self, raw: object, at: Cursor) -> D | None:
        before = len(at.reading.mistakes)
        if isinstance(raw, dict):
            values = self._from_table(raw, at)
        elif self.shorthand and isinstance(raw, str):
            values = self._from_shorthand(raw, at)
        else:
            noun = f"{self.entries[self.shorthand].kind.noun} or a table" if self.shorthand else self.noun
            at.wrong(f"is {described(raw)}, not {noun}", allowed=self._keys())
            return None
        if at.path in at.reading.tables_given:
            self._add_given(values, at)
        for each in self.entries.values():
            if each.required and each.attribute not in values:
                at.wrong(
                    f"has no {each.key}", at_key=True, allowed=f"{each.key}, {each.kind.allowed or each.kind.noun}"
                )
        if self._complete:
            self._complete(values, at)
        return self.cls(**values) if len(at.reading.mistakes) == before else None

    def _from_table(self, raw: dict[str, object], at: Cursor) -> dict[str, Any]:
        values = {}
        for key, value in raw.items():
            below = at.below(key)
            found = self.entries.get(key)
            if found is None:
                meant = nearest(key, self.entries)
                below.wrong("is no known key", at_key=True, nearest=meant, allowed=self._keys())
            else:
                values[found.attribute] = found.kind.read(value, below)
                at.reading.origins[below.path] = below.path
        return values

    def _from_shorthand(self, raw: str, at: Cursor) -> dict[str, Any]:
        assert self.shorthand is not None
        at.reading.origins[(*at.path, self.shorthand)] = at.path
        found = self.entries[self.shorthand]
        return {found.attribute: found.kind.read(raw, at)}

    def _add_given(self, values: dict[str, Any], at: Cursor) -> None:
        """Put what was given from outside the file over what the file says, which has been checked all the same."""
        for key, each in self.entries.items():
            path = (*at.path, key)
            if (given := at.reading.given.get(path)) is not None:
                values[each.attribute] = read_given(each.kind, given, at.below(key, given))
            elif each.attribute not in values and (given := at.reading.tables_given.get(path)) is not None:
                values[each.attribute] = each.kind.read({}, at.below(key, given))

    def _keys(self) -> str:
        return "the keys " + ", ".join(self.entries)

    def schema(self) -> dict[str, Any]:
        properties = {}
        for key, each in self.entries.items():
            properties[key] = {"description": each.doc, **each.kind.schema()}
            if each.default not in (None, "", ()) and not isinstance(each.kind, Table | Map):
                properties[key]["default"] = each.kind.plain(each.default)
        required = [each.key for each in self.entries.values() if each.required]
        made = {
            "type": "object",
            "additionalProperties": False,
            **({"required": required} if required else {}),
            "properties": properties,
        }
        if self.shorthand is None:
            return made
        short = self.entries[self.shorthand]
        return {"oneOf": [{"description": short.doc, **short.kind.schema()}, made]}


class Map(Kind[Mapping[str, T]], Generic[T]):
    """A table whose keys are free names of one form, and whose values are all of one kind."""

    noun = "a table"

    def __init__(self, name: Name, item: Kind[T]) -> None:
        self.name = name
        self.item = item

    def read(self, raw: object, at: Cursor) -> Mapping[str, T] | None:
        if not isinstance(raw, dict):
            at.wrong(f"is {described(raw)}, not {self.noun}", allowed=f"a table whose keys are {self.name.noun} each")
            return None
        values: dict[str, T | None] = {}
        for key, value in raw.items():
            below = at.below(key)
            self._check(key, below)
            values[key] = self.item.read(value, below)
            at.reading.origins[below.path] = below.path
        if at.path in at.reading.tables_given:
            self._add_given(values, at)
        # a None stands for a value with a mistake: its name is still known to what refers to it
        return cast("dict[str, T]", values)

    def _add_given(self, values: dict[str, T | None], at: Cursor) -> None:
        depth = len(at.path)
        for path in [path for path in at.reading.given if path[:depth] == at.path]:
            key = str(path[depth])
            given = at.reading.given[path]
            if key not in values:
                self._check(key, at.below(key, given))
            if len(path) == depth + 1:
                values[key] = read_given(self.item, given, at.below(key, given))
            elif key not in values:
                values[key] = self.item.read({}, at.below(key, given))

    def _check(self, key: str, below: Cursor) -> None:
        if (flaw := self.name.flaw(key)) is not None:
            below.wrong(f"is called {described(key)}, {flaw}", at_key=True, allowed=self.name.allowed)

    def schema(self) -> dict[str, Any]:
        return {"type": "object", "propertyNames": self.name.schema(), "additionalProperties": self.item.schema()}


def read_given(kind: Kind[T], given: Given, at: Cursor) -> T | None:
    """Read what was given from outside the file: a text is read as one, any other value as TOML's."""
    at.reading.origins[at.path] = given
    if isinstance(given.value, str):
        return kind.from_text(given.value, at)
    return kind.read(given.value, at)


def _entry_of(field: Any) -> Entry:
    default = field.default if field.default is not MISSING else None
    if field.default_factory is not MISSING:
        default = field.default_factory()
    return Entry(
        key=field.metadata["key"] or field.name.replace("_", "-"),
        attribute=field.name,
        kind=field.metadata["kind"],
        doc=field.metadata["doc"],
        default=default,
        required=field.default is MISSING and field.default_factory is MISSING,
    )
