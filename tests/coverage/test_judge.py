"""The rule on sets: what was lost, what is out of reach, and the three figures."""

from __future__ import annotations

from hypothesis import assume, given
from hypothesis import strategies as st

from gating.coverage.judge import Here, judge_reach
from gating.coverage.keys import Key, Keys
from gating.coverage.measured import Measured, MeasuredFile
from gating.coverage.reach import Entry, FileReach, Reach, Reference

SOURCE = """\
try:
    import torch
except ImportError:
    torch = None


def plain():
    return 1


def heavy():
    return torch.zeros(1)
"""
LINES = frozenset({1, 2, 3, 4, 7, 8, 11, 12})
KEYS = Keys.of(SOURCE)
REFERENCE = Reference(python="3.12", platform="linux")
TORCH = frozenset({"torch"})


def measured(covered: set[int] | frozenset[int], source_lines: frozenset[int] = LINES) -> Measured:
    return Measured(files={"a.py": MeasuredFile(statements=source_lines, covered=frozenset(covered))})


def reach(uncovered: set[int], **more: object) -> Reach:
    one = FileReach(uncovered=KEYS.keys(uncovered), **more)  # type: ignore[arg-type]  # the fields of a FileReach
    return Reach(reference=REFERENCE, files={"a.py": one})


def entry(*needs: str) -> Entry:
    return Entry(by=frozenset({frozenset(needs)}))


FULL = {1, 2, 7, 8, 11, 12}  # with torch
LEARNT = reach({3, 4}, entries={KEYS.key(12): entry("torch")})
WITHOUT = Here(absent=TORCH, unreachable={}, modules={"torch": ("torch",)})


def test_a_full_run_loses_nothing_and_exempts_nothing() -> None:
    found = judge_reach(measured(FULL), {"a.py": SOURCE}, LEARNT, Here())
    assert (found.lost, found.exempt, found.slack, found.stale) == ((), (), (), ())
    assert (found.raw.covered, found.credited.covered, found.restricted.total) == (6, 6, 8)


def test_without_torch_what_needs_it_is_exempt_and_credited() -> None:
    found = judge_reach(measured({1, 2, 3, 4, 7, 8, 11}), {"a.py": SOURCE}, LEARNT, WITHOUT)
    assert found.lost == ()
    assert [(one.line, one.why, one.ran) for one in found.exempt] == [(12, "learnt", False)]
    assert (found.raw.covered, found.credited.covered, found.restricted.total) == (7, 8, 7)
    assert found.credited.percent >= judge_reach(measured(FULL), {"a.py": SOURCE}, LEARNT, Here()).raw.percent


def test_a_test_that_is_gone_loses_its_line_whatever_is_absent() -> None:
    for here, ran in ((Here(), FULL - {8}), (WITHOUT, {1, 2, 3, 4, 7, 11})):
        found = judge_reach(measured(ran), {"a.py": SOURCE}, LEARNT, here)
        assert [(one.line, one.text) for one in found.lost] == [(8, "return 1")]
    assert found.lost[0].needs == ("torch",)  # the file speaks of it: it may explain the loss


def test_what_static_analysis_knows_is_exempt_without_having_been_learnt() -> None:
    here = Here(absent=TORCH, unreachable={"a.py": {12: "torch is absent"}})
    found = judge_reach(measured({1, 2, 3, 4, 7, 8, 11}), {"a.py": SOURCE}, reach({3, 4}), here)
    assert (found.lost, [one.why for one in found.exempt]) == ((), ["torch is absent"])


def test_a_new_line_is_required() -> None:
    source = SOURCE.replace("    return 1\n", "    new = 1\n    return 1\n")
    lines = frozenset({1, 2, 3, 4, 7, 8, 9, 12, 13})
    found = judge_reach(measured(lines - {3, 4, 8}, lines), {"a.py": source}, LEARNT, Here())
    assert [(one.line, one.text) for one in found.lost] == [(8, "new = 1")]


def test_an_edit_elsewhere_changes_nothing() -> None:
    source = f"import os\n\n{SOURCE}"
    moved = frozenset({1, *(line + 2 for line in LINES)})
    covered = {1, *(line + 2 for line in FULL)}
    found = judge_reach(measured(covered, moved), {"a.py": source}, LEARNT, Here())
    assert (found.lost, found.slack, found.stale) == ((), (), ())


def test_an_exempt_line_that_ran_is_counted_and_not_credited_twice() -> None:
    found = judge_reach(measured({1, 2, 3, 4, 7, 8, 11, 12}), {"a.py": SOURCE}, LEARNT, WITHOUT)
    assert [(one.line, one.ran) for one in found.exempt] == [(12, True)]
    assert (found.credited.covered, found.restricted.total) == (8, 8)


def test_slack_and_stale_are_told() -> None:
    known = reach({3, 4, 8}, accepted={Key("gone", "return 3", 0): "not worth it"})
    found = judge_reach(measured(FULL), {"a.py": SOURCE}, known, Here())
    assert found.slack == (("a.py", 8),)
    assert [one.text for one in found.stale] == ["return 3"]


def test_unsteady_and_accepted_lines_are_never_required() -> None:
    known = reach({3, 4}, unsteady=KEYS.keys({8}), accepted={KEYS.key(12): "needs a GPU"})
    assert judge_reach(measured({1, 2, 7, 11}), {"a.py": SOURCE}, known, Here()).lost == ()


def test_without_a_reference_nothing_is_credited_and_nothing_lost() -> None:
    here = Here(absent=TORCH, unreachable={"a.py": {12: "torch is absent"}})
    found = judge_reach(measured({1, 2}), {"a.py": SOURCE}, None, here)
    assert (found.lost, len(found.exempt)) == ((), 1)
    assert found.credited == found.raw


BRANCHED = "def f(x):\n    if x:\n        g(x)\n    return x\n"


def branched(taken: set[tuple[int, int]], covered: set[int]) -> Measured:
    one = MeasuredFile(
        statements=frozenset({1, 2, 3, 4}),
        covered=frozenset(covered),
        branches=frozenset({(2, 3), (2, 4)}),
        taken=frozenset(taken),
    )
    return Measured(files={"a.py": one}, with_branches=True)


def test_a_branch_is_lost_on_its_own_and_with_its_line_only_once() -> None:
    known = Reach(reference=Reference(python="3.12", platform="linux", branches=True))
    (lost,) = judge_reach(branched({(2, 3)}, {1, 2, 3, 4}), {"a.py": BRANCHED}, known, Here()).lost
    assert (lost.line, lost.to) == (2, 4)
    (lost,) = judge_reach(branched({(2, 4)}, {1, 2, 4}), {"a.py": BRANCHED}, known, Here()).lost
    assert (lost.line, lost.to) == (3, None)
    without = Reach(reference=Reference(python="3.12", platform="linux", branches=False))
    assert judge_reach(branched({(2, 3)}, {1, 2, 3, 4}), {"a.py": BRANCHED}, without, Here()).lost == ()


def test_a_way_to_a_line_that_is_out_of_reach_is_out_of_reach() -> None:
    known = Reach(reference=Reference(python="3.12", platform="linux", branches=True))
    here = Here(unreachable={"a.py": {3: "it is another platform's"}})
    found = judge_reach(branched({(2, 4)}, {1, 2, 4}), {"a.py": BRANCHED}, known, here)
    assert found.lost == ()
    assert [(one.line, one.to) for one in found.exempt] == [(3, None), (2, 3)]
    assert found.credited.covered == found.credited.total == 6


SUBSETS = st.frozensets(st.sampled_from(sorted(LINES)))


@given(SUBSETS, SUBSETS, SUBSETS)
def test_where_nothing_is_lost_the_credited_figure_is_no_lower_than_the_references(
    reference: frozenset[int], here: frozenset[int], needy: frozenset[int]
) -> None:
    entries = {KEYS.key(line): entry("torch") for line in needy & reference}
    known = reach(set(LINES - reference), entries=entries)
    found = judge_reach(measured(here), {"a.py": SOURCE}, known, WITHOUT)
    assert {one.line for one in found.lost} == reference - needy - here
    assert found.raw.percent <= found.credited.percent
    assert found.raw.percent <= found.restricted.percent
    assume(not found.lost)
    assert found.credited.covered >= len(reference)


@given(SUBSETS, SUBSETS, st.sampled_from(sorted(LINES)))
def test_running_more_never_loses_more(reference: frozenset[int], here: frozenset[int], more: int) -> None:
    known = reach(set(LINES - reference))
    before = judge_reach(measured(here), {"a.py": SOURCE}, known, Here())
    after = judge_reach(measured(here | {more}), {"a.py": SOURCE}, known, Here())
    assert set(after.lost) <= set(before.lost)
    assert after.credited.covered >= before.credited.covered
