"""The live line of whole commands on a terminal: there from the third second, gone at the end, nothing disturbed."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator

import pytest

from tests.projects import Project
from tests.terminals import Terminal

POLICY = """
    [tool.gating.metrics]
    record = ["gates"]
    interval = 0.2

    [tool.gating.gates]
    slow = { run = ["sh", "-c", "echo one; sleep 3.5; echo two"] }
"""


@pytest.fixture
def terminal(project: Project) -> Iterator[Callable[..., Terminal]]:
    project.policy(POLICY)
    made: list[Terminal] = []

    def make(*arguments: str) -> Terminal:
        argv = [sys.executable, "-m", "gating", *arguments]
        made.append(Terminal(argv, env=project.env, cwd=project.root))
        return made[-1]

    yield make
    for one in made:
        one.close()


@pytest.mark.parametrize(
    "command",
    [
        ("gate", "slow"),
        ("metrics.record", "--interval", "0.2", "--name", "slow", "--", "sh", "-c", "echo one; sleep 3.5; echo two"),
    ],
    ids=lambda words: words[0],
)
def test_a_long_command_has_a_line_and_its_output_is_its_own(
    terminal: Callable[..., Terminal], command: tuple[str, ...]
) -> None:
    shown = terminal(*command)
    assert shown.read(lambda: "cores" in shown.last_row()), shown.text()
    assert shown.last_row().startswith(" slow  0:0")
    assert "process" in shown.last_row()
    assert shown.finish() == 0
    lines = shown.text()
    assert lines[:2] == ["one", "two"]
    assert not any("cores" in line for line in lines)
    assert shown.screen.margins is None
    assert b"\x1b[r" in shown.raw


def test_an_interrupt_ends_command_and_line(terminal: Callable[..., Terminal], project: Project) -> None:
    shown = terminal("metrics.record", "--", "sleep", "60")
    assert shown.read(lambda: "sleep" in shown.last_row())
    shown.say("\x03")
    assert shown.finish() == 130
    assert shown.screen.margins is None
    assert project.gating("metrics.show", "--format", "json").document["ending"]["signal"] == 2


def test_a_command_whose_output_goes_elsewhere_writes_no_line(project: Project) -> None:
    project.policy(POLICY)
    done = project.gating("gate", "slow")
    assert done.returncode == 0
    assert "\x1b" not in done.stdout + done.stderr
    assert done.stdout.startswith("one\ntwo\n")
