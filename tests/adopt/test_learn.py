"""Needs from a drift record made by hand: attributed, folded, beside what a person has written."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from gating.adopt.learn import Learned, learned
from gating.adopt.lesson import lesson, write_lesson
from gating.checks.drift_record import keep
from gating.errors import UsageError
from gating.policy import load_policy

TESTS = ["t/a.py::x", "t/a.py::y", "t/b.py::x", "t/b.py::y", "t/c.py::x"]
OPTIONAL = (
    "[tool.gating.optional]\npandas = 'pandas>=2'\nxlrd = 'xlrd'\nno-metadata = { requires = 'nope', import = 'nm' }\n"
)

SHIM = '{} cannot be imported without pandas; with fallback = "shim" for it, only the tests that use it would need it'


def row(
    test_id: str, outcome: str = "failed", needs: Sequence[str] = (), undeclared: Sequence[str] = ()
) -> dict[str, Any]:
    return {"id": test_id, "outcome": outcome, "reason": "", "needs": list(needs), "undeclared": list(undeclared)}


def entry(name: str, *broken: str | dict[str, Any], outcome: str = "fail", **more: Any) -> dict[str, Any]:
    return {
        "name": name,
        "outcome": outcome,
        "reason": "why",
        "without": [name],
        "reference": "r",
        "exit_code": 1,
        "broken": [row(one) if isinstance(one, str) else one for one in broken],
        "not_run": [],
        "skipped": [],
        "unsteady": [],
        **more,
    }


def document(*entries: dict[str, Any], **reference: Any) -> dict[str, Any]:
    told = {"tests": TESTS, "partial": [], "broken": [], **reference}
    return {"schema": "gating.drift/1", "references": {"r": told}, "entries": list(entries)}


def learn(tmp_path: Path, *entries: dict[str, Any], needs: str = "", **reference: Any) -> Learned:
    (tmp_path / "pyproject.toml").write_text(f"{OPTIONAL}[tool.gating.needs]\n{needs}\n")
    return learned(document(*entries, **reference), load_policy(tmp_path, env={}))


def test_what_skips_itself_without_it_needs_it_where_that_is_asked_for(tmp_path: Path) -> None:
    of_pandas = entry(
        "pandas",
        outcome="pass",
        skipped=[row("t/a.py::x", "skipped"), row("t/a.py::y", "skipped")],
        not_run=[row("t/b.py::x", "not-run", ["pandas"]), row("t/b.py::y", "not-run", ["xlrd"])],
    )
    assert learn(tmp_path, of_pandas).needs == {}
    policy = load_policy(tmp_path, env={})
    made = learned(document(of_pandas), policy, skips=True)
    assert made.needs == {"t/a.py::*": ("pandas",), "t/b.py::x": ("pandas",)}
    assert made.why["t/a.py::*"] == "2 tests broke, or were not run, without pandas"


def test_what_breaks_without_it_needs_it(tmp_path: Path) -> None:
    made = learn(tmp_path, entry("pandas", "t/a.py::x", "t/a.py::y", "t/b.py::x"), entry("xlrd", outcome="pass"))
    assert made.needs == {"t/a.py::*": ("pandas",), "t/b.py::x": ("pandas",)}
    assert made.why["t/a.py::*"] == "2 tests broke without pandas"
    assert made.why["t/b.py::x"] == "1 test broke without pandas"
    assert made.notes == ()


def test_what_breaks_without_each_of_two_needs_both(tmp_path: Path) -> None:
    made = learn(
        tmp_path, entry("pandas", "t/a.py::x", "t/a.py::y"), entry("xlrd", "t/a.py::x", "t/a.py::y", "t/c.py::x")
    )
    assert made.needs == {"t/a.py::*": ("pandas", "xlrd"), "t/c.py::*": ("xlrd",)}
    assert made.why["t/a.py::*"] == "2 tests broke without pandas and without xlrd"


def test_a_module_that_cannot_be_imported_is_named_as_a_whole(tmp_path: Path) -> None:
    died = row("t/d.py", "not-run", ["pandas"], ["pandas"])
    left_out = row("t/b.py", "not-run", ["pandas"])
    made = learn(tmp_path, entry("pandas", "t/a.py", not_run=[died, left_out]))
    assert made.needs == {"t/a.py::*": ("pandas",), "t/d.py::*": ("pandas",)}
    assert made.why == {"t/a.py::*": "2 tests broke without pandas", "t/d.py::*": "cannot be imported without pandas"}
    assert made.notes == (SHIM.format("t/a.py, t/d.py"),)
    assert learn(tmp_path, entry("pandas", "s"), tests=["s/a.py::x", "s/b.py::x", "t.py::x"]).needs == {
        "s/*": ("pandas",)
    }
    assert learn(tmp_path, entry("pandas", "s"), tests=["t.py::x"]).needs == {"s/*": ("pandas",)}


def test_what_is_accounted_for_already_may_be_covered(tmp_path: Path) -> None:
    skipped, left_out = [row("t/a.py::y", "skipped")], [row("t/b.py::y", "not-run", ["pandas"])]
    made = learn(tmp_path, entry("pandas", "t/a.py::x", "t/b.py::x", skipped=skipped, not_run=left_out))
    assert made.needs == {"t/a.py::*": ("pandas",), "t/b.py::*": ("pandas",)}
    other = learn(tmp_path, entry("pandas", "t/b.py::x", not_run=[row("t/b.py::y", "not-run", ["xlrd"])]))
    assert other.needs == {"t/b.py::x": ("pandas",)}, "it is left out for another reason"


def test_what_a_person_wrote_is_not_repeated_and_not_touched(tmp_path: Path) -> None:
    broken = entry("pandas", "t/a.py::x", "t/a.py::y", "t/b.py")
    assert learn(tmp_path, broken, needs="'t/a*' = ['pandas>=2.1']\n't/b.py' = ['pandas']").needs == {}
    assert learn(tmp_path, broken, needs="'t/a*' = ['xlrd']\n't/b.py::*' = ['xlrd']").needs == {
        "t/a.py::*": ("pandas",),
        "t/b.py": ("pandas",),
    }
    assert learn(tmp_path, entry("pandas", "t/a.py::x"), needs="'t/a.py::x' = ['xlrd']").needs == {
        "**/t/a.py::x": ("pandas",)
    }
    all_taken = "\n".join(f"'{'**/' * depth}t/a.py::x' = ['xlrd']" for depth in range(5))
    taken = learn(tmp_path, entry("pandas", "t/a.py::x"), needs=all_taken)
    assert taken.needs == {}
    assert taken.notes == ("t/a.py::x has a line already: add pandas to it",)


def test_of_a_part_of_the_suite_only_single_tests_are_learned(tmp_path: Path) -> None:
    made = learn(
        tmp_path, entry("pandas", "t/a.py::x", "t/a.py::y[1]", "t/c.py"), partial=["-k x selects tests by name"]
    )
    assert made.needs == {"t/a.py::x": ("pandas",), "t/a.py::y[[]1]": ("pandas",), "t/c.py::*": ("pandas",)}
    assert made.notes == (
        "pandas was tried on a part of the suite, so no line is for more than a test: -k x selects tests by name",
        SHIM.format("t/c.py"),
    )


def test_what_cannot_be_attributed_is_named(tmp_path: Path) -> None:
    both = entry("all", "t/a.py::x", "t/b.py::x", "t/c.py::x", without=["pandas", "xlrd"])
    made = learn(
        tmp_path,
        both,
        entry("pandas", "t/a.py", outcome="fail"),
        entry("xlrd", outcome="fail", reason="the suite comes to no end without it: it was killed by SIGSEGV"),
        entry("no-metadata", outcome="pass", unsteady=[row("t/b.py::y")]),
        entry("forgotten", "t/b.py::y"),
    )
    assert made.needs == {"t/a.py::*": ("pandas",)}
    assert made.notes == (
        "nothing is learned of xlrd: the suite comes to no end without it: it was killed by SIGSEGV",
        "unsteady without no-metadata, and so left out: t/b.py::y",
        SHIM.format("t/a.py"),
        "not attributed, for it breaks only where several are away at once: t/b.py::x, t/c.py::x",
    )


def test_a_lesson_is_written_once(tmp_path: Path) -> None:
    file = tmp_path / "pyproject.toml"
    file.write_text(f"{OPTIONAL}\n[tool.other]\n")
    with pytest.raises(UsageError, match=r"inv optional\.drift"):
        lesson(tmp_path, env={})
    keep(tmp_path, document(entry("pandas", "t/a.py")))
    made = lesson(tmp_path, env={})
    assert made.before == f"{OPTIONAL}\n[tool.other]\n"
    assert '"t/a.py::*" = ["pandas"]\n' in made.table
    assert made.notes == ("t/a.py::*: 2 tests broke without pandas", SHIM.format("t/a.py"))
    write_lesson(made)
    assert file.read_text() == made.text
    assert load_policy(tmp_path, env={}).needs == {"t/a.py::*": ("pandas",)}
    again = lesson(tmp_path, env={})
    assert (again.table, again.text) == ("", made.text)
    write_lesson(again)
    assert file.read_text() == made.text
    with pytest.raises(UsageError, match="has changed since"):
        write_lesson(made)


def test_a_form_that_takes_no_lines_is_told_with_the_lines(tmp_path: Path) -> None:
    (tmp_path / "gating.toml").write_text("optional = { pandas = 'pandas' }\nneeds = { 'z' = ['pandas'] }\n")
    keep(tmp_path, document(entry("pandas", "t/a.py")))
    with pytest.raises(
        UsageError, match=r'no further lines; these are to be added:\n(.|\n)*"t/a.py::\*" = \["pandas"\]'
    ):
        lesson(tmp_path, env={})


def test_without_a_policy_there_is_nothing_to_learn_for(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="gating init"):
        lesson(tmp_path, env={"HOME": str(tmp_path)})
