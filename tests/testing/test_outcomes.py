"""The document of a run's tests is what its schema says, whatever the run was like."""

from __future__ import annotations

import json
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

import gating
from gating.testing.account import _RANK, Account, Row
from gating.testing.note import Kind, Note
from gating.testing.outcomes import document, write
from gating.words import State

SCHEMA = json.loads((Path(gating.__file__).parent / "schemas" / "tests-1.json").read_text(encoding="utf-8"))
TEXT = st.text(max_size=8)
NOTES = st.builds(
    Note,
    st.sampled_from(Kind),
    st.lists(st.tuples(TEXT, TEXT, st.sampled_from([state.value for state in State])), max_size=2).map(tuple),
    TEXT,
    st.lists(TEXT, max_size=2).map(tuple),
)


def accounts() -> st.SearchStrategy[Account]:
    def made(tests: list[Row], modules: list[Row]) -> Account:
        account = Account()
        account.tests = {row.id: row for row in tests}
        account.modules = {row.id: row for row in modules}
        return account

    def rows(outcomes: tuple[str, ...]) -> st.SearchStrategy[list[Row]]:
        one = st.builds(Row, id=TEXT, outcome=st.sampled_from(outcomes), note=st.none() | NOTES)
        return st.lists(one, max_size=3)

    return st.builds(made, rows(_RANK), rows(("failed", "skipped", "not-run")))


@given(accounts(), st.none() | st.integers(0, 5))
def test_every_document_is_valid(account: Account, code: int | None) -> None:
    told = document(account, exit_code=code, absent=("a",), shimmed=())
    assert [error.message for error in Draft202012Validator(SCHEMA).iter_errors(told)] == []
    assert len(told["tests"]) == len(account.tests)


def test_it_is_written_as_a_whole(tmp_path: Path) -> None:
    account = Account()
    account.tests["a\udcff"] = Row(id="a\udcff", outcome="passed")
    path = tmp_path / "told.json"
    path.write_text("before")
    write(str(path), document(account, exit_code=0, absent=(), shimmed=()))
    assert json.loads(path.read_text(encoding="utf-8"))["tests"][0]["id"] == "a\udcff"
    assert [file.name for file in tmp_path.iterdir()] == ["told.json"]
