"""Evidence: which of the numbers in a text is the version of the tool that printed it.

What is not plain is None: a wrong version costs more than a missing one. In this order:

1. a number that directly follows the tool's own name: `git version 2.39.5`, `GNU Make 4.3`, `jq-1.6`;
2. the first line with a dotted number, if the first one in it begins the line (`v20.20.2`), is declared
   (`openjdk version "17.0.15"`) or has a title (`ripgrep 13.0.0`);
3. a later line that begins with the version, or with the word: `version: 0.9.0`.

Two answers of one rank are none, and a text that tells of a failure is trusted in the first step only.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from enum import IntEnum
from functools import cache
from typing import NamedTuple

from gating.versions.lines import BLANK, readable, tells_of_failure
from gating.versions.tokens import Token, is_address, is_amount, tokens

__all__ = ["version_in"]

_VERSION_WORDS = frozenset({"version", "ver", "ver.", "gitversion", "release", "revision", "rev", "v", "core"})
# Words that, before a number, say that it is not the version of what printed it.
_NO_TITLES = (
    " a about address after an and at before by code copyright count error exit for from has have host in ip is line of"
    " on or over page pid port signal since size status step take takes than that the through to took total under"
    " until was abi api format grammar library module plugin protocol schema spec"
    " alpine centos cpython darwin debian erlang fedora gcc glibc go java jdk jre jvm kernel linux llvm node node.js"
    " nodejs openjdk openssl os otp perl python ruby ubuntu windows zlib "
)
_OTHER_NAMES = {"java": "openjdk"}  # a title that is a tool's own where it would else be another component's
_GLUE = " \t,:;=/_-\"'`([{*|#" + BLANK


class _Rank(IntEnum):
    """How well a number is placed; `REFUSED` stands where a version might, and is none."""

    REFUSED = 0
    ASIDE = 1  # in brackets
    TITLED = 2
    OWN_ASIDE = 3
    OWN = 4


class _Mention(NamedTuple):
    """A number with its rank; `declared` follows the word, `leading` has nothing but the word before it."""

    version: str
    rank: _Rank
    declared: bool = False
    leading: bool = False


def version_in(text: str, tool: str | None) -> str | None:
    """The version that `text`, printed by `tool`, plainly says, else None."""
    names = _names(tool)
    lines = [(line, list(_mentions(line, names))) for line in readable(text)]
    for rank in (_Rank.OWN, _Rank.OWN_ASIDE):
        own = {mention.version for _, mentions in lines for mention in mentions if mention.rank is rank}
        if own:
            return _only(own)
    if tells_of_failure(text):
        return None
    best = next((_best(mentions) for line, mentions in lines if _speaks(line, mentions)), None)
    if best is not None and not best.leading:
        return best.version
    return _only({mention.version for _, mentions in lines for mention in mentions if mention.leading})


def _only(versions: set[str]) -> str | None:
    return next(iter(versions)) if len(versions) == 1 else None


def _speaks(line: str, mentions: list[_Mention]) -> bool:
    return bool(mentions) or re.search(r"[0-9]\.[0-9]", line) is not None


def _best(mentions: list[_Mention]) -> _Mention | None:
    """The first number outside brackets, else the first inside; none where two are declared and differ."""
    outside = [mention for mention in mentions if mention.rank is not _Rank.ASIDE]
    first = next(iter(outside or mentions), None)
    declared = {mention.version for mention in outside if mention.declared}
    return None if first is None or first.rank is _Rank.REFUSED or len(declared) > 1 else first


def _mentions(line: str, names: tuple[str, ...]) -> Iterator[_Mention]:
    for token in tokens(line):
        mention = _mention(token, _before(line[: token.start], names))
        if mention is None:
            continue
        # "release 13.0, V13.0.88" and "perl 5 … (v5.36.0)" say the whole of it elsewhere in the line
        longer = re.search(rf"(?<![A-Za-z0-9.])[vV]({re.escape(token.version)}(?:\.[0-9]+)+)(?![\w.])", line)
        yield mention._replace(version=longer[1]) if longer else mention


class _Before(NamedTuple):
    """What stands before a number.

    `title` is the last word, but for "version" and the like (`declared`); `own` says that it is the tool's name.
    `alone`: it is all there is, and the tool's name is not known. `strange`: it says that the number is another
    component's. `row`: a colon follows it, as in a table. `aside`: a bracket is open.
    """

    title: str
    declared: bool
    own: bool
    alone: bool
    strange: bool
    row: bool
    aside: bool


def _before(text: str, names: tuple[str, ...]) -> _Before:
    words, glue = _unglued(re.sub(r"\([^()]*\)|\[[^\][]*\]", " ", text[-200:].lower()))
    declared = _last(words) in _VERSION_WORDS
    if declared:
        words, glue = _unglued(words[: -len(_last(words))])
        words = re.sub(r"\s(?:has|is)$", "", words)
    title = _last(words)
    alone = not names and title != "" and words == title
    whole_line = declared and "," in glue  # "…, version 2" speaks of all that stands before it
    return _Before(
        title=title,
        declared=declared,
        own=any(re.search(rf"(?<![\w.@/-]){name}$", words.removesuffix(" from")) for name in names),
        alone=alone,
        strange=f" {title} " in _NO_TITLES and not alone and not whole_line,
        row=title != "" and not declared and re.search(r"[:=]", glue) is not None,
        aside=any(text.count(opening) > text.count(closing) for opening, closing in ("()", "[]")),
    )


def _mention(token: Token, before: _Before) -> _Mention | None:
    """Rank a number by what stands before it; None where it does not even look like an answer."""
    if not token.dotted and not _is_numbering(token, before):
        return None
    if token.lead and not (token.explicit or (before.declared and token.dotted)):  # go1.22.1, n6.1 after the word only
        return None
    titled = before.title != ""
    refused = None if before.aside else _Mention(token.version, _Rank.REFUSED)
    if is_address(token, titled=titled):
        return refused
    if before.own:
        return _Mention(token.version, _Rank.OWN_ASIDE if before.aside else _Rank.OWN)
    if before.strange or before.row or is_amount(token):
        return refused
    if titled and not token.explicit and re.search(r"[^\W\d_]", before.title) is None:
        return refused
    if before.aside:
        sure = before.declared or token.explicit
        return _Mention(token.version, _Rank.ASIDE, leading=not titled) if sure else None
    return _Mention(token.version, _Rank.TITLED, declared=before.declared, leading=not titled)


def _is_numbering(token: Token, before: _Before) -> bool:
    """Whether a single number is a version: it directly follows the name, and nothing is counted by it."""
    named = before.own or (before.alone and len(token.version) in {2, 3})
    return named and re.match(r"\.?\s*(?:$|[()\[\],])", token.after) is not None


def _unglued(words: str) -> tuple[str, str]:
    """`words` without the punctuation at its end, and that punctuation."""
    bare = words.rstrip(_GLUE)
    return bare, words[len(bare) :]


def _last(words: str) -> str:
    return re.split(rf"[\s{BLANK},:;=/()\[\]{{}}\"'`|*]", words)[-1]


@cache
def _names(tool: str | None) -> tuple[str, ...]:
    """Patterns for the names by which a tool may call itself: `python3.11` is also `python`."""
    base = re.sub(r"\.(?:exe|cmd|bat|com)$", "", re.split(r"[/\\]", tool or "")[-1].lower())
    stem = re.sub(r"[-_]?[0-9.]+$", "", base)
    names = {base, stem if len(stem) > 1 else base, _OTHER_NAMES.get(base, base)} - {""}
    return tuple(re.sub(r"\\?[-_ ]", "[-_ ]", re.escape(name)) for name in sorted(names))
