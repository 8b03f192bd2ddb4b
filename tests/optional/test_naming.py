from __future__ import annotations

from pathlib import Path

import pytest

from gating.errors import UsageError
from gating.optional.asked import Asked
from gating.optional.naming import check, named, roots_of, target_of
from gating.policy.model import Fallback, Optional
from tests.optional.standins import World


def test_a_target_has_all_that_metadata_and_policy_tell(world: World) -> None:
    world.install("wave-dist", {"wave_x/__init__.py": "", "_wave_x.py": "", "ns/part/__init__.py": ""})
    entry = Optional(requires="wave-dist", fallback=Fallback.SHIM, names=("Tensor",), shim="tests.wave")
    target = target_of(Asked("waves", "wave-dist"), entry)
    assert (target.name, target.distribution) == ("waves", "wave-dist")
    assert set(target.modules) == {"wave_x", "_wave_x", "ns.part"}
    assert (target.names, target.adapter) == (("Tensor",), "tests.wave")
    assert "wave-dist" in target.remedy


@pytest.mark.parametrize(
    ("name", "distribution", "modules"),
    [
        ("wave-dist", "wave-dist", {"wave_x", "_wave_x"}),
        ("wave_x", "wave-dist", {"wave_x", "_wave_x"}),
        ("_wave_x", "wave-dist", {"wave_x", "_wave_x"}),
        ("wave_x.deep", "", {"wave_x.deep"}),
        ("not-installed", "not-installed", {"not_installed"}),
    ],
)
def test_a_name_is_found_by_whatever_it_is(world: World, name: str, distribution: str, modules: set[str]) -> None:
    world.install("wave-dist", {"wave_x/__init__.py": "", "wave_x/deep.py": "", "_wave_x.py": ""})
    target = named(name, None)
    assert (target.distribution, set(target.modules)) == (distribution, modules)


@pytest.mark.parametrize("name", ["", "a b", "../a", "!a", "-a"])
def test_what_can_be_no_name_is_refused(name: str) -> None:
    with pytest.raises(UsageError, match="no requirement"):
        check(name)


@pytest.mark.parametrize("marks", [["pyproject.toml"], ["setup.py"], [".git"], []])
def test_the_root_is_the_projects_folder(tmp_path: Path, marks: list[str]) -> None:
    inner = tmp_path / "src" / "app"
    inner.mkdir(parents=True)
    (inner / "a.py").write_text("")
    for mark in marks:
        (tmp_path / mark).write_text("")
    assert roots_of(str(inner / "a.py")) == (str(tmp_path if marks else inner),)


def test_the_root_of_code_in_no_file_is_the_current_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert roots_of(None) == roots_of("<stdin>") == (str(tmp_path),)


def test_the_root_is_that_of_the_policy_where_there_is_one(tmp_path: Path) -> None:
    (tmp_path / "gating.toml").write_text("[optional]\ntorch = '*'\n")
    inner = tmp_path / "part"
    inner.mkdir()
    (inner / "setup.py").write_text("")
    assert roots_of(str(inner / "setup.py")) == (str(tmp_path),)
