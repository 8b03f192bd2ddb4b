"""A metered command in one line."""

from __future__ import annotations

from typing import Any

from hypothesis import given

from gating.report.metered import told_in_a_line
from gating.verdict import Evidence, Outcome, Verdict
from tests.strategies import nasty_texts

TOTALS = {"wall_s": 1.5, "cpu_s": 0.25, "peak_rss_bytes": 5_000_000}


def line(name: str = "make", reason: str = "", evidence: Evidence = Evidence.EXECUTED, **metrics: Any) -> str:
    told = {"totals": TOTALS, "file": "/work/logs/a.jsonl", "complete": True, "trouble": None, **metrics}
    verdict = Verdict(
        id=f"run:{name}", outcome=Outcome.PASS, evidence=evidence, reason=reason, details={"metrics": told}
    )
    return told_in_a_line(verdict, folder="/work")


def test_what_it_took_and_where_that_is_kept() -> None:
    assert line() == "make took 1.50 s, 250 ms CPU, 5.00 MB RSS; recorded in logs/a.jsonl"


def test_what_is_not_known_is_left_out() -> None:
    totals = {"wall_s": 1.5, "cpu_s": None, "peak_rss_bytes": None}
    assert line(totals=totals) == "make took 1.50 s; recorded in logs/a.jsonl"


def test_what_is_not_recorded_is_said() -> None:
    said = "make took 1.50 s, 250 ms CPU, 5.00 MB RSS; "
    assert line(file=None, complete=False, trouble="the disk is full") == said + "not recorded: the disk is full"
    assert line(complete=False, trouble="the disk is full") == (
        said + "recorded in logs/a.jsonl, not in full: the disk is full"
    )


def test_what_did_not_start_took_nothing() -> None:
    assert line(evidence=Evidence.ABSENT, reason="it cannot be started") == "make: it cannot be started"


@given(nasty_texts(20), nasty_texts(20), nasty_texts(20))
def test_it_is_one_line_whatever_the_words_hold(name: str, file: str, trouble: str) -> None:
    said = line(name=f"x{name}", file=f"/{file}", complete=False, trouble=trouble)
    assert all(mark.isprintable() or mark in "\u200c\u200d" for mark in said)
