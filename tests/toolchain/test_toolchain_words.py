"""A policy's own remedy lines: read as commands where a shell would read the same, kept whole where not."""

from __future__ import annotations

import shlex
import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gating.toolchain.words import from_policy

PY = "/venv/bin/python"


@pytest.mark.parametrize(
    ("line", "command", "channel"),
    [
        ("pip install x", (PY, "-m", "pip", "install", "x"), "pip"),
        ("pip3 install -U 'x>=3,<4'", (PY, "-m", "pip", "install", "-U", "x>=3,<4"), "pip"),
        ("pip install x>=3.7", (PY, "-m", "pip", "install", "x>=3.7"), "pip"),
        ("pip install x[all]>=3,<4 y==1.*", (PY, "-m", "pip", "install", "x[all]>=3,<4", "y==1.*"), "pip"),
        ("python -m pip install x", (PY, "-m", "pip", "install", "x"), "pip"),
        ("python3 -m pip install -e .", (PY, "-m", "pip", "install", "-e", "."), "pip"),
        ("uv pip install x", ("uv", "pip", "install", "--python", PY, "x"), "uv"),
        ("uv pip install --python /other x", ("uv", "pip", "install", "--python", "/other", "x"), "uv"),
        ("uv pip install --system x", ("uv", "pip", "install", "--system", "x"), "uv"),
        ("uv tool install ruff>=0.4", ("uv", "tool", "install", "ruff>=0.4"), "uv"),
        ("pipx install black", ("pipx", "install", "black"), "pipx"),
        ("npm install --global eslint", ("npm", "install", "--global", "eslint"), "npm"),
        ("sudo apt-get install git", ("sudo", "apt-get", "install", "git"), "policy"),
        ("make 'all of it'", ("make", "all of it"), "policy"),
        (r"make all\ of\ it", ("make", "all of it"), "policy"),
        ('make "all of it"', ("make", "all of it"), "policy"),
        (r"""find 'a*b' "c|d" \;""", ("find", "a*b", "c|d", ";"), "policy"),
    ],
)
def test_a_plain_line_is_a_command_that_names_the_judged_interpreter(
    line: str, command: tuple[str, ...], channel: str
) -> None:
    remedy = from_policy([line], python=PY)
    assert (remedy.commands, remedy.channel) == ((command,), channel)


@pytest.mark.parametrize(
    "line",
    [
        "curl https://example.org/get | sh",
        "pip install x && make y",
        "pip install x; make y",
        "pip install $EXTRA",
        'pip install "$EXTRA"',
        "pip install `cat wanted`",
        "pip install -r <(echo x)",
        "pip install x > log",
        "pip install x >log",
        "tool >=3",
        "rm -rf build/*",
        "ls file?",
        "cp a{1,2} b",
        "~/bin/setup",
        "sh ~/bin/setup",
        "A=b make x",
        "make x # or y",
        "make 'x",
        "make x &",
    ],
)
def test_a_line_for_a_shell_is_kept_whole_and_is_nobodys_to_run(line: str) -> None:
    remedy = from_policy([line], python=PY)
    assert (remedy.commands, remedy.channel) == ((("sh", "-c", line),), "policy")


def test_several_lines_have_one_channel_only_where_they_agree() -> None:
    assert from_policy(["pip install x", "pip install y"], python=PY).channel == "pip"
    mixed = from_policy(["sudo apt-get install libx", "pip install x"], python=PY, links=["https://example.org"])
    assert (mixed.channel, len(mixed.commands), mixed.links) == ("policy", 2, ("https://example.org",))


WORDS = st.lists(st.text("abc \t'\"\\$|&;<>`*?~#=(){}!-%^0123", min_size=1, max_size=12), min_size=1, max_size=4).map(
    " ".join
)


@given(words=WORDS)
def test_a_shell_reads_a_plain_line_as_the_same_words(tmp_path_factory: pytest.TempPathFactory, words: str) -> None:
    """What is not kept whole must be printed as the command that it would have been."""
    line = f"echo {words}"
    ((*command,),) = from_policy([line], python=PY).commands
    if command[:2] == ["sh", "-c"]:
        assert command[2] == line
        return
    said = subprocess.run(
        ["sh", "-c", f"printf '<%s>' {words}"],
        capture_output=True,
        text=True,
        cwd=empty_folder(tmp_path_factory),
        check=True,
    )
    if command[1:]:
        assert said.stdout == "".join(f"<{word}>" for word in command[1:])
    assert shlex.split(shlex.join(command)) == command


def empty_folder(factory: pytest.TempPathFactory) -> Path:
    return factory.mktemp("empty")
