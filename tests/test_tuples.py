from __future__ import annotations

import copy
import pickle

import pytest

from gating.tuples import NamedTuple


class Point(NamedTuple):
    """A place."""

    x: int
    y: int = 2
    name: str = "here"

    def __bool__(self) -> bool:
        return self.x > 0

    @property
    def double(self) -> int:
        return 2 * self.x

    @classmethod
    def origin(cls) -> Point:
        return cls(0, 0)


def test_it_is_what_typing_makes() -> None:
    point = Point(1)
    assert point == (1, 2, "here")
    assert Point._fields == ("x", "y", "name")
    assert Point._field_defaults == {"y": 2, "name": "here"}
    assert (Point.__doc__, Point.__module__, Point.__qualname__) == ("A place.", __name__, "Point")
    assert repr(point) == "Point(x=1, y=2, name='here')"
    assert point._replace(x=5).double == 10
    assert not Point.origin()
    assert isinstance(point, Point)
    assert isinstance(point, tuple)


def test_it_pickles_and_copies() -> None:
    point = Point(1, name="there")
    for again in (pickle.loads(pickle.dumps(point)), copy.copy(point), copy.deepcopy(point)):
        assert type(again) is Point
        assert again == point


def test_a_field_that_is_missing_is_missed() -> None:
    with pytest.raises(TypeError, match="x"):
        Point()  # type: ignore[call-arg]
