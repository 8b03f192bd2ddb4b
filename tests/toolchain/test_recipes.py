"""Recipes: the table is well-formed, and asks the tools of this machine so that their version is read."""

from __future__ import annotations

import re
import shutil
import subprocess
from urllib.parse import urlsplit

import pytest

from gating.toolchain.recipes import CHANNELS, Recipe, known_tools, recipe_for
from gating.versions import extract, release

TOOLS = known_tools()
# what nearly every machine for development has some of; none of them prompts, downloads or writes
USUAL = (
    "git",
    "python3",
    "make",
    "gcc",
    "perl",
    "curl",
    "tar",
    "sed",
    "bash",
    "openssl",
    "ssh",
    "cmake",
    "node",
    "java",
    "tmux",
)


class TestTable:
    def test_it_covers_the_usual_tools(self) -> None:
        assert len(TOOLS) >= 120
        assert {"git", "docker", "pre-commit", "java", "go", "kubectl", "nvcc", "R", "shellcheck"} <= set(TOOLS)

    def test_names_are_sorted_and_stand_once(self) -> None:
        assert list(TOOLS) == sorted(set(TOOLS))

    @pytest.mark.parametrize("name", TOOLS)
    def test_a_line_is_well_formed(self, name: str) -> None:
        recipe = recipe_for(name)
        assert recipe.argv
        assert 0 in recipe.ok_codes
        assert set(recipe.packages) <= CHANNELS
        assert all(re.fullmatch(r"@?[\w.+/@-]+", package) for package in recipe.packages.values())
        assert recipe.pattern is None or re.compile(recipe.pattern).groups == 1
        (link,) = recipe.links
        assert urlsplit(link).scheme == "https"
        assert re.fullmatch(r"[\w-]+(\.[\w-]+)+", urlsplit(link).netloc)

    def test_every_pattern_belongs_to_a_tool(self) -> None:
        from gating.toolchain import recipes

        assert set(recipes._PATTERNS) <= set(TOOLS)


class TestRecipeFor:
    def test_a_tool_that_is_not_known_is_asked_for_its_version_and_nothing_else(self) -> None:
        assert recipe_for("frobnicate") == Recipe(argv=("--version",), packages={}, links=())

    def test_it_says_how_to_ask_and_where_to_get(self) -> None:
        ssh = recipe_for("ssh")
        assert ssh.argv == ("-V",)
        assert ssh.packages["apt"] == ssh.packages["apk"] == "openssh-client"
        assert ssh.packages["brew"] == "openssh"
        assert ssh.links == ("https://www.openssh.com",)
        assert recipe_for("kubectl").argv == ("version", "--client")

    def test_a_channel_of_its_own_wins_over_the_shared_name(self) -> None:
        go = recipe_for("go").packages
        assert (go["apt"], go["dnf"], go["pacman"], go["brew"]) == ("golang-go", "golang", "go", "go")

    def test_python_tools_name_their_distribution(self) -> None:
        assert recipe_for("sphinx-build").packages["pip"] == "sphinx"
        assert recipe_for("inv").packages["pip"] == "invoke"
        assert "pip" not in recipe_for("git").packages

    @pytest.mark.parametrize("name", ["git.exe", "GIT.EXE", "Git"])
    def test_the_spelling_of_windows_is_understood(self, name: str) -> None:
        assert recipe_for(name) == recipe_for("git")

    def test_slow_tools_are_marked(self) -> None:
        assert recipe_for("gradle").slow
        assert not recipe_for("git").slow


@pytest.mark.parametrize(
    ("name", "printed", "version"),
    [
        ("az", '{\n  "azure-cli": "2.55.0",\n  "azure-cli-core": "2.55.0",\n  "extensions": {}\n}\n', "2.55.0"),
        ("erl", "25", "25"),
        (
            "jupyter",
            "Selected Jupyter core packages...\nIPython          : 9.18.1\njupyter_core     : 5.9.1\n",
            "5.9.1",
        ),
        (
            "nvidia-smi",
            "| NVIDIA-SMI 535.129.03    Driver Version: 535.129.03   CUDA Version: 12.2     |",
            "535.129.03",
        ),
        ("sbt", "sbt version in this project: 1.9.7\nsbt script version: 1.9.7\n", "1.9.7"),
        ("sbt", "sbt runner version: 1.10.0\n", "1.10.0"),
        ("systemctl", "systemd 252 (252.39-1~deb12u2)\n+PAM +AUDIT\n", "252"),
    ],
)
def test_patterns_read_what_is_not_plain(name: str, printed: str, version: str) -> None:
    found = re.search(recipe_for(name).pattern or "", printed, re.MULTILINE)
    assert found
    assert found[1] == version


def test_the_tools_of_this_machine_answer() -> None:
    answered = []
    for name in USUAL:
        path = shutil.which(name)
        if path is None:
            continue
        recipe = recipe_for(name)
        done = subprocess.run(
            [path, *recipe.argv], stdin=subprocess.DEVNULL, capture_output=True, text=True, errors="replace", timeout=30
        )
        if done.returncode not in recipe.ok_codes:
            continue  # a shim with nothing behind it is not the recipe's affair
        version = extract(done.stdout, done.stderr, tool=name)
        assert version is not None, (name, done)
        assert release(version), name
        answered.append(name)
    assert answered, "not one of the usual tools is here: nothing was checked"
