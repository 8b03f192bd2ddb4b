"""What all front doors do alike: print, and turn what is raised into words and an exit code."""

from __future__ import annotations

import io
import json
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gating import front
from gating.errors import PolicyError, Problem, UsageError
from gating.verdict import Mode, Outcome, Report, RunInfo, Source, State, Verdict
from tests.strategies import nasty_texts

FORMS = ("text", "json", "junit", "markdown", "github")


def report(*outcomes: Outcome, file: str = "pyproject.toml") -> Report:
    verdicts = tuple(
        Verdict(
            id=f"tool:t{number}",
            outcome=outcome,
            state=State.OK if outcome is Outcome.PASS else State.ABSENT,
            source=Source(file=file, line=3, column=5),
        )
        for number, outcome in enumerate(outcomes)
    )
    return Report(run=RunInfo(id="0" * 31 + "1"), mode=Mode.LENIENT, verdicts=verdicts)


class TestEmit:
    @pytest.mark.parametrize("form", FORMS)
    def test_the_exit_code_is_the_reports(self, capsys: pytest.CaptureFixture[str], form: str) -> None:
        assert front.emit(report(Outcome.PASS, Outcome.DEGRADED), form) == 0
        assert front.emit(report(Outcome.PASS, Outcome.FAIL), form) == 1
        told = capsys.readouterr()
        assert "t1" in told.out
        assert told.err == ""

    def test_it_goes_to_the_stream_that_is_named(self, capsys: pytest.CaptureFixture[str]) -> None:
        stream = io.StringIO()
        front.emit(report(Outcome.PASS), stream=stream)
        assert "tool:t0" in stream.getvalue()
        assert capsys.readouterr().out == ""

    def test_a_document_is_json_or_words_for_people(self, capsys: pytest.CaptureFixture[str]) -> None:
        asked = {"text": lambda: "words\n", "markdown": lambda: "# words\n"}
        for form, printed in (("json", '"a": 1'), ("text", "words\n"), ("markdown", "# words\n")):
            assert front.emit_document({"a": 1}, form, **asked) == 0
            assert printed in capsys.readouterr().out

    def test_a_plan_has_no_other_form(self) -> None:
        plan = {"schema": "gating.plan/1", "command": "x", "mode": "lenient", "python": "p", "steps": []}
        assert front.emit_plan(plan, "json") == 0
        with pytest.raises(UsageError, match="junit"):
            front.emit_plan(plan, "junit")


class TestGithub:
    def test_the_step_summary_is_appended(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        summary = tmp_path / "summary.md"
        summary.write_text("before\n")
        monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(summary))
        front.emit(report(Outcome.FAIL), "github")
        assert summary.read_text().startswith("before\n")
        assert "tool:t0" in summary.read_text()
        monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(tmp_path / "none" / "summary.md"))
        assert front.emit(report(Outcome.PASS), "github") == 0
        assert "could not be written" in capsys.readouterr().err

    def test_only_with_its_format(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(tmp_path / "summary.md"))
        front.emit(report(Outcome.FAIL), "text")
        assert not (tmp_path / "summary.md").exists()

    def test_places_are_from_the_checkouts_top(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        (tmp_path / "inner").mkdir()
        monkeypatch.chdir(tmp_path / "inner")
        monkeypatch.setenv("GITHUB_WORKSPACE", str(tmp_path))
        front.emit(report(Outcome.FAIL), "github")
        front.emit(report(Outcome.FAIL, file="../gating.toml"), "github")
        told = capsys.readouterr().out
        assert "file=inner/pyproject.toml,line=3" in told
        assert "file=gating.toml,line=3" in told


class TestWrite:
    @pytest.mark.parametrize(("encoding", "written"), [("utf-8", b"\xc3\xa9\n"), ("ascii", b"\\xe9\n")])
    def test_what_a_stream_cannot_encode_is_replaced(self, encoding: str, written: bytes) -> None:
        raw = io.BytesIO()
        stream = io.TextIOWrapper(raw, encoding=encoding)
        front.write("é\n", stream)
        assert raw.getvalue() == written

    @given(nasty_texts(), st.sampled_from(["utf-8", "ascii", "latin-1", "cp1252"]))
    def test_any_text_can_be_written_on_any_stream(self, text: str, encoding: str) -> None:
        raw = io.BytesIO()
        stream = io.TextIOWrapper(raw, encoding=encoding, newline="")
        front.write(text, stream)
        assert raw.getvalue() or not text

    def test_a_stream_that_was_closed_is_no_error(self) -> None:
        stream = io.StringIO()
        stream.close()
        front.write("words", stream)

    def test_a_pipe_that_nobody_reads_is_no_error_also_later(self) -> None:
        reading, writing = os.pipe()
        os.close(reading)
        with os.fdopen(writing, "w") as stream:
            front.write("words\n" * 10_000, stream)
            front.write("more\n", stream)

    def test_a_full_disk_is_one(self) -> None:
        with open("/dev/full", "w", encoding="utf-8") as stream, pytest.raises(OSError, match="space"):
            front.write("words", stream)


def problem(message: str) -> PolicyError:
    return PolicyError([Problem(file="pyproject.toml", message=message, line=3, column=5)])


class TestGuarded:
    def test_the_works_own_code_is_returned(self) -> None:
        assert [front.guarded(lambda code=code: code) for code in (0, 1)] == [0, 1]  # type: ignore[misc]  # a default

    @pytest.mark.parametrize("form", ["text", "junit", "markdown"])
    def test_a_wrong_policy_is_2_on_stderr(self, capsys: pytest.CaptureFixture[str], form: str) -> None:
        assert front.guarded(raising(problem("is wrong")), form, FORMS) == 2
        told = capsys.readouterr()
        assert told.out == ""
        assert "pyproject.toml:3:5: is wrong" in told.err

    def test_as_json_it_is_the_document_on_standard_output(self, capsys: pytest.CaptureFixture[str]) -> None:
        assert front.guarded(raising(problem("is wrong")), "json", FORMS) == 2
        assert json.loads(capsys.readouterr().out)["schema"] == "gating.error/1"

    def test_a_format_that_the_command_lacks_is_2(self, capsys: pytest.CaptureFixture[str]) -> None:
        assert front.guarded(lambda: 0, "yaml", ("text", "json")) == 2
        assert "there are text, json" in capsys.readouterr().err

    def test_an_interrupt_is_130(self, capsys: pytest.CaptureFixture[str]) -> None:
        assert front.guarded(raising(KeyboardInterrupt())) == 130
        assert capsys.readouterr().err == "gating: interrupted\n"

    def test_a_mistake_of_ours_is_3_with_its_story_in_a_file(self, capsys: pytest.CaptureFixture[str]) -> None:
        assert front.guarded(raising(ZeroDivisionError("a mistake"))) == 3
        first, second = capsys.readouterr().err.splitlines()
        assert first == "gating: gating itself broke: ZeroDivisionError: a mistake"
        assert "in raised" in Path(second.removeprefix("the traceback is in ")).read_text()

    def test_or_on_stderr_where_that_is_asked_for(
        self, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("GATING_DEBUG", "1")
        assert front.guarded(raising(ZeroDivisionError("a mistake"))) == 3
        assert capsys.readouterr().err.startswith("Traceback")

    def test_or_is_said_to_be_shown_where_no_file_can_be_written(
        self, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        (tmp_path / "cache").write_text("in the way")
        monkeypatch.setenv("GATING_CACHE", str(tmp_path / "cache"))
        assert front.guarded(raising(ZeroDivisionError("a mistake"))) == 3
        assert capsys.readouterr().err.endswith("the traceback is shown with GATING_DEBUG=1\n")

    def test_a_closed_stream_is_opened_again(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(sys, "stdout", None)
        monkeypatch.setattr(sys, "stderr", None)
        assert front.guarded(lambda: front.emit(report(Outcome.FAIL))) == 1
        assert front.guarded(raising(UsageError("wrong"))) == 2


def raising(error: BaseException) -> Callable[[], int]:
    def raised() -> int:
        raise error

    return raised


@pytest.mark.parametrize(
    ("text", "names"),
    [("a,b", ["a", "b"]), (" a , ,b,a,", ["a", "b"]), ("", []), (",", []), ("a b,c", ["a b", "c"])],
)
def test_a_comma_list_has_each_name_once(text: str, names: list[str]) -> None:
    assert front.split_names(text) == names


@pytest.mark.parametrize(
    ("argv", "rest"),
    [
        (["inv", "gate", "x"], ()),
        (["inv", "gate", "x", "--"], ()),
        (["inv", "gate", "x", "--", "-k", "a and b", "--", "c"], ("-k", "a and b", "--", "c")),
    ],
)
def test_the_words_after_two_dashes_are_whole(argv: Sequence[str], rest: tuple[str, ...]) -> None:
    assert front.remainder(argv) == rest


def test_a_flag_without_a_name_chooses_nothing_by_mistake() -> None:
    assert front.chosen("--only", ["a,b", "c"], ["x", "--only", "a,b"]) == ["a", "b", "c"]
    assert front.chosen("--only", [], ["x"]) == []
    assert front.chosen_together("--only", ["a,b", ",", "c"], ["x"]) == [("a", "b"), ("c",)]
    for argv in (["x", "--only"], ["x", "--only=,"]):
        with pytest.raises(UsageError, match="--only wants a name"):
            front.chosen("--only", [","], argv)


def test_progress_is_one_line_on_stderr_that_goes_again(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(front, "_lines", [])
    front.progress(["sluggish"])
    front.progress([])
    assert capsys.readouterr().out == ""
