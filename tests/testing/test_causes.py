"""Which dependency an exception comes from, and which one the reason of a skip speaks of."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from gating.policy import load_policy
from gating.testing.causes import reached, spoken_of
from gating.testing.dependencies import Dependencies

POLICY = """
[tool.gating.optional]
torchette = "torchette>=2"
storage = { requires = "cloudy-storage", import = "cloudy.store.inner" }
other = { requires = "cloudy-other", import = "cloudy.other" }
packaging = "packaging"
"""


@pytest.fixture
def dependencies(tmp_path: Path) -> Dependencies:
    (tmp_path / "pyproject.toml").write_text(POLICY)
    return Dependencies(load_policy(tmp_path))


def names(error: BaseException, dependencies: Dependencies) -> list[str]:
    return [one.name for one in reached(error, dependencies.bringing)]


def raised(work: Callable[[], object]) -> BaseException:
    with pytest.raises(BaseException) as caught:  # noqa: PT011 - each of its own
        work()
    return caught.value


def missing(module: str) -> ImportError:
    return ModuleNotFoundError(f"No module named {module!r}", name=module)


@pytest.mark.parametrize(
    ("module", "found"),
    [
        ("torchette", ["torchette"]),
        ("torchette.nn", ["torchette"]),
        ("torchettes", []),
        ("torch", []),
        ("cloudy.store.inner.deep", ["storage"]),
        ("cloudy.store", ["storage"]),
        ("cloudy", ["storage", "other"]),
        ("cloudy.storage", []),
        ("packaging", []),  # it is there: what is wrong with it is no absence
        ("", []),
    ],
)
def test_the_name_of_what_is_missing_tells_the_dependency(
    module: str, found: list[str], dependencies: Dependencies
) -> None:
    assert names(missing(module), dependencies) == found


def test_it_is_found_behind_what_it_was_made_into(dependencies: Dependencies) -> None:
    def from_context() -> None:
        try:
            raise missing("torchette")
        except ImportError:
            raise ValueError from None

    def from_cause() -> None:
        raise KeyError from raised(from_context)

    def from_group() -> None:
        raise BaseExceptionGroup(
            "", [ValueError(), BaseExceptionGroup("", [raised(from_cause), missing("cloudy.other")])]
        )

    assert names(raised(from_context), dependencies) == ["torchette"]
    assert names(raised(from_cause), dependencies) == ["torchette"]
    assert names(raised(from_group), dependencies) == ["torchette", "other"]


def test_a_mistake_made_while_an_absence_was_handled_is_a_mistake(dependencies: Dependencies) -> None:
    def mistaken() -> None:
        try:
            raise missing("torchette")
        except ImportError:
            raise missing("app.typo")  # noqa: B904

    def on_purpose() -> None:
        try:
            raise missing("torchette")
        except ImportError as error:
            raise missing("app") from error

    def without_name() -> None:
        try:
            raise missing("torchette")
        except ImportError:
            raise ImportError("install it")  # noqa: B904

    assert names(raised(mistaken), dependencies) == []
    assert names(raised(on_purpose), dependencies) == ["torchette"]
    assert names(raised(without_name), dependencies) == ["torchette"]


def test_a_circle_ends(dependencies: Dependencies) -> None:
    one, other = ValueError(), KeyError()
    one.__context__, other.__context__ = other, one
    assert names(one, dependencies) == []


@pytest.mark.parametrize(
    ("reason", "found"),
    [
        ("could not import 'torchette.nn': No module named 'torchette'", ["torchette"]),
        ("module 'torchette' has __version__ '1', required is: '2'", ["torchette"]),
        ("could not import 'nowhere': torchette", []),
        ("Torchette is not installed", ["torchette"]),
        ("needs (cloudy-storage)", ["storage"]),
        ("cloudy.other is wanted, and torchette.", ["torchette", "other"]),
        ("torchettes, untorchette and torchette-lite", []),
        ("packaging", []),
        ("", []),
    ],
)
def test_a_reason_speaks_of_what_it_names(reason: str, found: list[str], dependencies: Dependencies) -> None:
    said = spoken_of(reason, dependencies.unmet, dependencies.bringing)
    assert [one.name for one in said] == found
