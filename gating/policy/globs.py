"""Globs of test ids, as `[tool.gating.needs]` has them: what one fits, and how an id is spelt so that only it fits.

`*` is any text, also across `/` and `::`; `**/` is any number of folders, also none; `?` is one character; `[abc]`,
`[a-z]` and `[!abc]` are one of a set. A glob that fits a folder, a module, a class or a function fits every test in
it: what stands before a `/`, a `::` or a `[` of the id. An id that is written as it is fits itself, brackets and all.
"""

from __future__ import annotations

import functools
import re

__all__ = ["escaped", "fits", "fits_all_of"]

_INSIDE = r"(?:[/\[].*|::.*)?\Z"


def fits(glob: str, test_id: str) -> bool:
    """Whether the glob fits the id of a test, a class, a module or a folder; capitals and small letters differ."""
    return _compiled(glob).match(test_id) is not None


def fits_all_of(glob: str, module: str) -> bool:
    """Whether the glob fits every test that the module (or the class) of that id could have, whatever its name."""
    return fits(glob, module) or (glob.endswith("*") and fits(glob, f"{module}::"))


def escaped(test_id: str) -> str:
    """The glob in which every character of the id stands for itself."""
    return re.sub(r"[*?\[]", r"[\g<0>]", test_id)


@functools.lru_cache(maxsize=1024)
def _compiled(glob: str) -> re.Pattern[str]:
    chunks = [""]  # the glob between its stars
    index = 0
    while index < len(glob):
        sign = glob[index]
        index += 1
        if sign == "*" and glob[index : index + 2] == "*/" and glob[index - 2 : index - 1] in {"", "/"}:
            chunks[-1] += "(?:.*/)?"
            index += 2
        elif sign == "*":
            chunks.append("")
        elif sign == "?":
            chunks[-1] += "."
        elif sign == "[" and (end := glob.find("]", index + (2 if glob[index : index + 1] == "!" else 1))) != -1:
            chunks[-1] += _one_of(glob[index:end])
            index = end + 1
        else:
            chunks[-1] += re.escape(sign)
    first, *rest = chunks
    # what stands between two stars is looked for once, where it comes first: no glob takes long
    between = "".join(f"(?>.*?{chunk})" for chunk in rest[:-1])
    pattern = first + between + (f".*{rest[-1]}" if rest else "")
    return re.compile(f"(?:{pattern}|{re.escape(glob)}){_INSIDE}", re.DOTALL)


def _one_of(signs: str) -> str:
    """A set as a regular expression writes it; one whose ranges are all empty fits nothing, or anything with `!`."""
    negated = signs.startswith("!")
    left = signs[1:] if negated else signs
    made = ""
    while left:
        if len(left) > 2 and left[1] == "-":  # noqa: PLR2004 (a range is three characters)
            made += f"{re.escape(left[0])}-{re.escape(left[2])}" if left[0] <= left[2] else ""
            left = left[3:]
        else:
            made += re.escape(left[0])
            left = left[1:]
    if not made:
        return "." if negated else r"(?!)"
    return f"[{'^' if negated else ''}{made}]"
