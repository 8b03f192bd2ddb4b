"""File: one source under one world: which of its lines are dead, and what it offers to those that import it."""

from __future__ import annotations

import ast
import re
from collections.abc import Hashable
from typing import TYPE_CHECKING, ClassVar, NamedTuple

from gating.coverage.guards.bindings import bound, volatile
from gating.coverage.guards.blocks import BLOCKS
from gating.coverage.guards.definitions import DEFINITIONS
from gating.coverage.guards.flow import SIMPLE, Env, Flow, first_line
from gating.coverage.guards.functions import Function, Summary, summarised, walk
from gating.coverage.guards.values import Kind, Reason, Value, joined

if TYPE_CHECKING:
    from gating.coverage.guards.project import Project
    from gating.coverage.guards.world import World

__all__ = ["Decision", "File"]

# what may bind any of the module's names; `"x" in globals()` and `globals().get` only look
_DYNAMIC = re.compile(
    r"(?<!\bin )\bglobals\(\)(?!\.get\b)|\blocals\(\)(?:\[|\.(?!get\b))|sys\.modules\[__name__\]|\bexec\(|\bvars\(\)"
)
# a module that the file itself provides: importing it may work from then on
_PROVIDED = re.compile(r"\bsys\.modules(?:\[\s*|\.setdefault\(\s*)[\"']([\w.]+)[\"'](?:\s*\]\s*=(?!=|\s*None\b)|\s*,)")
_WORD = re.compile(r"\w+")
# importing these does not fail, and runs nothing of the project's
_HARMLESS = frozenset(
    ("__future__", "contextlib", "functools", "importlib", "importlib.util", "os", "platform", "re", "sys", "typing")
)


class Decision(NamedTuple):
    """A test that is surely true or false, and the lines, first and last, of the block that is run if it is true."""

    true: bool
    why: Reason
    first: int
    last: int


class File:
    """A file that is being looked at. `module` is its dotted name, None for a script.

    `dead` are the lines that are never reached, `vain` those that lead to a misuse only, `stop` why importing it surely
    fails, None where it may not, and `offers` what is known of its names once it is imported.
    """

    runners: ClassVar = {**SIMPLE, **BLOCKS, **DEFINITIONS}

    def __init__(self, project: Project, path: str, module: str | None, tree: ast.Module, text: str) -> None:
        self.project = project
        self.world: World = project.world.with_open(_PROVIDED.findall(text))
        self.path = path
        self.module = module
        self.is_package = path.endswith("__init__.py")
        self.tree = tree
        self._lines = text.split("\n")
        self._words: dict[int, set[str]] = {}
        self._bound_in: dict[int, set[str]] = {}
        self.fatal = set(self.world.fatal)  # words without which no expression here surely fails
        self.bound = bound(tree.body)
        self.volatile = volatile(text) | (project.assigned & self.bound)
        self.dynamic = _DYNAMIC.search(text) is not None
        self.annotations_wait = self.world.annotations_wait or "from __future__ import annotations" in text
        self.lazy: frozenset[str] | None = _lazy_modules(tree) if "__lazy_modules__" in text else frozenset()
        self.wild = False  # a star import may have bound anything
        self.calls = 0  # how many statements so far may have run functions of the module
        self.done = False
        self.dead: dict[int, Reason] = {}
        self.vain: dict[int, Reason] = {}
        self.live: set[int] = set()
        self.decisions: dict[int, Decision] = {}
        self.stop: Reason | None = None
        self.raised: frozenset[str] = frozenset()
        self.offers: dict[str, Value] = {}
        self.summaries: dict[tuple[Function, Hashable], Summary] = {}
        self.imports: set[str] = set()  # modules of the project that are imported with it
        self.asked: set[str] = set()  # modules of the project that anything hangs on
        self._earlier: dict[str, Value | None] = {}  # what names were when something may have looked
        self._waiting: list[tuple[Function, frozenset[str], int]] = []
        self._top = Flow(self, "module")

    def run(self) -> None:
        """Look at the module's own statements, then at its functions."""
        stop = self._top.block(self.tree.body)
        if stop is not None and not stop.leaves:
            self.stop = stop.why
        self.raised = frozenset(self._top.raised)
        self._settle(self._top.env)
        self.done = True
        self._spread()
        while self._waiting:
            function, hidden, calls = self._waiting.pop()
            node = function.node
            if self.stop is not None and calls == self.calls:
                # the import fails before anything could have called it
                self.mark(node.body[0].lineno, node.end_lineno or node.lineno, self.stop)
                continue
            flow, ended = walk(function, hidden)
            self.summaries.setdefault((function, ()), summarised(flow, ended))
        for line in self.live:
            self.dead.pop(line, None)

    def global_value(self, name: str) -> Value | None:
        """What a function of the module finds under a name of the module's."""
        if not self.done:
            return self._top.env.get(name, (None, 0))[0]
        return self.offers.get(name)

    def rebound(self, name: str, before: tuple[Value | None, int] | None) -> None:
        """Note what a name was, where something may have looked at it meanwhile."""
        if before is None or before[1] == self.calls or (before[0] is not None and before[0].kind is Kind.UNBOUND):
            return
        self._earlier[name] = joined(self._earlier[name], before[0]) if name in self._earlier else before[0]

    def wait(self, function: Function, hidden: frozenset[str]) -> None:
        """Look at a function's body later, when the module's names are settled."""
        self._waiting.append((function, hidden, self.calls))

    def mark(self, first: int, last: int, why: Reason) -> None:
        """Note that lines are never reached."""
        for line in range(first, last + 1):
            self.dead.setdefault(line, why)

    def lives(self, node: ast.stmt) -> None:
        """Note that a statement is reached: its lines, or those of its head."""
        first, last = first_line(node), node.end_lineno or node.lineno
        body = getattr(node, "body", None)
        if isinstance(body, list) and body:
            head = getattr(node, "test", None) or getattr(node, "iter", None)
            last = head.end_lineno if head is not None else max(first, body[0].lineno - 1)
            if body[0].lineno == node.lineno:
                last = node.lineno
        elif isinstance(node, ast.Match):
            last = first
        if first == last:
            self.live.add(first)
        else:
            self.live.update(range(first, last + 1))

    def decides(self, node: ast.If, why: Reason, *, true: bool) -> None:
        """Note that a test has one outcome only."""
        last = node.body[-1].end_lineno or node.body[-1].lineno
        if node.body[0].lineno > node.lineno:
            self.decisions[node.lineno] = Decision(true, why, node.body[0].lineno, last)

    def may_fail(self, node: ast.AST) -> bool:
        """Whether an expression names anything by which it could surely fail."""
        first, last = getattr(node, "lineno", 0), getattr(node, "end_lineno", 0)
        for line in range(first, last + 1):
            words = self._words.get(line)
            if words is None:
                words = self._words[line] = set(_WORD.findall(self._lines[line - 1]))
            if not self.fatal.isdisjoint(words):
                return True
        return first == 0

    def bound_in(self, body: list[ast.stmt]) -> set[str]:
        """The names that a block binds; found once."""
        known = self._bound_in.get(id(body))
        if known is None:
            known = self._bound_in[id(body)] = bound(body)
        return known

    def may_call(self, node: ast.expr) -> bool:
        """Whether there is a bracket in an expression: without one it calls nothing."""
        if isinstance(node, ast.Constant | ast.Name | ast.Attribute):
            return False
        return any("(" in line for line in self._lines[node.lineno - 1 : node.end_lineno])

    def is_own(self, module: str) -> bool:
        """Whether a module is the project's."""
        return self.project.owns(module)

    def is_harmless(self, module: str) -> bool:
        """Whether importing it surely works."""
        return module in _HARMLESS and not self.is_own(module)

    def resolve(self, node: ast.ImportFrom) -> str | None:
        """The module that names are imported from, None where it cannot be told."""
        if not node.level:
            return node.module
        if self.module is None:
            return None
        parts = self.module.split(".")
        if not self.is_package:
            parts.pop()
        if node.level > 1:
            del parts[len(parts) - node.level + 1 :]
        if not parts:
            return None
        return ".".join([*parts, node.module] if node.module else parts)

    def import_fails(self, module: str, line: int) -> tuple[Reason | None, frozenset[str]]:
        """Why importing a module surely fails, and by which exceptions."""
        if not self.is_own(module):
            why = self.world.missing(module, line)
            return why, frozenset({"ModuleNotFoundError"}) if why is not None else frozenset()
        if not self.done:
            self.calls += 1
        for package in _with_packages(module):
            self._uses(package)
            failing = self.project.failing(package, self)
            if failing is not None and failing.stop is not None:
                return Reason("module", failing.stop.needs, line), failing.raised
        return None, frozenset()

    def offered(self, module: str, name: str, line: int) -> Value | None:
        """What `from module import name` binds; an unbound one where that surely fails."""
        if not self.is_own(module):
            return self.member(module, name, line)
        self._uses(module)
        value = self.project.offer(module, name)
        if value is not None:
            if value.kind is Kind.UNBOUND and self.project.owns(f"{module}.{name}"):
                return None
            return value if value.why is None else value._replace(why=value.why._replace(line=line))
        whole = f"{module}.{name}"
        if not self.project.owns(whole):
            return None
        why, _ = self.import_fails(whole, line) if not self.project.binds(module, name) else (None, None)
        return Value(Kind.UNBOUND, None, why) if why is not None else Value(Kind.ORIGIN, whole)

    def member(self, origin: str, name: str, line: int) -> Value | None:
        """What is known of `origin.name`, where `origin` is a dotted name."""
        known = self.world.attribute(f"{origin}.{name}", line)
        if known is not None:
            return known
        if self.is_own(origin):
            self._uses(origin)
            value = self.project.offer(origin, name)
            if value is not None:
                return value if value.kind is not Kind.UNBOUND else None
            return Value(Kind.ORIGIN, f"{origin}.{name}") if self.is_own(f"{origin}.{name}") else None
        return Value(Kind.ORIGIN, f"{origin}.{name}")

    def _uses(self, module: str) -> None:
        self.asked.add(module)
        if not self.done:
            self.imports.add(module)

    def _spread(self) -> None:
        """Calls of functions fail too, where something in them does."""
        functions = {name: value.data for name, value in self.offers.items() if value.kind is Kind.FUNCTION}
        grown = True
        while grown:
            grown = False
            for name, function in functions.items():
                if name not in self.fatal and function.file.may_fail(function.node):
                    self.fatal.add(name)
                    grown = True

    def _settle(self, env: Env) -> None:
        for name, (value, _) in env.items():
            settled = joined(self._earlier[name], value) if name in self._earlier else value
            if settled is not None and name not in self.volatile and not self.dynamic:
                self.offers[name] = settled


def _with_packages(module: str) -> list[str]:
    parts = module.split(".")
    return [".".join(parts[: depth + 1]) for depth in range(len(parts))]


def _lazy_modules(tree: ast.Module) -> frozenset[str] | None:
    """The modules that `__lazy_modules__` names; None where that cannot be told, and any may be among them."""
    for node in tree.body:
        if isinstance(node, ast.Assign) and any(
            isinstance(each, ast.Name) and each.id == "__lazy_modules__" for each in node.targets
        ):
            try:
                return frozenset(ast.literal_eval(node.value))
            except (ValueError, TypeError):
                return None
    return None
