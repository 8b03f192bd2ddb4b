"""Quantities in words: sizes, times, rates and shares, with as many digits as people read."""

from __future__ import annotations

__all__ = ["UNKNOWN", "clock", "cores", "duration", "plain_number", "rate", "share", "size", "span"]

UNKNOWN = "?"
_SIZES = ("B", "kB", "MB", "GB", "TB", "PB")
_STEP = 1000  # decimal, as a policy's "2 GB" is
_MINUTE, _HOUR = 60, 3600


def size(count: float | None) -> str:
    """Bytes as `1.23 GB`, powers of 1000; None is `?`."""
    if count is None:
        return UNKNOWN
    value = float(count)
    for unit in _SIZES:
        # 999.95 would be shown as 1000
        if value < _STEP - 0.5 or unit == _SIZES[-1]:
            break
        value /= _STEP
    return f"{count:.0f} B" if unit == "B" else f"{plain_number(value)} {unit}"


def rate(count: float | None) -> str:
    """Bytes in a second as `1.23 MB/s`."""
    return UNKNOWN if count is None else f"{size(count)}/s"


def cores(count: float | None) -> str:
    """Processors that were used, as `1.98 cores`."""
    return UNKNOWN if count is None else f"{plain_number(count)} cores"


def duration(seconds: float | None) -> str:
    """A time: `4.2 ms`, `12.3 s`, `2:31`, `1:02:31`."""
    if seconds is None:
        return UNKNOWN
    if seconds < 0.9995:  # noqa: PLR2004 - what would be shown as 1000
        return f"{plain_number(seconds * 1000)} ms"
    return f"{plain_number(seconds)} s" if seconds < _MINUTE - 0.05 else clock(seconds)


def clock(seconds: float) -> str:
    """A time as a clock shows it, whole seconds: `0:42`, `1:02:31`."""
    minutes, rest = divmod(int(seconds), _MINUTE)
    hours, minutes = divmod(minutes, _MINUTE)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def share(ratio: float | None) -> str:
    """A share from 0 to 1 in per cent, cut off and never rounded up: 99.99 % is not all."""
    if ratio is None:
        return UNKNOWN
    thousandths = int(ratio * 1000)
    return f"{thousandths // 10} %" if thousandths % 10 == 0 else f"{thousandths / 10:.1f} %"


def plain_number(value: float) -> str:
    """Three digits that count, and no exponent: `0.12`, `1.98`, `12.3`, `123`, `1234`."""
    if value < 9.995:  # noqa: PLR2004 - what two decimals round below 10
        return f"{value:.2f}"
    return f"{value:.1f}" if value < 99.95 else f"{value:.0f}"  # noqa: PLR2004 - the same for one


def span(seconds: float, digits: int = 3) -> str:
    """A time as policies write it, with so many decimals of its seconds: `10 min`, `1 h 2 min 3.25 s`, `0.05 s`."""
    rounded = round(seconds, digits)
    minutes, rest = divmod(rounded, _MINUTE)
    hours, minutes = divmod(int(minutes), _MINUTE)
    parts = [f"{hours} h"] if hours else []
    if minutes:
        parts.append(f"{minutes} min")
    if rest or not parts:
        parts.append(f"{f'{rest:.{digits}f}'.rstrip('0').rstrip('.')} s")
    return " ".join(parts)
