"""The folder of recordings, and their names."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gating.errors import UsageError
from gating.metrics.place import GITIGNORE, file_for, interval_of, prepare

RUN = "01a1f7427cc57027ba4663ca283bd2fa"


def test_names_sort_by_time_and_tell_whose_they_are() -> None:
    assert file_for("/logs", "tests", RUN, 1795149692101009551) == "/logs/20261120T044132Z-tests-63ca283bd2fa.jsonl"
    assert file_for("/logs", "tests", RUN, 1795149692101009551, 2).endswith("-tests-63ca283bd2fa-3.jsonl")


@given(st.text())
def test_any_name_makes_a_file_in_the_folder(name: str) -> None:
    made = file_for("/logs", name, RUN, 0)
    assert os.path.dirname(made) == "/logs"
    assert re.fullmatch(r"19700101T000000Z-[A-Za-z0-9._-]{1,40}-63ca283bd2fa\.jsonl", os.path.basename(made))


def test_a_new_folder_ignores_itself_and_an_old_one_is_left_alone(tmp_path: Path) -> None:
    for _ in range(2):
        prepare(str(tmp_path / "a" / "b"))
    assert (tmp_path / "a" / "b" / ".gitignore").read_text() == GITIGNORE
    (tmp_path / "c").mkdir()
    (tmp_path / "c" / "mine").touch()
    prepare(str(tmp_path / "c"))
    assert os.listdir(tmp_path / "c") == ["mine"]
    (tmp_path / "a" / "b" / ".gitignore").write_text("!*")
    prepare(str(tmp_path / "a" / "b"))
    assert (tmp_path / "a" / "b" / ".gitignore").read_text() == "!*"


@given(st.floats(0.01, 1e9))
def test_an_interval_is_a_number_or_its_text(seconds: float) -> None:
    assert interval_of(seconds) == interval_of(str(seconds)) == seconds


@pytest.mark.parametrize("given", ["", "soon", "1 s", "nan", "inf", "0", "-1", "0.009", 0.0, float("nan")])
def test_what_is_no_interval_is_said_as_it_was_given(given: float | str) -> None:
    with pytest.raises(UsageError, match=r"seconds, 0\.01 or more") as caught:
        interval_of(given)
    assert repr(given) in str(caught.value)
