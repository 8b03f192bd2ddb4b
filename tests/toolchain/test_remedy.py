"""Remedies: by the found tool's channel first, then the policy's words, then Python's channels, then the platform's."""

from __future__ import annotations

import os
import shlex
import subprocess
from pathlib import Path
from typing import Any

import pytest

from gating.toolchain.host import Host
from gating.toolchain.remedy import Target, for_distribution, for_python, for_tool
from gating.toolchain.select import Selection
from gating.verdict import Evidence, Remedy, State
from tests.installs import Environment, tool

ABSENT = Selection(state=State.ABSENT, evidence=Evidence.ABSENT)


class Place:
    """A host with nothing on PATH but what a test puts there."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.bin = root / "bin"
        self.bin.mkdir()
        self.made = Environment(root / "venv")
        (self.made.bin / "pip").write_text("")
        self.python = str(self.made.python)

    def has(self, *programs: str) -> None:
        for program in programs:
            tool(self.bin / program, "exit 1")

    @property
    def host(self) -> Host:
        return Host.of({"PATH": str(self.bin)}, python=self.python)

    def target(self, name: str = "tool", **fields: Any) -> Target:
        return Target(**{"name": name, "host": self.host, "python": self.python, "wanted": ">=3", **fields})

    def of(self, target: Target, path: Path | str | None = None, **found: Any) -> Remedy:
        selection = ABSENT
        if path is not None:
            fields = {"state": State.OUTDATED, "evidence": Evidence.EXECUTED, "path": str(path), **found}
            selection = Selection(**fields)
        return for_tool(target, selection)


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path)


def command(remedy: Remedy) -> tuple[str, ...]:
    (only,) = remedy.commands
    return only


class TestFound:
    """The channel that the found tool came from goes before everything."""

    def test_by_pip_into_the_judged_interpreter(self, place: Place) -> None:
        place.made.install("pre-commit", "2.9", scripts=["pre-commit"])
        path = place.made.bin / "pre-commit"
        known = place.of(
            place.target("pre-commit"), path, distribution="pre-commit", environment=str(place.made.prefix)
        )
        assert command(known) == (place.python, "-m", "pip", "install", "-U", "pre-commit>=3")
        assert known.channel == "pip"
        assert place.of(place.target("pre-commit"), path) == known  # executed, it is looked up for the remedy

    def test_by_pip_before_the_policys_words(self, place: Place) -> None:
        place.made.install("pre-commit", "2.9", scripts=["pre-commit"])
        found = Selection(state=State.OUTDATED, evidence=Evidence.EXECUTED, path=str(place.made.bin / "pre-commit"))
        assert for_tool(place.target("pre-commit"), found, words=["install-it"]).channel == "pip"

    def test_by_pipx_and_uv_under_the_applications_name(self, place: Place) -> None:
        for folder, expected in (
            ("pipx/venvs/ansible", ("pipx", "install", "--force", "ansible>=3")),
            ("uv/tools/ansible", ("uv", "tool", "install", "--upgrade", "ansible>=3")),
        ):
            real = tool(place.root / folder / "bin" / "ansible-playbook", "x")
            link = place.bin / "ansible-playbook"
            link.unlink(missing_ok=True)
            link.symlink_to(real)
            assert command(place.of(place.target("ansible-playbook"), link, distribution="ansible-core")) == expected
        broken = place.of(place.target("ansible-playbook"), link, state=State.BROKEN)
        assert command(broken)[:4] == ("uv", "tool", "install", "--force")

    def test_by_npm_for_all_or_for_the_project(self, place: Place) -> None:
        place.has("npm")
        packages = {"npm": "eslint"}
        for bin_folder, modules, where in (
            ("lib/../bin", "lib/node_modules", "--global"),
            ("project/node_modules/.bin", "project/node_modules", "--save-dev"),
        ):
            real = tool(place.root / modules / "eslint" / "bin" / "eslint.js", "x")
            (place.root / bin_folder).mkdir(exist_ok=True, parents=True)
            link = place.root / bin_folder / "eslint"
            link.symlink_to(real)
            remedy = place.of(place.target("eslint", packages=packages), link)
            assert command(remedy) == ("npm", "install", where, "eslint@>=3")

    def test_by_cargo(self, place: Place) -> None:
        real = tool(place.root / ".cargo" / "bin" / "rg", "x")
        remedy = place.of(place.target("rg", packages={"cargo": "ripgrep"}), real)
        assert command(remedy) == ("cargo", "install", "--locked", "--force", "ripgrep")

    def test_by_the_systems_manager(self, place: Place) -> None:
        place.has("apt-get")
        remedy = place.of(place.target("git", packages={"apt": "git", "pip": "git"}), "/usr/bin/git")
        assert (remedy.channel, command(remedy)[-3:]) == ("apt", ("apt-get", "install", "git"))

    def test_by_a_channel_that_has_no_such_package_it_is_the_policys_turn(self, place: Place) -> None:
        place.has("apt-get")
        found = Selection(state=State.OUTDATED, evidence=Evidence.EXECUTED, path="/usr/bin/thing")
        assert command(for_tool(place.target("thing"), found, words=["get thing"])) == ("get", "thing")


class TestAbsent:
    """The policy's words, else Python's channels, else the platform's, else npm and cargo, else links alone."""

    def test_in_that_order(self, place: Place) -> None:
        packages = {"pip": "thing", "apt": "thing-bin", "npm": "thing-js", "cargo": "thing-rs"}
        place.has("apt-get", "npm", "cargo")
        channels = [for_tool(place.target(packages=packages), ABSENT, words=["get it"]).channel]
        for gone in ("pip", "apt", "npm", "cargo"):
            channels.append(place.of(place.target(packages=packages)).channel)
            del packages[gone]
        assert channels == ["policy", "pip", "apt", "npm", "cargo"]

    def test_without_a_known_channel_there_are_the_links(self, place: Place) -> None:
        remedy = place.of(place.target(packages={"brew": "thing", "npm": "thing"}, links=("https://example.org",)))
        assert remedy == Remedy(links=("https://example.org",))

    @pytest.mark.parametrize(("user", "becomes"), [(1000, ["apt-get", "doas", "sudo"]), (0, ["apt-get"] * 3)])
    def test_a_privilege_is_asked_for_by_what_is_there(
        self, place: Place, monkeypatch: pytest.MonkeyPatch, user: int, becomes: list[str]
    ) -> None:
        monkeypatch.setattr(os, "geteuid", lambda: user)
        for program, first in zip(("apt-get", "doas", "sudo"), becomes, strict=True):
            place.has(program)
            assert command(place.of(place.target(packages={"apt": "git"})))[0] == first

    def test_brew_needs_none(self, place: Place) -> None:
        place.has("brew")
        assert command(place.of(place.target(packages={"brew": "git"}))) == ("brew", "install", "git")


@pytest.mark.parametrize(
    ("wanted", "asked"),
    [
        (None, "latest"),
        (">=8", ">=8"),
        (">=8, <10", ">=8 <10"),
        ("==8.57.0", "8.57.0"),
        ("==8.*", "8.*"),
        ("~=8.4", ">=8.4 <9"),
        ("~=8.4.1", ">=8.4.1 <8.5"),
        ("!=8.5,>=8", ">=8"),
        ("!=8.5", "latest"),
    ],
)
def test_a_specifier_in_npms_words(place: Place, wanted: str | None, asked: str) -> None:
    place.has("npm")
    remedy = place.of(place.target(packages={"npm": "eslint"}, wanted=wanted))
    assert command(remedy) == ("npm", "install", "--global", f"eslint@{asked}")


class TestPython:
    """Into the judged interpreter, named by its path, by whoever made its environment."""

    def test_by_its_own_pip(self, place: Place) -> None:
        remedy = for_distribution("thing", place.host, python=place.python, wanted=">=3")
        assert (remedy.channel, command(remedy)) == ("pip", (place.python, "-m", "pip", "install", "thing>=3"))

    def test_by_uv_where_uv_made_the_environment(self, place: Place) -> None:
        place.made.config.write_text("home = /usr/bin\nuv = 0.5.1\nversion_info = 3.12.1\n")
        assert for_distribution("thing", place.host, python=place.python, wanted=None).channel == "pip"
        place.has("uv")
        remedy = for_distribution("thing", place.host, python=place.python, wanted=None)
        assert (remedy.channel, command(remedy)) == (
            "uv",
            ("uv", "pip", "install", "--python", place.python, "thing"),
        )

    def test_by_uv_where_there_is_no_pip(self, place: Place) -> None:
        place.has("uv")
        assert for_distribution("thing", place.host, python=place.python, wanted=None).channel == "pip"
        (place.made.bin / "pip").unlink()
        assert for_distribution("thing", place.host, python=place.python, wanted=None).channel == "uv"

    def test_never_by_uv_into_what_is_no_virtual_environment(self, place: Place) -> None:
        place.has("uv")
        assert for_distribution("thing", place.host, python="/usr/bin/python3", wanted=None).channel == "pip"
        assert for_distribution("thing", place.host, python="python-of-nobody", wanted=None).channel == "pip"

    def test_the_policys_words_go_first_and_name_it_too(self, place: Place) -> None:
        remedy = for_distribution(
            "thing", place.host, python=place.python, wanted=None, words=["pip install -e '.[dev]'"]
        )
        assert command(remedy) == (place.python, "-m", "pip", "install", "-e", ".[dev]")

    def test_another_interpreter_comes_from_uv_or_pyenv_or_the_web(self, place: Place) -> None:
        assert for_python(place.host, wanted=">=3.12").commands == ()
        assert for_python(place.host, wanted=">=3.12").links == ("https://www.python.org/downloads/",)
        place.has("pyenv")
        assert command(for_python(place.host, wanted=">=3.12")) == ("pyenv", "install", "3.12")
        place.has("uv")
        assert command(for_python(place.host, wanted="~=3.12.1")) == ("uv", "python", "install", "3.12")
        assert for_python(place.host, wanted="<3.9").commands == ()
        assert command(for_python(place.host, wanted=">=3.12", words=["get python"])) == ("get", "python")


class TestPathFirst:
    """Where a later one on PATH fits, it is PATH that is wrong."""

    def test_the_line_can_be_pasted(self, place: Place) -> None:
        old = tool(place.bin / "tool", "echo tool 1.0")
        later = tool(place.root / "with blank" / "tool", "echo tool 3.0")
        env = {"PATH": f"{place.bin}:/usr/bin:/bin:{later.parent}"}
        target = place.target(host=Host.of(env, python=place.python))
        remedy = place.of(target, old, fitting=str(later))
        assert remedy.channel == "path"
        assert str(later) in (remedy.why or "")
        line = shlex.join(command(remedy))
        done = subprocess.run(["sh", "-c", f"{line}; tool; command -v ls"], env=env, capture_output=True, text=True)
        assert done.stdout.splitlines()[0] == "tool 3.0"
        assert done.returncode == 0  # and the rest of PATH is still there

    def test_what_the_judged_environment_has_is_mended_there(self, place: Place) -> None:
        """Its folder comes first whatever PATH says."""
        place.made.install("black", "19.3", scripts=["black"])
        later = tool(place.bin / "black", "echo black 24.1")
        remedy = place.of(place.target("black"), place.made.bin / "black", fitting=str(later))
        assert remedy.channel == "pip"


def test_nothing_is_run_to_find_a_remedy(place: Place) -> None:
    for program in ("uv", "npm", "apt-get", "cargo", "pyenv", "sudo"):
        tool(place.bin / program, f"touch {place.root}/ran")
    place.of(place.target(packages={"npm": "a", "apt": "b", "cargo": "c"}))
    for_python(place.host, wanted=">=3.12")
    assert not (place.root / "ran").exists()
