"""Declared: what an installed distribution's own metadata says of its optional dependencies, their extras and pins."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from gating.optional.asked import normalise
from gating.toolchain import metadata

if TYPE_CHECKING:
    from gating.optional.asked import Asked

__all__ = ["as_declared"]

_LINE = re.compile(
    r"^Requires-Dist:[ \t]*([A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?)[ \t]*(?:\[[^\]]*\])?[ \t]*"
    r"\(?([^;()@\n]*)\)?[ \t]*(?:;(.*))?$",
    re.MULTILINE | re.IGNORECASE,
)
_EXTRA = re.compile(r"""\bextra\s*==\s*['"]([^'"]+)['"]""")
_BARE = re.compile(r"""[(\s]*extra\s*==\s*['"][^'"]+['"][)\s]*""")


class _Line(NamedTuple):
    name: str
    wanted: str
    marker: str

    @property
    def extra(self) -> str | None:
        named = _EXTRA.search(self.marker)
        return named[1] if named else None


def as_declared(one: Asked, application: str, info: str) -> Asked:
    """`one` with the pins of the distribution `application`, whose metadata folder is `info`, and its extra.

    Where several extras bring it, it is the one that brings the least beside it. A specifier that was asked for wins
    over the declared ones. What the metadata does not speak of stays as it was asked.
    """
    lines = _requires(info)
    same = normalise(one.distribution)
    found = [line for line in lines if normalise(line.name) == same and _applies(line)]
    if not found:
        return one
    extras = [line.extra for line in found if line.extra is not None]
    extra = min(extras, key=lambda name: sum(line.extra == name for line in lines)) if extras else None
    always = [line.wanted for line in found if line.extra is None]
    pins = [*always, *(line.wanted for line in found if line.extra == extra and extra is not None)]
    declared = ",".join(dict.fromkeys(filter(None, pins))) or None
    plain = extra if not always else None  # what is required anyway needs no extra to come
    return one._replace(wanted=one.wanted or declared, extra=plain, application=application)


def _requires(info: str) -> list[_Line]:
    told = (metadata.text(info, name) for name in ("METADATA", "PKG-INFO"))
    head = next((text for text in told if text is not None), "").partition("\n\n")[0]
    return [_Line(line[1], line[2].strip(), (line[3] or "").strip()) for line in _LINE.finditer(head)]


def _applies(line: _Line) -> bool:
    """Whether the marker holds here, its own extra being asked for; one that cannot be read does not."""
    if not line.marker or _BARE.fullmatch(line.marker):
        return True
    from packaging.markers import InvalidMarker, Marker, UndefinedComparison, UndefinedEnvironmentName

    try:
        return Marker(line.marker).evaluate({"extra": line.extra or ""})
    except (InvalidMarker, UndefinedComparison, UndefinedEnvironmentName):
        return False
