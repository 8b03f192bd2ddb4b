"""The proposed sections as TOML that is pleasant to read: aligned, short comments, one line a key."""

from __future__ import annotations

import re
from collections.abc import Sequence

from gating.adopt.sections import Section, Value
from gating.policy.quantities import Real

__all__ = ["toml"]

_COMMENTS_AT = 37  # where comments begin, as far as lines are short enough
_LONGEST_ALIGNED = 68
_ESCAPES = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t"}


def toml(sections: Sequence[Section], prefix: tuple[str, ...]) -> str:
    """Write the sections, each under the header of its path below `prefix`; the text ends with a line break."""
    return "\n".join(_written(section, prefix) for section in sections if section.lines or not section.path)


def _written(section: Section, prefix: tuple[str, ...]) -> str:
    path = (*prefix, *section.path)
    head = f"[{'.'.join(map(_key, path))}]" if path else ""
    width = max((len(_key(line.key)) for line in section.lines), default=0)
    rows = [(f"{_key(line.key):<{width}} = {_value(line.value)}", line.comment) for line in section.lines]
    column = max([_COMMENTS_AT, *(len(row) + 2 for row, comment in rows if comment and len(row) <= _LONGEST_ALIGNED)])
    made = [_commented(head, section.comment, _COMMENTS_AT)] if head or section.comment else []
    return "".join(f"{row}\n" for row in (*made, *(_commented(row, comment, column) for row, comment in rows)))


def _commented(row: str, comment: str, column: int) -> str:
    if not comment:
        return row
    if not row:
        return f"# {comment}"
    return f"{row:<{column}}# {comment}" if len(row) < column - 1 else f"{row}  # {comment}"


def _key(key: str) -> str:
    return key if re.fullmatch(r"[A-Za-z0-9_-]+", key) else _quoted(key)


def _value(value: Value) -> str:
    if isinstance(value, str):
        return _quoted(value)
    if isinstance(value, dict):
        return f"{{ {', '.join(f'{_key(key)} = {_value(each)}' for key, each in value.items())} }}"
    if isinstance(value, Real):
        return value.written
    if isinstance(value, int):
        return str(value)
    return f"[{', '.join(map(_value, value))}]"


def _quoted(text: str) -> str:
    """A literal string where that saves escapes, else a basic one."""
    if ('"' in text or "\\" in text) and "'" not in text and text.isprintable():
        return f"'{text}'"
    return f'"{"".join(map(_character, text))}"'


def _character(mark: str) -> str:
    if mark in _ESCAPES:
        return _ESCAPES[mark]
    return mark if mark.isprintable() else f"\\U{ord(mark):08x}"
