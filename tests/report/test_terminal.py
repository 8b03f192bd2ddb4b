from __future__ import annotations

import io
import os
from pathlib import Path

import pytest

from gating.report.terminal import Style, columns, cut, pad, stream_width, wants_colour, wrap
from gating.verdict import Outcome


@pytest.mark.parametrize(
    ("env", "tty", "colour"),
    [
        ({}, True, True),
        ({}, False, False),
        ({"NO_COLOR": "1"}, True, False),
        ({"NO_COLOR": ""}, True, True),
        ({"NO_COLOR": "1", "FORCE_COLOR": "1"}, True, False),
        ({"FORCE_COLOR": "1"}, False, True),
        ({"FORCE_COLOR": "3", "TERM": "dumb"}, False, True),
        ({"FORCE_COLOR": ""}, False, False),
        ({"FORCE_COLOR": "0"}, False, False),
        ({"FORCE_COLOR": "False"}, False, False),
        ({"FORCE_COLOR": "0"}, True, True),
        ({"TERM": "dumb"}, True, False),
        ({"TERM": "xterm-256color"}, True, True),
    ],
)
def test_colour_follows_no_color_then_force_color_then_the_terminal(
    env: dict[str, str], *, tty: bool, colour: bool
) -> None:
    assert wants_colour(env, stream_is_tty=tty) is colour


def test_only_a_terminal_has_a_width(tmp_path: Path) -> None:
    with (tmp_path / "log").open("w") as file:
        assert stream_width(file, {"COLUMNS": "80"}) is None
    assert stream_width(file, {}) is None, "closed"
    assert stream_width(io.StringIO(), {}) is None


def test_columns_is_asked_before_the_terminal() -> None:
    leader, follower = os.openpty()
    with os.fdopen(leader), os.fdopen(follower, "w") as terminal:
        assert stream_width(terminal, {"COLUMNS": "71"}) == 71
        assert stream_width(terminal, {"COLUMNS": "wide"}) is None, "a terminal that says 0 columns does not know"


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "cp1252", "no-such-encoding"])
def test_symbols_are_ascii_where_ours_cannot_be_written(encoding: str) -> None:
    style = Style(encoding=encoding)
    said = "".join(style.symbol(outcome) for outcome in Outcome) + style.ellipsis
    assert said.isascii()
    assert len({style.symbol(outcome) for outcome in Outcome}) == 4


def test_symbols_are_ours_in_utf_8_and_on_no_stream_at_all() -> None:
    assert Style(encoding="UTF-8").symbol(Outcome.FAIL) == Style().symbol(Outcome.FAIL) == "✗"


def test_what_a_stream_cannot_write_is_escaped() -> None:
    assert Style(encoding="latin-1").encodable("naïve 日") == "naïve \\u65e5"
    assert Style(encoding="no-such-encoding").encodable("é") == "\\xe9"
    assert Style().encodable("日") == "日"


def test_paint_is_for_colour_only() -> None:
    assert Style(colour=True).paint("x", "bold", "red") == "\x1b[1;31mx\x1b[0m"
    assert Style(colour=True).paint("", "red") == ""
    assert Style().paint("x", "red") == "x"


def test_wide_and_combining_characters_are_measured_as_the_terminal_shows_them() -> None:
    assert columns("git") == 3
    assert columns("日本") == 4
    assert columns("e\u0301") == 1
    assert pad("日本", 6) == "日本  "
    assert pad("longer", 3) == "longer"


def test_a_text_is_cut_to_its_columns() -> None:
    assert cut("abcdef", 6, "…") == "abcdef"
    assert cut("abcdefg", 6, "...") == "abc..."
    assert columns(cut("日本日本日本", 6, "…")) <= 6
    assert cut("abcdef", 0, "…") == ""


def test_lines_are_broken_at_blanks_and_lose_no_word() -> None:
    assert wrap("one two three", 7) == ["one two", "three"]
    assert wrap("https://example.org/long x", 5) == ["https://example.org/long", "x"]
