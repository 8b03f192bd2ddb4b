from __future__ import annotations

import os
import shlex
import shutil
import subprocess

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gating.report.words import command_line, command_lines, counted, label, masked, plain, shorten
from gating.verdict import Counts, Remedy
from tests.ci_runner import forged
from tests.strategies import argvs, nasty_texts

BASH = shutil.which("bash")


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("git version 2.39.5", "git version 2.39.5"),
        ("\x1b[1mApache Maven 3.9.6\x1b[m", "Apache Maven 3.9.6"),
        ("\x1b]8;;https://example.org\x1b\\a link\x1b]8;;\x1b\\", "a link"),
        ("\x1b]0;a title\x07done", "done"),
        ("\x9b31mred\x9b0m", "red"),
        ("first\r\n  second\tthird\u2028fourth", "first second third fourth"),
        ("bell\x07 and back\x08space", "bell\\x07 and back\\x08space"),
        ("an unfinished \x1b]title", "an unfinished title"),
        ("\u202egnp.exe", "\\u202egnp.exe"),
        ("file \udcff", "file \\udcff"),
        ("\U0001f469\u200d\U0001f4bb naïve 日本", "\U0001f469\u200d\U0001f4bb naïve 日本"),
        ("##[error]forged", "# #[error]forged"),
        ("log: ##vso[task.complete]", "log: # #vso[task.complete]"),
        ("::error file=a::forged", ": :error file=a::forged"),
        ("std::vector and ::1 stay", "std::vector and ::1 stay"),
    ],
)
def test_the_words_of_a_tool_become_one_calm_line(said: str, shown: str) -> None:
    assert plain(said) == shown


@given(nasty_texts())
def test_nothing_unseen_and_no_command_gets_through(text: str) -> None:
    for shown in (plain(text), label(text), masked(text)):
        assert all(mark.isprintable() or mark in "\t\u200c\u200d" for mark in shown)
        assert forged(shown) == []
    assert len(masked(text)) == len(text)


@given(nasty_texts())
def test_what_is_plain_stays_as_it_is(text: str) -> None:
    assert plain(plain(text)) == plain(text)


def test_an_id_keeps_its_blanks() -> None:
    assert label("tool:a  b") == "tool:a  b"
    assert label("tool:a\tb") == "tool:a\\tb"


def test_a_text_is_shortened_to_its_limit() -> None:
    assert shorten("abcdef", 6) == "abcdef"
    assert shorten("abcdefg", 6) == "abcde…"
    assert shorten("abcdefg", 2, "...") == ".."


@given(st.lists(st.text(st.characters(codec="ascii", categories=["L", "N", "P", "S", "Zs"])), min_size=1))
def test_commands_are_quoted_as_shlex_does(argv: list[str]) -> None:
    for_a_ci = argv[0].startswith("::") or any("##" in word for word in argv)
    assert for_a_ci or command_line(argv) == shlex.join(argv)


@pytest.mark.skipif(BASH is None, reason="bash is not here")
@pytest.mark.parametrize("encoding", [None, "ascii", "latin-1"])
@given(argv=argvs())
def test_a_shell_reads_back_what_was_meant(encoding: str | None, argv: tuple[str, ...]) -> None:
    assert BASH is not None
    line = command_line(argv, encoding=encoding)

    assert all(mark.isprintable() for mark in line)
    assert forged(f"    {line}") == []
    if encoding is not None:
        line.encode(encoding)
    env = {"PATH": os.defpath, "LC_ALL": "C.UTF-8"}
    read = subprocess.run(
        [BASH, "-c", os.fsencode(f"printf '%s\\0' {line}")], capture_output=True, check=True, env=env, cwd="/"
    )
    assert read.stdout.split(b"\0")[:-1] == [os.fsencode(word) for word in argv]


def test_shell_text_of_the_policy_is_pasted_as_it_stands() -> None:
    remedy = Remedy(commands=(("sh", "-c", "curl https://example.org  | sh"), ("make", "a b")), channel="policy")
    assert command_lines(remedy) == ["curl https://example.org  | sh", "make 'a b'"]
    assert command_lines(Remedy(commands=(("sh", "-c", "a | b"),), channel="apt")) == ["sh -c 'a | b'"]


@pytest.mark.parametrize("line", ["::error::x", "echo '##[error]'", "echo \x1b[2J", "é | b", " "])
def test_shell_text_of_the_policy_that_is_not_fit_to_print_is_quoted(line: str) -> None:
    (shown,) = command_lines(Remedy(commands=(("sh", "-c", line),), channel="policy"), encoding="ascii")
    assert shown.startswith("sh -c ")
    assert shown.isascii()
    assert shown.isprintable()
    assert forged(shown) == []


def test_counts_are_said_worst_first() -> None:
    assert counted(Counts(passed=3, degraded=1, failed=1)) == "1 failed, 1 degraded, 3 passed"
    assert counted(Counts(skipped=2)) == "2 skipped"
    assert counted(Counts()) == "no verdicts"
