"""Commands as they stand in a noxfile, a tasks.py or a hook, and the tools that they call."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

__all__ = ["HOLE", "Command", "Words", "in_shell", "tool_of"]

HOLE = "\0"  # stands in a text for what is only known when the code runs

Words = tuple[str | None, ...]

_ASSIGNMENT = re.compile(r"[A-Za-z_]\w*=.*", re.DOTALL)
_TOOL = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+-]*")
_PYTHON = re.compile(r"py|(python|pypy|pip)[0-9.]*", re.IGNORECASE)

_CONTROL = frozenset({"&&", "||", ";", ";;", "|", "|&", "&", "(", ")", "\n"})
_REDIRECTION = re.compile(r"[0-9]*[<>]+[&|]?[0-9]*")
# what stands before a command and leaves it one
_BEFORE = frozenset({"sudo", "env", "exec", "time", "nohup", "nice", "command", "then", "do", "else", "!", "{"})
_UNREADABLE = frozenset({"for", "case", "select", "function"})
# of the shell, of every POSIX host, or of the interpreter that gating runs in
_NEVER_TOOLS = frozenset(
    """
    alias bg break cd continue declare dirname done echo elif else esac eval exit export false fg fi for if in
    jobs let local popd printf pushd pwd read readonly return set shift source test trap true type ulimit umask
    unalias unset until wait while
    awk basename bash cat chgrp chmod chown clear cmp comm cp cut date dd df diff du expr find fold grep egrep
    fgrep head hostname id install kill killall ln ls mkdir mkfifo mktemp more mv nl od paste pkill ps readlink
    realpath rm rmdir sed seq sh sleep sort split stat stty sync tail tar tee touch tr tty uname uniq unlink
    wc which who whoami xargs yes
    inv invoke gating copy del dir move open rd ren start where cmd xdg-open
    """.split()  # noqa: SIM905 (a list of sixty quoted words is harder to read)
)


@dataclass(frozen=True, kw_only=True)
class Command:
    """A command that the project runs: its words, None where one is only known when the code runs.

    `file` and `line` say where it stands, `within` in which session, task or hook. `external` means that it is
    the host's, not one that a session installs for itself.
    """

    words: Words
    file: str
    line: int
    within: str
    external: bool = True

    @property
    def tool(self) -> str | None:
        """The tool that it calls; None where that cannot be known, or is no tool to be required."""
        return tool_of(self.words)

    @property
    def argv(self) -> tuple[str, ...] | None:
        """All its words without `python -m`, None where one of them cannot be known."""
        words = tuple(word for word in self.words if word is not None)
        if len(words) < len(self.words) or not words:
            return None
        return words[2:] if len(words) > 2 and words[1] == "-m" and _PYTHON.fullmatch(words[0]) else words  # noqa: PLR2004


def tool_of(words: Words) -> str | None:
    """The tool that the first word names: no path, nothing of the shell's own, no interpreter."""
    first = words[0] if words else None
    if first is None or not _TOOL.fullmatch(first) or first.endswith((".py", ".sh", ".bat", ".cmd", ".ps1")):
        return None
    return None if first in _NEVER_TOOLS or _PYTHON.fullmatch(first) else first


def in_shell(text: str) -> Iterator[Words]:
    """The simple commands of a shell's text, as far as they can be read without a shell.

    `HOLE` may stand for any text, so that a word with a hole in it is unknown.
    """
    for line in text.replace("\\\n", " ").split("\n"):
        for words in _simple_commands(_tokens(line)):
            yield tuple(None if HOLE in word else word for word in words)


def _tokens(line: str) -> list[str]:
    scanner = shlex.shlex(line, posix=True, punctuation_chars=True)
    scanner.whitespace_split = True
    scanner.commenters = "#"
    tokens: list[str] = []
    try:
        tokens.extend(iter(scanner))
    except ValueError:  # a quote that this line does not close; what was read before counts
        return tokens
    return tokens


def _simple_commands(tokens: Sequence[str]) -> Iterator[list[str]]:
    words: list[str] = []
    is_target = False  # of a redirection
    for token in [*tokens, ";"]:
        if token in _CONTROL or set(token) <= set(";&|()"):
            if words:
                yield words
            words = []
        elif is_target or _REDIRECTION.fullmatch(token):
            is_target = not is_target
            continue
        elif not words and (token in _BEFORE or _ASSIGNMENT.fullmatch(token)):
            continue
        elif not words and token in _UNREADABLE:
            return
        else:
            words.append(token)
        is_target = False
