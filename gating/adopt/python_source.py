"""Read a Python file without running it: which calls stand in it, in which function, with which texts."""

from __future__ import annotations

import ast
import os
import warnings

from gating.adopt.commands import HOLE

__all__ = ["Walker", "parsed", "text_of"]

_DEEPEST = 20  # texts made of texts


def parsed(path: str) -> ast.Module | str | None:
    """The file's tree; a few words where it cannot be read, None where it is not there."""
    if not os.path.isfile(path):
        return None
    try:
        with open(path, "rb") as stream:
            content = stream.read()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of what the file's author may be warned about
            return ast.parse(content)
    except OSError as error:
        return f"cannot be read: {error.strerror or error}"
    except SyntaxError as error:
        return f"cannot be read: line {error.lineno}: {error.msg}"
    except (ValueError, RecursionError, MemoryError) as error:
        return f"cannot be read: {str(error) or type(error).__name__}"


class Walker(ast.NodeVisitor):
    """Walk a tree with an eye on the functions around and the texts that names stand for.

    A subclass overrides `called`. `functions` are those around, outermost first.
    """

    def __init__(self) -> None:
        self.functions: list[ast.FunctionDef | ast.AsyncFunctionDef] = []
        self.known: dict[str, str] = {}

    def called(self, call: ast.Call, name: str) -> None:
        """Look at a call; `name` is what is called, as written (`session.run`)."""
        raise NotImplementedError

    def assigned(self, target: str, text: str) -> None:
        """Look at an assignment to an attribute (`nox.needs_version`)."""

    @property
    def within(self) -> str:
        return self.functions[0].name if self.functions else "the module"

    def parameters(self) -> list[tuple[ast.arg, bool]]:
        """The parameters of the functions around, each with whether it is its function's first."""
        return [
            (parameter, place == 0)
            for function in self.functions
            for place, parameter in enumerate([*function.args.posonlyargs, *function.args.args])
        ]

    def visit_FunctionDef(self, node: ast.FunctionDef) -> None:
        self._enter(node)

    def visit_AsyncFunctionDef(self, node: ast.AsyncFunctionDef) -> None:
        self._enter(node)

    def _enter(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
        outside = dict(self.known)
        for parameter in ast.walk(node.args):
            if isinstance(parameter, ast.arg):
                self.known.pop(parameter.arg, None)
        self.functions.append(node)
        self.generic_visit(node)
        self.functions.pop()
        self.known = outside

    def visit_Assign(self, node: ast.Assign) -> None:
        self.generic_visit(node)
        text = text_of(node.value, self.known)
        for target in node.targets:
            if isinstance(target, ast.Name):
                self.known[target.id] = text
            elif isinstance(target, ast.Attribute):
                self.assigned(ast.unparse(target), text)

    def visit_Call(self, node: ast.Call) -> None:
        self.generic_visit(node)
        try:
            name = ast.unparse(node.func)
        except RecursionError:
            return
        self.called(node, name)


def text_of(node: ast.expr, known: dict[str, str], depth: int = 0) -> str:
    """The text that an expression makes, with `HOLE` for each part that only running it would tell."""
    depth += 1
    if depth > _DEEPEST:
        return HOLE
    match node:
        case ast.Constant(value=str(text)):
            return text
        case ast.Name(id=name):
            return known.get(name, HOLE)
        case ast.JoinedStr(values=parts):
            return "".join(text_of(part, known, depth) for part in parts)
        case ast.FormattedValue(value=value, conversion=-1, format_spec=None):
            return text_of(value, known, depth)
        case ast.BinOp(left=left, op=ast.Add(), right=right):
            return text_of(left, known, depth) + text_of(right, known, depth)
        case ast.BinOp(left=left, op=ast.Mod()):
            return _cut(text_of(left, known, depth), "%")
        case ast.Call(func=ast.Attribute(value=value, attr="format")):
            return _cut(text_of(value, known, depth), "{")
        case ast.Call(
            func=ast.Attribute(value=value, attr="join"), args=[ast.List(elts=parts) | ast.Tuple(elts=parts)]
        ):
            return text_of(value, known, depth).join(text_of(part, known, depth) for part in parts)
        case _:
            return HOLE


def _cut(text: str, mark: str) -> str:
    """A template up to its first field; what follows may be anything."""
    before, found, _ = text.partition(mark)
    return before + HOLE if found else before
