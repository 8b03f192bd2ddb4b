"""The hooks of a pre-commit configuration, in the ways that people write it."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gating.adopt.pre_commit import Hook, Hooks, read_hooks

WHOLE = """\
minimum_pre_commit_version: '3.7.0'  # for stages
# how it is
default_language_version:
  python: python3.12
ci:
  skip: [licences]
exclude: |
  (?x)^(
    - id: not-a-hook
  )$
repos:
  - repo: https://example.org/ruff-pre-commit
    rev: v0.15.0
    hooks:
      - id: ruff-check
        args: [--fix,
               --exit-non-zero-on-fix]
      - id: "ruff-format"   # formats
  -   repo: local
      hooks:
      -   name: the id comes second here
          id: licences
          language: system
          entry: reuse lint   # all of them
          files: |
            - id: inside-a-block
          additional_dependencies:
            - id: deeper
      - {id: flow, language: system, entry: "hadolint -c x", types: [dockerfile]}

      -
          id: alone
          language: &lang unsupported
          entry: >-
            shfmt

            -d
  - hooks:
      - id: check-useless-excludes
    repo: meta
"""
FOUND = (
    Hook(id="ruff-check", repo="https://example.org/ruff-pre-commit"),
    Hook(id="ruff-format", repo="https://example.org/ruff-pre-commit"),
    Hook(id="licences", repo="local", language="system", entry="reuse lint"),
    Hook(id="flow", repo="local", language="system", entry="hadolint -c x"),
    Hook(id="alone", repo="local", language="unsupported", entry="shfmt -d"),
    Hook(id="check-useless-excludes", repo="meta"),
)


def read(folder: Path, text: str) -> Hooks:
    (folder / ".pre-commit-config.yaml").write_bytes(text.encode())
    found = read_hooks(str(folder))
    assert found is not None
    return found


@pytest.mark.parametrize("start", ["", "\ufeff", "---\n"])
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_the_ways_that_people_write_hooks(tmp_path: Path, newline: str, start: str) -> None:
    found = read(tmp_path, start + WHOLE.replace("\n", newline))
    assert found == Hooks(hooks=FOUND, minimum_version="3.7.0")


@pytest.mark.parametrize(
    "text",
    [
        "repos:\n- repo: local\n  hooks:\n  - id: a\n    entry: x\n",
        "repos:\n-   repo: local\n    hooks:\n    -   id: a\n        entry: x\n",
        "repos:\n  - repo: local\n    hooks:\n      - id: a\n        entry: x\n",
        "repos:\n    - repo: 'local'\n      hooks: # ours\n      -   entry: x\n          id: a\n",
        "'repos':\n- 'repo': local\n  \"hooks\":\n  - {\"id\": a, 'entry': 'x'}\n",
    ],
)
def test_any_indentation_will_do(tmp_path: Path, text: str) -> None:
    assert read(tmp_path, text) == Hooks(hooks=(Hook(id="a", repo="local", entry="x"),))


@pytest.mark.parametrize("text", ["repos: []\n", "repos: [] # none yet"])
def test_no_hooks_is_no_problem(tmp_path: Path, text: str) -> None:
    assert read(tmp_path, text) == Hooks()


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "its hooks cannot be read"),
        ("repos: [{repo: local, hooks: [{id: a}]}]\n", "its hooks cannot be read"),
        ('{"repos": []}', "its hooks cannot be read"),
        ("repos:\n- repo: x\n  hooks:\n  - *alias\n  - id: b\n", "1 of its hooks cannot be read"),
        ("repos:\n- repo: x\n  hooks:\n  - {id: a,\n     entry: b}\n  - id: *c\n", "1 of its hooks cannot be read"),
    ],
)
def test_what_is_not_read_is_said(tmp_path: Path, text: str, problem: str) -> None:
    assert read(tmp_path, text).problem == problem


def test_a_file_that_is_not_utf_8_is_said(tmp_path: Path) -> None:
    (tmp_path / ".pre-commit-config.yaml").write_bytes(b"repos: \xff\n")
    found = read_hooks(str(tmp_path))
    assert found is not None
    assert str(found.problem).startswith("cannot be read: ")


def test_no_file_is_none(tmp_path: Path) -> None:
    assert read_hooks(str(tmp_path)) is None


WORDS = st.from_regex(r"[a-z][a-z0-9-]{0,8}", fullmatch=True)
QUOTES = st.sampled_from(["{}", "'{}'", '"{}"', "{}  # said", "'{}' # said"])
NOISE = st.sampled_from(
    [
        "args: [--a, 'b: c']",
        "args:\n{pad}- --a\n{pad}- 'id: b'",
        "files: |\n{pad}  id: no\n\n{pad}  entry: no",
        "types: [x]",
        "# a remark",
        "",
    ]
)


@st.composite
def configurations(draw: st.DrawFn) -> tuple[str, tuple[Hook, ...]]:
    """A configuration in a style of its own, and the hooks in it."""
    outer, inner = draw(st.integers(0, 4)), draw(st.integers(0, 4))
    gap = " " * draw(st.integers(1, 4))
    rows, hooks = ["repos:"], []
    for repo in draw(st.lists(WORDS, min_size=1, max_size=3)):
        rows.append(f"{' ' * outer}-{gap}repo: {repo}")
        column = outer + 1 + len(gap)
        rows.append(f"{' ' * column}hooks:")
        for words in draw(st.lists(st.tuples(WORDS, WORDS, WORDS), min_size=1, max_size=3)):
            hooks.append(Hook(id=words[0], entry=words[1], language=words[2], repo=repo))
            keys = [
                f"{key}: {draw(QUOTES).format(word)}"
                for key, word in zip(("id", "entry", "language"), words, strict=True)
            ]
            keys = draw(st.permutations(keys))
            pad = " " * (column + inner + 2)
            said = [keys[0], *(one for key in keys[1:] for one in (draw(NOISE).format(pad=pad), key))]
            rows.append(f"{' ' * (column + inner)}- {said[0]}")
            rows += [f"{pad}{one}" for one in said[1:]]
    return "\n".join([*rows, ""]), tuple(hooks)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(configurations())
def test_hooks_are_found_in_any_style(tmp_path: Path, made: tuple[str, tuple[Hook, ...]]) -> None:
    text, hooks = made
    assert read(tmp_path, text) == Hooks(hooks=hooks)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(st.sampled_from("repos:hki-d \n#'\"|>{}[]*&,"), max_size=60).map("repos:\n".__add__))
def test_no_text_is_an_error(tmp_path: Path, text: str) -> None:
    read(tmp_path, text)
