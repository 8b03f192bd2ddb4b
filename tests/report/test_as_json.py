from __future__ import annotations

import json
from pathlib import PurePosixPath

from hypothesis import given

from gating.report.as_json import dumps, render
from gating.verdict import Mode, Report, RunInfo
from tests.ci_runner import forged
from tests.strategies import nasty_texts


def test_one_document_in_ascii_with_a_newline_at_its_end() -> None:
    said = render(Report(run=RunInfo(id="naïve"), mode=Mode.LENIENT))
    assert said.isascii()
    assert said.endswith("}\n")
    assert json.loads(said)["run"]["id"] == "naïve"


def test_surrogates_and_numbers_that_json_has_not_are_replaced() -> None:
    document = {"lone": "a\udc80b\ud800", "pair": "\ud83d\ude00", "nan": float("nan"), "inf": [float("inf")], "x": 1.5}
    assert json.loads(dumps(document)) == {
        "lone": "a\ufffdb\ufffd",
        "pair": "\U0001f600",
        "nan": None,
        "inf": [None],
        "x": 1.5,
    }


def test_what_json_has_no_form_for_is_given_as_text() -> None:
    document = {"path": PurePosixPath("/usr/bin"), "kinds": ("a", True, None), "keys": {1: 2}}
    assert json.loads(dumps(document)) == {"path": "/usr/bin", "kinds": ["a", True, None], "keys": {"1": 2}}


@given(nasty_texts().filter(lambda text: not any("\ud800" <= mark <= "\udfff" for mark in text)))
def test_every_other_text_comes_back_and_none_commands_a_ci(text: str) -> None:
    said = dumps({text: text})
    assert json.loads(said) == {text: text}
    assert forged(said) == []
