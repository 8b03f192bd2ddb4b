from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st

from gating.report import show
from gating.verdict import Outcome, Verdict
from tests.ci_runner import forged
from tests.strategies import nasty_texts, run_rows, verdicts

RUN = {
    "id": "r1",
    "parent": None,
    "command": "preflight",
    "status": "finished",
    "exit_code": 1,
    "started_ns": 1_763_610_000_000_000_000,
    "ended_ns": 1_763_610_003_000_000_000,
    "counts": {"pass": 0, "degraded": 0, "skip": 0, "fail": 1},
}
FAILED = Verdict(id="tool:git", outcome=Outcome.FAIL, reason="not on the search path").as_dict()
SNAPSHOT = {
    "python": "3.13.0",
    "git": {"branch": "main", "dirty": False, "tag": None},
    "gpus": [],
    "extras": ["nox", "test"],
    "distributions": {f"name-{number}": "1.0" for number in range(40)},
    "cuda": None,
}


def document(**given: object) -> dict[str, object]:
    return {"schema": "gating.run/1", "run": RUN, "verdicts": [FAILED], "snapshot": SNAPSHOT} | given


RECORDING = {
    "name": "tests", "path": "/x/logs/system_metrics/a.jsonl", "complete": True,
    "totals": {"wall_s": 6.0, "cpu_s": 8.7, "peak_rss_bytes": 910_000_000},
}  # fmt: skip


def test_what_was_recorded_is_shown_with_its_file_or_why_there_is_none() -> None:
    shown = [
        RECORDING,
        RECORDING | {"deleted": "older than 90 days", "totals": None},
        RECORDING | {"complete": False, "reason": "it has no footer"},
    ]
    assert """
recordings
  tests  6.00 s, 8.70 s CPU, 910 MB RSS; /x/logs/system_metrics/a.jsonl
  tests  ?, ? CPU; deleted: older than 90 days
  tests  6.00 s, 8.70 s CPU, 910 MB RSS; /x/logs/system_metrics/a.jsonl (not complete: it has no footer)
""" in show.render(document(recordings=shown))
    assert "| tests | 6.00 s, 8.70 s CPU" in show.render(document(recordings=shown), "markdown")


def test_a_run_is_shown_with_its_verdicts_and_its_machine() -> None:
    assert show.render(document()) == (
        """\
run      r1
command  preflight
started  2025-11-20 03:40:00 UTC
took     3.0 s

✗ fail      tool:git  not on the search path

snapshot
  python         3.13.0
  git            branch main, dirty False
  gpus           none
  extras         nox, test
  distributions  40 entries
  cuda           unknown

exit 1: 1 failed
"""
    )


def test_a_killed_run_without_verdicts_or_snapshot_is_shown() -> None:
    killed = RUN | {"status": "killed", "exit_code": None, "ended_ns": None, "counts": {}}
    said = show.render(document(run=killed, verdicts=[], snapshot=None))
    assert said.splitlines()[-1] == "killed: no verdicts"
    assert "took" not in said


def test_markdown_has_the_same() -> None:
    said = show.render(document(), "markdown")
    assert said.startswith("### run `r1`: exit 1\n")
    assert "| ❌ fail | `tool:git` |" in said
    assert "| python | 3.13.0 |" in said


def test_json_is_the_document_itself() -> None:
    assert json.loads(show.render(document(), "json")) == document()


@given(run_rows(), st.lists(verdicts(), max_size=2), st.dictionaries(nasty_texts(10), nasty_texts(20), max_size=3))
def test_no_stored_words_paint_the_terminal_or_command_the_ci(
    run: dict[str, object], stored: list[Verdict], snapshot: dict[str, str]
) -> None:
    shown = document(run=run, verdicts=[verdict.as_dict() for verdict in stored], snapshot=snapshot)
    for form in ("text", "markdown", "json"):
        said = show.render(shown, form)
        assert all(mark.isprintable() or mark in "\n\u200c\u200d" for mark in said)
        assert forged(said) == []
