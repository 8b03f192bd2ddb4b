"""Requirements: what an installer is told, from all the lines that a project has for one dependency."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import NamedTuple

from gating.optional.install.declared import Wanted

# a name and one clause, for which the parser need not be loaded
_PLAIN = r"[A-Za-z0-9][A-Za-z0-9._-]*(?:(?<=[A-Za-z0-9])((?:>=|==|!=|~=|<|>)[0-9][0-9.]*(?<!\.)))?(?<![._-])"

__all__ = ["Words", "words_of"]


class Words(NamedTuple):
    """The words for an installer, none where no line applies; the specifier of them all, None for any version.

    `urls` are the places that a line names itself, beside any index.
    """

    words: tuple[str, ...] = ()
    specifier: str | None = None
    urls: tuple[str, ...] = ()


def words_of(wanted: Wanted, applies: Callable[[str], bool]) -> Words:
    """All the lines of a dependency as one requirement, or as several where one of them names a URL.

    `applies` says of a marker whether it is true in the judged interpreter; a line whose marker is not is left out.
    """
    if len(wanted.lines) == 1 and (whole := re.fullmatch(_PLAIN, wanted.lines[0].line)):
        return Words(words=(whole[0],), specifier=whole[1])
    from packaging.requirements import InvalidRequirement, Requirement
    from packaging.specifiers import SpecifierSet

    specifier, extras, urls = SpecifierSet(), set[str](), dict[str, None]()
    any_line = False
    for one in wanted.lines:
        try:
            requirement = Requirement(one.line)
        except InvalidRequirement:  # of an extra or a group, which nobody has checked; its own tools will say so
            continue
        if requirement.marker is not None and not applies(str(requirement.marker)):
            continue
        any_line = True
        specifier &= requirement.specifier
        extras |= requirement.extras
        if requirement.url:
            urls[requirement.url] = None
    if not any_line:
        return Words()
    name = wanted.asked.distribution + (f"[{','.join(sorted(extras))}]" if extras else "")
    by_url = tuple(f"{name} @ {url}" for url in urls)
    plain = (f"{name}{specifier}",) if specifier or not urls else ()
    return Words(words=(*by_url, *plain), specifier=str(specifier) or None, urls=tuple(urls))
