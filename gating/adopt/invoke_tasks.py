"""A tasks.py, read without running it: the commands that its tasks run in a shell."""

from __future__ import annotations

import ast
import os
from dataclasses import dataclass

from gating.adopt.commands import Command, in_shell
from gating.adopt.python_source import Walker, parsed, text_of

__all__ = ["TASKS", "Tasks", "read_tasks"]

TASKS = "tasks.py"
_LIBRARIES = frozenset({"invoke", "fabric", "invocations"})


@dataclass(frozen=True, kw_only=True)
class Tasks:
    """What a tasks.py runs. `problem` says why the file cannot be read, and then there is nothing else."""

    commands: tuple[Command, ...] = ()
    problem: str | None = None


def read_tasks(root: str) -> Tasks | None:
    """Read the tasks of a project, None where it has none; a tasks.py that does not use invoke is no such file."""
    tree = parsed(os.path.join(root, TASKS))
    if not isinstance(tree, ast.Module):
        return None if tree is None else Tasks(problem=tree)
    if not _imports(tree) & _LIBRARIES:
        return None
    walker = _Tasks()
    try:
        walker.visit(tree)
    except RecursionError:
        return Tasks(problem="is nested too deeply")
    return Tasks(commands=tuple(walker.commands))


def _imports(tree: ast.Module) -> set[str]:
    names: set[str] = set()
    for node in tree.body:
        if isinstance(node, ast.Import):
            names |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names.add(node.module.partition(".")[0])
    return names


class _Tasks(Walker):
    def __init__(self) -> None:
        super().__init__()
        self.commands: list[Command] = []

    def called(self, call: ast.Call, name: str) -> None:
        receiver, _, method = name.rpartition(".")
        contexts = {parameter.arg for parameter, is_first in self.parameters() if is_first}
        given = call.args[0] if call.args else next((one.value for one in call.keywords if one.arg == "command"), None)
        if method not in {"run", "sudo"} or receiver not in contexts or given is None:
            return
        for words in in_shell(text_of(given, self.known)):
            self.commands.append(Command(words=words, file=TASKS, line=call.lineno, within=self.within))
