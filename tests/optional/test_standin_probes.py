"""The twenty-seven probes of a stand-in, each by its name."""

from __future__ import annotations

import copy
import importlib.metadata
import importlib.util
import inspect
import pickle
import sys
from collections.abc import Callable
from typing import Any, Optional, get_args

import pytest

from gating.optional.missing import MissingDependency
from gating.optional.standin import stand_in, submodule

NAMES = ("Tensor", "no_grad", "Error", "float32", "nn.Module", "load")
REMEDY = "python -m pip install hollowlib"
PROBES: dict[str, Callable[[Any], None]] = {}


def probe(told: str) -> Callable[[Callable[[Any], None]], Callable[[Any], None]]:
    def enter(test: Callable[[Any], None]) -> Callable[[Any], None]:
        PROBES[told] = test
        return test

    return enter


@pytest.fixture
def standing(monkeypatch: pytest.MonkeyPatch) -> Any:
    """A stand-in that is imported by its name, as where a shim stands."""
    made = stand_in("hollowlib", names=NAMES, remedy=REMEDY)
    monkeypatch.setitem(sys.modules, "hollowlib", made)
    monkeypatch.setitem(sys.modules, "hollowlib.nn", submodule(made, "nn"))
    return made


def loud(use: Callable[[], object]) -> str:
    with pytest.raises(MissingDependency) as caught:
        use()
    told = str(caught.value)
    assert "hollowlib" in told
    assert REMEDY in told
    assert "\n" not in told
    assert caught.value.name == "hollowlib"
    return told


@probe("hasattr")
def _(s: Any) -> None:
    assert not hasattr(s, "nonsense")
    assert not hasattr(s, "__version__")
    assert hasattr(s, "Tensor")


@probe("getattr with default")
def _(s: Any) -> None:
    assert getattr(s, "nonsense", 7) == 7
    assert getattr(s.Tensor, "nonsense", 7) == 7


@probe("bool")
def _(s: Any) -> None:
    loud(lambda: bool(s))
    loud(lambda: bool(s.float32))


@probe("repr")
def _(s: Any) -> None:
    assert repr(s) == "<stand-in for the module hollowlib>"
    assert repr(s.Tensor) == "<stand-in for hollowlib.Tensor>"


@probe("dir")
def _(s: Any) -> None:
    assert {"Tensor", "no_grad", "nn"} <= set(dir(s))
    assert "Module" in dir(s.nn)


@probe("isinstance")
def _(s: Any) -> None:
    assert not isinstance(3, s.Tensor)
    assert not isinstance(s, s.Tensor)


@probe("subclassing")
def _(s: Any) -> None:
    class Net(s.nn.Module):  # type: ignore[misc]
        pass

    assert issubclass(Net, s.nn.Module)
    assert Net.__name__ == "Net"


@probe("instantiating the subclass")
def _(s: Any) -> None:
    class Net(s.nn.Module):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__()

    assert "hollowlib.nn.Module" in loud(Net)


@probe("decorating")
def _(s: Any) -> None:
    @s.no_grad  # type: ignore[untyped-decorator]
    def bare() -> None: ...

    @s.no_grad(3, dtype=s.float32)  # type: ignore[untyped-decorator]
    def called() -> None: ...

    assert (bare.__name__, called.__name__) == ("bare", "called")


@probe("calling the decorated")
def _(s: Any) -> None:
    @s.no_grad  # type: ignore[untyped-decorator]
    def bare() -> None: ...

    @s.no_grad()  # type: ignore[untyped-decorator]
    def called() -> None: ...

    assert "hollowlib.no_grad decorates" in loud(bare)
    assert "called" in loud(called)


@probe("Optional[S.T]")
def _(s: Any) -> None:
    assert get_args(Optional[s.Tensor]) == (s.Tensor, type(None))  # noqa: UP045 - the form is the probe


@probe("S.T | None")
def _(s: Any) -> None:
    assert get_args(s.Tensor | None) == (s.Tensor, type(None))
    assert get_args(None | s.Tensor) == (type(None), s.Tensor)


@probe("except S.Error")
def _(s: Any) -> None:
    def one() -> str:
        try:
            return str(1 / 0)
        except s.Error:
            return "caught"

    def several() -> str:
        try:
            return str(1 / 0)
        except (s.Error, OSError):
            return "caught"

    for divide in (one, several):
        with pytest.raises(ZeroDivisionError):
            divide()


@probe("calling")
def _(s: Any) -> None:
    loud(s)
    assert "hollowlib.load was called" in loud(lambda: s.load("x"))
    loud(lambda: s.no_grad(len))


@probe("no silent value")
def _(s: Any) -> None:
    uses: list[Callable[[], object]] = [
        lambda: s.float32 + 1,
        lambda: 2 * s.float32,
        lambda: -s.float32,
        lambda: int(s.float32),
        lambda: range(s.float32),
        lambda: s.float32 > 3,
        lambda: s.float32 == "float32",
        lambda: len(s.float32),
        lambda: s.float32 and 1,
        lambda: 3 in s.float32,
    ]
    for use in uses:
        loud(use)


@probe("comparing versions")
def _(s: Any) -> None:
    with pytest.raises(AttributeError, match="hollowlib"):
        _ = s.__version__ >= "2.0"
    loud(lambda: s.float32 >= "2.0")


@probe("import x.y")
def _(s: Any) -> None:
    import hollowlib.nn  # type: ignore[import-not-found]

    assert hollowlib.nn.Module is s.nn.Module


@probe("from x.y import Z")
def _(s: Any) -> None:
    from hollowlib.nn import Module

    assert Module is s.nn.Module
    with pytest.raises(ImportError):
        from hollowlib.nn import Nonsense  # noqa: F401


@probe("find_spec")
def _(s: Any) -> None:
    # it brings no spec of its own, which would say that it can be found
    assert s.__spec__ is None
    with pytest.raises(ValueError, match="__spec__ is None"):
        importlib.util.find_spec("hollowlib")


@probe("metadata")
def _(s: Any) -> None:
    with pytest.raises(importlib.metadata.PackageNotFoundError):
        importlib.metadata.version("hollowlib")


@probe("pickle")
def _(s: Any) -> None:
    for one in (s, s.nn, s.Tensor, s.nn.Module):
        for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
            assert pickle.loads(pickle.dumps(one, protocol)) is one


@probe("pickling others")
def _(s: Any) -> None:
    others = [{"a": (1, 2)}, int, pickle.dumps, ValueError("x")]
    assert repr(pickle.loads(pickle.dumps(others))) == repr(others)


@probe("deepcopy")
def _(s: Any) -> None:
    assert copy.deepcopy({"a": [s.Tensor, s]}) == {"a": [s.Tensor, s]}
    assert copy.copy(s) is s


@probe("an inspect.getmodule scan")
def _(s: Any) -> None:
    namespace: dict[str, Any] = {"__name__": "nowhere"}
    exec("def made(): pass", namespace)
    assert inspect.getmodule(namespace["made"]) is None
    assert inspect.getmodule(s.Tensor) is s


@probe("iteration")
def _(s: Any) -> None:
    loud(lambda: list(s))
    loud(lambda: [*s.Tensor])
    loud(lambda: iter(s.Tensor))


@probe("hash")
def _(s: Any) -> None:
    assert {s: 1, s.Tensor: 2, s.float32: 3}[s.Tensor] == 2


@probe("a __warningregistry__ scan")
def _(s: Any) -> None:
    import unittest
    import warnings

    with unittest.TestCase().assertWarns(UserWarning):
        warnings.warn("heard", UserWarning, stacklevel=1)


def test_there_are_twenty_seven() -> None:
    assert len(PROBES) == 27


@pytest.mark.parametrize("told", PROBES)
def test_probe(told: str, standing: Any) -> None:
    PROBES[told](standing)
