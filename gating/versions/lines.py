"""Lines: what of a tool's output may speak of its own version, with the rest blanked or left out.

Patterns are compiled on first use (`re` keeps them), so that importing this costs nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

__all__ = ["BLANK", "readable", "tells_of_failure"]

# How much is read: a version stands near the top, and a tool may print without end.
_MAX_CHARS = 32_768
_MAX_LINES = 200
_MAX_LINE = 600

# Escapes of ECMA-48: control sequences, strings (titles, links), others.
_ESCAPE = r"(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]|\x1b[\]PX^_][^\x07\x1b]*(?:\x07|\x1b\\)|\x1b[ -/]+[0-~]|\x1b[0-~]"

BLANK = "\0"  # stands for each letter of what was blanked, so that its neighbours keep their places

_NOISE = r"""(?xi)
    (?:[<>=!~]=|(?<![\w.])[<>^~])\s*v?[0-9][^\s()\[\]]*                 # a specifier
  | \b[0-9]{4}[-/][0-9]{1,2}[-/][0-9]{1,2}(?:T\S*)?                     # a date
  | \b[0-9]{1,2}([-/.])[0-9]{1,2}\1(?:19|20)[0-9]{2}\b
  | \b[0-9]{1,2}-[a-z]{3}-[0-9]{2,4}\b
  | \b[0-9]+:[0-9][0-9:.]*[^\s()\[\]]*                                  # a time, or a package's epoch
  | \bver\s+[0-9.]+\s+distrib\b                                         # MySQL's client; its own version follows
"""
_FILE = r"(?i)\.(?:so|dll|dylib|jar|exe|py|js|rb|sh|tgz|tar|gz|bz2|xz|zip|whl|deb|rpm|toml|json|ya?ml|ini|cfg)\b"
_PATH = r"[\"'`(\[]*(?:[~.]*/|[A-Za-z]:\\|-)"  # an option too
_MAX_WORD = 200
# Where a line stops speaking of the tool itself.
_TAIL = r"""(?xi)
    copyright\b | \(c\) | ©
  | \b(?:compiled|built|linked|running|runs|based)\s+(?:with|by|using|against|on|for|from|under)\b
  | \b(?:with|using|against)\b
"""
# A line that complains, advises or asks speaks of versions that are not there.
_COMPLAINT = r"""(?xi)
    \b(?: errors? | warn(?:ings?)? | fatal | fail(?:s|ed|ure)? | exception | traceback | cannot | can't | couldn't
        | could\ not | unable | missing | must | needs? | requires? | required | requirements? | expected | found
        | at\ least | or\ (?:newer|later|higher|above|greater|older) | too\ (?:old|new) | out\ of\ date | newer
        | minimum | maximum | (?:un)?supported | supports? | (?:in)?compatible | conflicts? | deprecat(?:ed|ion)
        | latest | is\ not | available | upgrad(?:e|ed|ing) | updat(?:ed|ing) | download(?:ed|ing|s)?
        | install(?:ed|ing) | however | load(?:ed|ing) | fetch(?:ed|ing) | collecting | checking | resolving
        | (?:to|please|pip3?|apt|apt-get|dnf|brew|npm|cargo)\ install | no\ such | no\ version | set\ by | denied
        | refused | (?:invalid|unknown|illegal|unrecogni[sz]ed|bad)\ \w+ )\b
  | -> | => | →
"""
_FAILURE = r"""(?xi)
    command\ not\ found | not\ (?:yet\ |currently\ )?installed | no\ such\ (?:file|command) | traceback\ \(most
  | no\ version\ is\ set | cannot\ (?:open|find|execute|connect) | exists\ in\ these | \bbad\ interpreter
  | (?:invalid|unknown|illegal|unrecogni[sz]ed)\ (?:option|argument|command|flag|switch)
  | but\ really                                                         # Ispell's name, worn by its heirs
"""


def readable(text: str) -> Iterator[str]:
    """The lines that may speak of the tool, up to its usage text: without escapes, noise and tails."""
    cut = text[:_MAX_CHARS] if len(text) <= _MAX_CHARS else _whole_words(text[:_MAX_CHARS])
    for line in re.sub(_ESCAPE, "", cut).splitlines()[:_MAX_LINES]:
        if re.match(r"(?i)\W{0,8}usage\b", line):
            return
        short = line if len(line) <= _MAX_LINE else _whole_words(line[:_MAX_LINE])
        if not re.search(_COMPLAINT, short):
            quiet = re.sub(r"\S+", _heard, re.sub(_NOISE, _blanked, short))
            yield re.split(_TAIL, quiet, maxsplit=1)[0].rstrip()


def tells_of_failure(text: str) -> bool:
    """Whether a text tells of something that did not work, so that a number without a name is not to be trusted."""
    return re.search(_FAILURE, text[:_MAX_CHARS]) is not None


def _whole_words(text: str) -> str:
    """`text`, which was cut off, without its last word: half a version is a wrong one."""
    return text[: len(text) - len(re.split(r"\s", text)[-1])]


def _blanked(noise: re.Match[str]) -> str:
    return BLANK * len(noise[0])


def _heard(found: re.Match[str]) -> str:
    """A word; blanks for an address, a path or a file, but for a path's last part where it is a mere name."""
    word = found[0]
    if len(word) > _MAX_WORD or "://" in word or word.startswith("www.") or re.search(_FILE, word):
        return _blanked(found)
    _, slash, name = word.replace("\\", "/").rpartition("/")
    if re.match(_PATH, word) or word.count(slash or "/") > 1:
        kept = name if slash and not re.search(r"[0-9]", name) else ""
        return BLANK * (len(word) - len(kept)) + kept
    return word
