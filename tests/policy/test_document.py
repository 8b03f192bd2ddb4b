"""A file that is no TOML is an error with a position, and one for another gating is told as such first."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from gating.errors import Problem

Problems = Callable[..., tuple[Problem, ...]]


@pytest.mark.parametrize(
    ("content", "place", "text", "message"),
    [
        (b"[tool.gating]\nmode = strict\n", (2, 8), "mode = strict", "TOML syntax: Invalid value"),
        (b'[tool.gating\nmode = "auto"\n', (1, 13), "[tool.gating", "TOML syntax: Expected ']'"),
        (b'[tool.gating]\r\n\tmode "auto"\r\n', (2, 7), '\tmode "auto"', "TOML syntax: Expected '='"),
        (b'[tool.gating]\nmode = "auto"\nmode = "auto"\n', (3, 14), 'mode = "auto"', "TOML syntax: Cannot overwrite"),
        (b'[tool.gating]\nledger = "x', (2, 12), 'ledger = "x', "TOML syntax: Unterminated string"),
        ('[tool.gating]\nwhy = "é'.encode() + b'\xff"\n', (2, 9), 'why = "é\ufffd"', "is not UTF-8: the byte 0xff"),
        ("[tool.gating]\n".encode("utf-16"), (1, 1), None, "is not UTF-8: the byte 0xff"),
        (b"\xef\xbb\xbf[tool.gating]\n", (1, 1), "[tool.gating]", "begins with a byte-order mark"),
        (b"a = 1\x1b[0m\n[tool.gating]\n", (1, 6), "a = 1\ufffd[0m", "TOML syntax: "),
        (b"[tool.gating]\nmode = " + b"[" * 3000, (2, 3007), None, "is nested too deeply"),
        (b"[tool.gating]\n a = " + b"9" * 5000 + b"\n", (2, 6), None, "holds a number of too many digits"),
    ],
)
def test_what_is_no_toml_is_said_with_its_place(
    problems: Problems, content: bytes, place: tuple[int, int], text: str | None, message: str
) -> None:
    (problem,) = problems(content)
    assert problem.file == "pyproject.toml"
    assert (problem.line, problem.column) == place
    assert problem.message.startswith(message)
    assert text is None or problem.text == text


@pytest.mark.parametrize(
    ("content", "place"),
    [
        (b'[tool.gating]\nmode = "auto"\nrequires = ">=99"\nnew syntax here\n', (3, 12)),
        (b"[tool.gating]\nrequires = '>=99' # later\n[tool.gating.x\n", (2, 12)),
        (b'\xef\xbb\xbf[ tool . gating ]\n"requires" = ">=99"\n', (2, 14)),
        (b'[tool.gating]\nrequires = ">=99"\nwhy = "\xff"\n', (2, 12)),
    ],
)
def test_a_policy_for_another_gating_is_told_as_such_although_it_is_broken(
    problems: Problems, content: bytes, place: tuple[int, int]
) -> None:
    (problem,) = problems(content)
    assert problem.message.startswith("this policy is for gating >=99, and this is gating ")
    assert (problem.line, problem.column) == place


def test_the_requires_of_another_table_says_nothing_about_a_broken_file(problems: Problems) -> None:
    (problem,) = problems(b'[build-system]\nrequires = ["x"]\n[tool.other]\nrequires = ">=99"\n[tool.gating]\nbroken\n')
    assert problem.message.startswith("TOML syntax")
    assert problem.line == 6


def test_the_password_of_a_line_is_not_shown(problems: Problems) -> None:
    (problem,) = problems('[tool.gating]\nledger = "postgres://me:secret@host/db"\n')
    assert "secret" not in str(problem)
    assert problem.text == 'ledger = "postgres://me:******@host/db"'
    assert problem.nearest == "postgresql://…"
