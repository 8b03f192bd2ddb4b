"""Fixing: which remedies gating runs itself, which it leaves to people, and that it says so before."""

from __future__ import annotations

from pathlib import Path

import pytest

from gating.checks.fix import Fixes, carry_out, plan_fixes
from gating.toolchain.host import Host
from gating.verdict import Outcome, Remedy, State, Verdict
from tests.installs import Environment, tool


class Place:
    """A home, a virtual environment, and a folder on PATH whose programs leave a line when they are run."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.bin = root / "bin"
        self.log = root / "log"
        self.made = Environment(root / "project" / ".venv")
        self.python = str(self.made.python)

    def has(self, program: str, body: str = "") -> None:
        tool(self.bin / program, f'echo "{program} $*" >> {self.log}\n{body}')

    def host(self, *, protected: tuple[str, ...] = ()) -> Host:
        env = {"PATH": str(self.bin), "HOME": str(self.root / "home")}
        return Host.of(env, python=self.python, root=str(self.root), protected=protected)

    @property
    def ran(self) -> list[str]:
        return self.log.read_text().splitlines() if self.log.exists() else []


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path)


def unmet(*command: str, channel: str | None, outcome: Outcome = Outcome.FAIL, name: str = "x") -> Verdict:
    remedy = Remedy(commands=(command,), channel=channel)
    return Verdict(id=f"tool:{name}", outcome=outcome, state=State.ABSENT, remedy=remedy)


def refused(place: Place, *command: str, channel: str | None, protected: tuple[str, ...] = ()) -> str | None:
    """Why a remedy is not run, None where it is."""
    fixes = plan_fixes([unmet(*command, channel=channel)], place.host(protected=protected))
    assert (fixes.runnable == ()) == bool(fixes.notes)
    return fixes.notes[0] if fixes.notes else None


class TestRun:
    def test_pip_and_uv_into_a_virtual_environment(self, place: Place) -> None:
        assert refused(place, place.python, "-m", "pip", "install", "x", channel="pip") is None
        assert refused(place, "uv", "pip", "install", "--python", place.python, "x", channel="uv") is None

    def test_pipx_and_uv_tool_for_the_user(self, place: Place) -> None:
        assert refused(place, "pipx", "install", "x", channel="pipx") is None
        assert refused(place, "uv", "tool", "install", "x", channel="uv") is None

    def test_npm_where_its_folder_is_the_users_own(self, place: Place) -> None:
        place.has("npm", f"echo {place.root}/home/.npm-global")
        assert refused(place, "npm", "install", "--global", "x", channel="npm") is None


class TestLeftToPeople:
    def test_the_systems_python(self, place: Place) -> None:
        assert "virtual environment" in str(
            refused(place, "/usr/bin/python3", "-m", "pip", "install", "x", channel="pip")
        )
        assert "virtual environment" in str(refused(place, "python3", "-m", "pip", "install", "x", channel="pip"))
        for argv in (("uv", "pip", "install", "x"), ("uv", "pip", "install", "--system", "x")):
            assert refused(place, *argv, channel="uv") is not None

    def test_an_environment_that_is_protected_also_through_a_link(self, place: Place) -> None:
        (place.root / "alias").symlink_to(place.made.prefix)
        for protected in (str(place.made.prefix), str(place.root / "alias")):
            why = refused(place, place.python, "-m", "pip", "install", "x", channel="pip", protected=(protected,))
            assert "nox runs in" in str(why)
        assert refused(place, place.python, "-m", "pip", "install", "x", channel="pip", protected=("/other",)) is None

    @pytest.mark.parametrize("folder", ["pipx/venvs", "uv/tools"])
    def test_an_applications_own_environment(self, place: Place, folder: str) -> None:
        own = Environment(place.root / folder / "gating")
        why = refused(place, str(own.python), "-m", "pip", "install", "x", channel="pip")
        assert "an application's own" in str(why)

    def test_npm_where_its_folder_is_not_the_users_own(self, place: Place) -> None:
        assert "npm is not on PATH" in str(refused(place, "npm", "install", "--global", "x", channel="npm"))
        for body in ("echo /usr", "exit 1", f"echo {place.root}/home-of-another", "echo"):
            place.has("npm", body)
            assert "not the user's own" in str(refused(place, "npm", "install", "--global", "x", channel="npm"))
        assert refused(place, "npm", "install", "--save-dev", "x", channel="npm") is not None

    @pytest.mark.parametrize(
        ("command", "channel"),
        [
            (("sudo", "apt-get", "install", "x"), "apt"),
            (("apt-get", "install", "x"), "apt"),
            (("brew", "install", "x"), "brew"),
            (("cargo", "install", "x"), "cargo"),
            (("uv", "python", "install", "3.12"), "uv"),
            (("uv", "add", "x"), "uv"),
            (("pipx", "install", "--global", "x"), "pipx"),
            (("export", "PATH=/x"), "path"),
            (("x",), None),
        ],
    )
    def test_privileges_and_a_persons_decisions(
        self, place: Place, command: tuple[str, ...], channel: str | None
    ) -> None:
        assert "person's decision" in str(refused(place, *command, channel=channel))

    def test_the_policys_own_lines(self, place: Place) -> None:
        for command in (("sh", "-c", "pip install x"), ("make", "x")):
            assert "the policy's own line" in str(refused(place, *command, channel="policy"))

    def test_all_of_a_remedy_or_nothing(self, place: Place) -> None:
        both = Remedy(commands=(("pipx", "install", "x"), ("pipx", "install", "--global", "y")), channel="pipx")
        verdict = Verdict(id="tool:x", outcome=Outcome.FAIL, remedy=both)
        assert plan_fixes([verdict], place.host()).runnable == ()


def test_only_what_is_unmet_is_fixed_and_each_command_once(place: Place) -> None:
    verdicts = [
        unmet("pipx", "install", "a", channel="pipx", outcome=Outcome.PASS),
        unmet("pipx", "install", "b", channel="pipx", outcome=Outcome.SKIP),
        unmet("pipx", "install", "c", channel="pipx", outcome=Outcome.DEGRADED, name="first"),
        unmet("pipx", "install", "c", channel="pipx", name="second"),
        Verdict(id="tool:none", outcome=Outcome.FAIL),
        Verdict(id="tool:links", outcome=Outcome.FAIL, remedy=Remedy(links=("https://example.org",))),
    ]
    fixes = plan_fixes(verdicts, place.host())
    assert fixes == Fixes(runnable=(("tool:first", ("pipx", "install", "c")),))
    assert fixes.as_dict() == {"fixes": [{"id": "tool:first", "command": ["pipx", "install", "c"]}], "notes": []}


def test_a_plan_starts_nothing(place: Place) -> None:
    place.has("npm", f"echo {place.root}/home")
    verdicts = [unmet("npm", "install", "--global", "x", channel="npm")]
    planned = plan_fixes(verdicts, place.host(), may_start=False)
    assert planned.runnable == ()
    assert "npm is not asked now" in planned.notes[0]
    assert place.ran == []


def test_all_is_printed_before_the_first_is_run(place: Place, capfd: pytest.CaptureFixture[str]) -> None:
    place.has("pipx", "echo pipx speaks")
    fixes = Fixes(runnable=(("tool:a", ("pipx", "install", "a b")), ("tool:c", ("pipx", "install", "c"))))
    notes = carry_out(fixes, place.host(), environment={})
    told = capfd.readouterr()
    assert told.out == ""
    assert told.err.splitlines() == [
        "gating: to fix tool:a: pipx install 'a b'",
        "gating: to fix tool:c: pipx install c",
        "pipx speaks",
        "pipx speaks",
    ]
    assert place.ran == ["pipx install a b", "pipx install c"]
    assert notes == ("ran for tool:a: pipx install 'a b'", "ran for tool:c: pipx install c")


def test_one_that_fails_is_told_and_the_next_is_run(place: Place, capfd: pytest.CaptureFixture[str]) -> None:
    place.has("pipx", 'test "$2" != bad')
    commands = ("pipx", "install", "bad"), ("nowhere-to-be-found",), ("pipx", "install", "good")
    notes = carry_out(Fixes(runnable=tuple(("tool:x", one) for one in commands)), place.host(), environment={})
    assert "did not work: exited with 1" in notes[0]
    assert "did not work: No such file" in notes[1]
    assert notes[2] == "ran for tool:x: pipx install good"
    assert capfd.readouterr().err.count("did not work") == 2


def test_they_are_run_in_the_projects_folder_as_part_of_the_run(place: Place) -> None:
    place.has("pipx", f'echo "$GATING_RUN $(pwd)" >> {place.log}')
    carry_out(Fixes(runnable=(("tool:x", ("pipx", "y")),)), place.host(), environment={"GATING_RUN": "abc"})
    assert place.ran[1] == f"abc {place.root}"
