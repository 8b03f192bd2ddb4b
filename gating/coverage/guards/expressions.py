"""Expressions: what one is worth, and whether evaluating it surely raises, by what is known of its names."""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from gating.coverage.guards.calls import Calls
from gating.coverage.guards.catching import ANY
from gating.coverage.guards.values import Kind, Reason, Value, because, constant, joined, merged, truth
from gating.coverage.guards.world import is_builtin_name

if TYPE_CHECKING:
    from gating.coverage.guards.file import File

__all__ = ["Expressions"]

_OF_NONE = frozenset(dir(None))
_RAISES = {Kind.UNBOUND: "NameError", Kind.LAZY: "ModuleNotFoundError"}
_Compare = Callable[[object, object], bool]


class Expressions(Calls):
    """Evaluates in one scope. `raised` gathers the exceptions that its statements may raise, by their classes."""

    file: File
    raised: set[str]

    def lookup(self, name: str) -> Value | None:
        """What is known of a name here."""
        raise NotImplementedError

    def evaluate(self, node: ast.expr | None) -> Value | None:
        """What the expression is worth where it does not raise, None where that is not known."""
        found = _EVALUATE.get(type(node)) if node is not None else None
        return found(self, node) if found is not None else None

    def decided(self, test: ast.expr) -> tuple[bool, Reason] | None:
        """Whether a test is surely true or false, and why; None where that is open, or does not hang on the world."""
        value = self.evaluate(test)
        true = truth(value)
        if value is None or true is None or value.why is None:
            return None
        kind = "flag" if value.why.kind == "import" else value.why.kind
        return true, Reason(kind, value.why.needs, test.lineno)

    def fails(self, node: ast.AST | None) -> Reason | None:
        """Why evaluating the expression surely raises, None where it may not; what it may raise goes to `raised`."""
        if node is None or isinstance(node, ast.Constant):
            return None
        special = _FAILS.get(type(node))
        if special is not None:
            return special(self, node)
        if isinstance(node, ast.Lambda):
            return self._first_failing(*node.args.defaults, *node.args.kw_defaults)
        why = self._first_failing(*ast.iter_child_nodes(node))
        if why is None and not isinstance(node, _SAFE):
            self.raised.add(ANY)
        return why

    def _first_failing(self, *nodes: ast.AST | None) -> Reason | None:
        for each in nodes:
            why = self.fails(each)
            if why is not None:
                return why
        return None

    def fails_name(self, node: ast.Name) -> Reason | None:
        if not isinstance(node.ctx, ast.Load):
            return None
        value = self.lookup(node.id)
        if value is None and not is_builtin_name(node.id):
            self.raised.add(ANY)  # it may not be bound yet
        if value is None or value.kind not in _RAISES or value.why is None:
            return None
        self.raised.add(_RAISES[value.kind])
        return value.why._replace(line=node.lineno)

    def fails_attribute(self, node: ast.Attribute) -> Reason | None:
        why = self.fails(node.value)
        if why is not None:
            return why
        value = self.evaluate(node.value)
        if _is_none(value) and node.attr not in _OF_NONE:
            self.raised.add("AttributeError")
            return value.why._replace(line=node.lineno) if value and value.why else None
        if value is None or value.kind is not Kind.ORIGIN:
            self.raised.add(ANY)
        return None

    def fails_subscript(self, node: ast.Subscript) -> Reason | None:
        why = self._first_failing(node.value, node.slice)
        if why is not None:
            return why
        value = self.evaluate(node.value)
        if _is_none(value) and value and value.why:
            self.raised.add("TypeError")
            return value.why._replace(line=node.lineno)
        self.raised.add(ANY)
        return None

    def fails_call(self, node: ast.Call) -> Reason | None:
        why = self._first_failing(node.func, *node.args, *(each.value for each in node.keywords))
        if why is not None:
            return why
        value = self.evaluate(node.func)
        if _is_none(value) and value and value.why:
            self.raised.add("TypeError")
            return value.why._replace(line=node.lineno)
        return self.call_fails(node, value)

    def fails_bool(self, node: ast.BoolOp) -> Reason | None:
        for index, each in enumerate(node.values):
            why = self.fails(each)
            if why is not None:
                if index == 0:
                    return why
                return None  # it may never have come so far
            true = truth(known) if (known := self.evaluate(each)) is not None and known.why else None
            if true is None:
                self._rest_unknown(*node.values[index + 1 :])
                return None
            if true is isinstance(node.op, ast.Or):
                return None
        return None

    def fails_choice(self, node: ast.IfExp) -> Reason | None:
        why = self.fails(node.test)
        if why is not None:
            return why
        known = self.decided(node.test)
        if known is None:
            self._rest_unknown(node.body, node.orelse)
            return None
        return self.fails(node.body if known[0] else node.orelse)

    def fails_comparison(self, node: ast.Compare) -> Reason | None:
        why = self._first_failing(node.left, node.comparators[0])
        if why is not None:
            return why
        is_plain = len(node.ops) == 1 and isinstance(node.ops[0], ast.Is | ast.IsNot)
        if not is_plain and self.evaluate(node) is None:
            self.raised.add(ANY)
        return None

    def fails_comprehension(self, node: ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp) -> Reason | None:
        self.raised.add(ANY)
        return self.fails(node.generators[0].iter)  # what is before it cannot raise

    def fails_assigning(self, node: ast.NamedExpr) -> Reason | None:
        return self.fails(node.value)

    def _rest_unknown(self, *nodes: ast.AST) -> None:
        """What may or may not be evaluated: it may raise."""
        if not all(isinstance(each, ast.Constant | ast.Name) for each in nodes):
            self.raised.add(ANY)

    def of_constant(self, node: ast.Constant) -> Value:
        return constant(node.value)

    def of_name(self, node: ast.Name) -> Value | None:
        value = self.lookup(node.id)
        return None if value is not None and value.kind in _RAISES else value

    def of_attribute(self, node: ast.Attribute) -> Value | None:
        base = self.evaluate(node.value)
        if base is None:
            return None
        if base.kind is Kind.VERSION and node.attr in {"major", "minor"}:
            return constant(base.data[node.attr == "minor"], base.why)
        return self.file.member(base.data, node.attr, node.lineno) if base.kind is Kind.ORIGIN else None

    def of_subscript(self, node: ast.Subscript) -> Value | None:
        base = self.evaluate(node.value)
        if base is None or base.kind is not Kind.VERSION:
            return None
        match node.slice:
            case ast.Constant(value=int() as index) if index in {0, 1}:
                return constant(base.data[index], base.why)
            case ast.Slice(lower=None, upper=ast.Constant(value=int() as end), step=None) if end in {1, 2}:
                return constant(tuple(base.data[:end]), base.why)
        return None

    def of_sequence(self, node: ast.Tuple) -> Value | None:
        values = [self.evaluate(each) for each in node.elts]
        if any(value is None or value.kind is not Kind.CONSTANT for value in values):
            return None
        return constant(
            tuple(value.data for value in values if value), merged(*(value.why for value in values if value))
        )

    def of_not(self, node: ast.UnaryOp) -> Value | None:
        if not isinstance(node.op, ast.Not):
            return None
        value = self.evaluate(node.operand)
        true = truth(value)
        return None if true is None or value is None else constant(not true, value.why)

    def of_bool(self, node: ast.BoolOp) -> Value | None:
        stops = isinstance(node.op, ast.Or)  # the truth of an operand that settles the whole
        values = [self.evaluate(each) for each in node.values]
        # a constant of the project's own may be patched by its tests: it settles nothing
        known = [value for value in values if value is not None and value.why is not None]
        for value in known:
            if truth(value) is stops:
                return Value(Kind.TRUTHY if stops else Kind.FALSY, None, value.why)
        if len(known) == len(values) and all(truth(value) is not None for value in known):
            return known[-1]._replace(why=merged(*(value.why for value in known)))
        return None

    def of_choice(self, node: ast.IfExp) -> Value | None:
        known = self.decided(node.test)
        if known is None:
            return joined(self.evaluate(node.body), self.evaluate(node.orelse))
        value = self.evaluate(node.body if known[0] else node.orelse)
        return None if value is None else because(value, known[1])

    def of_assigning(self, node: ast.NamedExpr) -> Value | None:
        return self.evaluate(node.value)

    def of_call(self, node: ast.Call) -> Value | None:
        return self.call_value(node, self.evaluate(node.func))

    def of_comparison(self, node: ast.Compare) -> Value | None:
        if len(node.ops) != 1:
            return None
        operator, right_node = node.ops[0], node.comparators[0]
        if isinstance(operator, ast.In | ast.NotIn):
            found = self._contains(node.left, right_node)
            return found if found is None or isinstance(operator, ast.In) else found._replace(data=not found.data)
        left, right = self.evaluate(node.left), self.evaluate(right_node)
        if left is None or right is None:
            return None
        why = merged(left.why, right.why)
        if isinstance(operator, ast.Is | ast.IsNot):
            same = _same(left, right)
            return None if same is None else constant(same is isinstance(operator, ast.Is), why)
        if left.kind is Kind.VERSION and right.kind is Kind.CONSTANT:
            answer = _versions(left.data, operator, right.data)
            return None if answer is None else constant(answer, why)
        compare = _COMPARE.get(type(operator))
        if left.kind is not Kind.CONSTANT or right.kind is not Kind.CONSTANT or compare is None:
            return None
        try:
            return constant(compare(left.data, right.data), why)
        except TypeError:
            return None

    def _contains(self, left_node: ast.expr, right_node: ast.expr) -> Value | None:
        """`x in (…)`, and `"name" in sys.modules`."""
        left = self.evaluate(left_node)
        if left is None or left.kind is not Kind.CONSTANT:
            return None
        if isinstance(right_node, ast.Tuple | ast.List | ast.Set):
            values = [self.evaluate(each) for each in right_node.elts]
            if any(value is None or value.kind is not Kind.CONSTANT for value in values):
                return None
            whole = merged(left.why, *(value.why for value in values if value))
            return constant(left.data in [value.data for value in values if value], whole)
        right = self.evaluate(right_node)
        if right == Value(Kind.ORIGIN, "sys.modules") and isinstance(left.data, str):
            why = self.file.world.missing(left.data, left_node.lineno)
            return constant(False, why) if why is not None and why.needs else None
        return None


def _is_none(value: Value | None) -> bool:
    return value is not None and value.kind is Kind.CONSTANT and value.data is None and value.why is not None


def _same(left: Value, right: Value) -> bool | None:
    """Whether two values are one object, as far as it is about None, True and False."""
    one, other = (left, right) if right.kind is Kind.CONSTANT else (right, left)
    if other.kind is not Kind.CONSTANT or not (other.data is None or isinstance(other.data, bool)):
        return None
    if one.kind is Kind.CONSTANT:
        return one.data is other.data
    never = {Kind.TRUTHY, Kind.FUNCTION, Kind.VERSION}
    return False if other.data is None and one.kind in never else None


def _versions(known: tuple[int, int], operator: ast.cmpop, other: object) -> bool | None:
    """Compare sys.version_info, of which two numbers are known, with a tuple."""
    if not isinstance(other, tuple) or not all(isinstance(each, int) for each in other):
        return None
    length = min(len(known), len(other))
    mine, theirs = known[:length], other[:length]
    if mine == theirs and len(other) > length:
        return None  # the micro version would tell
    # where the tuple is a prefix, the longer version_info is the greater
    above = mine > theirs or mine == theirs
    answers: dict[type[ast.cmpop], bool] = {
        ast.Gt: above,
        ast.GtE: above,
        ast.Lt: not above,
        ast.LtE: not above,
        ast.Eq: False,
        ast.NotEq: True,
    }
    return answers.get(type(operator))


_COMPARE: dict[type[ast.cmpop], _Compare] = {
    ast.Eq: lambda one, other: one == other,
    ast.NotEq: lambda one, other: one != other,
    ast.Lt: lambda one, other: one < other,  # type: ignore[operator]
    ast.LtE: lambda one, other: one <= other,  # type: ignore[operator]
    ast.Gt: lambda one, other: one > other,  # type: ignore[operator]
    ast.GtE: lambda one, other: one >= other,  # type: ignore[operator]
}
_SAFE = (
    ast.Tuple,
    ast.List,
    ast.keyword,
    ast.Load,
    ast.Store,
    ast.Not,
    ast.Is,
    ast.IsNot,
    ast.UnaryOp,
    ast.expr_context,
)
_EVALUATE: Mapping[type[ast.AST], Callable[[Any, Any], Value | None]] = {
    ast.Constant: Expressions.of_constant,
    ast.Name: Expressions.of_name,
    ast.Attribute: Expressions.of_attribute,
    ast.Subscript: Expressions.of_subscript,
    ast.Tuple: Expressions.of_sequence,
    ast.UnaryOp: Expressions.of_not,
    ast.BoolOp: Expressions.of_bool,
    ast.IfExp: Expressions.of_choice,
    ast.NamedExpr: Expressions.of_assigning,
    ast.Call: Expressions.of_call,
    ast.Compare: Expressions.of_comparison,
}
_FAILS: Mapping[type[ast.AST], Callable[[Any, Any], Reason | None]] = {
    ast.Name: Expressions.fails_name,
    ast.Attribute: Expressions.fails_attribute,
    ast.Subscript: Expressions.fails_subscript,
    ast.Call: Expressions.fails_call,
    ast.BoolOp: Expressions.fails_bool,
    ast.IfExp: Expressions.fails_choice,
    ast.Compare: Expressions.fails_comparison,
    ast.ListComp: Expressions.fails_comprehension,
    ast.SetComp: Expressions.fails_comprehension,
    ast.DictComp: Expressions.fails_comprehension,
    ast.GeneratorExp: Expressions.fails_comprehension,
    ast.NamedExpr: Expressions.fails_assigning,
}
