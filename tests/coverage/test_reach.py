"""The committed file: written the same way whatever the order, read back whole, and refused with a reason."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

import gating
from gating.coverage.keys import BranchKey, Key
from gating.coverage.reach import (
    Entry,
    FileReach,
    Reach,
    ReachError,
    Reference,
    as_text,
    read_reach,
    write_reach,
)

VALIDATOR = Draft202012Validator(
    json.loads((Path(gating.__file__).parent / "schemas" / "reach-1.json").read_text(encoding="utf-8"))
)
KEYS = st.builds(Key, st.sampled_from(["", "f", "C.g"]), st.text(max_size=12), st.integers(0, 3))
POINTS = st.one_of(KEYS, st.builds(BranchKey, KEYS, st.none() | KEYS))
NEEDS = st.frozensets(st.sampled_from(["torch", "hydra", "rich"]), min_size=1)
ENTRIES = st.builds(Entry, by=st.frozensets(NEEDS), without=st.frozensets(NEEDS), reason=st.text(max_size=5))
FILES = st.builds(
    FileReach,
    uncovered=st.frozensets(POINTS, max_size=4),
    unsteady=st.frozensets(POINTS, max_size=2),
    accepted=st.dictionaries(POINTS, st.text(max_size=8), max_size=2),
    entries=st.dictionaries(POINTS, ENTRIES.filter(lambda one: bool(one.by or one.without or one.reason)), max_size=4),
)
REFERENCE = Reference(python="3.12", platform="linux", absent=("gpu",), branches=True, coverage="7.11.0")


def reach(files: dict[str, FileReach]) -> Reach:
    return Reach(reference=REFERENCE, files=files)


@given(st.dictionaries(st.sampled_from(["a.py", "src/b.py", "ü.py"]), FILES, max_size=3))
def test_what_is_written_is_read_back(tmp_path_factory: pytest.TempPathFactory, files: dict[str, FileReach]) -> None:
    path = tmp_path_factory.mktemp("reach") / "reach.json"
    write_reach(path, reach(files))
    assert read_reach(path) == reach(files)
    assert json.loads(path.read_text(encoding="utf-8"))["schema"] == "gating.reach/1"
    assert list(VALIDATOR.iter_errors(json.loads(path.read_text(encoding="utf-8")))) == []
    turned = {name: files[name] for name in reversed(files)}
    assert as_text(reach(turned)) == path.read_text(encoding="utf-8")


def test_a_line_is_a_line_of_the_file_so_that_a_diff_can_be_read(tmp_path: Path) -> None:
    one = FileReach(uncovered=frozenset({Key("f", "return 2", 0), Key("f", "return 1", 0)}))
    text = as_text(reach({"a.py": one}))
    assert '{"at": ["f", "return 1", 0]},\n{"at": ["f", "return 2", 0]}\n' in text


def test_the_file_is_replaced_whole_and_can_be_read_by_others(tmp_path: Path) -> None:
    path = tmp_path / ".gating" / "reach.json"
    write_reach(path, reach({}))
    write_reach(path, reach({"a.py": FileReach(uncovered=frozenset({Key("", "x", 0)}))}))
    assert os.listdir(path.parent) == ["reach.json"]
    assert path.stat().st_mode & 0o777 == 0o644


def test_none_is_no_mistake(tmp_path: Path) -> None:
    assert read_reach(tmp_path / "reach.json") is None


WHOLE = as_text(reach({"a.py": FileReach(uncovered=frozenset({Key("", "x", 0)}))}))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "no JSON"),
        ("[]", "its schema is None"),
        ('{"schema": "gating.reach/2"}', "its schema is 'gating.reach/2'"),
        ('{"schema": "other/1"}', "learn it anew"),
        ('{"schema": "gating.reach/1"}', "has not the form"),
        (WHOLE.replace('["", "x", 0]', '["", "x"]'), "has not the form"),
        (WHOLE.replace('["", "x", 0]', '["", 1, 0]'), "is no key of a line"),
        (WHOLE.replace('"uncovered"', '"needs"').replace(", 0]}", ', 0], "by": ["torch"]}'), "'torch' is no list"),
        (WHOLE.replace('["gpu"]', '"torch"'), "'torch' is no list"),
        (WHOLE.replace('"files": {', '"files": [').replace("}\n}\n}\n", "}\n]\n}\n"), "no JSON"),
    ],
)
def test_what_is_no_reach_is_said(tmp_path: Path, text: str, said: str) -> None:
    path = tmp_path / "reach.json"
    path.write_text(text)
    with pytest.raises(ReachError, match=said) as caught:
        read_reach(path)
    assert str(caught.value).startswith("reach.json: ")


def test_a_folder_in_its_place_is_said(tmp_path: Path) -> None:
    (tmp_path / "reach.json").mkdir()
    with pytest.raises(ReachError, match="cannot be read"):
        read_reach(tmp_path / "reach.json")


@pytest.mark.parametrize(
    ("entry", "absent", "why"),
    [
        (Entry(by=frozenset({frozenset({"a"})})), {"a"}, "learnt"),
        (Entry(by=frozenset({frozenset({"a"})})), {"b"}, None),
        (Entry(by=frozenset({frozenset({"a"}), frozenset({"b"})})), {"a"}, None),
        (Entry(by=frozenset({frozenset({"a"}), frozenset({"b"})})), {"a", "b"}, "learnt"),
        (Entry(by=frozenset({frozenset({"a", "b"})})), {"b"}, "learnt"),
        (Entry(without=frozenset({frozenset({"a"})})), {"a", "c"}, "absence run"),
        (Entry(without=frozenset({frozenset({"a", "c"})})), {"a"}, None),
        (Entry(), {"a"}, None),
        (Entry(by=frozenset({frozenset({"a"})})), set(), None),
    ],
)
def test_what_an_entry_says_of_a_set_of_absences(entry: Entry, absent: set[str], why: str | None) -> None:
    assert entry.why(frozenset(absent)) == why


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5) | st.sampled_from(["at", "by", "a.py"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["at", "by", "without", "reason", "uncovered", "needs", "a.py"]), inner)
    ),
    max_leaves=8,
)


@given(ANYTHING)
def test_whatever_stands_there_is_read_or_refused(tmp_path_factory: pytest.TempPathFactory, files: object) -> None:
    path = tmp_path_factory.mktemp("reach") / "reach.json"
    reference = {"python": "3.12", "platform": "linux", "absent": [], "branches": True, "coverage": "7"}
    for row in (files, {"a.py": files}, {"a.py": {"needs": files}}, {"a.py": {"uncovered": [{"at": files}]}}):
        path.write_text(json.dumps({"schema": "gating.reach/1", "reference": reference, "files": row}))
        said = ""
        try:
            read_reach(path)
        except ReachError as error:
            said = str(error)
        assert "\n" not in said


def test_a_nesting_without_end_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "reach.json"
    path.write_text("[" * 100_000)
    with pytest.raises(ReachError, match=r"reach\.json: it is no JSON"):
        read_reach(path)
