"""What gating raises: a wrong policy or a wrong use, each with the exit code that it costs.

A failed gate is never one of these: it is a verdict (see `gating.verdict`).
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

__all__ = [
    "EXIT_BROKEN",
    "EXIT_INTERRUPTED",
    "EXIT_USAGE",
    "GatingError",
    "PolicyError",
    "Problem",
    "UsageError",
    "meant",
]

EXIT_USAGE = 2
EXIT_BROKEN = 3
EXIT_INTERRUPTED = 130


class GatingError(Exception):
    """The base of what gating raises; `exit_code` is what a command that meets it exits with."""

    exit_code = EXIT_BROKEN


class UsageError(GatingError):
    """gating was asked for something that does not exist or cannot be: an unknown name, a bad option."""

    exit_code = EXIT_USAGE


@dataclass(frozen=True, kw_only=True)
class Problem:
    """One mistake in a policy, with its place and its remedy.

    `line` and `column` are 1-based and point at the value, or at the key where the key is wrong; both are
    None where the mistake stands in no file (an environment variable, an argument), which `file` then names.
    `text` is the offending line as it stands in the file. `allowed` says what would be right, `nearest` is
    the known key or word that was probably meant.
    """

    file: str
    message: str
    line: int | None = None
    column: int | None = None
    text: str | None = None
    allowed: str | None = None
    nearest: str | None = None

    @property
    def place(self) -> str:
        """`pyproject.toml:14:9`, or the name of the variable or argument alone."""
        return self.file if self.line is None else f"{self.file}:{self.line}:{self.column}"

    def __str__(self) -> str:
        lines = [f"{self.place}: {self.message}"]
        if self.text is not None:
            lines.append(f"    {self.text}")
            if self.column is not None:
                # tabs are kept so that the caret stands under the value in any tab width
                lead = "".join(mark if mark == "\t" else " " for mark in self.text[: self.column - 1])
                lines.append(f"    {lead}^")
        if self.nearest is not None:
            lines.append(f"    did you mean {self.nearest!r}?")
        if self.allowed is not None:
            lines.append(f"    allowed: {self.allowed}")
        return "\n".join(lines)

    def as_dict(self) -> dict[str, Any]:
        return {
            "file": self.file,
            "line": self.line,
            "column": self.column,
            "message": self.message,
            "text": self.text,
            "allowed": self.allowed,
            "nearest": self.nearest,
        }


def meant(name: str, known: Collection[str], otherwise: str) -> str:
    """What a message about an unknown name ends with: the known name that is nearest, else `otherwise`."""
    from difflib import get_close_matches

    near = get_close_matches(name, list(known), 1)
    return f"did you mean {near[0]!r}?" if near else otherwise


class PolicyError(GatingError):
    """The policy is wrong. `problems` lists every mistake that was found, in the order of the file."""

    exit_code = EXIT_USAGE

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems: tuple[Problem, ...] = tuple(problems)
        super().__init__("\n".join(map(str, self.problems)))
