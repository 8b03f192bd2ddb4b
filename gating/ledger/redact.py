"""Take secrets out of what is about to be stored or shown: keys, tokens, passwords, URLs with passwords.

What tells a secret is its name (`--token X`, `API_KEY=X`, a mapping's key), its place (`https://user:X@host`,
`Authorization: X`) or its shape (`ghp_…`, a JSON Web Token). A bare run of hex digits tells nothing: commits
and checksums stay as they are.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TypeVar, cast

__all__ = ["MASK", "may_hold_secret", "redact", "redact_text"]

MASK = "***"
_DEEPEST = 60  # levels of nesting; what lies deeper is dropped, so that no input can exhaust the stack

T = TypeVar("T")

_WORD = (
    r"(?:token|secret|passw(?:or)?d|passphrase|credentials?|(?:api|access|secret|private|signing)[-_]?key(?:[-_]id)?)"
)
_SHORT = r"[a-z0-9]_(?:pass|pwd|pat)"  # DB_PASS, MYSQL_PWD; PWD alone is a folder, and `pass` an outcome
_NAME = rf"[a-z0-9_.-]*(?:{_WORD}|{_SHORT})"
# up to a blank, a quote or the next part of a query; what sticks to a closing quote belongs to it, as in a shell
_VALUE = r"""(?:"[^"\r\n]*"?[^\s&"']*|'[^'\r\n]*'?[^\s&"']*|[^\s&"']+)"""
_IS = r"""["']?[ \t]*[:=][ \t]*["']?"""
_SCHEME = r"(?:basic|bearer|token|negotiate)"

# GitHub, GitLab, PyPI, keys that begin with sk- or sk_live_, AWS, Slack, Google, Hugging Face, npm, Docker, JWT
_SHAPES = (
    r"(?<![A-Za-z0-9])(?:gh[pousr]_[A-Za-z0-9]{16,}|github_pat_[A-Za-z0-9_]{16,}|glpat-[A-Za-z0-9_-]{16,}"
    r"|pypi-AgE[A-Za-z0-9_-]{8,}|pypi-(?=[a-z_-]{0,200}[A-Z0-9])[A-Za-z0-9_-]{32,}"
    r"|sk-(?=[a-z_-]{0,200}[A-Z0-9])[A-Za-z0-9_-]{20,}|[sr]k_live_[A-Za-z0-9]{16,}|A(?:KI|SI)A[A-Z0-9]{16}"
    r"|xox[a-z]-[A-Za-z0-9-]{10,}|AIza[A-Za-z0-9_-]{35}|hf_[A-Za-z0-9]{30,}|npm_[A-Za-z0-9]{36}"
    r"|dckr_pat_[A-Za-z0-9_-]{16,}|eyJ[A-Za-z0-9_-]{8,2000}\.[A-Za-z0-9_-]{8,}(?:\.[A-Za-z0-9_-]*)?)"
)

# What a text in small letters must hold before a pattern is tried. Most texts hold none of it, and compiling the
# patterns would cost more than storing the run.
_OF_NAMES = (
    "token", "secret", "passw", "passphrase", "credential", "_pass", "_pwd", "_pat", "apikey", "api_key", "api-key",
    "accesskey", "access_key", "access-key", "privatekey", "private_key", "private-key", "signingkey", "signing_key",
    "signing-key",
)  # fmt: skip
_OF_SHAPES = (
    "ghp_", "gho_", "ghu_", "ghs_", "ghr_", "github_pat_", "glpat-", "pypi-", "sk-", "k_live_", "akia", "asia", "xox",
    "aiza", "hf_", "npm_", "dckr_", "eyj",
)  # fmt: skip

# the words of which a text must hold one, the pattern, and what takes its place
_RULES: tuple[tuple[tuple[str, ...], str, str], ...] = (
    (("private key-",), r"(?is)-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(?:-----END [A-Z ]*PRIVATE KEY-----|\Z)", MASK),
    (("@",), r"""(?i)\b([a-z][a-z0-9+.-]{0,30}://[^\s/?#:@"'<>]*):[^\s/?#"'<>]*@""", rf"\1:{MASK}@"),
    (
        ("authorization",),
        rf"""(?i)\b(authorization{_IS})(?:digest[^\r\n]+|(?:{_SCHEME}[ \t]+)?[^\s"',;]+)""",
        rf"\1{MASK}",
    ),
    (("bearer ",), r"(?i)\b(bearer )[a-z0-9._~+/-]{20,}=*", rf"\1{MASK}"),
    (_OF_NAMES, rf"(?i)(?<![a-z0-9_.-])({_NAME}=)(?!=){_VALUE}", rf"\1{MASK}"),
    (_OF_NAMES, rf"(?i)(?<![a-z0-9_.-])(--?{_NAME}[ \t]+)(?!-){_VALUE}", rf"\1{MASK}"),
    (_OF_NAMES, rf"""(?i)(["'])({_NAME})\1(\s*:\s*)(["'])(?:(?!\4)[^\\\r\n]|\\.)*\4?""", rf"\1\2\1\3\4{MASK}\4"),
    (_OF_SHAPES, _SHAPES, MASK),
)

_EVERY_HINT = ("-pass", *dict.fromkeys(hint for hints, _, _ in _RULES for hint in hints))

_OPTION = rf"(?i)--?(?:{_NAME}|pass)"
_KEY = rf"(?i)(?:{_NAME}|(?:proxy-)?authorization)"
# distributions are listed by name in a snapshot, and some are called `token` or `django-api-key`
_VERSION = r"[0-9]{1,6}(?:\.[0-9a-z]{1,8}){1,4}(?:\+[a-z0-9.]{1,12})?"


def redact(value: T) -> T:
    """Return `value` with each secret in it replaced by `***`.

    Strings, mappings, lists and tuples are walked, and rebuilt as dict, list and tuple; anything else is
    returned as it is. In a list, what follows an option with a secret's name is replaced (`["--token", "X"]`);
    in a mapping, the texts under a key with such a name. Never raises, changes no text that holds no secret,
    and changes nothing when it is applied to its own result.
    """
    return cast("T", _walk(value, secret=False, depth=0))


def redact_text(text: str) -> str:
    """Return `text` with each secret in it replaced by `***`."""
    small = text.lower()
    for hints, pattern, replacement in _RULES:
        if any(hint in small for hint in hints):
            text = re.sub(pattern, replacement, text)
    return text


def may_hold_secret(text: str) -> bool:
    """Whether `text`, which may be the JSON text of a value, is worth the walk: False where nothing would change."""
    small = text.lower()
    return any(hint in small for hint in _EVERY_HINT)


def _walk(value: object, *, secret: bool, depth: int) -> object:
    if isinstance(value, str):
        return MASK if secret else redact_text(value)
    if depth > _DEEPEST:
        return None
    if isinstance(value, Mapping):
        return {
            redact_text(key) if isinstance(key, str) else key: _walk(
                item, secret=secret or _names_secret(key, item), depth=depth + 1
            )
            for key, item in value.items()
        }
    if isinstance(value, list | tuple):
        walked: list[object] = []
        option = False  # whether the item before this one is an option that takes a secret
        for item in value:
            hidden = secret or (option and isinstance(item, str) and not item.startswith("-"))
            walked.append(_walk(item, secret=hidden, depth=depth + 1))
            option = isinstance(item, str) and item.startswith("-") and re.fullmatch(_OPTION, item) is not None
        return walked if isinstance(value, list) else tuple(walked)
    return value


def _names_secret(key: object, item: object) -> bool:
    if not isinstance(key, str) or not re.fullmatch(_KEY, key):
        return False
    return not (isinstance(item, str) and re.fullmatch(_VERSION, item))
