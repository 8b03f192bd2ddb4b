"""Selection: whether a pytest command line runs the whole suite, told from its words; pytest is not asked.

A project's own `addopts` are part of what it calls its suite. What is asked for on top of them, on the command line
or in PYTEST_ADDOPTS, and leaves tests out, makes a total that says nothing about the suite.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence

__all__ = ["left_out"]

# options that leave tests out, or may: what they do, in words
_NARROWS = {
    "-k": "selects tests by name",
    "-m": "selects tests by marker",
    "-x": "stops at the first failure",
    "--exitfirst": "stops at the first failure",
    "--maxfail": "stops after some failures",
    "--lf": "runs what failed last",
    "--last-failed": "runs what failed last",
    "--sw": "stops at the first failure",
    "--stepwise": "stops at the first failure",
    "--stepwise-skip": "stops at the second failure",
    "--nf-only": "runs new tests",
    "--deselect": "leaves tests out",
    "--ignore": "leaves files out",
    "--ignore-glob": "leaves files out",
    "--co": "runs no test",
    "--collect-only": "runs no test",
    "--setup-only": "runs no test",
    "--setup-plan": "runs no test",
    "--fixtures": "runs no test",
    "--markers": "runs no test",
    "--version": "runs no test",
    "--help": "runs no test",
    "-h": "runs no test",
    # pytest-split, pytest-shard, pytest-test-groups, pytest-testmon, pytest-picked, pytest-xdist's own --looponfail
    "--group": "runs a share of the tests",
    "--splits": "runs a share of the tests",
    "--shard-id": "runs a share of the tests",
    "--num-shards": "runs a share of the tests",
    "--test-group": "runs a share of the tests",
    "--test-group-count": "runs a share of the tests",
    "--testmon": "runs what a change touches",
    "--picked": "runs what a change touches",
}
# long options whose value is the next word where that value could pass for a path, or is told in the reason
_TAKE_VALUE = frozenset(
    {
        "--basetemp",
        "--confcutdir",
        "--config-file",
        "--cov",
        "--cov-config",
        "--deselect",
        "--gating-without",
        "--group",
        "--ignore",
        "--ignore-glob",
        "--junit-xml",
        "--junitxml",
        "--log-file",
        "--maxfail",
        "--num-shards",
        "--rootdir",
        "--shard-id",
        "--splits",
        "--test-group",
        "--test-group-count",
    }
)
_TAKES_VALUE_SHORT = frozenset("kmnpcoWr")


def left_out(words: Sequence[str], *, testpaths: Sequence[str] = (), folder: str = ".") -> tuple[str, ...]:
    """Why these words of a pytest command line are not the whole suite, each reason a phrase; empty where they are.

    `testpaths` are the project's own (none: the folder itself); naming all of them, or what holds them, leaves
    nothing out. `folder` is what paths are from.
    """
    reasons: dict[str, None] = {}
    paths = []
    for option, value in _read(words):
        if option is None:
            paths.append(value or "")
        elif option in _NARROWS and not _is_off(option, value):
            shown = option if value is None else f"{option} {value}"
            reasons[f"{shown} {_NARROWS[option]}"] = None
    if paths and not _all_of(paths, testpaths, folder):
        reasons[f"only {', '.join(paths[:3])}{' …' if len(paths) > 3 else ''} is run"] = None  # noqa: PLR2004 - shown
    return tuple(reasons)


def _read(words: Sequence[str]) -> Iterator[tuple[str | None, str | None]]:
    """Each option with its value, and each path with None for its option."""
    rest = iter(words)
    for word in rest:
        if word == "--":
            yield from ((None, each) for each in rest)
        elif not word.startswith("-") or word == "-":
            if _looks_like_path(word):
                yield None, word
        elif word.startswith("--"):
            name, equals, value = word.partition("=")
            yield name, value if equals else (next(rest, None) if name in _TAKE_VALUE else None)
        else:
            yield from _short(word, rest)


def _short(word: str, rest: Iterator[str]) -> Iterator[tuple[str, str | None]]:
    """Single letters, which may stand together (`-xvk name`); the first that takes a value takes what follows."""
    for place, letter in enumerate(word[1:], 1):
        if letter in _TAKES_VALUE_SHORT:
            yield f"-{letter}", word[place + 1 :].removeprefix("=") or next(rest, None)
            return
        yield f"-{letter}", None


def _looks_like_path(word: str) -> bool:
    # a word that no file bears is the value of some plugin's option; pytest itself would stop at such a path
    return "::" in word or word.endswith(".py") or os.path.exists(word)


def _is_off(option: str, value: str | None) -> bool:
    return (option == "--maxfail" and value == "0") or (option in {"-k", "-m"} and value == "")


def _all_of(paths: Sequence[str], testpaths: Sequence[str], folder: str) -> bool:
    def whole(path: str) -> str:
        return os.path.normpath(os.path.join(folder, path))

    named = {whole(path) for path in paths}
    wanted = {whole(path) for path in testpaths} or {whole(".")}
    return (
        all(any(one == each or one.startswith(each + os.sep) for each in named) for one in wanted)
        or whole(".") in named
    )
