"""Which tool a command calls, as it stands in a shell's text."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gating.adopt.commands import HOLE, Command, in_shell, tool_of


def tools(text: str) -> list[str | None]:
    return [tool_of(words) for words in in_shell(text)]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("docker compose up -d", ["docker"]),
        ("npm ci && npm test", ["npm", "npm"]),
        ("cd web; yarn build || pnpm build", [None, "yarn", "pnpm"]),
        ("cat log | jq .", [None, "jq"]),
        ("NODE_ENV=test A=b npx tsc", ["npx"]),
        ("sudo env X=1 systemctl start x", ["systemctl"]),
        ("time hugo > out.txt 2>&1", ["hugo"]),
        ("docker run -v $(git rev-parse HEAD):/x y", ["docker", "git", None]),
        ("if make; then helm lint; fi", [None, "helm", None]),
        ("terraform \\\n  apply", ["terraform"]),
        ("kubectl get pods\nhelm list", ["kubectl", "helm"]),
        ("clang-format-18 -i x.c", ["clang-format-18"]),
        ("g++ -o x x.cc", ["g++"]),
        ("shellcheck *.sh  # all of them", ["shellcheck"]),
    ],
)
def test_the_first_word_of_each_command_is_its_tool(text: str, found: list[str | None]) -> None:
    assert tools(text) == found


@pytest.mark.parametrize(
    "text",
    ["./scripts/build", "../bin/x", "/usr/bin/git status", "python -m build", "python3.12 x.py", "py -3 x",
     "pip install .", "echo hi", "rm -rf build", "[ -f x ]", "$TOOL run", "inv test", "run.sh", "-x", "", "   ",
     "'unclosed quote", "export A=1"],
)  # fmt: skip
def test_paths_shell_words_and_interpreters_are_no_tools(text: str) -> None:
    assert set(tools(text)) <= {None}


@pytest.mark.parametrize("text", [f"{HOLE} run", f"docker-{HOLE} run", f"{HOLE}"])
def test_a_word_that_only_running_tells_is_no_tool(text: str) -> None:
    assert tools(text) == [None]


def test_a_word_with_a_hole_is_unknown() -> None:
    assert list(in_shell(f"mypy {HOLE} --x={HOLE} src")) == [("mypy", None, None, "src")]


def test_what_follows_an_unknown_word_still_counts() -> None:
    assert tools(f"cd {HOLE} && cargo build") == [None, "cargo"]


@pytest.mark.parametrize("text", ["for x in *.proto; do protoc $x; done", "case $1 in a) helm;; esac"])
def test_a_loop_is_not_guessed_at(text: str) -> None:
    assert tools(text) in ([], [None])


@given(st.text(max_size=80))
def test_no_text_is_an_error(text: str) -> None:
    for tool in tools(text):
        assert tool is None or tool.isprintable()


@pytest.mark.parametrize(
    ("words", "argv"),
    [
        (("mypy", "src"), ("mypy", "src")),
        (("python", "-m", "mypy", "src"), ("mypy", "src")),
        (("mypy", None), None),
        ((), None),
    ],
)
def test_all_words_are_known_or_none_is_given(words: tuple[str | None, ...], argv: tuple[str, ...] | None) -> None:
    assert Command(words=words, file="tasks.py", line=1, within="x").argv == argv
