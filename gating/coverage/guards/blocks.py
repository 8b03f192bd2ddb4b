"""Blocks: the compound statements, and which of their parts can be reached."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from gating.coverage.guards.bindings import bound, names_in_target
from gating.coverage.guards.calls import GUARDS
from gating.coverage.guards.catching import ANY, catches
from gating.coverage.guards.flow import Env, Flow, joined_envs
from gating.coverage.guards.values import Kind, Reason, Stop, merged

__all__ = ["BLOCKS"]

_SUPPRESS = "contextlib.suppress"
# contexts that let every exception pass
_OPEN = frozenset(
    {"warnings.catch_warnings", "contextlib.nullcontext", "contextlib.redirect_stdout", "contextlib.closing"}
)
# before this, a `finally` that raises also tells of its last line, though that is not run
_FINALLY_MENDED = (3, 12)
_SIMPLE = (ast.Import, ast.ImportFrom, ast.Assign, ast.AnnAssign, ast.Expr, ast.Raise, ast.Return, ast.Assert)


def _if(flow: Flow, node: ast.If) -> Stop | None:
    flow.count_calls(node.test)
    why = flow.fails_here(node.test)
    if why is not None:
        flow.kill([*node.body, *node.orelse], why)
        return Stop(why)
    known = flow.decided(node.test)
    if known is None:
        return flow.either(lambda: flow.vain(node.body), lambda: flow.vain(node.orelse))
    true, why = known
    if flow.marking:
        flow.file.decides(node, why, true=true)
    chosen, other = (node.body, node.orelse) if true else (node.orelse, node.body)
    flow.kill(other, why)
    return flow.under(why, chosen)


def _while(flow: Flow, node: ast.While) -> Stop | None:
    flow.forget(flow.file.bound_in(node.body))
    flow.count_calls(node.test)
    why = flow.fails_here(node.test)
    if why is not None:
        flow.kill([*node.body, *node.orelse], why)
        return Stop(why)
    known = flow.decided(node.test)
    if known is not None and not known[0]:
        flow.kill(node.body, known[1])
        return flow.block(node.orelse)
    return _loop(flow, node.body, node.orelse)


def _for(flow: Flow, node: ast.For | ast.AsyncFor) -> Stop | None:
    flow.file.calls += 1
    if (why := flow.fails_here(node.iter)) is not None:
        flow.kill([*node.body, *node.orelse], why)
        return Stop(why)
    flow.raised.add(ANY)
    flow.forget({*flow.file.bound_in(node.body), *names_in_target(node.target)})
    return _loop(flow, node.body, node.orelse)


def _loop(flow: Flow, body: list[ast.stmt], orelse: list[ast.stmt]) -> Stop | None:
    """A loop may end at any time, and after any of its rounds."""
    before = dict(flow.env)
    flow.block(body)
    flow.env = joined_envs([before, flow.env])
    flow.forget(flow.file.bound_in(body))
    if orelse:
        flow.either(lambda: flow.block(orelse), lambda: None)
    return None


def _with(flow: Flow, node: ast.With | ast.AsyncWith) -> Stop | None:
    flow.file.calls += 1
    takers: list[ast.Call | None] = []  # what may swallow an exception; None for a context of which nothing is known
    for item in node.items:
        why = flow.fails_here(item.context_expr) or _refused(flow, item.context_expr)
        if why is not None:
            flow.kill(node.body, why)
            return Stop(why)
        flow.raised.add(ANY)
        if item.optional_vars is not None:
            flow.forget(names_in_target(item.optional_vars))
        takers += _taker(flow, item.context_expr)
    before, flow.raised = flow.raised, set()
    start = dict(flow.env)
    flow.withs += len(takers)
    stop, ran = _body(flow, node.body)
    flow.withs -= len(takers)
    raised, flow.raised = flow.raised, before
    swallowed = {one for one in raised for taker in takers if _swallows(flow, taker, one) is not False}
    surely = {one for one in raised for taker in takers if _swallows(flow, taker, one)}
    flow.raised |= raised - surely
    if stop is None:
        if swallowed:
            flow.forget(bound(ran))
        return None
    if not swallowed:
        return stop
    _after(flow, start, stop, raised, ran)
    return None


def _refused(flow: Flow, context: ast.expr) -> Reason | None:
    """Why `with guard("torch")` ends the command."""
    if not isinstance(context, ast.Call):
        return None
    value = flow.evaluate(context.func)
    if value is None or value.kind is not Kind.ORIGIN or value.data not in GUARDS:
        return None
    why = flow.stays_out(context)
    if why is not None:
        flow.raised.add("SystemExit")
    return why


def _taker(flow: Flow, context: ast.expr) -> list[ast.Call | None]:
    called = flow.evaluate(context.func) if isinstance(context, ast.Call) else None
    if called is None or called.kind is not Kind.ORIGIN or not isinstance(context, ast.Call):
        is_open = (
            isinstance(context, ast.Call)
            and isinstance(context.func, ast.Name)
            and context.func.id == "open"
            and flow.is_builtin("open")
        )
        return [] if is_open else [None]
    if called.data in _OPEN:
        return []
    return [context] if called.data == _SUPPRESS else [None]


def _swallows(flow: Flow, taker: ast.Call | None, raised: str) -> bool | None:
    if taker is None:
        return None
    found = [catches(each, raised, is_builtin=flow.is_builtin) for each in taker.args]
    return True if True in found else None if None in found else False


def _body(flow: Flow, body: Sequence[ast.stmt]) -> tuple[Stop | None, list[ast.stmt]]:
    """Run a body that may be left in its midst; also which of its statements may have bound something."""
    for index, node in enumerate(body):
        stop = flow.statement(node)
        if stop is not None:
            flow.kill(body[index + 1 :], stop.why)
            return stop, [*body[:index], *([] if isinstance(node, _SIMPLE) else [node])]
    return None, list(body)


def _after(flow: Flow, start: Env, stop: Stop | None, raised: set[str], ran: Sequence[ast.stmt]) -> None:
    """Make `env` what is known where the body was left by one of its exceptions.

    Where the only one is that of the statement that stopped it, everything before that has been done.
    """
    if stop is None or ANY in raised or len(raised) > 1:
        for name in bound(ran):
            if name in start or name in flow.env:
                flow.bind(name, None)


def _try(flow: Flow, node: ast.Try) -> Stop | None:
    before, flow.raised = flow.raised, set()
    start = dict(flow.env)
    flow.tries += 1
    stop, ran = _body(flow, node.body)
    flow.tries -= 1
    raised, flow.raised = flow.raised, before
    ended = dict(flow.env)  # where the body ran to its end, or was stopped
    _after(flow, start, stop, raised, ran)
    if stop is not None:
        flow.kill(node.orelse, stop.why)
    left = dict(flow.env)
    ends: list[Env] = []
    stops: list[Stop] = []
    if stop is None:
        flow.env = ended
        _note(flow, flow.block(node.orelse), ends, stops)
    elif stop.leaves or not raised:
        stops.append(stop)
    remaining = _handlers(flow, node, stop, raised=raised, left=left, ends=ends, stops=stops)
    flow.raised |= remaining
    if remaining and stop is not None:
        stops.append(stop)
    if ends:
        flow.env = joined_envs(ends)
        result = None
    else:
        flow.env = left
        result = Stop(merged(*(one.why for one in stops)), any(one.leaves for one in stops))
    return _finally(flow, node, result) if node.finalbody else result


def _handlers(
    flow: Flow, node: ast.Try, stop: Stop | None, *, raised: set[str], left: Env, ends: list[Env], stops: list[Stop]
) -> set[str]:
    """Run the handlers that may be reached; what they leave of `raised`."""
    remaining = set(raised)
    surely = stop.why if stop is not None and not stop.leaves and raised else None
    idle = stop.why if stop is not None else _works(flow, node.body)  # why a handler that has nothing to do has not
    for handler in node.handlers:
        found = {one: catches(handler.type, one, is_builtin=flow.is_builtin) for one in remaining}
        hit = frozenset(one for one, taken in found.items() if taken is not False)
        flow.env = dict(left)
        if remaining and flow.marking:  # then its class is looked at
            flow.file.live.update(range(handler.lineno, max(handler.lineno + 1, handler.body[0].lineno)))
        if not hit:
            flow.kill(handler.body, idle)
            if not remaining and idle is not None and flow.marking:
                flow.file.mark(handler.lineno, handler.body[0].lineno - 1, idle)
            continue
        if handler.name:
            flow.bind(handler.name, None)
        caught, flow.caught = flow.caught, hit
        _note(flow, flow.under(surely, handler.body), ends, stops)
        flow.caught = caught
        remaining -= {one for one, taken in found.items() if taken}
    return remaining


def _works(flow: Flow, body: Sequence[ast.stmt]) -> Reason | None:
    """Why nothing in the body raises: an import in it that is known to work."""
    for node in body:
        if isinstance(node, ast.Import):
            for alias in node.names:
                if (why := flow.file.world.has(alias.name, node.lineno)) is not None:
                    return why
    return None


def _note(flow: Flow, stop: Stop | None, ends: list[Env], stops: list[Stop]) -> None:
    if stop is None:
        ends.append(flow.env)
    else:
        stops.append(stop)


def _finally(flow: Flow, node: ast.Try, result: Stop | None) -> Stop | None:
    """The last block: it is come to from anywhere, so that of what the others bind nothing is known."""
    after = dict(flow.env)
    others = [*node.body, *node.orelse, *(each for handler in node.handlers for each in handler.body)]
    flow.forget(name for name in bound(others) if name in flow.env)
    stop = flow.block(node.finalbody)
    last = node.finalbody[-1]
    if flow.marking and flow.file.world.python < _FINALLY_MENDED:
        flow.file.live.update(range(last.lineno, (last.end_lineno or last.lineno) + 1))
    again = bound(node.finalbody)
    flow.env = {
        **{name: entry for name, entry in flow.env.items() if name in again},
        **{name: entry for name, entry in after.items() if name not in again},
    }
    return stop or result


def _try_star(flow: Flow, node: Any) -> Stop | None:
    """`except*`: any of the handlers may be reached, and all."""
    flow.tries += 1
    stop, _ = _body(flow, node.body)
    flow.tries -= 1
    flow.raised.add(ANY)
    if stop is not None:
        flow.kill(node.orelse, stop.why)
    flow.forget(bound([node]))
    rest: Iterable[Sequence[ast.stmt]] = [
        *(handler.body for handler in node.handlers),
        node.orelse if stop is None else [],
    ]
    for body in rest:
        flow.either(lambda body=body: flow.block(body), lambda: None)  # type: ignore[misc]
    for handler in node.handlers:
        if flow.marking:
            flow.file.live.add(handler.lineno)
    return flow.block(node.finalbody)


def _match(flow: Flow, node: ast.Match) -> Stop | None:
    if (why := flow.fails(node.subject)) is not None:
        flow.kill([each for case in node.cases for each in case.body], why)
        return Stop(why)
    flow.count_calls(node.subject)
    flow.raised.add(ANY)
    value = flow.evaluate(node.subject)
    tainted = value.why if value is not None and value.kind is Kind.CONSTANT else None
    ways: list[Callable[[], Stop | None]] = []
    open_end = True
    for index, case in enumerate(node.cases):
        if flow.marking:
            flow.file.live.add(case.pattern.lineno)
        fits = _fits(case.pattern, value.data) if value is not None and tainted is not None else None
        if fits is False:
            flow.kill(case.body, tainted)
            continue
        ways.append(lambda case=case: _case(flow, case, tainted if fits and not case.guard else None))  # type: ignore[misc]  # noqa: B023
        if fits and case.guard is None:
            flow.kill([each for later in node.cases[index + 1 :] for each in later.body], tainted)
            open_end = False
            break
        if _is_anything(case.pattern) and case.guard is None:
            open_end = False
    return flow.either(*ways, *([lambda: None] if open_end else []))


def _case(flow: Flow, case: ast.match_case, why: Reason | None) -> Stop | None:
    flow.forget(bound([ast.Match(subject=ast.Constant(None), cases=[case])]))
    if case.guard is not None:
        failing = flow.fails(case.guard)
        if failing is not None:
            flow.kill(case.body, failing)
            return None
    return flow.under(why, case.body)


def _fits(pattern: ast.pattern, data: object) -> bool | None:
    """Whether a constant fits a pattern, None where that is open."""
    match pattern:
        case ast.MatchValue(value=ast.Constant(value=wanted)):
            return bool(data == wanted)
        case ast.MatchSingleton(value=wanted):
            return data is wanted
        case ast.MatchOr(patterns=patterns):
            found = [_fits(each, data) for each in patterns]
            return True if True in found else None if None in found else False
        case ast.MatchAs(pattern=None):
            return True
        case ast.MatchAs(pattern=inner) if inner is not None:
            return _fits(inner, data)
    return None


def _is_anything(pattern: ast.pattern) -> bool:
    return isinstance(pattern, ast.MatchAs) and pattern.pattern is None


BLOCKS: Mapping[type[ast.AST], Callable[[Any, Any], Stop | None]] = {
    ast.If: _if,
    ast.While: _while,
    ast.For: _for,
    ast.AsyncFor: _for,
    ast.With: _with,
    ast.AsyncWith: _with,
    ast.Try: _try,
    ast.TryStar: _try_star,
    ast.Match: _match,
}
