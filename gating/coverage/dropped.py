"""Dropped: files that a reference knows and data does not name any more, though they are still there.

Where coverage has no `source`, it tells of what was imported alone: a module that nobody imports drops out of the data
and is not one of which nothing is covered. What there is to cover in it is then read from its source.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable
from fnmatch import fnmatch
from pathlib import Path

from gating.coverage.configured import Configured
from gating.coverage.keys import Keys, decoded, parsed
from gating.coverage.measured import MeasuredFile
from gating.coverage.statements import StatementsError, statements

__all__ = ["dropped"]

_SOURCES = ("source", "source_pkgs", "source_dirs")
_NO_COVER = re.compile(r"#\s*(pragma|PRAGMA)[:\s]?\s*(no|NO)\s*(cover|COVER)")  # coverage.py's own default


def dropped(
    known: Iterable[str], root: Path, configured: Configured, source: Iterable[str], *, with_branches: bool
) -> dict[str, MeasuredFile]:
    """Those of the files `known` that should have been measured, with what there is to cover; none of it is covered.

    `source` is what the policy has measured: with that, or with one of coverage's own settings for it, whatever is to
    be measured is in the data, and nothing is dropped. Files that the settings leave out are not to be measured.
    """
    if any(source) or any(configured.listed(name) for name in _SOURCES):
        return {}
    found = {}
    for path in sorted(known):
        try:
            text = decoded((root / path).read_bytes())
        except OSError:
            continue
        if not _is_left_out(path, root, configured):
            found[path] = _to_cover(text, configured, path, with_branches=with_branches)
    return found


def _is_left_out(path: str, root: Path, configured: Configured) -> bool:
    def fits(name: str) -> bool:
        patterns = (*configured.listed(name), *Configured(run=configured.report).listed(name))
        return any(fnmatch(one, pattern) for pattern in patterns for one in (path, str(root / path)))

    includes = configured.listed("include") or "include" in configured.report
    return fits("omit") or (bool(includes) and not fits("include"))


def _to_cover(text: str, configured: Configured, path: str, *, with_branches: bool) -> MeasuredFile:
    try:
        found = statements(text, configured, name=path)
    except StatementsError:  # gating runs where coverage.py is not: nearly the same, from the syntax
        return MeasuredFile(statements=frozenset(_lines(text)))
    return MeasuredFile(statements=found.lines, branches=found.branches if with_branches else frozenset())


def _lines(text: str) -> set[int]:
    """The first lines of the statements, but for docstrings and lines that are excluded one by one."""
    tree, keys = parsed(text), Keys.of(text)
    lines = set()
    for node in ast.walk(tree) if tree is not None else ():
        is_text = isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
        if isinstance(node, ast.stmt) and not is_text and not isinstance(node, ast.Global | ast.Nonlocal):
            lines |= {keys.first(each.lineno) for each in (node, *getattr(node, "decorator_list", ()))}
    return {line for line in lines if (key := keys.key(line)) is not None and not _NO_COVER.search(key.text)}
