"""What a stand-in is good for while modules are imported, and how loud each use of it is."""

from __future__ import annotations

import abc
import asyncio
import collections.abc
import contextlib
import copy
import dataclasses
import doctest
import enum
import functools
import inspect
import math
import os
import pickle
import pydoc
import subprocess
import sys
import textwrap
import threading
import types
import typing
import unittest
import unittest.mock
import warnings
import weakref
from collections.abc import Callable
from textwrap import dedent
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from gating.optional.asked import Asked
from gating.optional.availability import Availability
from gating.optional.missing import MissingDependency
from gating.optional.standin import grant, is_stand_in, mark, stand_in, submodule
from gating.words import State

NAMES = ("Tensor", "Module", "no_grad", "Error", "HollowWarning", "float32", "device", "jit.script", "nn.Module", "Box")
REMEDY = "python -m pip install hollowlib"


@pytest.fixture
def s() -> Any:
    return stand_in("hollowlib", names=NAMES, remedy=REMEDY)


def loud(use: Callable[[], object], told: str | None = None) -> None:
    with pytest.raises(MissingDependency, match=told) as caught:
        use()
    assert REMEDY in str(caught.value)


def module(s: Any, text: str, name: str = "imported") -> dict[str, Any]:
    """The namespace of a module of this text, with the stand-in as `s`."""
    namespace = {"__name__": name, "s": s}
    exec(compile(dedent(text), f"<{name}>", "exec", dont_inherit=True), namespace)
    return namespace


# bases


def test_beside_abc(s: Any) -> None:
    class Net(s.Module, abc.ABC):  # type: ignore[misc]
        @abc.abstractmethod
        def forward(self) -> None: ...

    class Real(Net):
        def forward(self) -> None: ...

    assert type(Net) is abc.ABCMeta
    assert Net.__abstractmethods__ == {"forward"}
    loud(Real, r"hollowlib.Module is a base of .*Real, which was instantiated")


def test_with_a_metaclass_of_abc(s: Any) -> None:
    class Net(s.Module, metaclass=abc.ABCMeta):  # type: ignore[misc]
        @abc.abstractmethod
        def forward(self) -> None: ...

    class Other: ...

    Net.register(Other)
    assert issubclass(Other, Net)
    assert isinstance(Other(), Net)


def test_with_a_metaclass_that_derives_from_its_own(s: Any) -> None:
    class Meta(type(s.Module)):  # type: ignore[misc]
        def __call__(cls, *args: Any) -> Any:
            return super().__call__(*args)

    class Net(s.Module, metaclass=Meta):  # type: ignore[misc]
        x = 1

        def __class_getitem__(cls, item: Any) -> Any:
            return item

    assert (Net.x, bool(Net), type(Net)) == (1, True, Meta)
    assert Net == Net  # noqa: PLR0124 - it has a comparison of its own
    assert {Net: 1}[Net] == 1
    assert "Net" in repr(Net)
    assert "x" in dir(Net)
    assert issubclass(Net, s.Module)
    assert not issubclass(int, Net)
    loud(Net)


def test_beside_a_protocol(s: Any) -> None:
    class Sized(typing.Protocol):
        size: int

    class Net(s.Module, Sized):  # type: ignore[misc]
        size = 3

    @typing.runtime_checkable
    class Both(s.Module, typing.Protocol):  # type: ignore[misc]
        def run(self) -> None: ...

    assert Net.size == 3
    assert not isinstance(3, Both)
    loud(Net)


@pytest.mark.parametrize(
    "other", [dict, list, int, str, tuple, bytearray, collections.abc.Mapping, collections.Counter]
)
def test_beside_a_class_with_a_layout(other: type, s: Any) -> None:
    before = types.new_class("Before", (s.Module, other))
    behind = types.new_class("Behind", (other, s.Module))
    assert issubclass(before, other)
    assert issubclass(behind, s.Module)
    loud(before)
    loud(behind)


def test_what_python_itself_forbids(s: Any) -> None:
    class Meta(type): ...

    class Other(metaclass=Meta): ...

    with pytest.raises(TypeError, match="metaclass conflict"):
        types.new_class("Net", (s.Module, Other))
    derived = types.new_class("Net", (s.Module,))
    with pytest.raises(TypeError, match="lay-out conflict"):
        types.new_class("Deeper", (derived, dict))


def test_beside_slots(s: Any) -> None:
    class Slotted:
        __slots__ = ("x",)

    class Net(Slotted, s.Module):  # type: ignore[misc]
        __slots__ = ("y",)

    loud(Net)


def test_two_things_as_bases(s: Any) -> None:
    class Net(s.Module, s.Tensor, s.Module[int]):  # type: ignore[misc]
        pass

    class Deeper(Net, s.Box):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__()

    assert issubclass(Deeper, s.Box)
    assert issubclass(Deeper, s.Tensor)
    loud(Deeper)


def test_exceptions_that_derive_from_one(s: Any) -> None:
    class MineError(s.Error, ValueError):  # type: ignore[misc]
        pass

    def divide() -> None:
        try:
            _ = 1 / 0
        except MineError:
            pytest.fail("it caught something")

    with pytest.raises(ZeroDivisionError):
        divide()
    loud(lambda: MineError("x"))


def test_exception_groups(s: Any) -> None:
    def divide() -> None:
        try:
            _ = 1 / 0
        except* s.Error:
            pytest.fail("it caught something")

    with pytest.raises(ZeroDivisionError):
        divide()
    with pytest.raises(ZeroDivisionError), contextlib.suppress(s.Error):
        _ = 1 / 0


def test_generic_bases(s: Any) -> None:
    t = typing.TypeVar("t")

    class Data(s.Box[t], typing.Generic[t]):  # type: ignore[misc]
        pass

    class Plain(s.Box[int]):  # type: ignore[misc]
        pass

    assert issubclass(Data, s.Box)
    assert Plain[int].__origin__ is Plain  # type: ignore[misc]
    assert typing.get_args(Data[int]) == (int,)
    loud(Data[int])
    loud(Plain)


def test_options_of_a_class_statement(s: Any) -> None:
    seen: list[object] = []

    class Other:
        def __init_subclass__(cls, **options: Any) -> None:
            seen.append(options)

    class Table(s.Module, table=True):  # type: ignore[misc,call-arg]
        pass

    class Both(s.Module, Other, table=True):  # type: ignore[misc]
        pass

    assert seen == [{"table": True}]
    assert issubclass(Table, s.Module)
    assert issubclass(Both, Other)


def test_a_new_of_its_own_stays(s: Any) -> None:
    class Net(s.Module):  # type: ignore[misc]
        def __new__(cls) -> Any:
            return 3

    assert Net() == 3


def test_dataclasses(s: Any) -> None:
    @dataclasses.dataclass
    class Plain:
        x: s.Tensor
        y: s.Tensor | None = None
        z: object = s.float32
        many: list[s.Tensor] = dataclasses.field(default_factory=list)

    @dataclasses.dataclass(frozen=True, kw_only=True)
    class Derived(s.Module):  # type: ignore[misc]
        x: int = 0

    assert Plain(x=1).z is s.float32
    assert [field.name for field in dataclasses.fields(Derived)] == ["x"]
    loud(lambda: Derived(x=1))


def test_classes_that_derive_from_one_are_pickled_by_name(s: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    class Net(s.Module):  # type: ignore[misc]
        pass

    Net.__qualname__ = "Net"
    monkeypatch.setattr(sys.modules[__name__], "Net", Net, raising=False)
    assert pickle.loads(pickle.dumps(Net)) is Net


# decorators and calls


def test_decorators_of_methods_and_classes(s: Any) -> None:
    class Net:
        @s.no_grad()  # type: ignore[untyped-decorator]
        def method(self) -> None:
            """Documented."""

        @staticmethod
        @s.no_grad  # type: ignore[untyped-decorator]
        def static() -> None: ...

        @s.jit.script  # type: ignore[untyped-decorator]
        @classmethod
        def klass(cls) -> None: ...

        @s.no_grad  # type: ignore[prop-decorator,untyped-decorator]
        @property
        def read(self) -> int:
            return 3

    @s.jit.script(nopython=True)
    class Made: ...

    made = Net()
    assert Net.method.__doc__ == "Documented."
    loud(made.method, r"hollowlib.no_grad\(\) decorates .*method, which was called")
    loud(Net.static)
    loud(Net.klass)
    loud(lambda: made.read)
    loud(Made, r"hollowlib.jit.script\(\) decorates .*Made, which was instantiated")
    assert isinstance(Made, type)


def test_several_decorators(s: Any) -> None:
    made = module(
        s,
        """
        import functools
        @s.no_grad
        @functools.lru_cache
        @s.jit.script(
            s.device("cpu"),
            static=[0],
        )
        def f(x=s.device("gpu"), *, y: s.Tensor = s.float32) -> s.Tensor:
            "Documented."
        """,
    )
    assert made["f"].__doc__ == "Documented."
    assert list(inspect.signature(made["f"]).parameters) == ["x", "y"]
    loud(made["f"])


def test_decorating_in_a_function(s: Any) -> None:
    def train() -> Any:
        @s.jit.script  # type: ignore[untyped-decorator]
        def step() -> None: ...

        return step

    loud(train())


@pytest.mark.parametrize(
    "text",
    [
        "s.device('cpu')",
        "x = s.device('cpu')",
        "x = s.device(s.float32)",
        "x = [s.device(f) for f in (print,)]",
        "s.no_grad(print)",
        "s.no_grad(f)",
        "x = s.no_grad(print)",
        "class A:\n    x = s.device('cpu')",
        "with s.no_grad(): pass",
        "def g(): return s.no_grad(f)\ng()",
        "x = s.device(lambda: 0, 1)",
        "if s.device(f): pass",
        "x = 1, s.device(f)",
        "s.device(f); g = 1",
    ],
)
def test_a_call_at_import_time_is_loud(text: str, s: Any) -> None:
    loud(lambda: module(s, f"def f(): ...\n{text}\ndef g(): ...\n"), "was called")


def test_what_is_wrapped_by_hand_at_import_time_gets_its_name(s: Any) -> None:
    text = "def f(): ...\ng = s.jit.script(f)\nclass A:\n    h = s.no_grad(lambda: 0)\n"
    made = module(s, text)
    loud(made["g"], r"hollowlib.jit.script\(\) was called")
    loud(made["A"].h)
    loud(lambda: bool(made["g"]))
    loud(lambda: module(s, text, "__main__"))


def test_a_decorator_that_is_handed_on(s: Any) -> None:
    made = module(
        s,
        """
        quick = s.jit.script
        @quick
        def f(): ...
        @quick(1)
        class A:
            @quick
            def __private(self): ...
        """,
    )
    loud(made["f"])
    loud(made["A"])


if sys.version_info >= (3, 12):  # type parameters are no syntax before

    def test_type_parameters(s: Any) -> None:
        made = module(
            s,
            """
            @s.no_grad(1)
            @s.no_grad
            def f[T: s.Tensor](x: T = s.device(1)) -> T: ...
            @s.jit.script
            class A[T](s.Box[T]): ...
            type B = s.Tensor | None
            """,
        )
        loud(made["f"])
        loud(made["A"])
        assert typing.get_args(made["B"].__value__) == (s.Tensor, type(None))


# annotations and types


def test_annotations(s: Any) -> None:
    made = module(
        s,
        """
        from typing import *
        from collections.abc import Callable as C
        T = TypeVar("T", bound=s.Tensor)
        U = TypeVar("U", s.Tensor, s.Module)
        N = NewType("N", s.Tensor)
        class Row(NamedTuple):
            a: s.Tensor
            b: "s.Tensor" = s.float32
        class Keys(TypedDict, total=False):
            a: Required[s.Tensor]
        def f(
            a: Optional[s.Tensor], b: s.Tensor | None, c: "s.Tensor | None", d: List[s.Tensor], e: dict[str, s.Tensor],
            f: Union[s.Tensor, s.Module, int], g: C[[s.Tensor], s.Module], h: type[s.Tensor], i: s.Box[s.Tensor],
            j: Annotated[s.Tensor, s.float32], k: s.Box["T"], l: Tuple[s.Tensor, ...], m: Literal[3] | s.Tensor,
            n: s.Box[s.Tensor, 3] | s.Tensor, *args: s.Tensor,
        ) -> T: ...
        x: s.Tensor = s.float32
        y = cast(s.Tensor, 3)
        z: ClassVar[s.Tensor]
        """,
    )
    hints = typing.get_type_hints(made["f"])
    assert typing.get_args(hints["a"]) == typing.get_args(hints["b"]) == typing.get_args(hints["c"])
    assert typing.get_args(hints["f"]) == (s.Tensor, s.Module, int)
    assert made["y"] == 3
    assert made["Row"](1).b is s.float32
    assert typing.get_type_hints(made["Row"], made)["b"] is s.Tensor
    assert s.Box[int] is s.Box[int]
    assert s.Box[int] is not s.Box[bool]
    assert s.Box[[1]] is not None
    assert repr(s.Box[int]) == "<stand-in for hollowlib.Box[int]>"


def test_enums_and_keys(s: Any) -> None:
    class Kind(enum.Enum):
        NONE = 0
        WIDE = s.float32
        DEEP = s.device

    assert Kind.WIDE.value is s.float32
    assert Kind(s.device) is Kind.DEEP
    assert len(Kind) == 3
    assert {s.float32: 4, "float32": 8}[s.float32] == 4
    assert s.float32 in {s.float32, s.device}


def test_registrations(s: Any) -> None:
    @functools.singledispatch
    def show(one: object) -> str:
        return "other"

    @show.register(s.Tensor)
    def _(one: Any) -> str:
        return "tensor"

    assert show(3) == "other"
    assert show(s) == "other"

    class Base(abc.ABC):  # noqa: B024 - nothing but a registry
        pass

    Base.register(s.Tensor)
    assert issubclass(s.Tensor, Base)
    assert not isinstance(3, Base)
    made = module(s, "import functools\n@functools.singledispatch\ndef f(x): ...\n@f.register\ndef _(x: s.Tensor): ...")
    assert made["f"](3) is None


def test_filters_of_warnings(s: Any) -> None:
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", category=s.HollowWarning)
        with pytest.raises(UserWarning):
            warnings.warn("heard", UserWarning, stacklevel=1)


def test_matching(s: Any) -> None:
    match 3:
        case s.Tensor():
            pytest.fail("it matched something")
        case _:
            pass


# values


USES: dict[str, Callable[[Any], object]] = {
    "bool": bool,
    "not": lambda one: not one,
    "len": len,
    "iter": iter,
    "next": next,
    "unpacking": lambda one: print(*one),
    "mapping": lambda one: one["a"]["b"]() if is_stand_in(one) else None,
    "in": lambda one: 1 in one,
    "reversed": reversed,
    "left": lambda one: one + 1,
    "right": lambda one: 1 + one,
    "in place": lambda one: functools.reduce(lambda a, b: a.__class__.__iadd__(a, b), [one, 1]),
    "power": lambda one: 2**one,
    "divmod": lambda one: divmod(one, 2),
    "matmul": lambda one: one @ one,
    "or": lambda one: one | 4,
    "ror": lambda one: 4 | one,
    "invert": lambda one: ~one,
    "abs": abs,
    "round": round,
    "int": int,
    "float": float,
    "index": lambda one: [1, 2][one],
    "range": range,
    "less": lambda one: one < 1,
    "more": lambda one: one >= "1",
    "reflected": lambda one: 1 < one,  # noqa: SIM300
    "sorted": lambda one: sorted([one, one]),
    "equal": lambda one: one == "2.0",
    "unequal": lambda one: one != 3,
    "equal reflected": lambda one: (1, 2) == one,  # noqa: SIM300 - the order is the point
    "with": lambda one: one.__class__.__enter__(one),
    "call": lambda one: one(),
    "path": os.fspath,
    "bytes": bytes,
    "number": math.floor,
    "set item": lambda one: one.__class__.__setitem__(one, 1, 2),
}


@pytest.mark.parametrize("use", USES)
@pytest.mark.parametrize("path", ["", "float32", "jit", "nn.Module"])
def test_each_use_is_loud(use: str, path: str, s: Any) -> None:
    one = functools.reduce(getattr, filter(None, path.split(".")), s)
    if (use, path) in {("or", ""), ("ror", "")}:
        with pytest.raises(TypeError):  # a module is no type
            USES[use](one)
    else:
        loud(lambda: USES[use](one))


def test_waiting_is_loud(s: Any) -> None:
    async def wait() -> None:
        await s.float32

    async def enter() -> None:
        async with s.no_grad:
            pass

    async def iterate() -> None:
        async for _ in s.float32:
            pass

    for one in (wait, enter, iterate):
        loud(lambda one=one: asyncio.run(one()))  # type: ignore[misc]


def test_texts_say_what_it_is(s: Any) -> None:
    assert f"{s} {s.Tensor!s} {s.nn.Module}" == (
        "<stand-in for the module hollowlib> <stand-in for hollowlib.Tensor> <stand-in for hollowlib.nn.Module>"
    )
    assert s.Tensor.__name__ == "Tensor"
    assert (s.nn.Module.__module__, s.nn.Module.__qualname__) == ("hollowlib.nn", "Module")


def test_the_error_says_what_was_done_and_how_to_mend_it(s: Any) -> None:
    found = Availability(asked=Asked(name="hollow", distribution="hollow"), state=State.BROKEN, cause="no library")
    made = stand_in("hollowlib", names=["load"], remedy="one\n  two", availability=found)
    with pytest.raises(MissingDependency) as caught:
        made.load()
    assert str(caught.value) == "hollowlib.load was called, but hollowlib is not available here; to mend it: one two"
    assert (caught.value.name, caught.value.availability) == ("hollowlib", found)
    with pytest.raises(MissingDependency) as caught:
        s.device()
    assert (caught.value.availability.state, caught.value.availability.name) == (State.ABSENT, "hollowlib")
    assert pickle.loads(pickle.dumps(caught.value)).name == "hollowlib"
    with pytest.raises(MissingDependency, match=r"is not available here$"):
        stand_in("hollowlib", names=["load"]).load()


def test_what_it_does_not_have_leads_to_the_error(s: Any) -> None:
    for owner in (s, s.Tensor, s.nn):
        with pytest.raises(AttributeError, match=REMEDY) as caught:
            _ = owner.nonsense
        assert isinstance(caught.value.__cause__, MissingDependency)
        assert caught.value.name == "nonsense"
        assert caught.value.obj is owner
        assert is_stand_in(caught.value.obj)


@pytest.mark.parametrize(
    "name",
    ["__version__", "__file__", "__all__", "__len__", "__iter__", "__enter__", "__await__", "__array__", "__wrapped__"],
)
def test_special_names_are_not_there(name: str, s: Any) -> None:
    for one in (s, s.Tensor, s.nn):
        assert not hasattr(one, name)


@pytest.mark.parametrize("name", ["args", "with_traceback", "add_note", "mro", "register", "_abc_impl"])
def test_nor_is_what_a_class_brings_along(name: str, s: Any) -> None:
    assert not hasattr(s.Tensor, name)
    grant(s, [f"Tensor.{name}"])
    assert is_stand_in(getattr(s.Tensor, name))


def test_its_own_names_win_over_a_class_s_own() -> None:
    made = stand_in("hollowlib", names=["Backend.register", "nn", "__version__", "a-b", "", "x..y"])
    assert "register" in dir(made.Backend)
    assert [name for name in dir(made) if name[:2] != "__"] == ["Backend", "nn"]


# being looked at


def test_it_can_be_looked_at(s: Any) -> None:
    assert "Stands in for hollowlib.Tensor" in pydoc.render_doc(s.Tensor)
    assert "Stands in for hollowlib" in pydoc.render_doc(s)
    assert inspect.getdoc(s.Tensor)
    assert dict(inspect.getmembers(s))["Tensor"] is s.Tensor
    assert callable(s.Tensor)
    assert inspect.isclass(s.Tensor)
    for one in (s, s.Tensor):
        assert not inspect.isawaitable(one)
        assert not isinstance(one, collections.abc.Iterable | collections.abc.Sized | contextlib.AbstractContextManager)
    assert isinstance(s, types.ModuleType)
    assert not any(test.examples for test in doctest.DocTestFinder().find(s, "hollowlib"))
    assert weakref.ref(s)() is s
    assert weakref.ref(s.Tensor)() is s.Tensor
    assert str(inspect.signature(s.Tensor)) == "(*args: 'Any', **options: 'Any') -> 'Any'"


def test_doctests_beside_it_are_found(s: Any) -> None:
    made = types.ModuleType("documented")
    vars(made)["s"] = s
    exec("@s.no_grad\ndef f():\n    '''\n    >>> f()\n    '''\n", vars(made))
    found = doctest.DocTestFinder().find(made)
    assert [test.name for test in found if test.examples] == ["documented.f"]


def test_patching(s: Any) -> None:
    kept = s.Tensor
    with unittest.mock.patch.object(s, "Tensor", 3):
        assert s.Tensor == 3
    assert s.Tensor is kept
    with unittest.mock.patch.object(s.jit, "script") as mocked:
        s.jit.script(1)
    mocked.assert_called_once_with(1)
    assert is_stand_in(s.jit.script)
    with unittest.mock.patch.object(s, "device", autospec=True):
        s.device(1)
    with pytest.raises(AttributeError), unittest.mock.patch.object(s, "nonsense"):
        pass


def test_copies_are_the_thing_itself(s: Any) -> None:
    for one in (s, s.Tensor, s.nn, s.nn.Module, s.Box[int]):
        assert copy.copy(one) is one
        assert copy.deepcopy([one])[0] is one
        if one is not s.Box[int]:
            assert pickle.loads(pickle.dumps(one)) is one


def test_pickles_come_back_in_another_process(s: Any) -> None:
    data = pickle.dumps((s, s.nn.Module, s.Box[int]))
    code = f"""
        import pickle
        s, module, box = pickle.loads({data!r})
        print(s, module is s.nn.Module, box, s.__name__)
        try:
            module()
        except ImportError as error:
            print(error)
    """
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code)], capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout.splitlines() == [
        "<stand-in for the module hollowlib> True <stand-in for hollowlib.Box[int]> hollowlib",
        f"hollowlib.nn.Module was called, but hollowlib is not available here; to mend it: {REMEDY}",
    ]


def test_it_is_gone_when_nobody_holds_it() -> None:
    made = stand_in("hollowlib", names=NAMES, remedy=REMEDY)
    gone = weakref.ref(made)
    assert made.Tensor is not None
    del made
    import gc

    gc.collect()
    assert gone() is None


def test_threads_get_the_same_things() -> None:
    made = stand_in("hollowlib", names=[f"name{number}.inner" for number in range(200)], remedy=REMEDY)
    found: list[list[Any]] = []
    begin = threading.Barrier(4)

    def look() -> None:
        begin.wait(10)
        found.append([getattr(made, name).inner for name in dir(made) if name.startswith("name")])

    threads = [threading.Thread(target=look) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert len(found[0]) == 200
    assert all(one is other for each in found for one, other in zip(each, found[0], strict=True))


# submodules and marks


def test_submodules(s: Any) -> None:
    deep = submodule(s, "nn.functional")
    assert deep is submodule(submodule(s, "nn"), "functional")
    assert s.nn.functional is deep
    assert (deep.__name__, deep.__package__, deep.__path__) == (
        "hollowlib.nn.functional",
        "hollowlib.nn.functional",
        [],
    )
    assert s.nn.Module is submodule(s, "nn").Module
    grant(deep, ["relu"])
    assert is_stand_in(deep.relu)
    assert isinstance(s.nn, types.ModuleType)


def test_a_submodule_has_the_things_that_were_had_before(s: Any) -> None:
    before = s.nn.Module
    assert submodule(s, "nn").Module is before


def test_is_stand_in(s: Any) -> None:
    class Odd:
        def __getattribute__(self, name: str) -> Any:
            raise RuntimeError(name)

        __class__ = property(lambda self: 1 / 0)

    class Net(s.Module):  # type: ignore[misc]
        pass

    assert all(map(is_stand_in, (s, s.Tensor, s.nn, submodule(s, "nn"), s.Box[int])))
    assert not any(
        map(is_stand_in, (3, None, Odd(), Odd, sys, unittest.mock.MagicMock(), Net, type(s), type(s.Tensor)))
    )
    own = types.ModuleType("own")
    assert not is_stand_in(own)
    assert mark(own) is own
    assert is_stand_in(own)


@given(names=st.lists(st.text()), name=st.text())
@example(names=[], name="__dict__")
def test_whatever_it_is_asked_for(names: list[str], name: str) -> None:
    made = stand_in("hollowlib", names=names, remedy=REMEDY)
    for one in dir(made):
        assert getattr(made, one) is not NotImplemented
    if name not in dir(made):
        assert getattr(made, name, 7) in (7, getattr(types.ModuleType("x"), name, 7)) or hasattr(types.ModuleType, name)


def test_test_cases_are_found_and_each_test_is_loud(s: Any) -> None:
    grant(s, ["testing.TestCase"])

    class TestNet(s.testing.TestCase):  # type: ignore[misc]
        def test_it(self) -> None: ...

    class TestBoth(unittest.TestCase, s.testing.TestCase):  # type: ignore[misc]
        def test_it(self) -> None: ...

    loader = unittest.TestLoader()
    assert loader.getTestCaseNames(TestNet) == ["test_it"]
    assert issubclass(TestNet, unittest.TestCase)
    loud(lambda: TestNet("test_it"))
    loud(lambda: TestBoth("test_it"))
