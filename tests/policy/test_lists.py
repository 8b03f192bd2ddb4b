"""Lists: a string in a list's place is an error that shows the list which it should be."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from gating.errors import Problem
from gating.policy import Policy

Load = Callable[..., Policy]
Problems = Callable[..., tuple[Problem, ...]]


@pytest.mark.parametrize(
    ("line", "column", "message", "allowed"),
    [
        (
            "gates.x.run = 'mkdocs build --strict'",
            15,
            "gates.x.run is 'mkdocs build --strict', not a list of words",
            'run = ["mkdocs", "build", "--strict"]',
        ),
        (
            "gates.x.run = '''sh -c \"a b\"'''",
            15,
            "gates.x.run is 'sh -c \"a b\"', not a list of words",
            'run = ["sh", "-c", "a b"]',
        ),
        ('gates.x.run = "it\'s"', 15, 'gates.x.run is "it\'s", not a list of words', 'run = ["it\'s"]'),
        ("gates.x.run = ''", 15, "gates.x.run is '', not a list of words", 'run = ["mkdocs", "build"]'),
        ("gates.x.run = []", 15, "gates.x.run is an empty list", 'run = ["mkdocs", "build"]'),
        ("gates.x.run = ['a', '']", 21, "gates.x.run[1] is '', which is empty", "a string in quotes"),
        ("gates.x.run = ['a', [1, 2], 3]", 21, "gates.x.run[1] is a list, not a string", "a string in quotes"),
        (
            "tools.x.any-of = 'gmake, make'",
            18,
            "tools.x.any-of is 'gmake, make', not a list",
            'any-of = ["gmake", "make"]',
        ),
        (
            "tools.x.any-of = []",
            18,
            "tools.x.any-of is an empty list",
            "a list, of a name as it is called, without / and \\ each",
        ),
        (
            "tools.x.ok-codes = 3",
            20,
            "tools.x.ok-codes is 3, not a list",
            "a list, of a whole number from 0 to 255 each",
        ),
        ("metrics.record = ['test']", 19, "metrics.record[0] is 'test', not one of tests, gates", "tests, gates"),
        ("needs.'t' = 'a>=1,<2'", 13, "needs.t is 'a>=1,<2', not a list", 't = ["a>=1,<2"]'),
        (
            "tools.x.remedy = 3",
            18,
            "tools.x.remedy is 3, not a string or a list of strings",
            "a string, or a list of strings",
        ),
        ("tools.x.remedy = ['a', 3]", 24, "tools.x.remedy[1] is 3, not a string", "a string in quotes"),
        (
            "needs.'t::*' = ['=x']",
            17,
            "needs.\"t::*\"[0] is '=x', not a requirement",
            'a requirement such as "torch>=2.2"',
        ),
    ],
)
def test_what_is_no_list_is_shown_as_one(
    problems: Problems, line: str, column: int, message: str, allowed: str
) -> None:
    problem = problems(f"[tool.gating]\n{line}\n")[0]
    assert (problem.line, problem.column) == (2, column)
    assert problem.message.startswith(message)
    assert problem.allowed == allowed


def test_every_wrong_item_of_a_list_is_named(problems: Problems) -> None:
    found = problems("[tool.gating]\ncoverage.source = [\n  1,\n  'ok', # fine\n  '',\n]\n")
    assert [problem.place for problem in found] == ["pyproject.toml:3:3", "pyproject.toml:5:3"]


@pytest.mark.parametrize(
    ("value", "allowed"),
    [
        ("mkdocs build", '["mkdocs", "build"]'),
        ("[1", '["[1"]'),
        ("", '["mkdocs", "build"]'),
        ('{"a": 1}', '["{a:", "1}"]'),
    ],
)
def test_a_command_in_a_variable_is_a_json_list(problems: Problems, value: str, allowed: str) -> None:
    (problem,) = problems("tool.gating.gates.x.run = ['x']", env={"GATING_GATES_X_RUN": value})
    assert (problem.place, problem.allowed) == ("GATING_GATES_X_RUN", allowed)


def test_commas_alone_in_a_variable_are_an_empty_list(problems: Problems) -> None:
    (problem,) = problems("tool.gating.tools.x.any-of = ['x']", env={"GATING_TOOLS_X_ANY_OF": " , "})
    assert problem.place == "GATING_TOOLS_X_ANY_OF"
    assert problem.message == "tools.x.any-of is an empty list"


def test_a_list_in_a_variable_that_is_nested_too_deeply_is_none(problems: Problems) -> None:
    (problem,) = problems("tool.gating.gates.x.run = ['x']", env={"GATING_GATES_X_RUN": "[" * 100_000})
    assert problem.place == "GATING_GATES_X_RUN"


def test_a_remedy_is_a_line_or_lines(load: Load) -> None:
    table = "[tool.gating.tools]\na.remedy = 'one'\nb.remedy = ['one', ' two ']\nc.remedy = '''\none\n\n  two\n'''\n"
    assert [tool.remedy for tool in load(table).tools.values()] == [("one",), ("one", "two"), ("one", "two")]
    assert load(table, env={"GATING_TOOLS_A_REMEDY": '["x", "y"]'}).tools["a"].remedy == ("x", "y")
