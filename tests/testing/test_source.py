"""What a module says before it is imported, against what Python makes of it."""

from __future__ import annotations

from textwrap import dedent

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gating.testing.source import names_of_tests, needs_in

LINES = st.lists(st.sampled_from(["torch", "hydra>=1", "a b", "é"]), max_size=3)


def needs(text: str) -> tuple[str, ...]:
    return needs_in(dedent(text).encode())


@pytest.mark.parametrize(
    "text",
    [
        "pytestmark = pytest.mark.needs('torch>=2', 'hydra')",
        "pytestmark = [pytest.mark.slow, pytest.mark.needs('torch>=2', 'hydra')]",
        "pytestmark = mark.needs('torch>=2'), pt.mark.needs('hydra')",
        "pytestmark: list[Any] = [pytest.mark.needs('torch>=2')] + [pytest.mark.needs('hydra', 'hydra')]",
        "gpu = pytest.mark.needs('torch>=2')\npytestmark = [gpu]\npytestmark += [pytest.mark.needs('hydra')]",
        "pytestmark = pytest.mark.needs('x')\npytestmark = [pytest.mark.needs('torch>=2', name, 1, b'', 'hydra')]",
    ],
)
def test_pytestmark_is_read(text: str) -> None:
    assert needs(f"import torch\n{text}\ndef test_x(): ...") == ("torch>=2", "hydra")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "needs = pytestmark = pytest.mark.slow",
        "marks = pytest.mark.needs('torch')  # no pytestmark",
        "if x:\n    pytestmark = pytest.mark.needs('torch')",
        "class TestA:\n    pytestmark = pytest.mark.needs('torch')",
        "pytestmark = mine.needs('torch')",
        "pytestmark = pytest.mark.needs(",
        "pytestmark = pytest.mark.needs('torch')\0",
        "pytestmark = pytest.mark.needs('torch')\npytestmark = []",
    ],
)
def test_what_does_not_hold_for_certain_is_not_read(text: str) -> None:
    assert needs(text) == ()


@given(LINES, LINES, LINES)
def test_it_is_what_python_makes_of_it(one: list[str], two: list[str], three: list[str]) -> None:
    def call(lines: list[str]) -> str:
        return f"mark.needs({', '.join(map(repr, lines))})"

    source = f"first = {call(one)}\npytestmark = [first, {call(two)}]\npytestmark += [{call(three)}]\n"

    class mark:  # noqa: N801 - it stands for pytest's
        @staticmethod
        def needs(*lines: str) -> tuple[str, ...]:
            return lines

    space: dict[str, object] = {"mark": mark}
    exec(source, space)
    marks = space["pytestmark"]
    assert isinstance(marks, list)
    assert needs_in(source.encode()) == tuple(dict.fromkeys(line for lines in marks for line in lines))


@given(st.binary(max_size=60))
def test_no_bytes_are_too_wrong(junk: bytes) -> None:
    assert needs_in(b"pytestmark needs\n" + junk) == ()
    assert all(isinstance(name, str) for name in names_of_tests(junk, functions=["test"], classes=["Test"]))


def test_tests_are_named_as_pytest_names_them() -> None:
    source = dedent("""
        def test_a(): ...
        async def test_b(): ...
        def check_c(): ...
        def helper(): ...
        class TestA:
            def test_d(self): ...
            def helper(self): ...
            class TestInner:
                def test_e(self): ...
        class Other:
            def test_no(self): ...
        class Case(unittest.TestCase):
            def test_f(self): ...
            def check_no(self): ...
            class TestNo:
                def test_no(self): ...
        if True:
            def test_g(): ...
        def outer():
            def test_no(): ...
    """).encode()
    assert names_of_tests(source, functions=["test", "check_*"], classes=["Test"]) == (
        "test_a",
        "test_b",
        "check_c",
        "TestA::test_d",
        "TestA::TestInner::test_e",
        "Case::test_f",
        "test_g",
    )
