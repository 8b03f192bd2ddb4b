from __future__ import annotations

import subprocess
import sys

import pytest

from gating.errors import UsageError
from gating.report import FORMATS, render
from gating.verdict import Mode, Outcome, Report, RunInfo, Verdict

REPORT = Report(
    run=RunInfo(id="r1"), mode=Mode.STRICT, verdicts=(Verdict(id="tool:naïve", outcome=Outcome.FAIL, reason="日本"),)
)


def test_an_unknown_format_is_a_wrong_use_that_names_the_known_ones() -> None:
    with pytest.raises(UsageError, match=r"'yaml'.*text, json, junit, markdown, github"):
        render(REPORT, "yaml")


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("encoding", ["ascii", "cp1252", "utf-8"])
def test_every_format_can_be_printed_on_every_stream(form: str, encoding: str) -> None:
    said = render(REPORT, form, encoding=encoding)
    said.encode(encoding)
    assert said.endswith("\n")


def test_a_format_is_loaded_when_it_is_asked_for() -> None:
    seen = (
        "import sys; import gating.report; print(*(name for name in sys.modules if name.startswith('gating.report')))"
    )
    loaded = subprocess.run([sys.executable, "-c", seen], capture_output=True, text=True, check=True).stdout.split()
    assert loaded == ["gating.report"]
