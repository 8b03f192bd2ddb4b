"""Network: hosts that answer, that refuse, that nobody knows, and proxies in front of them."""

from __future__ import annotations

import socket
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gating.optional.install import network
from gating.optional.install.network import Reach, target_of

CLOSED = "http://127.0.0.1:9/simple"


@pytest.fixture
def listening() -> Iterator[str]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield f"http://127.0.0.1:{server.getsockname()[1]}/simple"


def test_a_host_that_answers_is_there(listening: str) -> None:
    assert Reach([listening], {}).why_not() is None
    assert Reach([CLOSED, listening], {}).why_not() is None


def test_one_that_refuses_is_not() -> None:
    assert Reach([CLOSED], {}).why_not() == "127.0.0.1:9: Connection refused"


def test_a_name_that_nobody_knows_is_not() -> None:
    told = str(Reach(["https://no-such-host.invalid/simple", f"https://{'a' * 70}.invalid"], {}).why_not())
    assert "no-such-host.invalid:443: " in told
    assert "a.invalid:443: " in told


def test_where_there_is_nothing_to_ask_nothing_is_in_the_way() -> None:
    assert Reach([], {}).why_not() is None
    assert Reach(["file:///w", "http://[::bad/"], {}).targets == ()


def test_silence_is_told_and_then_taken_for_an_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(network, "NOTICE", 0.01)
    monkeypatch.setattr(network, "SILENCE", 0.05)
    with socket.create_server(("127.0.0.1", 0), backlog=0) as server:
        port = server.getsockname()[1]
        full = []
        for _ in range(4):  # a queue that is full lets further connections wait
            one = socket.socket()
            one.setblocking(False)
            one.connect_ex(("127.0.0.1", port))
            full.append(one)
        told: list[str] = []
        why = str(Reach([f"http://127.0.0.1:{port}"], {}).why_not(told.append))
        for one in full:
            one.close()
    assert told == [f"127.0.0.1:{port}: no answer yet; waiting up to 0.05 s"]
    assert why.startswith(f"127.0.0.1:{port}: ")


def test_a_proxy_is_asked_in_its_place(listening: str) -> None:
    for env in ({"http_proxy": listening}, {"ALL_PROXY": listening}, {"HTTP_PROXY": listening.partition("//")[2]}):
        assert Reach(["http://no-such-host.invalid"], env).why_not() is None
    assert Reach(["https://no-such-host.invalid"], {}, proxy=listening).why_not() is None
    assert Reach([listening], {"http_proxy": CLOSED}).why_not() is not None


def test_no_proxy_leads_past_it(listening: str) -> None:
    for without in ("127.0.0.1", "*", "other.example, 127.0.0.1"):
        assert Reach([listening], {"http_proxy": CLOSED, "no_proxy": without}).why_not() is None
    env = {"https_proxy": "http://p.example:8080", "NO_PROXY": ".inner.example"}
    assert target_of("https://a.inner.example/x", env) == ("a.inner.example", 443)
    assert target_of("https://notinner.example/x", env) == ("p.example", 8080)


@pytest.mark.parametrize(
    ("url", "target"),
    [
        ("https://a.example/simple", ("a.example", 443)),
        ("http://a.example", ("a.example", 80)),
        ("http://u:p@a.example:8080/x", ("a.example", 8080)),
        ("git+https://a.example/x.git", ("a.example", 443)),
        ("git+ssh://git@a.example/x.git", ("a.example", 22)),
        ("https://[::1]:8443/x", ("::1", 8443)),
        ("file:///w", None),
        ("/w", None),
        ("https://a.example:x/", None),
    ],
)
def test_the_host_of_a_url(url: str, target: tuple[str, int] | None) -> None:
    assert target_of(url, {}) == target


@given(st.text(), st.text())
def test_no_text_breaks_it(url: str, proxy: str) -> None:
    found = target_of(url, {"http_proxy": proxy, "https_proxy": proxy, "no_proxy": proxy})
    assert found is None or found[0]
