"""What becomes of a test is told by its reports, in whatever order and however often they come."""

from __future__ import annotations

from typing import Any, Literal

import pytest

from gating.testing.account import Account, outcome_of
from gating.testing.note import Kind, Note, noted

NEED = (("torch", "torch>=2", "absent"),)


def report(
    when: Literal["setup", "call", "teardown"],
    outcome: Literal["passed", "failed", "skipped"],
    note: Note | None = None,
    **more: Any,
) -> pytest.TestReport:
    made = pytest.TestReport("t.py::t", ("t.py", 0, "t"), {}, outcome, None, when, **more)
    if note is not None:
        note.put_on(made)
    return made


def told(*reports: pytest.TestReport) -> str:
    account = Account()
    for one in reports:
        account.pytest_runtest_logreport(one)
    return account.tests["t.py::t"].outcome


def test_the_worst_of_its_phases_is_what_became_of_it() -> None:
    good = [report("setup", "passed"), report("call", "passed"), report("teardown", "passed")]
    assert told(*good) == "passed"
    assert told(good[0], report("call", "failed"), good[2]) == "failed"
    assert told(*good[:2], report("teardown", "failed")) == "error"
    assert told(report("setup", "failed"), good[2]) == "error"
    assert told(report("setup", "skipped"), good[2]) == "skipped"
    assert told(report("setup", "skipped", Note(Kind.NOT_RUN, NEED)), good[2]) == "not-run"
    assert told(report("setup", "skipped", Note(Kind.DOES_NOT_APPLY, NEED)), good[2]) == "skipped"
    assert told(good[0], report("call", "skipped", wasxfail="x"), good[2]) == "xfailed"
    assert told(good[0], report("call", "passed", wasxfail="x"), good[2]) == "xpassed"


def test_a_test_that_is_run_again_has_its_last_outcome() -> None:
    again = report("call", "failed")
    again.outcome = "rerun"  # type: ignore[assignment]  # as pytest-rerunfailures has it
    assert outcome_of(again) is None
    first = [report("setup", "passed"), again, report("teardown", "passed")]
    assert told(*first, report("setup", "passed"), report("call", "passed")) == "passed"
    assert told(report("setup", "failed"), report("setup", "passed"), report("call", "passed")) == "passed"


def test_a_subtest_that_failed_fails_its_test() -> None:
    failed = report("call", "failed", Note(Kind.UNDECLARED, NEED), context="sub")
    account = Account()
    for one in (report("setup", "passed"), failed, report("call", "passed", context="sub"), report("call", "failed")):
        account.pytest_runtest_logreport(one)
    row = account.tests["t.py::t"]
    assert (row.outcome, row.undeclared) == ("failed", ("torch",))
    assert outcome_of(report("call", "passed", context="sub")) is None


def test_a_note_outlives_the_way_to_the_controller() -> None:
    note = Note(Kind.NOT_RUN, NEED, "needs torch", ("t.py::a",))
    sent = report("setup", "skipped", note)._to_json()
    assert noted(pytest.TestReport._from_json(sent)) == note
    assert noted(report("call", "passed")) is None


def test_modules_are_told_apart() -> None:
    account = Account()
    for name, outcome, note in (
        ("a.py", "skipped", Note(Kind.NOT_RUN, NEED)),
        ("b.py", "skipped", None),
        ("c.py", "failed", None),
        ("d.py", "failed", Note(Kind.UNDECLARED, NEED)),
        ("e.py", "skipped", Note(Kind.DOES_NOT_APPLY, NEED)),
        ("f.py", "passed", None),
    ):
        made = pytest.CollectReport(name, outcome, None, [])  # type: ignore[arg-type]
        if note is not None:
            note.put_on(made)
        account.pytest_collectreport(made)
    assert {row.id: (row.outcome, row.undeclared, bool(row.left_out)) for row in account.modules.values()} == {
        "a.py": ("not-run", (), True),
        "c.py": ("failed", (), False),
        "d.py": ("failed", ("torch",), False),
        "e.py": ("skipped", (), False),
    }
    assert [row.id for row, _ in account.left_out()] == ["a.py"]
