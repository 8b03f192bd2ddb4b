"""Messages between the recorder and its sampler arrive whole, however the pipe cuts them."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from gating.metrics.sampler.control import Inbox, pack

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=10,
)


@given(st.lists(st.dictionaries(st.text(), VALUES, max_size=4), max_size=5), st.integers(1, 20))
def test_messages_come_out_as_they_went_in(messages: list[dict[str, Any]], size: int) -> None:
    sent = b"".join(map(pack, messages))
    inbox = Inbox()
    got = [message for start in range(0, len(sent), size) for message in inbox.feed(sent[start : start + size])]
    assert got == messages


def test_what_is_not_whole_is_kept_back() -> None:
    inbox = Inbox()
    assert list(inbox.feed(pack({"a": 1})[:-1])) == []
    assert list(inbox.feed(pack({"a": 1})[-1:])) == [{"a": 1}]
