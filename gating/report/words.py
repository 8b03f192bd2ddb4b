"""Words made fit to print: nothing that a tool said can paint the terminal, forge a line or give a CI a command.

Every format takes the words of tools and policies through `plain` or `label`, and commands through
`command_line`. `gating.report.as_json` does not: JSON has escapes of its own and keeps every character.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from gating.verdict import Counts, Outcome, Remedy, Report, Verdict

__all__ = [
    "command_line",
    "command_lines",
    "counted",
    "full_run",
    "label",
    "masked",
    "plain",
    "shorten",
    "whole",
    "why_of",
]

# ECMA-48: a control sequence, a string (title, hyperlink, device control) with its end, any other escape
_ANSI = (
    r"(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]"
    r"|(?:\x1b[\]PX^_]|[\x90\x98\x9d-\x9f])[^\x07\x1b\x90\x98\x9c-\x9f]*(?:\x07|\x1b\\|\x9c)"
    r"|\x1b[ -/]*[0-~]"
)
# `::error …::` is a command to GitHub at the start of a line; `##[error]` (GitHub, Azure), `##vso[…]` and
# `##teamcity[…]` are commands wherever they stand
_COMMAND = r"#(?=#\w*\[)|(?<!\S):(?=:[A-Za-z][\w-]*(?:\s|::))"
# joiners belong to the spelling of Persian, Hindi and emoji words, and move nothing
_JOINERS = "\u200c\u200d"


def plain(text: str) -> str:
    """`text` as one calm line: no ANSI sequences, each run of blanks and newlines one space, `label` for the rest."""
    if not text.isprintable():
        text = re.sub(_ANSI, "", text)
    return label(" ".join(text.split()))


def label(text: str) -> str:
    r"""`text` with each character that cannot be seen written as an escape (`\x1b`, `\u202e`); for ids and paths.

    Unseen are controls, line separators, text direction marks, lone surrogates and what Unicode has not
    assigned. What a CI service would take for a command loses that shape to one blank.
    """
    if not text.isprintable():
        text = "".join(
            mark if mark.isprintable() or mark in _JOINERS else mark.encode("unicode_escape").decode() for mark in text
        )
    return re.sub(_COMMAND, r"\g<0> ", text) if "##" in text or "::" in text else text


def masked(text: str) -> str:
    """`text` with `?` for what cannot be seen or could be a command: as long as before, so that a caret fits it."""
    seen = "".join(mark if mark.isprintable() or mark == "\t" else "?" for mark in text)
    return re.sub(_COMMAND, "?", seen)


def shorten(text: str, limit: int, ellipsis: str = "…") -> str:
    """`text` if it has at most `limit` characters, else its beginning and the ellipsis, `limit` in all."""
    return text if len(text) <= limit else text[: max(0, limit - len(ellipsis))] + ellipsis[:limit]


def command_line(argv: Sequence[str], *, encoding: str | None = None) -> str:
    """One line that a POSIX shell reads back as `argv`, with nothing in it that a terminal would obey.

    Arguments are quoted as `shlex.join` does. One with control characters, or with characters that
    `encoding` cannot write, is given as `$'…'` with octal escapes (POSIX.1-2024; bash, zsh and ksh since long).
    """
    from shlex import quote

    words = [quote(word) if _printable(word, encoding) else _dollar_quoted(word, encoding) for word in argv]
    if words and words[0].startswith("::"):  # at the start of a line it would be a command to GitHub
        words[0] = f"'{words[0]}'"
    return " ".join(words)


def command_lines(remedy: Remedy, *, encoding: str | None = None) -> list[str]:
    """The commands of a remedy, a line each, to be pasted as they stand.

    What the policy says for a shell (`sh -c LINE` in the channel `policy`) is shown as the policy has it,
    where that is fit to print.
    """
    lines = []
    for argv in remedy.commands:
        match argv:
            case ("sh", "-c", line) if remedy.channel == "policy" and _fit(line, encoding):
                lines.append(line)
            case _:
                lines.append(command_line(argv, encoding=encoding))
    return lines


def why_of(verdict: Verdict) -> str:
    """What the policy wants it for, as its `why` says; empty where it says nothing."""
    why = verdict.details.get("why")
    return why if isinstance(why, str) else ""


def counted(counts: Counts) -> str:
    """`1 failed, 1 degraded, 3 passed`: what there is, worst first; `no verdicts` where there is none."""
    parts = (
        (counts.failed, "failed"),
        (counts.degraded, "degraded"),
        (counts.passed, "passed"),
        (counts.skipped, "skipped"),
    )
    return ", ".join(f"{count} {word}" for count, word in parts if count) or "no verdicts"


def full_run(report: Report) -> str:
    """What has to be said beside the counts: that a degraded run is not a full one. Else nothing."""
    return "not a full run: less was checked than the policy asks for" if report.outcome is Outcome.DEGRADED else ""


def whole(report: Report) -> str:
    """The verdict of the whole, as every format for people words it: `FAIL`, `DEGRADED`, `PASS`, or `NOTHING CHECKED`.

    Only `FAIL` has the exit code 1; the others have 0.
    """
    return report.outcome.value.upper() if report.verdicts else "NOTHING CHECKED"


def _fit(line: str, encoding: str | None) -> bool:
    return bool(line.strip()) and _printable(line, encoding) and label(line) == line


def _printable(word: str, encoding: str | None) -> bool:
    return word.isprintable() and "##" not in word and (encoding is None or _encodable(word, encoding))


def _dollar_quoted(word: str, encoding: str | None) -> str:
    parts = []
    for mark in word:
        if mark in "\\'":
            parts.append("\\" + mark)
        elif mark != "#" and mark.isprintable() and (encoding is None or _encodable(mark, encoding)):
            parts.append(mark)
        else:
            # a lone surrogate of the low range stands for a byte of a file name that is not UTF-8 (PEP 383)
            errors = "surrogateescape" if "\udc80" <= mark <= "\udcff" else "surrogatepass"
            parts.extend(f"\\{byte:03o}" for byte in mark.encode("utf-8", errors))
    return "$'" + "".join(parts) + "'"


def _encodable(text: str, encoding: str) -> bool:
    try:
        text.encode(encoding)
    except (UnicodeError, LookupError):
        return text.isascii()
    return True
