"""A reach made anew: keyed by content, with what somebody accepted and what absence runs showed kept."""

from __future__ import annotations

from gating.coverage.judge import Here, judge_reach
from gating.coverage.keys import Key
from gating.coverage.learn import learn
from gating.coverage.measured import Measured, MeasuredFile
from gating.coverage.reach import Reach, Reference, as_text
from gating.coverage.renewal import accepting, disproved, renewed, with_residue

SOURCE = """\
def plain():
    return 1


def with_a():
    return 2


def never():
    return 3


def sometimes():
    return 4
"""
SOURCES = {"app.py": SOURCE}
REFERENCE = Reference(python="3.13", platform="linux", branches=False, coverage="7.17")
NONE, A = frozenset[str](), frozenset({"a"})
DEFINED = (1, 5, 9, 13)


def covered(*lines: int) -> Measured:
    statements = frozenset({1, 2, 5, 6, 9, 10, 13, 14})
    return Measured(files={"app.py": MeasuredFile(statements=statements, covered=frozenset({*DEFINED, *lines}))})


def made(old: Reach | None = None, *, also: tuple[int, ...] = ()) -> Reach:
    first = {NONE: covered(2, *also), A: covered(2, 6)}
    return renewed(learn([first, {**first, NONE: covered(2, 14, *also)}]), SOURCES, REFERENCE, old)


def lost(reach: Reach, now: Measured, *absent: str) -> list[int]:
    return [one.line for one in judge_reach(now, SOURCES, reach, Here(absent=frozenset(absent))).lost]


def test_what_is_learned_goes_by_content() -> None:
    one = made().files["app.py"]
    assert one.uncovered == {Key("never", "return 3")}
    assert one.unsteady == {Key("sometimes", "return 4")}
    assert {point: entry.by for point, entry in one.entries.items()} == {Key("with_a", "return 2"): {A}}


def test_what_ran_without_its_needs_is_said_of_them_no_more() -> None:
    reach = made()
    assert disproved(reach, [("app.py", 2, None), ("gone.py", 1, None)], SOURCES) == reach
    right = disproved(reach, [("app.py", 6, None)], SOURCES)
    assert right.files["app.py"].entries == {}
    assert right.files["app.py"].uncovered == reach.files["app.py"].uncovered
    assert lost(right, covered(2), "a") == [6]
    shown = with_residue(reach, A, [("app.py", 6, None)], SOURCES)
    (left,) = disproved(shown, [("app.py", 6, None)], SOURCES).files["app.py"].entries.values()
    assert not left.by
    assert left.without == {A}, "what a run showed stays until the next one"


def test_the_judge_lets_go_what_was_learned_and_nothing_else() -> None:
    reach = made()
    assert lost(reach, covered(2, 6)) == []
    assert lost(reach, covered(2)) == [6]
    assert lost(reach, covered(2), "a") == []
    assert lost(reach, covered(), "a") == [2]


def test_what_a_run_without_leaves_is_exempt_without_it_and_its_reason_stands_there() -> None:
    reach = with_residue(made(), A, [("app.py", 2, None)], SOURCES)
    assert lost(reach, covered(), "a") == []
    assert lost(reach, covered(6)) == [2]
    assert reach.files["app.py"].entries[Key("plain", "return 1")].reason == "not run by the suite without a"


def test_a_later_run_without_takes_the_place_of_an_earlier_one() -> None:
    reach = with_residue(with_residue(made(), A, [("app.py", 2, None)], SOURCES), A, [], SOURCES)
    assert reach == made()


def test_two_runs_without_stand_beside_each_other_in_any_order() -> None:
    runs = [(A, [("app.py", 2, None)]), (frozenset({"b"}), [("app.py", 2, None), ("app.py", 6, None)])]
    texts = set()
    for order in (runs, runs[::-1]):
        reach = made()
        for without, places in order:
            reach = with_residue(reach, without, places, SOURCES)
        texts.add(as_text(reach))
    assert len(texts) == 1
    assert "not run by the suite without a; not run by the suite without b" in texts.pop()


def test_what_is_accepted_is_not_required_and_outlives_learning_until_it_is_covered() -> None:
    reach = accepting(made(), [("app.py", 2, None)], SOURCES, "it is going away")
    assert lost(reach, covered(6)) == []
    assert made(reach).files["app.py"].accepted == {}  # it is covered: whoever loses it is told again
    still = accepting(made(), [("app.py", 10, None)], SOURCES, "dead on purpose")
    again = made(still).files["app.py"]
    assert again.accepted == {Key("never", "return 3"): "dead on purpose"}
    assert again.uncovered == frozenset()


def test_what_was_unsteady_once_is_not_required_by_two_runs_that_covered_it() -> None:
    once = renewed(learn([{NONE: covered(2)}, {NONE: covered(2, 6)}]), SOURCES, REFERENCE)
    assert once.files["app.py"].unsteady == {Key("with_a", "return 2")}
    for passes in ([covered(2, 6)] * 2, [covered(2)] * 2):
        again = renewed(learn([{NONE: one} for one in passes]), SOURCES, REFERENCE, once)
        assert again.files["app.py"].unsteady == once.files["app.py"].unsteady
        assert again.files["app.py"].uncovered == once.files["app.py"].uncovered
        assert lost(again, covered(2)) == []
    other = {"app.py": SOURCE.replace("return 2", "return 5")}
    assert renewed(learn([{NONE: covered(2, 6)}] * 2), other, REFERENCE, once).files["app.py"].unsteady == frozenset()


def test_what_absence_runs_showed_outlives_learning_while_it_is_covered() -> None:
    reach = with_residue(made(), A, [("app.py", 2, None)], SOURCES)
    assert made(reach) == reach
    gone = {"app.py": SOURCE.replace("return 1", "return 5")}
    anew = renewed(learn([{NONE: covered(2)}] * 2), gone, REFERENCE, reach)
    assert anew.files["app.py"].entries == {}


def test_a_place_without_a_key_or_a_source_is_left_out() -> None:
    assert accepting(made(), [("app.py", 3, None), ("gone.py", 1, None)], SOURCES, "x") == made()


def test_a_branch_from_a_line_of_the_same_need_has_no_entry_of_its_own() -> None:
    source = {"b.py": "def f(x):\n    if x:\n        return 1\n    return 2\n"}
    file = MeasuredFile(
        statements=frozenset({1, 2, 3, 4}),
        covered=frozenset({1, 2, 3, 4}),
        branches=frozenset({(2, 3), (2, 4)}),
        taken=frozenset({(2, 3), (2, 4)}),
    )
    plain = MeasuredFile(statements=file.statements, covered=frozenset({1}), branches=file.branches)
    one = {NONE: Measured(files={"b.py": plain}), A: Measured(files={"b.py": file})}
    reach = renewed(learn([one, one]), source, REFERENCE)
    assert {point.ordinal if isinstance(point, Key) else "branch" for point in reach.files["b.py"].entries} == {0}
    nothing = Measured(files={"b.py": plain}, with_branches=True)
    assert judge_reach(nothing, source, reach, Here(absent=A)).lost == ()
