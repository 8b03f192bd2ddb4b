"""What static analysis costs beside parsing the same files: the standard library's, where two modules are absent."""

from __future__ import annotations

import ast
import os
import sys
import time
import warnings
from collections.abc import Callable
from pathlib import Path

from benchmarks.measure import Claim, medians
from gating.coverage.guards import unreachable
from gating.coverage.statements import StatementsError, statements

__all__ = ["guards"]

_ABSENT = ("_ssl", "_curses")
_LEFT_OUT = frozenset({"site-packages", "test", "tests", "idlelib", "lib2to3", "encodings", "__pycache__"})


def guards(*, rounds: int) -> list[Claim]:
    """The claims; coverage's own parser, which `coverage json` runs over the same files, is told beside them."""
    files = dict(_sources(Path(os.__file__).parent))
    lines = sum(text.count("\n") for text in files.values())
    found = medians(
        max(3, rounds // 5),
        ours=_timed(lambda: _analyse(files)),
        parse=_timed(lambda: _parse(files)),
    )
    some = dict(sorted(files.items())[::10])
    share = medians(1, theirs=_timed(lambda: _by_coverage(some)), parse=_timed(lambda: _parse(some)))
    theirs = share["theirs"] / share["parse"]
    return [
        Claim(
            what="static analysis of import guards, every file that may matter",
            beside="`ast.parse` of the same files",
            ratio=found["ours"] / found["parse"],
            bound=3.0,
            detail=(
                f"{lines} lines in {len(files)} files: {found['ours']:.1f} s beside {found['parse']:.1f} s; "
                f"coverage's own parser takes {theirs:.1f} times as long as `ast.parse`"
            ),
        )
    ]


def _sources(folder: Path) -> list[tuple[str, str]]:
    found = []
    for here, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if name not in _LEFT_OUT)
        for name in sorted(names):
            if name.endswith(".py"):
                path = Path(here, name)
                try:
                    found.append((path.relative_to(folder).as_posix(), path.read_text(encoding="utf-8")))
                except UnicodeDecodeError:
                    continue
    return found


def _analyse(files: dict[str, str]) -> None:
    unreachable(files, _ABSENT, python=sys.version_info[:2], platform=sys.platform, os_name=os.name)


def _parse(files: dict[str, str]) -> None:
    for text in files.values():
        ast.parse(text)


def _by_coverage(files: dict[str, str]) -> None:
    for path, text in files.items():
        try:
            statements(text, name=path)
        except StatementsError:
            continue


def _timed(work: Callable[[], object]) -> Callable[[], float]:
    def run() -> float:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # those of the sources
            started = time.perf_counter()
            work()
            return time.perf_counter() - started

    return run
