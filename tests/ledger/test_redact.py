"""Secrets are taken out by name, place and shape; everything else stays as it is."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gating.ledger.redact import may_hold_secret, redact, redact_text

# put together here, so that no scanner takes this file for a leak
GITHUB = "gh" + "p_" + "A1b2C3d4E5f6G7h8I9j0K1l2M3n4O5p6Q7r8"
PYPI = "pypi" + "-AgEIcHlwaS5vcmcCJDEyMzQ1Njc4"
JWT = "ey" + "JhbGciOiJIUzI1NiJ9.ey" + "JzdWIiOiIxMjM0In0.dBjftJeZ4CVP-mB92K27uhbUJU1p1r"
AWS = "AK" + "IAIOSFODNN7EXAMPLE"

SECRETS = [
    ("https://user:hunter2@example.org/x", "https://user:***@example.org/x"),
    ("https://user:p@ss:w@example.org/x", "https://user:***@example.org/x"),
    ("postgresql://:hunter2@db/x?sslmode=on", "postgresql://:***@db/x?sslmode=on"),
    (
        "pip install -i https://u:p@one/simple https://v:q@two",
        "pip install -i https://u:***@one/simple https://v:***@two",
    ),
    ("Authorization: Bearer abc.def", "Authorization: ***"),
    ("curl -H 'authorization: token abc' https://x", "curl -H 'authorization: ***' https://x"),
    ("Proxy-Authorization: Basic dXNlcjpwdw== failed", "Proxy-Authorization: *** failed"),
    ('Authorization: Digest username="a", response="b"\nx', "Authorization: ***\nx"),
    ("sent Bearer 0123456789abcdefghij-._~+/= to x", "sent Bearer *** to x"),
    ("twine --token X upload", "twine --token *** upload"),
    ("twine --password=X upload", "twine --password=*** upload"),
    ("tool --api-key 'a b' c", "tool --api-key *** c"),
    ("API_KEY=abc make", "API_KEY=*** make"),
    ("AWS_SECRET_ACCESS_KEY=a/b+c DB_PASS=x MYSQL_PWD=y", "AWS_SECRET_ACCESS_KEY=*** DB_PASS=*** MYSQL_PWD=***"),
    ('PGPASSWORD="two words" psql', "PGPASSWORD=*** psql"),
    ("https://example.org/?access_token=abc&x=1", "https://example.org/?access_token=***&x=1"),
    ('{"password": "a\\"b", "x": 1}', '{"password": "***", "x": 1}'),
    ("{'client_secret': 'abc'}", "{'client_secret': '***'}"),
    ('{"password": "cut off he', '{"password": "***"'),
    (f"remote: {GITHUB} is not allowed", "remote: *** is not allowed"),
    (f"https://{GITHUB}@github.com/x", "https://***@github.com/x"),
    ("github_pat" + "_11ABCDEFG0aBcDeFgHiJkL", "***"),
    (PYPI, "***"),
    ("sk-" + "proj-abcdefghijklmnop1234", "***"),
    (f"key {AWS}.", "key ***."),
    ("xox" + "b-123456789012-abcdef", "***"),
    (JWT, "***"),
    ("-----BEGIN RSA PRIVATE KEY-----\nabc\n-----END RSA PRIVATE KEY-----\nrest", "***\nrest"),
    ("-----BEGIN PRIVATE KEY-----\nabc", "***"),
]

HARMLESS = [
    "",
    "b6589fc6ab0dc82cf12099d1c2d40ab994e8410c",  # a commit
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",  # SHA-256
    "01a1f720b5427c4bb3594417a7889aa0",  # a run
    "https://example.org:8443/a@b",
    "git+ssh://git@example.org/x.git@v1.2",
    "https://registry.example.org/@scope/name",
    "PWD=/home/x OLDPWD=/tmp",
    "token==1.0; tokenizers>=0.2, secretstorage",
    "python -m pip install 'pre-commit>=3.7' pypi-attestations",
    "the key is missing, the token is wrong, 3 passwords",
    "keys=3 monkey=4 hockey",
    "2 of 3 passed in task-0123456789abcdefghij0123456789",
    "ghp_short eyJ.x sk-learn-and-other-long-package-names",
    "C:\\Users\\x\\bin\\tool.exe",
    "Authorization",
    "C++ 17.0.15+6, 9.2p1, ~=3.3a",
]


@pytest.mark.parametrize(("text", "expected"), SECRETS)
def test_a_secret_is_taken_out_of_a_text(text: str, expected: str) -> None:
    assert redact_text(text) == expected
    assert redact({"reason": [text]}) == {"reason": [expected]}
    assert may_hold_secret(text)


@pytest.mark.parametrize("text", HARMLESS)
def test_a_text_without_a_secret_stays(text: str) -> None:
    assert redact_text(text) == text
    assert redact(["x", {"y": text}]) == ["x", {"y": text}]


def test_what_follows_an_option_is_taken_out_of_an_argument_list() -> None:
    argv = ["twine", "upload", "--token", "abc", "-v", "--password", "--verbose", "--pass", "x", "dist"]
    assert redact(argv) == [
        "twine",
        "upload",
        "--token",
        "***",
        "-v",
        "--password",
        "--verbose",
        "--pass",
        "***",
        "dist",
    ]
    assert redact(tuple(argv)) == tuple(redact(argv))


def test_texts_under_the_name_of_a_secret_are_taken_out_of_a_mapping() -> None:
    found = {"API_KEY": "abc", "credentials": {"user": "x", "n": 3}, "token": None, "key": "stays", "tokens": 5}
    assert redact(found) == {
        "API_KEY": "***",
        "credentials": {"user": "***", "n": 3},
        "token": None,
        "key": "stays",
        "tokens": 5,
    }


def test_the_version_of_a_distribution_with_such_a_name_stays() -> None:
    installed = {"token": "1.0", "django-api-key": "2.1.3", "secret": "2024.1.post2", "torch": "2.2.0+cu121"}
    assert redact(installed) == installed


# Free text seldom holds a secret, so texts are put together from what the patterns look for.
HALVES = [half for text, _ in SECRETS for half in (text, text[: len(text) // 2], text[len(text) // 2 :])]
JOINTS = [
    "***",
    "=",
    ":",
    '"',
    "'",
    " ",
    "\n",
    "@",
    "://",
    "--",
    "token",
    "_pass",
    "Bearer ",
    "authorization",
    "&",
    "\\",
]
PIECES = st.sampled_from([*HALVES, *HARMLESS, *JOINTS])
TEXTS = st.lists(st.one_of(PIECES, st.text(max_size=5)), max_size=6).map("".join)
VALUES = st.recursive(
    st.one_of(TEXTS, st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False)),
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(TEXTS, inner, max_size=4)),
    max_leaves=8,
)


@given(VALUES)
def test_redacting_twice_changes_nothing_more(value: Any) -> None:
    once = redact(value)
    assert redact(once) == once


@given(VALUES)
def test_the_quick_look_overlooks_nothing(value: Any) -> None:
    if not may_hold_secret(json.dumps(value)):
        assert redact(value) == value


WORDS = st.text(alphabet="abcdefghijklmnoprstuvwxyz0123456789./ ,<>~+", max_size=40)
KEYS = st.sampled_from(["id", "key", "keys", "path", "reason", "authors", "pass", "PWD", "tokens", "tool:git"])


@given(st.recursive(WORDS, lambda inner: st.one_of(st.lists(inner), st.dictionaries(KEYS, inner)), max_leaves=10))
def test_words_and_numbers_stay(value: Any) -> None:
    assert redact(value) == value


def test_nothing_raises() -> None:
    endless: list[object] = []
    endless.append(endless)
    for value in (endless, {"a": endless}, {1: b"x"}, object(), "\udcff://a:b@c", {"token": {1, 2}}):
        redact(value)
