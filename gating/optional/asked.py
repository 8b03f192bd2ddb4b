"""Asked: an optional dependency as somebody asks for it, in a line of text or by its entry in a policy."""

from __future__ import annotations

from gating.tuples import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from gating.policy.model import Optional

__all__ = ["Asked", "asked", "asked_by", "normalise"]

# a name, its own extras, and a specifier, a URL or `*`; what follows a semicolon is a marker, and judged elsewhere
_LINE = (
    r"\s*([A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?)\s*(\[[^\]]*\])?\s*"
    r"\(?\s*(\*|@[^;]*|[<>=!~][^;()]*)?\)?\s*(?:;.*)?"
)
_JOINTS = str.maketrans("_.", "--")


class Asked(NamedTuple):
    """What is asked for.

    `name` is the policy's key, or the distribution's name as it was written. `wanted` is the specifier, None for
    any version. `module` is the name to import, None where it is to be found from metadata. `extra` is the
    project's extra that installs it, None where there is none; `remedy` are the policy's own lines. The extra is of
    the installed distribution `application`, or of the source tree in the folder `tree`; both are None where nobody
    in particular asks, and the extra then is of the current folder's project. `asks` are the distribution's own extras
    that are asked for, in their brackets.
    """

    name: str
    distribution: str
    wanted: str | None = None
    module: str | None = None
    extra: str | None = None
    remedy: tuple[str, ...] = ()
    application: str | None = None
    tree: str | None = None
    asks: str = ""

    def __str__(self) -> str:
        wanted = self.wanted or ""
        return f"{self.distribution}{self.asks}{' ' if wanted.startswith('@') else ''}{wanted}"


def normalise(name: str) -> str:
    """A distribution's name as PEP 503 compares it."""
    plain = name.translate(_JOINTS).lower()
    while "--" in plain:
        plain = plain.replace("--", "-")
    return plain


def asked_by(name: str, entry: Optional) -> Asked:
    """What the entry `name` of a policy's `[optional]` asks for."""
    distribution, asks, wanted = _read(entry.requires or name) or (name, "", "")
    return Asked(
        name=name,
        distribution=distribution,
        wanted=None if wanted in {"", "*"} else wanted,
        module=entry.import_name,
        extra=entry.extra,
        remedy=entry.remedy,
        asks=asks,
    )


def asked(text: str, optional: Mapping[str, Optional] | None = None) -> Asked:
    """What a line such as `torch>=2.2` asks for; a name that `optional` (of a policy) knows gets what stands there.

    The name may be the entry's key, its distribution or its module. A specifier in the line wins over the entry's.
    Raises `UsageError` for a line that names no distribution.
    """
    line = _read(text)
    if line is None:
        from gating.errors import UsageError

        raise UsageError(f"{text!r} is no requirement; it is written as 'torch' or 'torch>=2.2'")
    name, asks, wanted = line
    known = next((one for one in _entries(optional or {}) if _goes_by(one, name)), None)
    if known is None:
        return Asked(name=name, distribution=name, wanted=None if wanted in {"", "*"} else wanted, asks=asks)
    known = known._replace(asks=asks) if asks else known
    return known if not wanted else known._replace(wanted=None if wanted == "*" else wanted)


def _read(text: str) -> tuple[str, str, str] | None:
    """A line's name, its extras in their brackets without blanks, and its specifier; None where it names nothing."""
    # most lines are a bare name, and a pattern takes time to compile
    if text.isascii() and text.replace("-", "").isalnum() and not text.startswith("-") and not text.endswith("-"):
        return text, "", ""
    import re

    line = re.fullmatch(_LINE, text)
    return None if line is None else (line[1], (line[2] or "").replace(" ", ""), (line[3] or "").strip())


def _entries(optional: Mapping[str, Optional]) -> list[Asked]:
    return [asked_by(name, entry) for name, entry in optional.items()]


def _goes_by(one: Asked, name: str) -> bool:
    same = normalise(name)
    return same in {normalise(one.name), normalise(one.distribution)} or name == one.module
