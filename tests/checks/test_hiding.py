"""Hiding: what is configured as a secret and what looks like one is in nothing that is printed or stored."""

from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st

from gating.checks.hiding import Hidden
from gating.verdict import Outcome, Remedy, Verdict

HIDDEN = Hidden(("me:hunter2@", "hunter2"))


def test_texts() -> None:
    assert HIDDEN("fetch http://me:hunter2@h/simple with hunter2") == "fetch http://***@h/simple with ***"
    assert HIDDEN("https://other:secret@h/") == "https://other:***@h/"
    assert HIDDEN("nothing to hide: me") == "nothing to hide: me"


def test_all_of_a_verdict() -> None:
    verdict = Verdict(
        id="install:x",
        outcome=Outcome.DEGRADED,
        reason="failed at http://me:hunter2@h",
        remedy=Remedy(commands=(("pip", "install", "x @ http://me:hunter2@h/x.whl"),), channel="pip"),
        details={"attempts": [{"output": "hunter2", "command": ["--token", "abc", "hunter2"], "code": 1}]},
    )
    hidden = HIDDEN.of(verdict)
    text = json.dumps(hidden.as_dict())
    assert "hunter2" not in text
    assert "abc" not in text
    assert hidden.details["attempts"][0]["code"] == 1
    assert HIDDEN.of(hidden) == hidden
    plain = Verdict(id="install:x", outcome=Outcome.PASS, reason="it was there")
    assert HIDDEN.of(plain) == plain


@given(st.text(), st.text(min_size=4))
def test_a_secret_is_never_left(text: str, secret: str) -> None:
    found = Hidden((secret,))(f"{text}{secret}{text}")
    assert secret not in found or secret in "***" * 10 or secret in text.replace(secret, "***") + "***" + text
