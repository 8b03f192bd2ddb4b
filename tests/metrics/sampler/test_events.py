"""Waiting for what happens, or for the time, by epoll and without it."""

from __future__ import annotations

import os
import select
import time

import pytest

from gating.metrics.sampler.events import Events


@pytest.fixture(params=["epoll", "select"])
def events(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Events:
    if request.param == "select":
        monkeypatch.delattr(select, "epoll")
    return Events()


def test_nothing_happens_until_it_is_time(events: Events) -> None:
    until = time.monotonic() + 0.1
    events.wait(until)
    assert time.monotonic() >= until


def test_a_time_that_has_passed_is_not_waited_for(events: Events) -> None:
    started = time.monotonic()
    events.wait(started - 5)
    assert time.monotonic() - started < 5


def test_what_can_be_read_calls_and_ends_the_waiting(events: Events) -> None:
    (first, to_first), (second, to_second) = os.pipe(), os.pipe()
    called: list[str] = []
    events.register(first, lambda: called.append("first"))

    def call() -> None:
        called.append("second")
        events.unregister(first)
        events.unregister(second)

    events.register(second, call)
    os.write(to_second, b"x")
    started = time.monotonic()
    events.wait(started + 60)
    assert time.monotonic() - started < 30
    assert called == ["second"]
    os.write(to_first, b"x")
    events.wait(time.monotonic() + 0.05)
    assert called == ["second"]
    events.unregister(first)
    for handle in (first, to_first, second, to_second):
        os.close(handle)
