"""Flow: one scope, statement by statement, with what is known of its names on the way."""

from __future__ import annotations

import ast
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import TYPE_CHECKING, Any

from gating.coverage.guards.bindings import bound, names_in_target
from gating.coverage.guards.catching import ANY
from gating.coverage.guards.expressions import Expressions
from gating.coverage.guards.values import BOUND, Kind, Reason, Stop, Value, because, constant, joined, merged
from gating.coverage.guards.world import is_builtin_name

if TYPE_CHECKING:
    from gating.coverage.guards.file import File

__all__ = ["SIMPLE", "Env", "Flow", "first_line", "joined_envs"]

Env = dict[str, tuple[Value | None, int]]  # what is known, and how many calls had been made when it was bound
_MISUSES = frozenset({"AttributeError", "NameError", "TypeError"})  # of a name that is unbound, or None
_LEAVES = (ast.Return, ast.Raise, ast.Break, ast.Continue, ast.Yield, ast.YieldFrom, ast.Assert)
_ORIGINS = frozenset({"bool", "__import__"})  # functions of Python's own whose answers are known


class Flow(Expressions):
    """Walks the statements of a module (`scope` is `module`), a class or a function.

    `local` are the names that the scope binds, `hidden` those of the functions around it. `env` holds what has been
    bound so far; a name that is not in it has not been. With `marking` False nothing is noted but what is returned.
    """

    def __init__(
        self,
        file: File,
        scope: str,
        *,
        local: Collection[str] = (),
        hidden: frozenset[str] = frozenset(),
        outer: Flow | None = None,
        marking: bool = True,
    ) -> None:
        self.file = file
        self.scope = scope
        self.local = local
        self.hidden = hidden
        self.outer = outer
        self.marking = marking
        self.env: Env = {}
        self.raised: set[str] = set()
        self.control: Reason | None = None  # why the statements here are run at all
        self.caught: frozenset[str] = frozenset()  # what a bare `raise` raises again
        self.returned: list[Value | None] = []
        self.tries = 0  # how many `try` statements stand around
        self.withs = 0  # how many `with` that may swallow an exception
        self.ended = 0  # the line of the statement by which the last block ended that did not lead on
        self.skipped: Reason | None = None  # why no function of this class is run

    def lookup(self, name: str) -> Value | None:
        if name in self.file.volatile:
            return None
        if name in self.env:
            value = self.env[name][0]
            is_open = self.scope == "module" and self.file.dynamic and value is not None and value.kind in BOUND
            return None if is_open else value
        if self.scope == "module":
            own = name in self.file.bound
        elif name in self.local or name in self.hidden:
            return None
        elif self.outer is not None:
            return self.outer.lookup(name)
        else:
            own = name in self.file.bound
            if own:
                return self.file.global_value(name)
        return Value(Kind.ORIGIN, f"builtins.{name}") if not own and name in _ORIGINS else None

    def is_builtin(self, name: str) -> bool:
        """Whether a name is Python's own here."""
        return name not in self.file.bound and name not in self.local and name not in self.hidden

    def bind(self, name: str, value: Value | None) -> None:
        """Give a name a value, None for one of which nothing is known."""
        if name in self.file.volatile:
            value = None
        elif value is not None and value.kind is Kind.CONSTANT:
            value = because(value, self.control)
        if self.scope == "module":
            self.file.rebound(name, self.env.get(name))
        if value is not None and _is_fatal(value, self.scope):
            self.file.fatal.add(name)
        self.env[name] = (value, self.file.calls)

    def forget(self, names: Iterable[str]) -> None:
        """Take these names for bound to something unknown."""
        for name in names:
            self.bind(name, None)

    def taint(self, names: Iterable[str], why: Reason) -> None:
        """Note that names would have been bound, were it not for `why`."""
        for name in sorted(names):
            if name in self.env:
                value, calls = self.env[name]
                if value is not None and value.kind is Kind.CONSTANT:
                    self.env[name] = (because(value, why), calls)
            elif self._is_missing(name):
                self.file.fatal.add(name)
                self.env[name] = (Value(Kind.UNBOUND, None, why), self.file.calls)

    def _is_missing(self, name: str) -> bool:
        """Whether a name that nothing has bound so far is unbound."""
        if self.scope == "class" or self.file.wild or name in self.file.volatile:
            return False
        return not is_builtin_name(name)

    def kill(self, statements: Sequence[ast.stmt], why: Reason | None) -> None:
        """Note that statements are never reached; without a reason it is not for us to say."""
        if why is None or not statements:
            return
        if self.marking:
            for node in statements:
                self.file.mark(first_line(node), node.end_lineno or node.lineno, why)
        self.taint(bound(statements), why)

    def block(self, body: Sequence[ast.stmt]) -> Stop | None:
        """Run statements until one of them surely leads nowhere."""
        for index, node in enumerate(body):
            stop = self.statement(node)
            if stop is not None:
                self.kill(body[index + 1 :], stop.why)
                self.ended = node.lineno
                return stop
        return None

    def under(self, why: Reason | None, body: Sequence[ast.stmt]) -> Stop | None:
        """Run statements that are reached because of `why`; where they stop, it is because of that too."""
        before = self.control
        self.control = merged(before, why)
        stop = self.block(body)
        self.control = before
        return stop._replace(why=merged(stop.why, why)) if stop is not None else None

    def statement(self, node: ast.stmt) -> Stop | None:
        """Run one statement."""
        if self.marking:
            self.file.lives(node)
        run = self.file.runners.get(type(node))
        if run is not None:
            return run(self, node)
        self.raised.add(ANY)
        self.forget(bound([node]))
        return None

    def either(self, *ways: Callable[[], Stop | None]) -> Stop | None:
        """Go on by one of several ways, which of them is open."""
        before = self.env
        ends: list[Env] = []
        stops: list[Stop] = []
        for way in ways:
            self.env = dict(before)
            stop = way()
            if stop is None:
                ends.append(self.env)
            else:
                stops.append(stop)
        if ends:
            self.env = joined_envs(ends)
            return None
        why, misuses = merged(*(stop.why for stop in stops)), all(stop.misuses for stop in stops)
        return Stop(why, any(stop.leaves for stop in stops), misuses)

    def count_calls(self, *nodes: ast.expr | None) -> None:
        """Note whether evaluating these may run functions of the module while it is being imported."""
        if not self.file.done and any(self.file.may_call(node) for node in nodes if node is not None):
            self.file.calls += 1

    def _failed(self, *nodes: ast.expr | None) -> Stop | None:
        self.count_calls(*nodes)
        for node in nodes:
            why = self.fails_here(node)
            if why is not None:
                return Stop(why, misuses=bool(why.needs) and self._misuses(node))
        return None

    def _misuses(self, node: ast.expr | None) -> bool:
        """Whether what surely fails does so by no exception that somebody raises."""
        before, self.raised = self.raised, set()
        self.fails(node)
        found, self.raised = self.raised - {ANY}, before
        return bool(found) and found <= _MISUSES

    def vain(self, body: Sequence[ast.stmt]) -> Stop | None:
        """Run a block that need not be entered; note what of it leads to nothing but a misuse."""
        stop = self.block(body)
        if stop is None or not stop.misuses or stop.why is None or self.tries or self.withs:
            return stop
        if self.marking and self.scope == "function":
            first = last = next(index for index, node in enumerate(body) if node.lineno == self.ended)
            while first and not any(isinstance(each, _LEAVES) for each in ast.walk(body[first - 1])):
                first -= 1
            for node in body[first : last + 1]:
                for line in range(first_line(node), (node.end_lineno or node.lineno) + 1):
                    self.file.vain.setdefault(line, stop.why)
        return stop

    def fails_here(self, node: ast.expr | None) -> Reason | None:
        """`fails`, without a look at expressions that name nothing by which they could."""
        if node is None or isinstance(node, ast.Constant):
            return None
        if not self.tries and self.file.done and not self.file.may_fail(node):
            self.raised.add(ANY)
            return None
        return self.fails(node)

    def run_expression(self, node: ast.Expr) -> Stop | None:
        stop = self._failed(node.value)
        ended = self.ends(node.value) if stop is None else None
        if ended is None:
            return stop
        self.raised.add(ended)
        return Stop(None)

    def run_assign(self, node: ast.Assign) -> Stop | None:
        stop = self._failed(node.value, *node.targets)
        if stop is not None:
            if stop.why is not None:
                self.taint((name for target in node.targets for name in names_in_target(target)), stop.why)
            return stop
        for target in node.targets:
            self._give(target, node.value)
        return None

    def _give(self, target: ast.expr, value: ast.expr) -> None:
        if isinstance(target, ast.Name):
            self.bind(target.id, self.evaluate(value))
        elif (
            isinstance(target, ast.Tuple)
            and isinstance(value, ast.Tuple)
            and len(target.elts) == len(value.elts)
            and not any(isinstance(each, ast.Starred) for each in (*target.elts, *value.elts))
        ):
            known = [self.evaluate(each) for each in value.elts]
            for each, one in zip(target.elts, known, strict=True):
                if isinstance(each, ast.Name):
                    self.bind(each.id, one)
                else:
                    self.forget(names_in_target(each))
        else:
            self.raised.add(ANY)
            self.forget(names_in_target(target))

    def run_annotated(self, node: ast.AnnAssign) -> Stop | None:
        evaluated = self.scope != "function" and not self.file.annotations_wait
        stop = self._failed(node.value, node.annotation if evaluated else None, node.target)
        if stop is None and node.value is not None and isinstance(node.target, ast.Name):
            self.bind(node.target.id, self.evaluate(node.value))
        return stop

    def run_augmented(self, node: ast.AugAssign) -> Stop | None:
        self.raised.add(ANY)
        stop = self._failed(node.value)
        self.forget(names_in_target(node.target))
        return stop

    def run_delete(self, node: ast.Delete) -> None:
        self.raised.add(ANY)
        for target in node.targets:
            self.forget(names_in_target(target))

    def run_return(self, node: ast.Return) -> Stop:
        stop = self._failed(node.value)
        if stop is not None:
            return stop
        value = constant(None) if node.value is None else self.evaluate(node.value)
        self.returned.append(because(value, self.control) if value is not None else None)
        return Stop(None, leaves=True)

    def run_leave(self, _: ast.stmt) -> Stop:
        return Stop(None, leaves=True)

    def run_raise(self, node: ast.Raise) -> Stop:
        stop = self._failed(node.exc, node.cause)
        self.raised |= self._raised_by(node.exc)
        return stop or Stop(None)

    def _raised_by(self, node: ast.expr | None) -> AbstractSet[str]:
        if node is None:
            return self.caught or {ANY}
        named = node.func if isinstance(node, ast.Call) else node
        if isinstance(named, ast.Name) and is_builtin_name(named.id) and self.is_builtin(named.id):
            return {named.id} if named.id[:1].isupper() else {ANY}
        return {ANY}

    def run_assert(self, node: ast.Assert) -> Stop | None:
        self.raised.add(ANY)
        return self._failed(node.test)

    def run_nothing(self, _: ast.stmt) -> None:
        return None


def joined_envs(envs: Sequence[Env]) -> Env:
    """What is known where the flow comes from any of several places."""
    first, *others = envs
    if not others:
        return first
    found: Env = {}
    for name in dict.fromkeys(name for env in envs for name in env):
        entry = first.get(name)
        if entry is not None and all(env.get(name) is entry for env in others):
            found[name] = entry
            continue
        entries = [env[name] for env in envs if name in env]
        value = entries[0][0] if len(entries) == len(envs) else None
        for other, _ in entries[1:]:
            value = joined(value, other)
        found[name] = (value, min(calls for _, calls in entries))
    return found


def _is_fatal(value: Value, scope: str) -> bool:
    """Whether using it may surely fail. Of a module's own functions that is found out when all are known."""
    if value.kind is Kind.CONSTANT:
        return value.data is None
    return value.kind in {Kind.UNBOUND, Kind.LAZY} or (value.kind is Kind.FUNCTION and scope != "module")


def first_line(node: ast.stmt) -> int:
    """The line that a statement begins in: of a definition, that of its first decorator."""
    decorators: list[ast.expr] = getattr(node, "decorator_list", [])
    return min([node.lineno, *(each.lineno for each in decorators)])


SIMPLE: Mapping[type[ast.AST], Callable[[Any, Any], Stop | None]] = {
    ast.Expr: Flow.run_expression,
    ast.Assign: Flow.run_assign,
    ast.AnnAssign: Flow.run_annotated,
    ast.AugAssign: Flow.run_augmented,
    ast.Delete: Flow.run_delete,
    ast.Return: Flow.run_return,
    ast.Raise: Flow.run_raise,
    ast.Assert: Flow.run_assert,
    ast.Break: Flow.run_leave,
    ast.Continue: Flow.run_leave,
    ast.Pass: Flow.run_nothing,
    ast.Global: Flow.run_nothing,
    ast.Nonlocal: Flow.run_nothing,
}
