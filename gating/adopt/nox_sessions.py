"""A noxfile, read without running it: what its sessions run, and what they install for themselves."""

from __future__ import annotations

import ast
import os
from dataclasses import dataclass

from gating.adopt.commands import HOLE, Command, Words
from gating.adopt.python_source import Walker, parsed, text_of

__all__ = ["NOXFILE", "Noxfile", "read_noxfile"]

NOXFILE = "noxfile.py"
_RUNS = frozenset({"run", "run_always", "run_install"})
_INSTALLS = frozenset({"install", "conda_install"})


@dataclass(frozen=True, kw_only=True)
class Noxfile:
    """What a noxfile says. `installed` are words that sessions install, `looked_for` names asked of `shutil.which`.

    `needs_version` is the specifier of nox itself, None where none is given. `problem` says why the file cannot
    be read, and then there is nothing else.
    """

    commands: tuple[Command, ...] = ()
    installed: frozenset[str] = frozenset()
    looked_for: tuple[str, ...] = ()
    needs_version: str | None = None
    problem: str | None = None


def read_noxfile(root: str) -> Noxfile | None:
    """Read the noxfile of a project, None where it has none."""
    tree = parsed(os.path.join(root, NOXFILE))
    if not isinstance(tree, ast.Module):
        return None if tree is None else Noxfile(problem=tree)
    walker = _Sessions()
    try:
        walker.visit(tree)
    except RecursionError:
        return Noxfile(problem="is nested too deeply")
    return Noxfile(
        commands=tuple(walker.commands),
        installed=frozenset(walker.installed),
        looked_for=tuple(dict.fromkeys(walker.looked_for)),
        needs_version=walker.needs_version,
    )


class _Sessions(Walker):
    def __init__(self) -> None:
        super().__init__()
        self.commands: list[Command] = []
        self.installed: list[str] = []
        self.looked_for: list[str] = []
        self.needs_version: str | None = None

    def assigned(self, target: str, text: str) -> None:
        if target == "nox.needs_version":
            self.needs_version = None if HOLE in text else text

    def called(self, call: ast.Call, name: str) -> None:
        receiver, _, method = name.rpartition(".")
        if name in {"shutil.which", "which"} and call.args:
            text = text_of(call.args[0], self.known)
            if HOLE not in text:
                self.looked_for.append(text)
        elif method in _RUNS | _INSTALLS and self._is_session(receiver):
            words = self._words(call)
            if method in _INSTALLS:
                self.installed += [word for word in words if word and not word.startswith(("-", "."))]
            elif words:
                self._ran(call, words)

    def _ran(self, call: ast.Call, words: Words) -> None:
        external = any(
            keyword.arg == "external" and isinstance(keyword.value, ast.Constant) and bool(keyword.value.value)
            for keyword in call.keywords
        )
        self.commands.append(
            Command(words=words, file=NOXFILE, line=call.lineno, within=self.within, external=external)
        )

    def _is_session(self, receiver: str) -> bool:
        """Whether a name is a function's session: called so, annotated so, or the parameter that nox fills."""
        for parameter, is_first in self.parameters():
            if parameter.arg == receiver:
                annotation = ast.unparse(parameter.annotation) if parameter.annotation else ""
                return receiver == "session" or "Session" in annotation or (is_first and self._is_decorated())
        return False

    def _is_decorated(self) -> bool:
        return any("session" in ast.unparse(one) for function in self.functions for one in function.decorator_list)

    def _words(self, call: ast.Call) -> Words:
        """The words of a call; what the user of nox appends to it is no part of it."""
        words: list[str | None] = []
        for argument in call.args:
            if isinstance(argument, ast.Starred):
                if "posargs" not in ast.unparse(argument.value):
                    words.append(None)
            else:
                text = text_of(argument, self.known)
                words.append(None if HOLE in text else text)
        return tuple(words)
