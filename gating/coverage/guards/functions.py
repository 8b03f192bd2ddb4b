"""Functions: what a function of the project's own answers, and whether it surely raises, by running it once dry."""

from __future__ import annotations

import ast
from collections.abc import Hashable
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

from gating.coverage.guards.bindings import local_names
from gating.coverage.guards.catching import ANY
from gating.coverage.guards.flow import Flow
from gating.coverage.guards.values import Kind, Reason, Stop, Value, because, joined, merged

if TYPE_CHECKING:
    from gating.coverage.guards.file import File

__all__ = ["Function", "Summary", "walk"]

_DEEPEST = 4  # calls within calls that are followed


class Summary(NamedTuple):
    """What is known of a call: why it does not return, what it may raise, what it returns."""

    why: Reason | None = None
    raised: frozenset[str] = frozenset({ANY})
    value: Value | None = None


@dataclass(frozen=True, eq=False)
class Function:
    """A function, and the file that it stands in."""

    node: ast.FunctionDef | ast.AsyncFunctionDef
    file: File

    @cached_property
    def local(self) -> set[str]:
        """The names that are its own."""
        return local_names(self.node)

    @cached_property
    def is_generator(self) -> bool:
        """Whether there is a `yield` in it; one of a function in it counts too, which only leaves more open."""
        return any(isinstance(each, ast.Yield | ast.YieldFrom) for each in ast.walk(self.node))

    def returned(self, arguments: tuple[Value | None, ...], line: int, asker: File) -> Value | None:
        """What a call with these arguments returns."""
        value = self._summary(arguments, asker).value
        if value is None or value.why is None:
            return value
        return value._replace(why=value.why._replace(line=line))

    def failing(self, arguments: tuple[Value | None, ...], asker: File) -> tuple[Reason | None, frozenset[str]]:
        """Why a call surely raises, and what it may raise."""
        summary = self._summary(arguments, asker)
        return summary.why, summary.raised

    def _summary(self, arguments: tuple[Value | None, ...], asker: File) -> Summary:
        file = self.file
        key = self._key(arguments)
        if file.done and (known := file.summaries.get((self, key))) is not None:
            return known
        if asker.project.depth >= _DEEPEST or self.is_generator:
            return Summary()
        asker.project.depth += 1
        try:
            flow, stop = walk(self, frozenset(), arguments, marking=False)
        finally:
            asker.project.depth -= 1
        found = summarised(flow, stop)
        if file.done and not asker.project.depth:
            file.summaries[self, key] = found
        return found

    def _key(self, arguments: tuple[Value | None, ...]) -> Hashable:
        known = [value.data if value is not None and isinstance(value.data, str) else None for value in arguments]
        return tuple(known) if any(known) else ()


def walk(
    function: Function, hidden: frozenset[str], arguments: tuple[Value | None, ...] = (), *, marking: bool = True
) -> tuple[Flow, Stop | None]:
    """Run a function's body; of its parameters only texts among the arguments are known."""
    node = function.node
    flow = Flow(function.file, "function", local=function.local, hidden=hidden, marking=marking)
    every = [*node.args.posonlyargs, *node.args.args]
    for each in (*every, *node.args.kwonlyargs, node.args.vararg, node.args.kwarg):
        if each is not None:
            flow.bind(each.arg, None)
    for parameter, value in zip(every, arguments, strict=False):
        if value is not None and value.kind is Kind.CONSTANT and isinstance(value.data, str):
            flow.bind(parameter.arg, value)
    return flow, flow.vain(node.body)


def summarised(flow: Flow, stop: Stop | None) -> Summary:
    """What a body that has been run means for its callers."""
    if stop is not None and not stop.leaves and not flow.returned:
        return Summary(why=stop.why, raised=frozenset(flow.raised))
    values = [*flow.returned]
    if stop is None:
        values.append(Value(Kind.CONSTANT))
    value = values[0] if values else None
    for other in values[1:]:
        value = joined(value, other)
    if value is not None and stop is not None:
        value = because(value, merged(stop.why))
    return Summary(raised=frozenset(flow.raised), value=value)
