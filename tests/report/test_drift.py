"""The table of what breaks without what, and the names of the tests, whatever they are called."""

from __future__ import annotations

import json

from gating.report.drift import render
from gating.verdict import Mode, Outcome, Report, RunInfo, Verdict

REPORT = Report(
    run=RunInfo(id="r"),
    mode=Mode.LENIENT,
    verdicts=(
        Verdict(id="drift:pandas", outcome=Outcome.FAIL, reason="2 tests and 1 module broken"),
        Verdict(id="drift:xlrd", outcome=Outcome.PASS, reason="nothing breaks"),
    ),
)
ROWS = [
    {"id": "t/a.py::x", "outcome": "failed", "reason": "no module\x1b[31m", "needs": [], "undeclared": []},
    {"id": "t/a.py::y[|`]", "outcome": "gone", "reason": "", "needs": [], "undeclared": []},
    {"id": "t/dead.py", "outcome": "failed", "reason": "<b>", "needs": [], "undeclared": []},
]
EMPTY = {
    "outcome": "pass",
    "reason": "",
    "without": [],
    "reference": "r",
    "exit_code": 0,
    "not_run": [],
    "skipped": [],
    "unsteady": [],
}
DOCUMENT = {
    "schema": "gating.drift/1",
    "references": {"r": {"tests": ["t/a.py::x", "t/a.py::y[|`]", "t/a.py::z", "t/b.py::x"]}},
    "entries": [
        {**EMPTY, "name": "pandas", "broken": ROWS},
        {**EMPTY, "name": "xlrd", "broken": []},
        {**EMPTY, "name": "all", "broken": [ROWS[0], {**ROWS[0], "id": "t/a.py::z"}]},
    ],
}


def test_text() -> None:
    made = render(REPORT, DOCUMENT, "text", encoding="utf-8", width=80)
    lines = made.splitlines()
    assert lines[:3] == [
        "broken without  pandas     all",
        "t/a.py          2 of 3     2 of 3",
        "t/dead.py       all of it",
    ]
    assert "broken without pandas, and not accounted for:\n  t/a.py::x  no module\n  t/a.py::y[|`]\n" in made
    assert "\x1b" not in made
    assert "without xlrd" not in made
    assert "broken without all of them, and not accounted for:\n  t/a.py::z  no module\n\n" in made, (
        "the other is known"
    )
    assert made.endswith("\n")
    assert "drift:xlrd" in made


def test_markdown() -> None:
    made = render(REPORT, DOCUMENT, "markdown", encoding="utf-8")
    assert "| broken without | pandas | all |\n" in made
    assert "| `t/a.py` | 2 of 3 | 2 of 3 |\n" in made
    assert "\n- `t/dead.py` &lt;b&gt;\n" in made
    assert made.endswith("\n")


def test_json_is_the_document() -> None:
    assert json.loads(render(REPORT, DOCUMENT, "json")) == DOCUMENT


def test_many_are_counted() -> None:
    rows = [{**ROWS[0], "id": f"t/a.py::x{number}"} for number in range(50)]
    document = {**DOCUMENT, "entries": [{**EMPTY, "name": "pandas", "broken": rows}]}
    assert "  and 10 more, which --format json names\n" in render(REPORT, document, "text")
    assert "- and 10 more, which --format json names\n" in render(REPORT, document, "markdown")


def test_where_nothing_breaks_the_verdicts_are_all() -> None:
    document = {**DOCUMENT, "entries": []}
    made = render(REPORT, document, "text", width=80)
    assert "broken without" not in made
