"""What the process environment says."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gating.environ import cache_folder, debugging, in_ci, truth


@pytest.mark.parametrize("text", ["", "0", "false", "False", "FALSE", "no", "off", "n", "f", " false ", "\t0\n"])
def test_what_is_false(text: str) -> None:
    assert not truth(text)


@pytest.mark.parametrize("text", ["1", "true", "yes", "on", "y", "t", "2", "anything", "falsee"])
def test_what_is_true(text: str) -> None:
    assert truth(text)


@given(st.text(max_size=8))
def test_letters_and_blanks_around_it_do_not_matter(text: str) -> None:
    assert truth(text.lower()) == truth(f" {text.lower()} ")


@pytest.mark.parametrize(
    ("env", "ci"),
    [
        ({}, False),
        ({"CI": "true"}, True),
        ({"CI": "1"}, True),
        ({"CI": "woodpecker"}, True),
        ({"CI": "false"}, False),
        ({"CI": ""}, False),
        ({"CI": "false", "TF_BUILD": "True"}, False),
        ({"CI": "", "TF_BUILD": "True"}, False),
        ({"TF_BUILD": "True"}, True),
        ({"JENKINS_URL": "https://example.org"}, True),
        ({"TEAMCITY_VERSION": "2025.1"}, True),
        ({"TEAMCITY_VERSION": ""}, False),
        ({"GITHUB_TOKEN": "x"}, False),
    ],
)
def test_ci_is_what_ci_says_and_false_is_not_ci(env: dict[str, str], ci: bool) -> None:
    assert in_ci(env) is ci


def test_debugging_is_a_switch() -> None:
    assert debugging({"GATING_DEBUG": "1"})
    assert not debugging({"GATING_DEBUG": "0"})
    assert not debugging({})


@pytest.mark.parametrize(
    ("platform", "env", "folder"),
    [
        ("linux", {"HOME": "/home/a"}, "/home/a/.cache/gating"),
        ("linux", {"HOME": "/home/a", "XDG_CACHE_HOME": "/var/a"}, "/var/a/gating"),
        ("linux", {"HOME": "/home/a", "XDG_CACHE_HOME": "relative"}, "/home/a/.cache/gating"),
        ("linux", {"HOME": "/home/a", "XDG_CACHE_HOME": ""}, "/home/a/.cache/gating"),
        ("linux", {"XDG_CACHE_HOME": "/var/a"}, "/var/a/gating"),
        ("linux", {}, None),
        ("linux", {"HOME": ""}, None),
        ("darwin", {"HOME": "/Users/a", "XDG_CACHE_HOME": "/var/a"}, "/Users/a/Library/Caches/gating"),
        ("darwin", {}, None),
        ("win32", {"LOCALAPPDATA": "C:/Users/a/AppData/Local", "HOME": "/x"}, "C:/Users/a/AppData/Local/gating"),
        ("win32", {"USERPROFILE": "C:/Users/a"}, None),
        ("linux", {"HOME": "/home/a", "GATING_CACHE": "/mine"}, "/mine"),
        ("win32", {"GATING_CACHE": "/mine"}, "/mine"),
        ("linux", {"HOME": "/home/a", "GATING_CACHE": ""}, "/home/a/.cache/gating"),
    ],
)
def test_the_cache_is_the_users_own_folder(platform: str, env: dict[str, str], folder: str | None) -> None:
    assert cache_folder(env, platform=platform) == (None if folder is None else Path(folder))
