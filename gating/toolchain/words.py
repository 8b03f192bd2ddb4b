"""Words: the remedy lines that a policy has itself, read as commands where they are plain, kept whole where not."""

from __future__ import annotations

import re
import shlex
from collections.abc import Sequence

from gating.verdict import Remedy

__all__ = ["from_policy"]

_QUOTED = re.compile(r"""'[^']*'|"[^"$`\\]*"|\\.""")
# a version that stands after one of these is what is wanted, and never meant as a file to write to
_INSTALLS = re.compile(r"\s*(?:pip3?|uv|pipx|py(?:thon3?)?\s+-m\s+pip)\s")
_SPECIFIER = re.compile(r"(?:[<>=!~]=|[<>])\s*\d[\w.*+!]*")
# what a shell reads as more than a word: pipes, redirections, variables, globs, ~, comments, and A=b before a command
_SHELL = re.compile(r"[|&;<>`$*?(){}]|(?<!\S)[~#]|\A\s*\w+=")


def from_policy(words: Sequence[str], *, python: str, links: Sequence[str] = ()) -> Remedy:
    """The policy's own lines. Those of pip and uv are made to name the judged interpreter, `python`.

    A line that needs a shell is kept whole as one `sh -c` command; its channel is `policy`, so that it is
    printed and never run by gating.
    """
    read = [_line(line, python) for line in words]
    channels = {channel for _, channel in read}
    return Remedy(
        commands=tuple(command for command, _ in read),
        channel=channels.pop() if len(channels) == 1 else "policy",
        links=tuple(links),
    )


def _line(line: str, python: str) -> tuple[tuple[str, ...], str]:
    if _needs_a_shell(line):
        return ("sh", "-c", line), "policy"
    try:
        argv = tuple(shlex.split(line))
    except ValueError:  # a quote that nothing closes
        return ("sh", "-c", line), "policy"
    match argv:
        case ("pip" | "pip3", *rest) | ("python" | "python3" | "py", "-m", "pip", *rest):
            return (python, "-m", "pip", *rest), "pip"
        case ("uv", "pip", action, *rest) if not {"--python", "-p", "--system"} & set(rest):
            return ("uv", "pip", action, "--python", python, *rest), "uv"
        case ("uv" | "pipx" | "npm" as program, *_):
            return argv, program
        case _:
            return argv, "policy"


def _needs_a_shell(line: str) -> bool:
    bare = _QUOTED.sub("", line)
    if _INSTALLS.match(bare):
        bare = _SPECIFIER.sub("", bare)
    return _SHELL.search(bare) is not None
