from __future__ import annotations

import pytest
from hypothesis import given

from gating.report.github import annotation, annotation_lines, render, step_summary
from gating.verdict import Mode, Outcome, Remedy, Report, RunInfo, Source, State, Verdict
from tests.ci_runner import Command, commands
from tests.strategies import nasty_texts, reports


def report(*verdicts: Verdict, notes: tuple[str, ...] = ()) -> Report:
    return Report(run=RunInfo(id="r1"), mode=Mode.STRICT, verdicts=verdicts, notes=notes)


def many(outcome: Outcome, count: int) -> list[Verdict]:
    return [Verdict(id=f"tool:{outcome.value}-{number}", outcome=outcome) for number in range(count)]


def test_a_failure_is_annotated_on_its_line_of_the_policy() -> None:
    verdict = Verdict(
        id="tool:pre-commit",
        outcome=Outcome.FAIL,
        state=State.OUTDATED,
        wanted=">=3.7",
        found="2.9.0",
        reason="100% too old",
        source=Source(file="a,b/pyproject.toml", line=14, column=9),
        remedy=Remedy(commands=(("pip", "install", "pre-commit>=3.7"),)),
    )
    (line,) = annotation_lines(report(verdict))
    assert line == (
        "::error file=a%2Cb/pyproject.toml,line=14,col=9,title=tool%3Apre-commit"
        "::fail: 100%25 too old%0Awanted >=3.7, found 2.9.0%0Apip install 'pre-commit>=3.7'"
    )


def test_each_outcome_has_its_kind_and_a_skip_has_none() -> None:
    verdicts = [verdict for outcome in Outcome for verdict in many(outcome, 1)]
    assert [(command.name, command.properties) for command in commands(render(report(*verdicts)))] == [
        ("error", {"title": "tool:fail-0"}),
        ("warning", {"title": "tool:degraded-0"}),
    ]


def test_ten_a_kind_are_annotated_and_the_rest_counted_in_plain_words() -> None:
    verdicts = [*many(Outcome.FAIL, 13), *many(Outcome.DEGRADED, 10), *many(Outcome.PASS, 2)]
    *annotated, more = annotation_lines(report(*verdicts))
    assert len(commands("\n".join(annotated))) == len(annotated) == 20
    assert more == "gating: 3 more errors than GitHub shows as annotations; all are listed below"

    both = annotation_lines(report(*many(Outcome.FAIL, 11), *many(Outcome.DEGRADED, 12)))
    assert both[-1].startswith("gating: 1 more errors and 2 more warnings ")


@given(nasty_texts(), nasty_texts())
def test_an_annotation_is_one_command_with_the_same_words(message: str, title: str) -> None:
    line = annotation("warning", message, title=f"<{title}>", file="a:b,c%", line=3)
    assert commands(line) == [Command("warning", {"file": "a:b,c%", "line": "3", "title": f"<{title}>"}, message)]


def test_a_summary_that_fits_is_whole() -> None:
    summary = step_summary(report(*many(Outcome.PASS, 3), notes=("a note",)))
    assert summary.startswith("\n#")
    assert "a note" in summary
    assert "Left out" not in summary


@pytest.mark.parametrize("room", [600, 1000, 5000, 20_000])
def test_a_summary_is_cut_between_verdicts_and_keeps_the_worst(room: int) -> None:
    verdicts = [*many(Outcome.PASS, 400), *many(Outcome.DEGRADED, 200), *many(Outcome.FAIL, 3)]
    summary = step_summary(report(*verdicts), room=room)

    assert room * 0.8 < len(summary.encode()) <= room
    rows = [line for line in summary.splitlines() if line.startswith("|")][2:]
    assert all(row.count("|") == 7 for row in rows)
    assert [row.split()[2] for row in rows[-3:]] == ["fail"] * 3, "in the order of the report"
    kept = {outcome: sum(f" {outcome.value} " in row for row in rows) for outcome in Outcome}
    # the last bytes may hold a row of a pass, which is shorter
    assert kept[Outcome.PASS] <= 1 or kept[Outcome.DEGRADED] == 200
    left = f"{200 - kept[Outcome.DEGRADED]} degraded, " if kept[Outcome.DEGRADED] < 200 else ""
    closing = f"Left out, as a step summary is at most 1 MiB: {left}{400 - kept[Outcome.PASS]} passed. The log has all."
    assert summary.endswith(f"\n\n{closing}\n")


def test_one_huge_verdict_does_not_drive_out_the_others() -> None:
    huge = Verdict(id="tool:huge", outcome=Outcome.FAIL, remedy=Remedy(commands=(("x" * 5000,),)))
    summary = step_summary(report(huge, *many(Outcome.DEGRADED, 3)), room=2000)
    assert "tool:huge" not in summary
    assert summary.count("degraded |") == 3
    assert "Left out, as a step summary is at most 1 MiB: 1 failed." in summary


def test_without_room_there_is_no_summary() -> None:
    assert step_summary(report(*many(Outcome.FAIL, 3)), room=100) == ""
    assert step_summary(report(*many(Outcome.FAIL, 3)), room=-5) == ""


@given(reports())
def test_a_summary_never_takes_more_than_its_room(made: Report) -> None:
    whole = len(step_summary(made).encode())
    for room in (whole, whole - 1, whole // 2, 300):
        assert len(step_summary(made, room=room).encode()) <= room
    assert len(step_summary(made, room=whole).encode()) == whole
