"""What breaks when dependencies are away, told from two documents."""

from __future__ import annotations

from gating.checks.drifted import GONE, Drifted, broken_in, compare, tried_again
from gating.checks.suite import Row, Suite

FULL = {"a.py::x": "passed", "a.py::y": "passed", "b.py::x": "passed", "b.py::p[1]": "passed", "b.py::p[2]": "xfailed"}


def suite(tests: dict[str, str], modules: dict[str, str] | None = None, **more: object) -> Suite:
    def rows(told: dict[str, str]) -> dict[str, Row]:
        return {
            key: Row(id=key, outcome=outcome, needs=("p",) if outcome == "not-run" else ())
            for key, outcome in told.items()
        }

    return Suite(without=("p",), tests=rows(tests), modules=rows(modules or {}), **more)  # type: ignore[arg-type]


def ids(drifted: Drifted) -> dict[str, list[str]]:
    parts = ("broken", "not_run", "skipped", "unsteady")
    return {part: list(getattr(drifted, part)) for part in parts if getattr(drifted, part)}


def test_nothing_breaks() -> None:
    assert ids(compare(suite(FULL), suite(FULL), {})) == {}
    assert ids(compare(suite(FULL), suite({**FULL, "a.py::x": "xfailed", "a.py::y": "xpassed"}), {})) == {}


def test_what_breaks_is_told_from_what_is_left_out() -> None:
    now = {**FULL, "a.py::x": "failed", "a.py::y": "error", "b.py::x": "not-run", "b.py::p[1]": "skipped"}
    assert ids(compare(suite(FULL), suite(now), {})) == {
        "broken": ["a.py::x", "a.py::y"],
        "not_run": ["b.py::x"],
        "skipped": ["b.py::p[1]"],
    }


def test_what_broke_before_is_no_drift() -> None:
    before = {**FULL, "a.py::x": "failed", "a.py::y": "skipped", "b.py::x": "not-run"}
    now = {**before, "a.py::x": "error", "b.py::x": "skipped"}
    assert ids(compare(suite(before), suite(now), {})) == {}
    assert ids(compare(suite(before), suite({**now, "a.py::y": "failed"}), {})) == {"broken": ["a.py::y"]}
    assert list(broken_in(suite(before, {"c.py": "failed", "d.py": "not-run"}))) == ["a.py::x", "c.py"]


def test_a_module_stands_for_its_tests() -> None:
    rest = {key: outcome for key, outcome in FULL.items() if key.startswith("b.py")}
    assert ids(compare(suite(FULL), suite(rest, {"a.py": "failed"}), {})) == {"broken": ["a.py"]}
    assert ids(compare(suite(FULL), suite(rest, {"a.py": "not-run"}), {})) == {"not_run": ["a.py"]}
    assert ids(compare(suite({"s/a.py::x": "passed"}), suite({}, {"s": "failed"}), {})) == {"broken": ["s"]}
    known = suite(rest, {"a.py": "failed"})
    assert ids(compare(known, known, {})) == {}


def test_a_test_that_is_not_collected_is_gone() -> None:
    now = {key: outcome for key, outcome in FULL.items() if key not in {"a.py::x", "b.py::p[2]"}}
    drifted = compare(suite(FULL), suite(now), {})
    assert {key: row.outcome for key, row in drifted.broken.items()} == {"a.py::x": GONE, "b.py::p[2]": GONE}
    assert ids(compare(suite(FULL), suite(now), {"a.py::*": ["p"], "b.py": ["other"]})) == {
        "broken": ["b.py::p[2]"],
        "not_run": ["a.py::x"],
    }


def test_parameters_that_only_have_other_names_are_there() -> None:
    now = {**FULL, "b.py::p[<object at 0x7f>]": "passed"}
    del now["b.py::p[1]"]
    assert ids(compare(suite(FULL), suite(now), {})) == {}


def test_a_test_that_was_skipped_may_be_gone() -> None:
    assert ids(compare(suite({**FULL, "a.py::z": "skipped"}), suite(FULL), {})) == {}


def test_a_new_test_that_fails_is_broken() -> None:
    assert ids(compare(suite(FULL), suite({**FULL, "a.py::fallback": "failed"}), {})) == {"broken": ["a.py::fallback"]}


def test_a_run_without_an_account_is_a_problem() -> None:
    drifted = compare(suite(FULL), suite({}, problem="it was killed by SIGSEGV"), {})
    assert drifted.problem == "it was killed by SIGSEGV"
    assert ids(drifted) == {}


def test_what_passes_when_it_is_tried_again_is_unsteady() -> None:
    now = {**FULL, "a.py::x": "failed", "a.py::y": "error"}
    del now["b.py::x"]
    drifted = compare(suite(FULL), suite(now), {})
    again = suite({"a.py::x": "failed", "a.py::y": "passed"})
    assert ids(tried_again(drifted, again)) == {"broken": ["a.py::x", "b.py::x"], "unsteady": ["a.py::y"]}
    assert ids(tried_again(drifted, suite({}, problem="exit 4"))) == {"broken": ["a.py::x", "a.py::y", "b.py::x"]}


def test_a_module_that_is_collected_when_it_is_tried_again_is_unsteady() -> None:
    drifted = compare(suite(FULL), suite({}, {"a.py": "failed", "b.py": "failed"}), {})
    again = suite({"a.py::x": "passed"}, {"b.py": "failed"})
    assert ids(tried_again(drifted, again)) == {"broken": ["b.py"], "unsteady": ["a.py"]}
