"""For every extra of the examples: the command that a report prints is run in a fresh environment, and mends it."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.installs import by_uv, by_virtualenv
from tests.projects import Project

pytestmark = [pytest.mark.realworld, pytest.mark.timeout(600)]

EXAMPLES = Path(__file__).parents[2] / "examples"


def named() -> list[tuple[str, str, str]]:
    """The example, the extra and the key of every optional dependency of the examples."""
    found = []
    for file in sorted(EXAMPLES.glob("*/pyproject.toml")):
        data = tomllib.loads(file.read_text(encoding="utf-8"))
        optional = data["tool"]["gating"].get("optional", {})
        found += [(file.parent.name, entry["extra"], key) for key, entry in optional.items() if "extra" in entry]
        extras = data["project"].get("optional-dependencies", {})
        assert {extra for name, extra, _ in found if name == file.parent.name} == set(extras), file
    return found


@pytest.fixture
def example(project: Project, name: str) -> Project:
    """A copy of the example, with what this machine's own pip and uv are configured with."""
    shutil.rmtree(project.root)
    shutil.copytree(EXAMPLES / name, project.root, ignore=shutil.ignore_patterns(".*cache*", "__pycache__"))
    ours = re.compile(r"(?:PIP|UV|SSL|REQUESTS)_\w+|\w+_(?:proxy|PROXY)|HOME")
    project.env |= {key: text for key, text in os.environ.items() if ours.fullmatch(key)}
    return project


@pytest.mark.parametrize("make", [by_virtualenv, by_uv], ids=["pip", "uv"])
@pytest.mark.parametrize(("name", "extra", "key"), named())
def test_the_printed_remedy_makes_it_ok(
    example: Project, tmp_path: Path, extra: str, key: str, make: Callable[[Path], Path]
) -> None:
    python = make(tmp_path / "fresh")
    judged = ("--only", key, "--python", str(python))
    before = example.gating("preflight", *judged, "--format", "json").verdict(f"optional:{key}")
    assert (before["state"], before["outcome"]) == ("absent", "degraded")
    commands = [shlex.join(argv) for argv in before["remedy"]["commands"]]
    printed = [line.strip() for line in example.gating("preflight", *judged).stdout.splitlines()]
    assert commands
    assert set(commands) <= set(printed)
    assert any(f"[{extra}]" in command for command in commands)
    for command in commands:
        done = example.run(*shlex.split(command), timeout=300)
        assert done.returncode == 0, done.stderr
    after = example.gating("preflight", *judged, "--evidence", "executed", "--format", "json")
    assert after.verdict(f"optional:{key}")["state"] == "ok", after.stdout


@pytest.mark.parametrize(("name", "extra", "key"), named())
def test_what_is_installed_is_ok_and_its_remedy_does_the_same(
    example: Project, tmp_path: Path, extra: str, key: str
) -> None:
    python = by_virtualenv(tmp_path / "fresh")
    asked = ("optional.install", "--python", str(python), "--only", extra, "--format", "json")
    refused = example.gating(*asked, env={"GATING_OFFLINE": "1", "PIP_CONFIG_FILE": os.devnull, "PIP_FIND_LINKS": ""})
    verdict = refused.verdict(f"install:{key}")
    assert (verdict["state"], verdict["details"]["result"]) == ("absent", "offline")
    for argv in verdict["remedy"]["commands"]:
        done = example.run(*argv, timeout=300)
        assert done.returncode == 0, done.stderr
    assert example.gating(*asked).verdict(f"install:{key}")["details"]["result"] == "there"
    other = by_uv(tmp_path / "other")
    done = example.gating("optional.install", "--python", str(other), "--format", "json")
    verdict = done.verdict(f"install:{key}")
    assert (verdict["outcome"], verdict["details"]["result"]) == ("pass", "installed"), done.stderr
