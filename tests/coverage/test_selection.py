"""Which command lines of pytest are not the whole suite, and why."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gating.coverage.selection import left_out


@pytest.fixture
def suite(tmp_path: Path) -> str:
    (tmp_path / "tests" / "unit").mkdir(parents=True)
    (tmp_path / "tests" / "test_a.py").touch()
    (tmp_path / "src").mkdir()
    return str(tmp_path)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["-k", "a and b"], "-k a and b selects tests by name"),
        (["-svk", "name"], "-k name selects tests by name"),
        (["-kname"], "-k name selects tests by name"),
        (["-m", "not slow"], "-m not slow selects tests by marker"),
        (["-x"], "-x stops at the first failure"),
        (["-qx"], "-x stops at the first failure"),
        (["--maxfail=1"], "--maxfail 1 stops after some failures"),
        (["--maxfail", "2"], "--maxfail 2 stops after some failures"),
        (["--lf"], "--lf runs what failed last"),
        (["--collect-only"], "--collect-only runs no test"),
        (["--splits", "3", "--group", "1"], "--splits 3 runs a share of the tests"),
        (["--ignore=tests/unit"], "--ignore tests/unit leaves files out"),
        (["tests/test_a.py"], "only tests/test_a.py is run"),
        (["tests/test_a.py::test_x"], "only tests/test_a.py::test_x is run"),
        (["--", "tests/unit"], "only tests/unit is run"),
        (["tests/unit"], "only tests/unit is run"),
    ],
)
def test_what_leaves_tests_out(suite: str, monkeypatch: pytest.MonkeyPatch, words: list[str], said: str) -> None:
    monkeypatch.chdir(suite)
    assert left_out(words, testpaths=["tests"])[0] == said


@pytest.mark.parametrize(
    "words",
    [
        [],
        ["-q", "-n", "2", "-p", "no:cacheprovider"],
        ["-vv", "-rA", "--tb=short", "-W", "error"],
        ["tests"],
        ["."],
        ["tests/"],
        ["./tests/../tests"],
        ["--maxfail=0"],
        ["-k", ""],
        ["--cov", "src", "--cov-config", "pyproject.toml"],
        ["--ff"],
        ["--durations", "5"],
    ],
)
def test_what_leaves_nothing_out(suite: str, monkeypatch: pytest.MonkeyPatch, words: list[str]) -> None:
    monkeypatch.chdir(suite)
    assert left_out(words, testpaths=["tests"]) == ()


def test_all_test_paths_have_to_be_named(suite: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(suite)
    assert left_out(["tests"], testpaths=["tests", "src"]) == ("only tests is run",)
    assert left_out(["src", "tests"], testpaths=["tests", "src"]) == ()
    assert left_out(["tests"]) == ("only tests is run",)  # without testpaths the suite is the whole folder


@given(st.lists(st.text(max_size=8), max_size=6))
def test_no_words_are_too_odd(words: list[str]) -> None:
    assert all(left_out(words))


def test_the_whole_suite_without_a_dependency_is_the_whole_suite() -> None:
    assert left_out(["--gating-without", "torch", "-q"]) == ()
