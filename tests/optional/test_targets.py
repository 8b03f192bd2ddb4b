from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st

from gating.optional.targets import Target, from_plain, name_of, plain

TEXTS = st.text(max_size=8)
TARGETS = st.builds(
    Target, TEXTS, TEXTS, st.lists(TEXTS).map(tuple), st.lists(TEXTS).map(tuple), st.none() | TEXTS, TEXTS
)


@given(TARGETS)
def test_a_target_comes_back_from_json(one: Target) -> None:
    assert from_plain(json.loads(json.dumps(plain(one)))) == one


def test_what_another_version_wrote_beside_is_left_out() -> None:
    assert from_plain({"name": "a", "distribution": "b", "modules": ["c"], "novel": 1}) == Target("a", "b", ("c",))


def test_a_name_belongs_to_the_module_that_it_is_or_lies_in() -> None:
    modules = ("big.cloud.one", "wave")
    assert name_of("wave", modules) == name_of("wave.deep.er", modules) == "wave"
    assert name_of("big.cloud.one.inner", modules) == "big.cloud.one"
    assert name_of("big.cloud", modules) is None
    assert name_of("waves", modules) is None
    assert name_of("", modules) is None
