"""The verdict on reach: what was lost, what was out of reach, and what the reference is good for here."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from textwrap import dedent

import pytest

from gating.checks.reaching import Reached, judge_run, reach_verdict, surroundings_of
from gating.checks.surveying import survey_of
from gating.coverage.keys import Keys
from gating.coverage.measured import Measured, MeasuredFile
from gating.coverage.reach import Entry, FileReach, Reach, Reference, write_reach
from gating.coverage.surroundings import Surroundings
from gating.policy import Policy, load_policy
from gating.toolchain.host import Host
from gating.verdict import Outcome, Remedy, State, Verdict

SOURCE = dedent("""\
    try:
        import torch
    except ImportError:
        torch = None


    def plain():
        return 1


    def heavy():
        return torch.zeros(1)
""")
ALL = frozenset({1, 2, 3, 4, 7, 8, 11, 12})
WITH, WITHOUT = frozenset({1, 2, 7, 8, 11, 12}), frozenset({1, 2, 3, 4, 7, 8, 11})
KEYS = Keys.of(SOURCE)
HERE = Surroundings(python="3.12", platform="linux", modules={"torch": ("torch",)})
LACKING = Surroundings(
    python="3.12",
    platform="linux",
    absent=frozenset({"torch"}),
    missing=frozenset({"torch"}),
    modules={"torch": ("torch",)},
)
TORCH = Entry(by=frozenset({frozenset({"torch"})}))


@pytest.fixture
def policy(tmp_path: Path) -> Policy:
    """A project with one measured file."""
    table = '[tool.gating.coverage]\nsource = ["app"]\n[tool.gating.optional]\ntorch = "torch>=2"\n'
    (tmp_path / "pyproject.toml").write_text(table, encoding="utf-8")
    (tmp_path / "app").mkdir()
    (tmp_path / "app" / "core.py").write_text(SOURCE, encoding="utf-8")
    return load_policy(tmp_path)


def refer(policy: Policy, *, python: str = "3.12", platform: str = "linux", absent: tuple[str, ...] = ()) -> None:
    """Write the reference of a run with torch."""
    one = FileReach(uncovered=KEYS.keys({3, 4}), entries={KEYS.key(12): TORCH})  # type: ignore[dict-item]  # it has one
    reference = Reference(python=python, platform=platform, absent=absent)
    write_reach(policy.root / policy.coverage.reach, Reach(reference=reference, files={"app/core.py": one}))


def run(policy: Policy, covered: frozenset[int], *here: Surroundings, unjudged: tuple[str, ...] = ()) -> Reached:
    measured = Measured(files={"app/core.py": MeasuredFile(statements=ALL, covered=covered)})
    return judge_run(policy, measured, *here, env={"GATING_CACHE": str(policy.root / "cache")}, unjudged=unjudged)


def judged(
    policy: Policy, covered: frozenset[int], *here: Surroundings, unjudged: tuple[str, ...] = ()
) -> Verdict | None:
    return reach_verdict(policy, run(policy, covered, *here, unjudged=unjudged))


def told(found: Verdict | None) -> tuple[Outcome, str]:
    assert found is not None
    return found.outcome, found.reason


def test_with_nothing_absent_and_no_reference_there_is_no_verdict(policy: Policy) -> None:
    assert judged(policy, WITH, HERE) is None


def test_an_absence_without_a_reference_is_degraded_and_says_what_is_missing(policy: Policy) -> None:
    found = judged(policy, WITHOUT, LACKING)
    assert found is not None
    assert found.outcome is Outcome.DEGRADED
    assert found.reason.startswith("without torch, and .gating/reach.json is missing: nothing says what was lost")
    assert found.remedy == Remedy(commands=(("gating", "coverage.learn"),), channel="gating")


def test_a_full_run_that_loses_nothing_passes(policy: Policy) -> None:
    refer(policy)
    assert told(judged(policy, WITH, HERE)) == (Outcome.PASS, "nothing lost")


def test_what_is_out_of_reach_makes_a_run_degraded_and_counts(policy: Policy) -> None:
    refer(policy)
    found = judged(policy, WITHOUT, LACKING)
    assert told(found) == (Outcome.DEGRADED, "nothing lost; 1 line out of reach here without torch")
    assert found is not None
    assert (found.details["lost"], found.details["exempt_count"]) == ([], 1)


def test_a_lost_line_fails_whatever_is_absent_and_says_how_to_accept_it(policy: Policy) -> None:
    refer(policy)
    found = judged(policy, WITHOUT - {8}, LACKING)
    assert told(found) == (Outcome.FAIL, "1 line lost: app/core.py:8")
    assert found is not None
    assert found.details["lost"] == [
        {"path": "app/core.py", "line": 8, "to": None, "text": "return 1", "needs": ["torch"]}
    ]
    assert found.remedy is not None
    assert found.remedy.commands == (("gating", "coverage.learn", "--accept", "app/core.py", "--reason", "WHY"),)


def test_many_lost_lines_are_counted_in_the_reason_and_listed_in_the_details(policy: Policy) -> None:
    refer(policy)
    found = judged(policy, frozenset(), HERE)
    assert found is not None
    assert found.reason == (
        "6 lines lost: app/core.py:1, app/core.py:2, app/core.py:7, app/core.py:8, app/core.py:11 and 1 more"
    )
    assert [one["line"] for one in found.details["lost"]] == [1, 2, 7, 8, 11, 12]


def test_lines_above_the_reference_are_slack(policy: Policy) -> None:
    refer(policy)
    assert told(judged(policy, ALL, HERE)) == (Outcome.PASS, "nothing lost; 2 lines above the reference")


def test_what_only_another_place_reaches_is_no_slack(policy: Policy) -> None:
    source = SOURCE + dedent("""\


        import sys

        if sys.version_info < (3, 12):
            old = 1
        if sys.platform == "win32":
            windows = 1
        elsewhere = 1
    """)
    (policy.root / "app" / "core.py").write_text(source, encoding="utf-8")
    keys, statements = Keys.of(source), frozenset({*ALL, 15, 17, 18, 19, 20, 21})
    one = FileReach(uncovered=keys.keys({3, 4, 18, 20, 21}), entries={keys.key(12): TORCH})  # type: ignore[dict-item]
    reach = Reach(reference=Reference(python="3.12", platform="linux"), files={"app/core.py": one})
    write_reach(policy.root / policy.coverage.reach, reach)
    measured = Measured(files={"app/core.py": MeasuredFile(statements=statements, covered=statements)})

    def slack(*here: Surroundings) -> list[int]:
        env = {"GATING_CACHE": str(policy.root / "cache")}
        found = judge_run(policy, measured, *here, env=env)
        assert found.result is not None
        return [line for _path, line in found.result.slack]

    assert slack(replace(HERE, python="3.11")) == [3, 4, 21], "tests that make believe got to what runs without torch"
    assert slack(replace(HERE, python="3.11"), LACKING, replace(HERE, platform="win32")) == [21]


@pytest.mark.parametrize(
    ("reference", "words"),
    [
        ({"python": "3.11"}, "the reference is of Python 3.11"),
        ({"platform": "win32"}, "the reference is of win32"),
        ({"python": "3.9", "platform": "darwin"}, "the reference is of Python 3.9, darwin"),
    ],
)
def test_a_reference_of_another_place_is_named(policy: Policy, reference: dict[str, str], words: str) -> None:
    refer(policy, **reference)  # type: ignore[arg-type]  # words all of them
    outcome, reason = told(judged(policy, WITHOUT, LACKING))
    assert (outcome, reason.rpartition("; ")[2]) == (Outcome.DEGRADED, words)
    outcome, reason = told(judged(policy, WITH, HERE))
    assert (outcome, reason) == (Outcome.PASS, f"nothing lost; {words}")
    outcome, reason = told(judged(policy, WITH - {8}, HERE))
    assert (outcome, reason) == (Outcome.FAIL, f"1 line lost: app/core.py:8; {words}")


def test_a_reference_that_lacked_something_is_named(policy: Policy) -> None:
    refer(policy, absent=("torch",))
    outcome, reason = told(judged(policy, WITH, HERE))
    assert (outcome, reason) == (Outcome.PASS, "nothing lost; the reference is of a run without torch")
    assert told(judged(policy, WITHOUT, LACKING))[1] == "nothing lost; 1 line out of reach here without torch"


def test_another_python_is_not_held_to_the_branches_of_the_reference(policy: Policy) -> None:
    refer(policy)
    reach = Reach(reference=Reference(python="3.12", platform="linux", branches=True))
    write_reach(policy.root / policy.coverage.reach, reach)
    one = MeasuredFile(statements=frozenset({1, 2}), covered=frozenset({1, 2}), branches=frozenset({(1, 2), (1, 7)}))
    measured = Measured(files={"app/core.py": one}, with_branches=True)
    for python, outcome in (("3.12", Outcome.FAIL), ("3.13", Outcome.PASS)):
        here = Surroundings(python=python, platform="linux")
        assert told(reach_verdict(policy, judge_run(policy, measured, here, env={})))[0] is outcome


@pytest.mark.parametrize(
    "content",
    [
        "",
        "{",
        "[]",
        "null",
        "[" * 100_000,
        '{"schema": "gating.reach/2", "reference": {}, "files": {}}',
        '{"schema": "gating.reach/1"}',
        (
            '{"schema": "gating.reach/1", "reference": {"python": "3.12", "platform": "linux", "absent": [],'
            ' "branches": false, "coverage": ""}, "files": {"a.py": {"uncovered": [{"at": []}]}}}'
        ),
        '{"Hello": "somebody else\'s"}',
    ],
)
def test_a_reach_that_is_none_fails_with_its_line(policy: Policy, content: str) -> None:
    place = policy.root / policy.coverage.reach
    place.parent.mkdir()
    place.write_text(content, encoding="utf-8")
    reached = run(policy, WITH, HERE)
    found = reach_verdict(policy, reached)
    assert found is not None
    assert (found.outcome, found.state, reached.result) == (Outcome.FAIL, State.BROKEN, None)
    assert found.reason.startswith("not judged: reach.json: ")
    assert "\n" not in found.reason


def test_a_part_of_the_suite_is_not_judged(policy: Policy) -> None:
    refer(policy)
    found = judged(policy, frozenset(), HERE, unjudged=("-k used selects tests by name",))
    assert told(found) == (Outcome.DEGRADED, "not judged: -k used selects tests by name")


def test_what_one_of_several_places_could_reach_is_required(policy: Policy) -> None:
    refer(policy)
    assert told(judged(policy, WITHOUT, LACKING, LACKING))[0] is Outcome.DEGRADED
    assert told(judged(policy, WITH | WITHOUT, LACKING, HERE)) == (Outcome.PASS, "nothing lost")
    # the place that has torch did not run line 12, and the other cannot excuse it
    assert told(judged(policy, WITHOUT, LACKING, HERE)) == (Outcome.FAIL, "1 line lost: app/core.py:12")


def test_where_a_run_was_is_told_by_its_verdicts_and_by_its_tests(policy: Policy) -> None:
    table = """
[tool.gating.optional]
torch = "torch>=2"
hydra = "hydra-core"
old = "packaging>=9999"
standing = "no-such-standing"
"""
    (policy.root / "pyproject.toml").write_text(table, encoding="utf-8")
    known = load_policy(policy.root)
    judged = survey_of(known, Host.of({"PATH": ""}, root=str(policy.root)), env={}).judged
    verdicts = [
        Verdict(id="optional:torch", outcome=Outcome.PASS, state=State.OK),
        Verdict(id="optional:hydra", outcome=Outcome.PASS, state=State.OK),
        Verdict(id="optional:old", outcome=Outcome.DEGRADED, state=State.OUTDATED),
        Verdict(id="optional:standing", outcome=Outcome.DEGRADED, state=State.ABSENT),
        Verdict(id="tool:git", outcome=Outcome.FAIL, state=State.ABSENT),
    ]
    here = surroundings_of(known, judged, verdicts, absent=["torch", "unknown"], shimmed=["standing"])
    assert here.absent == {"torch", "old", "standing"}
    assert here.missing == {"torch"}  # an outdated one can be imported, and so can a stand-in
    assert here.modules["hydra"] == here.modules["hydra-core"]
    assert Surroundings.from_dict(here.as_dict()) == here
