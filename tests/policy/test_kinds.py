"""Words, names and places: what each kind takes, and what is said about what it does not take."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gating.errors import Problem
from gating.policy import Policy
from gating.policy.kinds import Kind, LedgerPlace, Link, Pattern
from gating.policy.reading import Cursor, Reading, described, dotted, nearest

Load = Callable[..., Policy]
Problems = Callable[..., tuple[Problem, ...]]


@pytest.mark.parametrize(
    ("line", "column", "message", "hints"),
    [
        (
            "mode = 'strct'",
            20,
            "mode is 'strct', not one of auto, strict, lenient",
            ("auto, strict, lenient", "strict"),
        ),
        ("mode = true", 20, "mode is true, not one of auto, strict, lenient", ("auto, strict, lenient", None)),
        ("mode = 'STRICT'", 20, "mode is 'STRICT', not one of auto, strict, lenient", (None, "strict")),
        ("moed = 'auto'", 13, "moed is no known key", (None, "mode")),
        ("tool.git = '*'", 13, "tool is no known key", (None, "tools")),
        ("tools = []", 21, "tools is a list, not a table", (None, None)),
        ("tools.git = 3", 25, "tools.git is 3, not a version specifier or a table", (None, None)),
        ("tools.'a/b' = '*'", 19, "tools.\"a/b\" is called 'a/b', not a tool's name", (None, None)),
        ("tools.'a\\b' = '*'", 19, "tools.\"a\\\\b\" is called 'a\\\\b', not a tool's name", (None, None)),
        ("tools.'' = '*'", 19, "tools.\"\" is called '', which is empty", (None, None)),
        ('tools."a\\u0007" = "*"', 19, "tools.\"a\\u0007\" is called 'a\\x07', which holds", (None, None)),
        ("tools.x.why = ''", 27, "tools.x.why is '', which is empty", ("a string in quotes", None)),
        ('tools.x.why = "a\\u001bb"', 27, "tools.x.why is 'a\\x1bb', which holds the character '\\x1b'", (None, None)),
        ("tools.x.pattern = 'x'", 31, "tools.x.pattern is 'x', which has 0 groups, not one", (None, None)),
        ("tools.x.pattern = '(a)(b)'", 31, "tools.x.pattern is '(a)(b)', which has 2 groups, not one", (None, None)),
        ("tools.x.pattern = '(x'", 31, "tools.x.pattern is '(x', not a regular expression: missing )", (None, None)),
        ("tools.x.distribution = '-x'", 36, "tools.x.distribution is '-x', not a distribution's name", (None, None)),
        ("tools.x.links = ['example.org']", 30, "tools.x.links[0] is 'example.org', not a web address", (None, None)),
        ("optional.x.import = 'a-b'", 33, "optional.x.import is 'a-b', not a module's name", (None, None)),
        ("optional.x.extra = 'a b'", 32, "optional.x.extra is 'a b', not an extra's name", (None, None)),
        ("optional.x.fallback = 'shm'", 35, "optional.x.fallback is 'shm', not one of", ("shim, skip, fail", "shim")),
        ("gates.'a,b' = {run = ['x']}", 19, "gates.\"a,b\" is called 'a,b', not a plain name", (None, None)),
        (
            "gates.x = {run = ['x'], cwd = '/tmp'}",
            43,
            "gates.x.cwd is '/tmp', not a path from the project's",
            (None, None),
        ),
        ("gates.x = {run = ['x'], cwd = 'C:\\x'}", 43, "gates.x.cwd is 'C:\\\\x', not a path from", (None, None)),
        ("gates.x = {run = ['x'], env = {'A=B' = ''}}", 44, "gates.x.env.\"A=B\" is called 'A=B', not", (None, None)),
        ("coverage.reach = '~/x'", 30, "coverage.reach is '~/x', and ~ is not expanded here", (None, None)),
        ("ledger = 'sqlite:///x.db'", 22, "ledger is 'sqlite:///x.db', a kind of URL that no ledger", (None, None)),
        ("ledger = 'postgres://h/d'", 22, "ledger is 'postgres://h/d', not a place", (None, "postgresql://…")),
        ("ledger = 'Off'", 22, "ledger is 'Off', not a place for the ledger", (None, "off")),
        ("ledger = false", 22, "ledger is false, not a place", ('a path, "postgresql://…", or "off"', None)),
    ],
)
def test_what_a_kind_does_not_take(
    problems: Problems, line: str, column: int, message: str, hints: tuple[str | None, str | None]
) -> None:
    allowed, nearest_word = hints
    text = "tool.gating." + line
    (problem,) = problems(text)
    assert (problem.line, problem.column) == (1, column)
    assert problem.message.startswith(message)
    assert problem.text == text
    assert problem.nearest == nearest_word
    assert allowed is None or problem.allowed == allowed


@pytest.mark.parametrize("place", ["off", "runs.db", "./a:b", "/var/lib/x.db", "postgresql:///gating", "C:\\runs.db"])
def test_a_ledger_may_be_at(load: Load, place: str) -> None:
    assert load(f"tool.gating.ledger = '{place}'").ledger == place


def test_a_name_may_be_of_any_script(load: Load) -> None:
    policy = load("[tool.gating]\ntools.'名前 2' = '*'\ngates.'проверка'.run = ['x']\n")
    assert (list(policy.tools), list(policy.gates)) == (["名前 2"], ["проверка"])


def test_a_pattern_may_use_what_a_later_python_may_read_otherwise() -> None:
    reading = Reading()
    assert Pattern().read("([[a])", Cursor(reading)) == "([[a])"
    assert reading.mistakes == []


@pytest.mark.parametrize("kind", [LedgerPlace(), Link(), Pattern()])
@given(text=st.text())
def test_any_text_is_taken_or_a_mistake_and_never_both(kind: Kind[str], text: str) -> None:
    reading = Reading()
    value = kind.read(text, Cursor(reading, ("ledger",)))
    assert (value is None) == (len(reading.mistakes) == 1)
    for mistake in reading.mistakes:
        mistake.message.encode()


def test_an_unknown_key_lists_the_known_ones(problems: Problems) -> None:
    (problem,) = problems("[tool.gating.coverage]\nfail_under = 90\n")
    assert (problem.nearest, problem.allowed) == ("fail-under", "the keys source, fail-under, reach, paths, need")


def test_a_path_is_written_as_toml_would() -> None:
    assert dotted(("tools", "g++", "any-of", 2)) == 'tools."g++".any-of[2]'
    assert dotted(()) == "the policy"


def test_a_value_is_said_shortly_and_without_its_password() -> None:
    assert described(10**5000) == "a number of too many digits"
    assert len(described("x" * 1000)) < 70
    assert described("postgres://me:secret@host") == "'postgres://me:******@host'"


def test_what_is_far_from_every_word_has_no_nearest() -> None:
    assert nearest("zzz", ["mode", "ledger"]) is None
    assert nearest("Fail_Under", ["fail-under"]) == "fail-under"
