"""Plan: what would be installed by which commands, and what would not; nothing is started for it."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from gating.optional.install.plan import How
from tests.installs import Environment, tool
from tests.optional.install.conftest import Planned


@pytest.fixture
def made(tmp_path: Path) -> Environment:
    """An environment with something that looks like pip."""
    made = Environment(tmp_path / "venv")
    tool(made.bin / "pip", "exit 3")
    made.install("pip", "99.0")
    return made


def test_only_what_is_not_there_as_asked_is_installed(made: Environment, planned: Planned) -> None:
    for name, version in (("there", "2.0"), ("old", "1.0")):
        made.install(name, version)
        (made.site / f"{name}.py").touch()
    plan, _ = planned(
        made.python,
        'there = "there>=1"\nold = "old>=2"\nabsent = {}\nelse = { when = "python_version < \'3\'" }\n'
        "other = \"other; python_version < '3'\"",
    )
    assert {item.wanted.name: item.how.value for item in plan.items} == {
        "there": "there",
        "old": "install",
        "absent": "install",
        "else": "skip",
        "other": "skip",
    }
    assert [item.words.words for item in plan.to_install] == [("old>=2",), ("absent",)]
    assert "does not apply here: python_version < '3'" in plan.items[3].reason


def test_commands_name_the_interpreter_and_never_a_shell(made: Environment, planned: Planned, wheels: Path) -> None:
    plan, _ = planned(made.python, 'tiny-lib = "tiny-lib>=1,<2"', PIP_FIND_LINKS=str(wheels))
    pip = (str(made.python), "-m", "pip", "install")
    assert plan.commands() == (
        (*pip, "--no-index", "tiny-lib<2,>=1"),
        (*pip, "--retries", "2", "tiny-lib<2,>=1"),
    )
    assert plan.by == "pip"


def test_what_the_folders_cannot_have_is_not_looked_for_there(
    made: Environment, planned: Planned, wheels: Path
) -> None:
    plan, _ = planned(made.python, "absent = {}", PIP_FIND_LINKS=str(wheels))
    assert plan.local(plan.to_install) is None


def test_an_index_that_is_a_folder_is_local(made: Environment, planned: Planned, tmp_path: Path) -> None:
    (tmp_path / "simple" / "absent").mkdir(parents=True)
    index = f"file://{tmp_path}/simple"
    plan, _ = planned(made.python, "absent = {}", PIP_INDEX_URL=index)
    attempt = plan.local(plan.to_install)
    assert attempt is not None
    assert attempt.argv[-3:] == ("--index-url", index, "absent")
    assert attempt.environment["PIP_EXTRA_INDEX_URL"] == index
    assert len(plan.commands()) == 1  # no network is configured, and none is asked
    both, _ = planned(
        made.python,
        "absent = {}",
        PIP_INDEX_URL="https://x.example",
        PIP_EXTRA_INDEX_URL=index,
        PIP_FIND_LINKS="https://pages.example /w",
    )
    attempt = both.local(both.to_install)
    assert attempt is not None
    assert (attempt.environment["PIP_EXTRA_INDEX_URL"], attempt.environment["PIP_FIND_LINKS"]) == (index, "/w")
    assert len(both.commands()) == 2


@pytest.mark.parametrize("forbidding", ["GATING_OFFLINE", "PIP_NO_INDEX"])
def test_where_the_network_is_forbidden_no_command_asks_it(
    made: Environment, planned: Planned, wheels: Path, forbidding: str
) -> None:
    plan, _ = planned(made.python, "tiny-lib = {}", PIP_FIND_LINKS=str(wheels), **{forbidding: "1"})
    assert [argv[4] for argv in plan.commands()] == ["--no-index"]


def test_uv_gets_the_wheels_of_pips_variable(uv_python: Path, planned: Planned) -> None:
    plan, _ = planned(uv_python, "tiny-lib = {}", PIP_FIND_LINKS="/w https://pages.example")
    local, network = plan.local(plan.to_install), plan.network(plan.to_install, retries=0)
    assert plan.by == "uv"
    assert local is not None
    assert local.argv[1:] == ("pip", "install", "--python", str(uv_python), "--offline", "tiny-lib")
    assert (local.environment["UV_FIND_LINKS"], network.environment["UV_FIND_LINKS"]) == (
        "/w",
        "/w,https://pages.example",
    )
    assert network.environment["UV_HTTP_RETRIES"] == "0"
    own, _ = planned(uv_python, "tiny-lib = {}", PIP_FIND_LINKS="/w", UV_FIND_LINKS="/mine")
    assert "UV_FIND_LINKS" not in own.network(own.to_install).environment


def test_a_url_that_leads_out_is_not_local(uv_python: Path, planned: Planned) -> None:
    plan, _ = planned(uv_python, "far = 'far @ https://x.example/far-1.0-py3-none-any.whl'\nnear = {}", UV_OFFLINE="1")
    assert [item.is_remote for item in plan.items] == [True, False]
    assert plan.commands() == ((*plan.program, "--offline", "near"),)


def test_a_left_over_is_laid_over(made: Environment, uv_python: Path, planned: Planned, wheels: Path) -> None:
    ghost = made.site / "tiny_lib-1.0.dist-info"
    ghost.mkdir()
    plan, _ = planned(made.python, "tiny-lib = {}", PIP_FIND_LINKS=str(wheels))
    (item,) = plan.to_install
    assert item.is_left_over
    attempt = plan.local([item], over=True)
    assert attempt is not None
    assert attempt.argv[-4:] == ("--no-index", "--ignore-installed", "--no-deps", "tiny-lib")
    plan, _ = planned(uv_python, "tiny-lib = {}")
    assert plan.network(plan.to_install, over=True).argv[-2:] == ("--reinstall-package=tiny-lib", "tiny-lib")


class TestRefused:
    def test_by_the_caller(self, uv_python: Path, planned: Planned) -> None:
        plan, _ = planned(uv_python, "tiny-lib = {}", refused="told so")
        assert [(item.how, item.reason) for item in plan.items] == [(How.REFUSED, "told so")]
        assert (plan.to_install, plan.commands()) == ((), ())

    def test_outside_of_an_environment(self, planned: Planned) -> None:
        plan, _ = planned("/usr/bin/python3", "no-such-distribution = {}")
        assert plan.items[0].how is How.REFUSED
        assert "not that of a virtual environment" in plan.items[0].reason

    def test_without_an_interpreter(self, planned: Planned, tmp_path: Path) -> None:
        plan, _ = planned(tmp_path / "nowhere", "tiny-lib = {}")
        assert plan.items[0].how is How.REFUSED
        assert "cannot be started" in plan.items[0].reason

    def test_with_neither_pip_nor_uv(self, planned: Planned, tmp_path: Path) -> None:
        bare = Environment(tmp_path / "bare")
        plan, _ = planned(bare.python, "tiny-lib = {}", PATH="/nowhere")
        assert "neither pip in" in plan.items[0].reason


def test_planning_changes_nothing(uv_python: Path, planned: Planned) -> None:
    site = next(uv_python.parents[1].glob("lib/python3*/site-packages"))
    before = sorted(site.iterdir())
    planned(uv_python, "tiny-lib = {}")
    assert sorted(site.iterdir()) == before
    assert subprocess.run([str(uv_python), "-c", ""], check=True).returncode == 0
