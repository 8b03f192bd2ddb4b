"""Definitions: functions, classes and imports, and what they bind where a module is absent."""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping
from typing import Any

from gating.coverage.guards.bindings import bound, imported_as
from gating.coverage.guards.catching import ANY
from gating.coverage.guards.flow import Flow
from gating.coverage.guards.functions import Function
from gating.coverage.guards.values import Kind, Reason, Stop, Value

__all__ = ["DEFINITIONS"]

_KEPT = frozenset({"functools.lru_cache", "functools.cache"})  # what they decorate answers as before


def _function(flow: Flow, node: ast.FunctionDef | ast.AsyncFunctionDef) -> Stop | None:
    arguments = node.args
    heads: list[ast.expr | None] = [*node.decorator_list, *arguments.defaults, *arguments.kw_defaults]
    if not flow.file.annotations_wait:
        every = (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs, arguments.vararg, arguments.kwarg)
        heads += [*(each.annotation for each in every if each is not None), node.returns]
    if any(heads):
        flow.count_calls(*heads)
        if node.decorator_list:
            flow.file.calls += 1
        flow.raised.add(ANY)
    for head in heads:
        why = flow.fails(head)
        if why is not None:
            flow.kill([node], why)
            return Stop(why)
    skipped = flow.skipped or next((why for each in node.decorator_list if (why := flow.stays_out(each))), None)
    function = Function(node, flow.file)
    flow.bind(node.name, Value(Kind.FUNCTION, function) if _is_plain(flow, node) else None)
    if not flow.marking:
        return None
    if skipped is not None:
        flow.file.mark(node.body[0].lineno, node.end_lineno or node.lineno, skipped)
    else:
        hidden = flow.hidden | frozenset(flow.local) if flow.scope == "function" else flow.hidden
        flow.file.wait(function, hidden)
    return None


def _is_plain(flow: Flow, node: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    """Whether calling the name runs the body, at once and as it stands."""
    if flow.scope != "module" or isinstance(node, ast.AsyncFunctionDef):
        return False
    for each in node.decorator_list:
        value = flow.evaluate(each.func if isinstance(each, ast.Call) else each)
        if value is None or value.kind is not Kind.ORIGIN or value.data not in _KEPT:
            return False
    return True


def _class(flow: Flow, node: ast.ClassDef) -> Stop | None:
    heads = [*node.decorator_list, *node.bases, *(each.value for each in node.keywords)]
    flow.count_calls(*heads)
    for head in heads:
        why = flow.fails(head)
        if why is not None:
            flow.kill([node], why)
            return Stop(why)
    inner = Flow(
        flow.file,
        "class",
        local=bound(node.body),
        hidden=flow.hidden | (frozenset(flow.local) if flow.scope == "function" else frozenset()),
        outer=flow,
        marking=flow.marking,
    )
    inner.raised, inner.control, inner.tries = flow.raised, flow.control, flow.tries + 1
    inner.skipped = flow.skipped or next((why for each in node.decorator_list if (why := flow.stays_out(each))), None)
    stop = inner.block(node.body)
    if stop is not None:
        if stop.why is not None:
            flow.taint([node.name], stop.why)
        return stop
    flow.file.calls += bool(heads)
    flow.raised.add(ANY)
    flow.bind(node.name, None)
    return None


def _import(flow: Flow, node: ast.Import) -> Stop | None:
    for index, alias in enumerate(node.names):
        name = imported_as(alias, plain=True)
        why, raised = flow.file.import_fails(alias.name, node.lineno)
        if why is not None:
            if _is_lazy(flow, node, alias.name):
                flow.bind(name, Value(Kind.LAZY, None, why))
                continue
            flow.raised |= raised
            flow.taint((imported_as(each, plain=True) for each in node.names[index:]), why)
            return Stop(why)
        works = flow.file.world.has(alias.name, node.lineno)
        if works is not None:
            flow.bind(name, Value(Kind.TRUTHY, None, works) if "." not in alias.name or alias.asname else None)
            continue
        if not flow.file.is_harmless(alias.name):
            flow.raised.add(ANY)
        flow.bind(name, Value(Kind.ORIGIN, alias.name if alias.asname else name))
    return None


def _import_from(flow: Flow, node: ast.ImportFrom) -> Stop | None:
    if node.module == "__future__":
        return None
    module = flow.file.resolve(node)
    names = [imported_as(alias, plain=False) for alias in node.names]
    why, raised = flow.file.import_fails(module, node.lineno) if module is not None else (None, frozenset())
    if why is not None:
        if module is not None and _is_lazy(flow, node, module):
            for name in names:
                flow.bind(name, Value(Kind.LAZY, None, why))
            return None
        flow.raised |= raised
        flow.taint(names, why)
        return Stop(why)
    if module is None or not flow.file.is_harmless(module):
        flow.raised.add(ANY)
    if names == ["*"]:
        flow.file.wild = True
        flow.forget(list(flow.env))
        return None
    for index, (alias, name) in enumerate(zip(node.names, names, strict=True)):
        value = flow.file.offered(module, alias.name, node.lineno) if module is not None else None
        if value is not None and value.kind is Kind.UNBOUND and value.why is not None:
            return _not_offered(flow, names[index:], value.why)
        flow.bind(name, value)
    return None


def _not_offered(flow: Flow, names: list[str], why: Reason) -> Stop:
    """The module is there, and lacks the name; where it lacks it for an import's failure, it was that."""
    flow.raised |= {"ImportError", ANY}
    flow.taint(names, why)
    return Stop(why)


def _is_lazy(flow: Flow, node: ast.Import | ast.ImportFrom, module: str) -> bool:
    """Whether the import waits for the first use of what it binds (PEP 810)."""
    if not flow.file.world.has_lazy_imports or flow.scope != "module" or flow.tries:
        return False
    return bool(getattr(node, "is_lazy", 0)) or flow.file.lazy is None or module in flow.file.lazy


DEFINITIONS: Mapping[type[ast.AST], Callable[[Any, Any], Stop | None]] = {
    ast.FunctionDef: _function,
    ast.AsyncFunctionDef: _function,
    ast.ClassDef: _class,
    ast.Import: _import,
    ast.ImportFrom: _import_from,
}
