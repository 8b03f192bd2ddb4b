"""Small projects made of the idioms by which modules are guarded, and a run of them that notes every line."""

from __future__ import annotations

import contextlib
import sys
import types
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from importlib.util import spec_from_loader
from random import Random

__all__ = ["project", "ran"]

PRELUDE = """\
import sys, os
import contextlib
import importlib
import importlib.util
from contextlib import suppress
from importlib.util import find_spec
class Swallow:
    def __enter__(self): return self
    def __exit__(self, *what): return True
"""
IMPORTS = (
    "import dep",
    "import dep",
    "import dep.sub",
    "import dep as d",
    "from dep import thing",
    "import other, dep",
    "import other",
    "import os, dep",
    "import dep.sub as s",
    "dep = importlib.import_module('dep')",
    "dep = __import__('dep')",
    "from proj import b",
    "from . import b",
    "from .b import HAS",
    "from .b import dep",
    "from .b import f",
    "from .b import f as g, HAS as flag",
    "import proj.b",
    "from proj.b import *",
    "from . import a",
    "from .a import HAS, dep",
    "from .c import flag",
    "import proj.c as c",
)
SETS = (
    "HAS = True",
    "HAS = False",
    "HAS = None",
    "dep = None",
    "dep = None",
    "flag = dep is not None",
    "flag = not HAS",
    "flag = find_spec('dep') is not None",
    "HAS = bool(find_spec('dep'))",
    "HAS = HAS and flag",
    "HAS, dep = False, None",
    "HAS = flag = False",
    "x: object = None",
    "flag = 1 if HAS else None",
    "flag = sys.version_info >= (3, 8)",
    "flag = b.HAS",
    "HAS = f()",
    "HAS = g('dep')",
    "HAS = 'dep' in sys.modules",
    "del dep",
    "HAS += 1",
    "x = [dep.thing for _ in ()]",
    "x = [dep.thing for _ in (1,)]",
    "x = lambda: dep.thing",
    "x = (flag := True)",
)
USES = (
    "dep.thing",
    "dep()",
    "dep.sub.deeper",
    "f()",
    "g('dep')",
    "h()",
    "x = dep",
    "dep[0]",
    "str(dep)",
    "dep and dep.thing",
    "HAS or dep.thing",
    "dep.thing if HAS else 0",
    "assert HAS, dep.thing",
    "thing",
    "d.thing",
    "print",
    "len([])",
    "pass",
    "pass",
    "(dep.thing,\n dep.other)",
    "os.getcwd()",
    "dep is None or dep.thing",
    "dep == dep.thing",
    "b.dep.thing",
)
TESTS = (
    "HAS",
    "not HAS",
    "dep",
    "dep is None",
    "dep is not None",
    "flag and HAS",
    "HAS or flag",
    "not (HAS and dep)",
    "HAS is True",
    "HAS == False",
    "find_spec('dep')",
    "find_spec('dep') is None",
    "sys.version_info >= (3, 11)",
    "sys.version_info[:2] < (3, 9)",
    "sys.version_info > (3,)",
    "sys.version_info[0] == 2",
    "sys.platform == 'win32'",
    "sys.platform.startswith('win')",
    "os.name in ('nt', 'ce')",
    "os.name != 'posix'",
    "f()",
    "g('dep')",
    "x",
    "b.HAS",
    "(HAS\n  and flag)",
    "flag is None",
    "1 if HAS else 0",
    "'dep' in sys.modules",
)
HANDLERS = (
    "ImportError",
    "ImportError",
    "ModuleNotFoundError",
    "Exception",
    "",
    "AttributeError",
    "NameError",
    "BaseException",
    "(ImportError, AttributeError)",
    "(TypeError, NameError)",
    "ImportError as error",
    "OSError",
    "Special",
)
CONTEXTS = (
    "suppress(ImportError)",
    "suppress(ImportError)",
    "suppress(AttributeError, NameError)",
    "contextlib.suppress(Exception)",
    "Swallow()",
    "open(os.devnull)",
    "suppress(ModuleNotFoundError), open(os.devnull)",
)
RAISES = ("raise ImportError('no')", "raise", "raise RuntimeError", "raise error", "raise Special", "raise SystemExit")
DECORATORS = ("@lambda made: made", "@dep.mark", "@property", "")


class Maker:
    """Writes statements at random; `inside` says what may stand there: function, loop."""

    def __init__(self, dice: Random, functions: tuple[str, ...] = ("f", "g", "h")) -> None:
        self.dice = dice
        self.functions = functions

    def block(self, depth: int, inside: frozenset[str], *, most: int = 4) -> Iterator[str]:
        for _ in range(self.dice.randint(1, most)):
            yield from self.statement(depth, inside)

    def statement(self, depth: int, inside: frozenset[str]) -> Iterator[str]:
        kinds: list[tuple[int, Callable[[int, frozenset[str]], Iterator[str]]]] = [(6, self.simple)]
        if depth:
            kinds += [(3, self.choice), (5, self.attempt), (1, self.loop), (2, self.context), (1, self.match)]
            if "function" not in inside:
                kinds += [(3, self.function), (1, self.klass)]
        weights, makers = zip(*kinds, strict=True)
        (make,) = self.dice.choices(makers, weights)
        yield from make(depth, inside)

    def simple(self, _: int, inside: frozenset[str]) -> Iterator[str]:
        roll = self.dice.random()
        if roll < 0.3:
            text = self.dice.choice(IMPORTS)
            if "function" in inside and "*" in text:
                text = "import dep"
        elif roll < 0.6:
            text = self.dice.choice(SETS)
        elif roll < 0.9 or not inside:
            text = self.dice.choice(USES)
        elif "loop" in inside and roll < 0.95:
            text = self.dice.choice(("break", "continue"))
        elif "function" in inside:
            text = self.dice.choice(("return", "return HAS", "return True", "return dep is not None", *RAISES))
        else:
            text = "pass"
        if roll > 0.98 and "class" not in inside:
            text = self.dice.choice(RAISES)
        yield from text.split("\n")

    def suite(self, head: str, depth: int, inside: frozenset[str], *, most: int = 3) -> Iterator[str]:
        lines = head.split("\n")
        if self.dice.random() < 0.08:
            yield from lines[:-1]
            yield f"{lines[-1]} {self.dice.choice(('pass', 'x = dep.thing', 'import dep; x = 1', 'HAS = False'))}"
            return
        yield from lines
        for line in self.block(depth - 1, inside, most=most):
            yield f"    {line}"

    def choice(self, depth: int, inside: frozenset[str]) -> Iterator[str]:
        yield from self.suite(f"if {self.dice.choice(TESTS)}:", depth, inside)
        if self.dice.random() < 0.3:
            yield from self.suite(f"elif {self.dice.choice(TESTS)}:", depth, inside)
        if self.dice.random() < 0.5:
            yield from self.suite("else:", depth, inside)

    def attempt(self, depth: int, inside: frozenset[str]) -> Iterator[str]:
        yield "try:"
        if self.dice.random() < 0.7:
            yield f"    {self.dice.choice(IMPORTS[:10])}"
        yield from (f"    {line}" for line in self.block(depth - 1, inside, most=3))
        handled = self.dice.sample(HANDLERS, self.dice.choice((0, 1, 1, 1, 2)))
        handled.sort(key=lambda each: not each)
        if "" in handled and len(handled) > 1:
            handled = sorted(handled, key=lambda each: each == "")
        for each in handled:
            yield from self.suite(f"except {each}:" if each else "except:", depth, inside)
        if handled and self.dice.random() < 0.4:
            yield from self.suite("else:", depth, inside)
        if not handled or self.dice.random() < 0.2:
            yield from self.suite("finally:", depth, inside - {"loop"})

    def loop(self, depth: int, inside: frozenset[str]) -> Iterator[str]:
        if self.dice.random() < 0.5:
            yield from self.suite("for x in (1, 2):", depth, inside | {"loop"})
        else:
            yield f"while {self.dice.choice(TESTS)}:".replace("\n", " ")
            yield from (f"    {line}" for line in self.block(depth - 1, inside | {"outer"}, most=2))
            yield "    break"
        if self.dice.random() < 0.3:
            yield from self.suite("else:", depth, inside)

    def context(self, depth: int, inside: frozenset[str]) -> Iterator[str]:
        yield from self.suite(f"with {self.dice.choice(CONTEXTS)}:", depth, inside)

    def match(self, depth: int, inside: frozenset[str]) -> Iterator[str]:
        yield f"match {self.dice.choice(('HAS', 'sys.platform', 'dep', 'os.name'))}:"
        patterns = ["True", "None", "'linux'", "'win32' | 'darwin'", "str()", "_ if flag", "other"]
        for pattern in [*self.dice.sample(patterns[:-1], 2), *self.dice.choice(([], ["other"], ["_"]))]:
            yield from (f"    {line}" for line in self.suite(f"case {pattern}:", depth, inside))

    def function(self, depth: int, inside: frozenset[str]) -> Iterator[str]:
        name = self.dice.choice(self.functions)
        callable_names = self.functions[: self.functions.index(name)]
        if self.dice.random() < 0.15:
            yield from filter(None, [self.dice.choice(DECORATORS)])
        head = self.dice.choice(
            (f"def {name}(name='dep'):", f"def {name}(name='dep', *more):", f"def {name}(\n    name='dep'\n):")
        )
        if self.dice.random() < 0.1:
            head = f"def {name}(name: dep.Kind = 'dep') -> dep.Kind:"
        body = list(Maker(self.dice, self.functions).block(depth, frozenset({"function"}), most=4))
        made = []
        for line in body:
            for other in self.functions:
                if other not in callable_names:
                    line = line.replace(f"{other}()", "len([])").replace(f"{other}('dep')", "find_spec(name)")  # noqa: PLW2901
            made.append(line)
        if self.dice.random() < 0.15:
            made.insert(0, self.dice.choice(("global HAS", "global dep")))
        yield from head.split("\n")
        yield from (f"    {line}" for line in made)

    def klass(self, depth: int, inside: frozenset[str]) -> Iterator[str]:
        base = self.dice.choice(("", "(object)", "(dep.Base)"))
        yield f"class K{base}:"
        yield from (f"    {line}" for line in self.block(depth - 1, inside | {"class"}, most=2))
        yield "    def f(self):"
        yield from (f"        {line}" for line in self.block(1, frozenset({"function", "method"}), most=3))


def module(dice: Random) -> str:
    """One module; it may not compile, and then another is made."""
    while True:
        lines = list(Maker(dice).block(dice.choice((1, 2, 2, 3)), frozenset(), most=5))
        text = PRELUDE + "\n".join(lines) + "\n"
        # only functions that were made before are called, so that no run is long
        try:
            compile(text, "m.py", "exec", dont_inherit=True)
        except SyntaxError:
            continue
        return text


def project(seed: int) -> dict[str, str]:
    """A package of three modules, the first of which may be its own `__init__`."""
    dice = Random(seed)
    init = "" if dice.random() < 0.6 else module(dice)
    return {"src/proj/__init__.py": init, **{f"src/proj/{name}.py": module(dice) for name in ("a", "b", "c")}}


class Finder(MetaPathFinder, Loader):
    """Finds the project's modules, and the dependency where it is there."""

    def __init__(self, files: Mapping[str, str], *, present: bool) -> None:
        self.codes = {}
        for path, text in files.items():
            name = path.removeprefix("src/").removesuffix(".py").replace("/", ".").removesuffix(".__init__")
            self.codes[name] = compile(text, path, "exec", dont_inherit=True)
        self.present = present

    def find_spec(self, name: str, path: object = None, target: object = None) -> ModuleSpec | None:
        if name in self.codes:
            return spec_from_loader(name, self, is_package=name == "proj")
        if self.present and name in {"dep", "dep.sub"}:
            return spec_from_loader(name, self, is_package=name == "dep")
        return None

    def exec_module(self, module: types.ModuleType) -> None:
        name = module.__name__
        if name == "dep":
            module.__dict__.update(thing=types.SimpleNamespace(), mark=lambda made: made, Base=object, Kind=int)
        elif name in self.codes:
            exec(self.codes[name], module.__dict__)


def ran(files: Mapping[str, str], *, present: bool) -> set[tuple[str, int]]:
    """The lines that run when each module is imported first in its turn, and everything in it is called."""
    found: set[tuple[str, int]] = set()

    def local(frame: types.FrameType, event: str, _: object) -> Callable[..., object]:
        if event == "line":
            found.add((frame.f_code.co_filename, frame.f_lineno))
        return local

    def trace(frame: types.FrameType, event: str, _: object) -> Callable[..., object] | None:
        return local if frame.f_code.co_filename in files else None

    for name in ("proj", "proj.a", "proj.b", "proj.c"):
        before = dict(sys.modules)
        finder = Finder(files, present=present)
        sys.meta_path.insert(0, finder)
        tracer = sys.gettrace()  # what measures this suite
        sys.settrace(trace)  # type: ignore[arg-type]
        try:
            for again in (name, "proj.a", "proj.b", "proj.c"):
                with contextlib.suppress(BaseException):
                    __import__(again)
            call_all([each for key, each in list(sys.modules.items()) if key.startswith("proj")])
        finally:
            sys.settrace(tracer)
            sys.meta_path.remove(finder)
            for key in set(sys.modules) - set(before):
                del sys.modules[key]
    return found


def call_all(modules: list[types.ModuleType]) -> None:
    """Call every function and method, twice, since a call may change what the next finds."""
    for _ in range(2):
        for each in modules:
            for value in list(vars(each).values()):
                for call in callables(value, each):
                    with contextlib.suppress(BaseException):
                        call()


def callables(value: object, owner: types.ModuleType) -> Iterator[Callable[[], object]]:
    if isinstance(value, types.FunctionType) and value.__module__ == owner.__name__:
        yield value
    elif isinstance(value, type) and value.__module__ == owner.__name__ and value.__name__ == "K":
        for inner in list(vars(value).values()):
            if isinstance(inner, types.FunctionType):
                yield partial(inner, None)
