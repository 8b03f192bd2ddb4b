"""Where a value of the policy came from: an argument, a variable, a line of the file, or the default."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Literal, NamedTuple

from gating.policy.document import Document
from gating.policy.reading import Given, KeyPath

__all__ = ["Origin", "Origins"]


class Origin(NamedTuple):
    """The source that won, highest first: `argument`, `environment`, `table`, `default`.

    `file`, `line` and `column` (1-based, of the value) are set for `table` only, `variable` for `environment`
    only. `key_path` is the value's key in the policy.
    """

    source: Literal["argument", "environment", "table", "default"]
    key_path: KeyPath
    file: str | None = None
    line: int | None = None
    column: int | None = None
    variable: str | None = None

    def __str__(self) -> str:
        if self.source == "table":
            return f"{self.file}:{self.line}:{self.column}"
        return self.variable or self.source


class Origins(Mapping[KeyPath, Origin]):
    """The origin of each value that is not a default. The file's positions are found when first asked for."""

    def __init__(self, document: Document | None, read: Mapping[KeyPath, KeyPath | Given]) -> None:
        self._document = document
        self._read = read

    def __getitem__(self, path: KeyPath) -> Origin:
        found = self._read[path]
        if isinstance(found, Given):
            if found.source == "environment":
                return Origin(source="environment", key_path=path, variable=found.name)
            return Origin(source="argument", key_path=path)
        assert self._document is not None, "what stands in a file was read from one"
        place = self._document.place(found)
        return Origin(
            source="table",
            key_path=path,
            file=self._document.shown,
            line=place.value_line,
            column=place.value_column,
        )

    def __iter__(self) -> Iterator[KeyPath]:
        return iter(self._read)

    def __len__(self) -> int:
        return len(self._read)
