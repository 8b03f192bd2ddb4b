"""The kinds of value that measure: counts, seconds, percentages, sizes, durations, exit codes."""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING, Any, Self

from gating.policy.kinds import Kind
from gating.policy.reading import Cursor, described

if TYPE_CHECKING:
    from decimal import Decimal

__all__ = ["Count", "Duration", "ExitCode", "Percent", "Real", "Seconds", "Size"]

# a deadline must fit the milliseconds of poll(2), a signed 32-bit number
_LONGEST_DEADLINE = 1_000_000
_LONGEST_DURATION = 366 * 86_400
_MOST = 10**9

# patterns are texts here: most policies have no use for them, and `re` keeps those that it has compiled
_NUMBER = r"[0-9]{1,15}(?:\.[0-9]{1,15})?"
_INTEGER = r"[0-9]{1,15}"
_SIZE = r"([0-9]{1,19})(?:\.([0-9]{1,9}))?[ ]?([A-Za-z]+)"
_DURATION = r"([0-9]{1,9}(?:\.[0-9]{1,9})?)[ ]?([a-z]+)[ ]?"
_UNITS = ("B", "kB", "KiB", "MB", "MiB", "GB", "GiB", "TB", "TiB", "PB", "PiB")
_BYTES = {unit.lower(): (1024 if "i" in unit else 1000) ** ((rank + 1) // 2) for rank, unit in enumerate(_UNITS)}
_SECONDS = {
    **dict.fromkeys(("s", "sec", "second", "seconds"), 1.0),
    **dict.fromkeys(("min", "minute", "minutes"), 60.0),
    **dict.fromkeys(("h", "hour", "hours"), 3600.0),
    **dict.fromkeys(("d", "day", "days"), 86_400.0),
    "ms": 0.001,
}


class Real(float):
    """A number that remembers how it was written, for what must be exact; made by `tomllib`'s `parse_float`."""

    __slots__ = ("written",)

    def __new__(cls, written: str) -> Self:
        made = super().__new__(cls, written)
        made.written = written
        return made

    written: str


class _Number(Kind[Any]):
    """What the numbers share: a variable's text is a plain decimal number."""

    def from_text(self, text: str, at: Cursor) -> Any:
        text = text.strip()
        if re.fullmatch(_INTEGER, text):
            return self.read(int(text), at)
        if re.fullmatch(_NUMBER, text):
            return self.read(Real(text), at)
        return self.read(text, at)

    def refuse(self, raw: object, at: Cursor) -> None:
        at.wrong(f"is {described(raw)}, not {self.noun}", allowed=self.allowed)


class Count(_Number):
    """A whole number, at least 1."""

    noun = "a whole number above 0"
    allowed = "a whole number, 1 or more"

    def read(self, raw: object, at: Cursor) -> int | None:
        if isinstance(raw, int) and not isinstance(raw, bool) and 1 <= raw <= _MOST:
            return raw
        self.refuse(raw, at)
        return None

    def schema(self) -> dict[str, Any]:
        return {"type": "integer", "minimum": 1, "maximum": _MOST}


class ExitCode(_Number):
    """An exit code of a process, 0 to 255."""

    noun = "an exit code"
    allowed = "a whole number from 0 to 255"

    def read(self, raw: object, at: Cursor) -> int | None:
        if isinstance(raw, int) and not isinstance(raw, bool) and 0 <= raw <= 255:  # noqa: PLR2004 - a byte
            return raw
        self.refuse(raw, at)
        return None

    def schema(self) -> dict[str, Any]:
        return {"type": "integer", "minimum": 0, "maximum": 255}


class Seconds(_Number):
    """A time in seconds, as a float: finite and above 0, or at least `least`."""

    noun = "a number of seconds"

    def __init__(self, *, least: float | None = None) -> None:
        self._least = least
        bound = "above 0" if least is None else f"from {least}"
        self.allowed = f"seconds as a number {bound} up to {_LONGEST_DEADLINE}"

    def read(self, raw: object, at: Cursor) -> float | None:
        # a comparison with nan is false, and one with a huge integer is exact
        if isinstance(raw, int | float) and not isinstance(raw, bool) and 0 < raw <= _LONGEST_DEADLINE:
            value = float(raw)
            if self._least is None or value >= self._least:
                return value
        self.refuse(raw, at)
        return None

    def schema(self) -> dict[str, Any]:
        bound = {"exclusiveMinimum": 0} if self._least is None else {"minimum": self._least}
        return {"type": "number", **bound, "maximum": _LONGEST_DEADLINE}


class Percent(_Number):
    """A percentage from 0 to 100, as the exact `decimal.Decimal` that was written."""

    noun = "a percentage"
    allowed = "a number from 0 to 100"

    def read(self, raw: object, at: Cursor) -> Decimal | None:
        if isinstance(raw, int | float) and not isinstance(raw, bool) and 0 <= raw <= 100:  # noqa: PLR2004 - per cent
            from decimal import Decimal, InvalidOperation

            try:
                value = Decimal(raw.written if isinstance(raw, Real) else str(raw))
            except InvalidOperation:  # an exponent past every bound
                value = Decimal("NaN")
            # the float may have rounded what is above 100; an exact fraction of 1e-999999 would take all memory
            exponent = value.as_tuple().exponent
            if isinstance(exponent, int) and -20 <= exponent <= 2 and 0 <= value <= 100:  # noqa: PLR2004
                return value
        self.refuse(raw, at)
        return None

    def schema(self) -> dict[str, Any]:
        return {"type": "number", "minimum": 0, "maximum": 100}

    def plain(self, value: Decimal) -> int | float:
        return int(value) if value == int(value) else float(value)


class Size(Kind[int]):
    """A size such as "200 MB", in bytes. kB, MB, GB are powers of 1000; KiB, MiB, GiB of 1024."""

    noun = "a size"
    allowed = 'a size with its unit in quotes, such as "200 MB" or "1.5 GiB"'

    def read(self, raw: object, at: Cursor) -> int | None:
        found = re.fullmatch(_SIZE, raw.strip()) if isinstance(raw, str) else None
        unit = _BYTES.get(found[3].lower()) if found else None
        if found and unit:
            whole, parts = found[1], found[2] or ""
            size: int = int(whole + parts) * unit // 10 ** len(parts)
            if 0 < size < 2**63:
                return size
        at.wrong(f"is {described(raw)}, not {self.noun}", allowed=self.allowed)
        return None

    def schema(self) -> dict[str, Any]:
        return {"type": "string", "pattern": r"^\s*[0-9]+(\.[0-9]+)? ?([kKmMgGtTpP][iI]?)?[bB]\s*$"}

    def plain(self, value: int) -> str:
        unit = max(
            (unit for unit in _UNITS if value % _BYTES[unit.lower()] == 0), key=lambda unit: _BYTES[unit.lower()]
        )
        return f"{value // _BYTES[unit.lower()]} {unit}"


class Duration(_Number):
    """A length of time such as "10 min" or "1 h 30 min", in seconds; a plain number is seconds."""

    noun = "a length of time"
    allowed = 'a number of seconds, or a length of time in quotes, such as "10 min" or "1 h 30 min"'

    def read(self, raw: object, at: Cursor) -> float | None:
        seconds = raw
        if isinstance(raw, str):
            parts = re.findall(_DURATION, raw.strip())
            if re.sub(_DURATION, "", raw.strip()) or not all(unit in _SECONDS for _, unit in parts):
                parts = []
            seconds = math.fsum(float(number) * _SECONDS[unit] for number, unit in parts)
        if isinstance(seconds, int | float) and not isinstance(seconds, bool) and 0 < seconds <= _LONGEST_DURATION:
            return float(seconds)
        self.refuse(raw, at)
        return None

    def schema(self) -> dict[str, Any]:
        number = {"type": "number", "exclusiveMinimum": 0, "maximum": _LONGEST_DURATION}
        return {"oneOf": [number, {"type": "string", "pattern": "[0-9]"}]}
