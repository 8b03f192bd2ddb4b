"""Calls: what the functions answer that ask for a module, and those that raise where it is absent."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from gating.coverage.guards.catching import ANY
from gating.coverage.guards.values import Kind, Reason, Value, constant, truth

if TYPE_CHECKING:
    from gating.coverage.guards.file import File
    from gating.coverage.guards.functions import Function

__all__ = ["GUARDS", "Calls"]

_AVAILABLE = frozenset({"gating.available", "gating.optional.calls.available"})
_REQUIRE = frozenset({"gating.require", "gating.optional.calls.require"})
GUARDS = frozenset({"gating.guard", "gating.checks.incident.guard"})
_IMPORTS = frozenset({"importlib.import_module", "builtins.__import__"})
_FIND_SPEC = frozenset({"importlib.util.find_spec"})
_ENDS = {"sys.exit": "SystemExit", "pytest.skip": "Skipped", "pytest.fail": ANY, "builtins.exit": "SystemExit"}
_SKIP_IF = frozenset({"pytest.mark.skipif", "unittest.skipIf"})
_SKIP_UNLESS = frozenset({"unittest.skipUnless"})


class Calls:
    """What calls are worth in one scope, and whether they raise."""

    file: File
    raised: set[str]

    def evaluate(self, node: ast.expr | None) -> Value | None:
        raise NotImplementedError

    def call_value(self, node: ast.Call, called: Value | None) -> Value | None:
        """What the call is worth where it returns."""
        name = _dotted(called)
        if called is not None and called.kind is Kind.FUNCTION:
            function: Function = called.data
            return function.returned(self._arguments(node), node.lineno, self.file)
        if name is None:
            return None
        if name == "builtins.bool" and len(node.args) == 1:
            value = self.evaluate(node.args[0])
            true = truth(value)
            return None if true is None or value is None else constant(true, value.why)
        if name == "platform.system":
            return self.file.world.system(node.lineno)
        if name in _SKIP_IF or name in _SKIP_UNLESS:
            value = self.evaluate(node.args[0] if node.args else _keyword(node, "condition"))
            true = truth(value)
            if value is not None and value.why is not None and true is (name in _SKIP_IF):
                return Value(Kind.SKIP, None, value.why._replace(line=node.lineno))
            return None
        return self._answer(name, node)

    def _answer(self, name: str, node: ast.Call) -> Value | None:
        """What a function that asks for a module answers."""
        asked = self._text(node)
        if asked is None:
            return None
        world = self.file.world
        if name in _FIND_SPEC:
            why = world.missing(asked, node.lineno)
            if why is not None and "." not in asked:
                return constant(None, why)
            there = world.has(asked, node.lineno)
            return Value(Kind.TRUTHY, None, there) if there else None
        if name in _AVAILABLE:
            why = world.missing(world.required(asked), node.lineno)
            return Value(Kind.FALSY, None, why) if why else None
        return None

    def call_fails(self, node: ast.Call, called: Value | None) -> Reason | None:
        """Why the call surely raises, None where it may return; its arguments have been looked at."""
        if called is not None and called.kind is Kind.FUNCTION:
            why, raised = called.data.failing(self._arguments(node), self.file)
            self.raised |= raised
            return why._replace(line=node.lineno) if why is not None else None
        name = _dotted(called)
        asked = self._text(node) if name is not None else None
        if name is not None and asked is not None:
            kind, why = self._refusal(name, asked, node)
            if why is not None:
                self.raised.add(kind)
                return why
            if name in _FIND_SPEC and "." not in asked:
                return None
        if name not in {"platform.system", "builtins.bool"} and name not in _AVAILABLE:
            self.raised.add(ANY)
        return None

    def ends(self, node: ast.expr) -> str | None:
        """The exception by which a call ends whatever it stands in (`sys.exit`, `pytest.skip`), None for others."""
        if not isinstance(node, ast.Call):
            return None
        name = _dotted(self.evaluate(node.func))
        return _ENDS.get(name) if name is not None else None

    def stays_out(self, node: ast.expr) -> Reason | None:
        """Why what is decorated by this is not run: `guard`, or a mark under which tests are skipped."""
        value = self.evaluate(node)
        if value is not None and value.kind is Kind.SKIP:
            return value.why
        if isinstance(node, ast.Call) and _dotted(self.evaluate(node.func)) in GUARDS:
            for each in node.args:
                value = self.evaluate(each)
                if value is not None and isinstance(value.data, str):
                    why = self.file.world.missing(self.file.world.required(value.data), node.lineno)
                    if why is not None:
                        return why._replace(kind="call")
        return None

    def _refusal(self, name: str, asked: str, node: ast.Call) -> tuple[str, Reason | None]:
        """The exception of a call that wants a module which is not there, and why; None where it may be there."""
        world = self.file.world
        why: Reason | None = None
        kind = "ModuleNotFoundError"
        if name in _IMPORTS and not asked.startswith(".") and not self.file.is_own(asked):
            why = world.missing(asked, node.lineno)
        elif name in _REQUIRE:
            kind, why = "MissingDependency", world.missing(world.required(asked), node.lineno)
        elif name == "pytest.importorskip":
            kind, why = "Skipped", world.missing(asked, node.lineno)
        elif name in _FIND_SPEC and "." in asked:
            why = world.missing(asked.rpartition(".")[0], node.lineno)
        elif name in {"importlib.metadata.version", "importlib.metadata.distribution"}:
            kind = "PackageNotFoundError"
            folded = asked.lower().replace("_", "-")
            why = world.missing(world.names[folded], node.lineno) if folded in world.names else None
        return kind, why._replace(kind="call") if why is not None and why.needs else None

    def _text(self, node: ast.Call) -> str | None:
        """The first argument, where it is a known text."""
        value = self.evaluate(node.args[0]) if node.args else None
        return value.data if value is not None and value.kind is Kind.CONSTANT and isinstance(value.data, str) else None

    def _arguments(self, node: ast.Call) -> tuple[Value | None, ...]:
        """What is known of the arguments that are given by their place; None after those is as much as not given."""
        if any(isinstance(each, ast.Starred) for each in node.args):
            return ()
        return tuple(self.evaluate(each) for each in node.args)


def _dotted(called: Value | None) -> str | None:
    return called.data if called is not None and called.kind is Kind.ORIGIN else None


def _keyword(node: ast.Call, name: str) -> ast.expr | None:
    return next((each.value for each in node.keywords if each.arg == name), None)
