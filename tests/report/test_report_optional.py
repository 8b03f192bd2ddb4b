"""The table of optional dependencies, in every format, whatever stands in its cells."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from gating.report import optional
from tests.strategies import nasty_texts, remedies

ROW: dict[str, Any] = {
    "name": "torch",
    "distribution": "torch",
    "module": "torch",
    "state": "ok",
    "evidence": "static",
    "found": "2.5",
    "wanted": ">=2.2",
    "path": "/x",
    "extra": "train",
    "need": "optional",
    "fallback": "skip",
    "why": "training",
    "skipped": None,
    "cause": "",
    "notes": [],
    "remedy": None,
    "source": None,
}
ABSENT = {
    **ROW,
    "name": "hydra",
    "state": "absent",
    "evidence": "absent",
    "found": None,
    "cause": "hydra-core is not installed",
    "remedy": {"commands": [["pip", "install", "-e", ".[train]"]], "channel": "pip", "links": []},
}
ELSEWHERE = {**ROW, "name": "winsound", "state": None, "evidence": None, "found": None, "skipped": "os_name == 'nt'"}


def document(*rows: dict[str, Any], **more: Any) -> dict[str, Any]:
    made = {"schema": "gating.optional/1", "project": "shop", "policy": "pyproject.toml", "python": "/python"}
    return {**made, "optional": list(rows), "extras": None, "notes": [], **more}


def test_the_text_has_a_table_and_what_mends_each() -> None:
    extras = {"train": {"complete": False, "missing": ["hydra-core>=1.3"]}, "odd": {"complete": None, "missing": []}}
    assert optional.render(document(ROW, ABSENT, ELSEWHERE, extras=extras, notes=["odd"])) == (
        """\
name      state           found  wanted  known   extra  need      fallback
torch     ok              2.5    >=2.2   static  train  optional  skip
hydra     absent                 >=2.2           train  optional  skip
winsound  does not apply         >=2.2           train  optional  skip

hydra: hydra-core is not installed
  why: training
  pip install -e '.[train]'

winsound: does not apply here: os_name == 'nt'

extra train: lacks hydra-core>=1.3
extra odd: unknown
note: odd
"""
    )


def test_a_policy_without_any_says_so() -> None:
    assert optional.render(document()) == "the policy has no optional dependencies\n"
    assert "The policy has none." in optional.render(document(), "markdown")


def test_colour_tells_what_is_there_from_what_is_not() -> None:
    _, there, gone, elsewhere, *_ = optional.render(document(ROW, ABSENT, ELSEWHERE), colour=True).splitlines()
    assert "\x1b[32mok" in there
    assert "\x1b[31mabsent" in gone
    assert "\x1b[2mdoes not apply" in elsewhere


texts = st.one_of(st.none(), nasty_texts())
rows = st.builds(
    lambda remedy, **cells: {**ROW, **cells, "remedy": remedy.as_dict() if remedy else None},
    remedy=st.one_of(st.none(), remedies()),
    name=nasty_texts().filter(str.strip),
    state=st.sampled_from([None, "ok", "absent", "impostor"]),
    found=texts,
    extra=texts,
    wanted=texts,
    why=texts,
    cause=nasty_texts(),
    skipped=texts,
    notes=st.lists(nasty_texts(), max_size=2),
)


@given(st.lists(rows, max_size=3), st.lists(nasty_texts(), max_size=2))
def test_nothing_in_a_cell_gets_out_of_it(listed: list[dict[str, Any]], notes: list[str]) -> None:
    made = document(*listed, notes=notes)
    text = optional.render(made, encoding="ascii")
    assert text.isascii()
    assert "\x1b" not in text
    first = text.splitlines()[: len(listed) + 1]
    assert all(line.strip() for line in first)
    tokens = MarkdownIt().enable("table").parse(optional.render(made, "markdown"))
    assert sum(token.type == "tr_open" for token in tokens) == (len(listed) + 1 if listed else 0)
    assert len(json.loads(optional.render(made, "json"))["optional"]) == len(listed)
