"""Install: each decision is a verdict of a recorded run, by need and mode, with a remedy and without a secret."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from gating.checks.install import install_optional, plan_install
from gating.checks.recording import ledger_here
from gating.errors import UsageError
from gating.toolchain.host import Host
from gating.verdict import Outcome, Report, State, Verdict
from tests.installs import Environment, by_uv, no_network, tool, wheel
from tests.projects import Project


class Place:
    """A project, an environment that uv made, and wheels; no network."""

    def __init__(self, project: Project, folder: Path) -> None:
        self.project = project
        self.python = by_uv(folder / "venv")
        self.wheels = folder / "wheels"
        for version in ("0.5", "1.5"):
            wheel(self.wheels, "tiny-lib", version)
        self.env = {**project.env, **no_network(project.home), "UV_FIND_LINKS": str(self.wheels)}

    def asked(self, **more: Any) -> dict[str, Any]:
        env = {**self.env, **more.pop("env", {})}
        host = Host.of(env, python=str(more.pop("python", self.python)), protected=more.pop("protected", ()))
        return {"start": self.project.root, "host": host, "env": env, **more}

    def install(self, optional: str, *names: str, **more: Any) -> Report:
        self.project.policy(f"[tool.gating.optional]\n{optional}")
        return install_optional(names, **self.asked(**more))

    def one(self, optional: str, *names: str, **more: Any) -> Verdict:
        (verdict,) = self.install(optional, *names, **more).verdicts
        return verdict


@pytest.fixture
def place(project: Project, tmp_path: Path) -> Place:
    return Place(project, tmp_path)


def test_what_is_absent_is_installed_and_looked_at_afresh(place: Place) -> None:
    verdict = place.one('tiny-lib = { requires = "tiny-lib<1", why = "small things" }')
    assert (verdict.id, verdict.outcome, verdict.state) == ("install:tiny-lib", Outcome.PASS, State.OK)
    assert (verdict.found, verdict.wanted, verdict.reason) == ("0.5", "<1", "installed from this machine by uv")
    assert (verdict.details["result"], verdict.details["cause"]) == ("installed", None)
    assert verdict.details["requirement"] == ["tiny-lib<1"]
    assert verdict.details["declared"] == ["the policy"]
    assert verdict.details["why"] == "small things"
    assert verdict.details["attempts"][0]["command"][-1] == "tiny-lib<1"
    assert str(verdict.source) == "pyproject.toml:6:12"
    again = place.one('tiny-lib = "tiny-lib<1"')
    assert (again.outcome, again.reason, again.details["result"]) == (Outcome.PASS, "it was there", "there")


def test_one_that_is_too_old_is_replaced_and_that_is_said(place: Place) -> None:
    place.install('tiny-lib = "tiny-lib<1"')
    report = place.install('tiny-lib = "tiny-lib>=1"')
    assert report.verdicts[0].found == "1.5"
    assert report.notes == ("the installation changed what was there: tiny_lib 0.5 became 1.5",)


@pytest.mark.parametrize(
    ("need", "strict", "outcome"),
    [
        ("optional", True, Outcome.DEGRADED),
        ("ci", False, Outcome.DEGRADED),
        ("ci", True, Outcome.FAIL),
        ("always", False, Outcome.FAIL),
    ],
)
def test_what_cannot_be_had_costs_what_its_need_says(place: Place, need: str, strict: bool, outcome: Outcome) -> None:
    verdict = place.one(f'absent = {{ requires = "absent>=2", need = "{need}" }}', strict=strict)
    assert (verdict.outcome, verdict.state, verdict.details["result"]) == (outcome, State.ABSENT, "offline")
    assert verdict.details["cause"] == "network"
    assert "not installed: the network is not there (127.0.0.1:9: Connection refused)" in verdict.reason
    assert verdict.remedy is not None
    assert verdict.remedy.commands == (("uv", "pip", "install", "--python", str(place.python), "absent>=2"),)


def test_the_policys_own_words_are_the_remedy(place: Place) -> None:
    verdict = place.one('absent = { remedy = "make absent" }')
    assert verdict.remedy is not None
    assert verdict.remedy.commands == (("make", "absent"),)


def test_one_that_does_not_apply_is_a_skip(place: Place) -> None:
    verdict = place.one("absent = { when = \"python_version < '3'\" }")
    assert (verdict.outcome, verdict.state, verdict.details["result"]) == (Outcome.SKIP, None, "skip")


def test_where_nothing_may_be_installed_it_is_refused_with_its_reason(place: Place) -> None:
    verdict = place.one("absent = {}", refused="nox was told --no-install")
    assert (verdict.outcome, verdict.details["result"]) == (Outcome.DEGRADED, "refused")
    assert verdict.reason.endswith("not installed: nox was told --no-install")
    protected = place.one("absent = {}", protected=[str(place.python.parents[1])])
    assert "is the environment that nox runs in" in protected.reason


def test_outside_of_an_environment_the_remedy_makes_one(place: Place) -> None:
    verdict = place.one("absent-for-sure = {}", python="/usr/bin/python3")
    venv = str(place.project.root / ".venv")
    assert verdict.remedy is not None
    assert verdict.remedy.commands[0] == ("/usr/bin/python3", "-m", "venv", venv)
    assert verdict.remedy.commands[1] == (f"{venv}/bin/python", "-m", "pip", "install", "absent-for-sure")


def test_an_installer_that_lies_does_not_make_it_there(place: Place, tmp_path: Path) -> None:
    made = Environment(tmp_path / "other")
    tool(tmp_path / "liar" / "uv", "exit 0")
    env = {"PATH": f"{tmp_path}/liar"}
    verdict = place.one("absent = {}", python=made.python, env=env)
    assert (verdict.outcome, verdict.details["result"]) == (Outcome.DEGRADED, "installed")
    assert "and still absent" in verdict.reason


def test_what_was_there_is_looked_at_again_after_an_installation(place: Place) -> None:
    place.install('tiny-lib = "tiny-lib>=1"')
    wheel(place.wheels, "low", "1.0", headers=["Requires-Dist: tiny-lib<1"])
    report = place.install('tiny-lib = "tiny-lib>=1"\nlow = {}')
    (tiny, low) = report.verdicts
    assert low.outcome is Outcome.PASS
    assert (tiny.outcome, tiny.state) == (Outcome.DEGRADED, State.OUTDATED)
    assert "it was there, and is no longer as asked" in tiny.reason
    assert "tiny_lib 1.5 became 0.5" in report.notes[0]


def test_a_folder_that_an_installation_adds_to_the_path_is_looked_into(place: Place) -> None:
    files = {"boxed.pth": "boxed_inner\n", "boxed_inner/boxed.py": ""}
    wheel(place.wheels, "boxed", "1.0", modules=files)
    verdict = place.one('boxed = { import = "boxed" }')
    assert (verdict.outcome, verdict.state) == (Outcome.PASS, State.OK)
    assert str(verdict.path).endswith("boxed_inner/boxed.py")


def test_the_run_is_recorded_with_its_verdicts(place: Place) -> None:
    report = place.install("tiny-lib = {}\nabsent = {}")
    shown = ledger_here(place.project.root, env=place.env).show(None).as_dict()
    assert (shown["run"]["command"], shown["run"]["exit_code"], shown["run"]["id"]) == ("install", 0, report.run.id)
    assert [one["id"] for one in shown["verdicts"]] == ["install:tiny-lib", "install:absent"]
    assert report.run.python == str(place.python)


def test_no_secret_of_an_index_is_printed_or_stored(place: Place, capfd: pytest.CaptureFixture[str]) -> None:
    secret = "hunter2hunter2"
    env = {"UV_DEFAULT_INDEX": f"http://me:{secret}@127.0.0.1:9/simple", "UV_INDEX": f"file:///{secret}"}
    optional = (
        f"absent = {{}}\nurl = 'url @ http://x:{secret}@127.0.0.1:9/url-1.0-py3-none-any.whl'\n"
        f"token = 'token @ http://{secret}@127.0.0.1:9/token-1.0-py3-none-any.whl'"
    )
    report = place.install(optional, env=env)
    told = capfd.readouterr()
    assert secret not in told.err + told.out
    assert secret not in json.dumps(report.as_dict())
    for file in (place.project.root / ".gating").rglob("*"):
        if file.is_file():
            assert secret.encode() not in file.read_bytes(), file
    assert secret not in json.dumps(plan_install(**place.asked(env=env)))


def test_all_is_said_before_anything_is_started(place: Place, capfd: pytest.CaptureFixture[str]) -> None:
    place.install("tiny-lib = {}\nabsent = {}")
    lines = capfd.readouterr().err.splitlines()
    assert lines[:2] == [
        f"gating: to install tiny-lib: tiny-lib into {place.python}",
        f"gating: to install absent: absent into {place.python}",
    ]
    assert all(line.startswith("gating: ") for line in lines)
    assert "gating: local: " in lines[2]


def test_a_plan_changes_and_records_nothing(place: Place) -> None:
    place.project.policy(
        "[tool.gating.optional]\ntiny-lib = 'tiny-lib>=1'\nother = { when = \"python_version < '3'\" }"
    )
    plan = plan_install(**place.asked())
    assert (plan["schema"], plan["command"], plan["python"]) == ("gating.plan/1", "install", str(place.python))
    first, second = plan["steps"]
    assert (first["id"], first["how"], first["wanted"]) == ("install:tiny-lib", "install", ">=1")
    assert [argv[5] for argv in first["commands"]] == ["--offline", "tiny-lib>=1"]
    assert (second["how"], second["commands"], second["when"]) == ("skip", [], "python_version < '3'")
    assert not (place.project.root / ".gating").exists()
    refused = plan_install(**place.asked(), refused="because")
    assert (refused["steps"][0]["how"], refused["notes"]) == ("refused", ["tiny-lib: because"])


def test_names_choose_and_unknown_ones_are_a_wrong_use(place: Place) -> None:
    assert place.one("tiny-lib = {}\nabsent = {}", "Tiny_Lib").id == "install:tiny-lib"
    with pytest.raises(UsageError, match="did you mean 'tiny-lib'"):
        place.install("tiny-lib = {}", "tinylib")


def test_a_policy_without_any_says_so(place: Place) -> None:
    report = place.install("")
    assert (report.verdicts, report.exit_code) == ((), 0)
    assert "declares no optional dependency" in report.notes[0]
