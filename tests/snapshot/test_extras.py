"""Which extras are complete, by the metadata of what is installed and the judged interpreter's markers."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from gating.process.interpreter import describe
from gating.snapshot.distributions import installed
from gating.snapshot.extras import Extra, extras

Add = Callable[..., Path]
MARKERS = describe(None, env=os.environ).markers


def look(root: Path, site: Path, markers: Mapping[str, str] = MARKERS) -> tuple[dict[str, Extra] | None, list[str]]:
    notes: list[str] = []
    return extras(root, installed([str(site)], []), markers, notes), notes


def missing(root: Path, site: Path, markers: Mapping[str, str] = MARKERS) -> dict[str, list[str]]:
    found, notes = look(root, site, markers)
    assert notes == []
    assert found is not None
    assert all(one["complete"] is (not one["missing"]) for one in found.values())
    return {name: one["missing"] for name, one in found.items()}


@pytest.fixture
def site(tmp_path: Path) -> Path:
    (tmp_path / "site").mkdir()
    return tmp_path / "site"


def project(folder: Path, text: str = "", *, name: str = "My.App") -> Path:
    (folder / "pyproject.toml").write_text(f'[project]\nname = "{name}"\n{text}')
    return folder


def test_from_pyproject_where_the_project_is_not_installed(tmp_path: Path, site: Path, add: Add) -> None:
    text = '[project.optional-dependencies]\nFancy_One = ["tomlkit>=0.13", "rich"]\nok = ["rich>=13"]\nnone = []\n'
    add(site, "rich", "13.9")
    assert missing(project(tmp_path, text), site) == {"fancy-one": ["tomlkit>=0.13"], "none": [], "ok": []}


def test_installed_metadata_counts_before_pyproject(tmp_path: Path, site: Path, add: Add) -> None:
    project(tmp_path, '[project.optional-dependencies]\nstale = ["x"]\n')
    requires = [
        "base",
        "both; python_version > '3' or extra == 'one'",
        'a>1; extra == "one"',
        "b (<3) ; python_version > '3' and extra == 'one'",
    ]
    add(site, "my-app", requires=requires, extras=["one", "two"])
    add(site, "b", "2.9")
    assert missing(tmp_path, site) == {"one": ["a>1"], "two": []}


def test_outdated_counts_as_missing_and_a_release_candidate_counts(tmp_path: Path, site: Path, add: Add) -> None:
    text = '[project.optional-dependencies]\nx = ["old>=2", "pre>=2", "odd>=1", "unversioned>=1", "free"]\n'
    add(site, "old", "1.9")
    add(site, "pre", "2.1rc1")
    add(site, "odd", "not-a-version")
    add(site, "unversioned", None)
    add(site, "free", None)
    assert missing(project(tmp_path, text), site) == {"x": ["odd>=1", "old>=2", "unversioned>=1"]}


def test_markers_are_evaluated_for_the_judged_interpreter(tmp_path: Path, site: Path) -> None:
    text = "[project.optional-dependencies]\nx = [\"win; sys_platform == 'win32'\", \"old; python_version < '3.9'\"]\n"
    root = project(tmp_path, text)
    assert missing(root, site) == {"x": []}
    assert missing(root, site, {**MARKERS, "sys_platform": "win32"}) == {"x": ["win"]}
    assert missing(root, site, {**MARKERS, "python_version": "3.8"}) == {"x": ["old"]}


@pytest.mark.parametrize("is_installed", [False, True], ids=["pyproject", "metadata"])
def test_extras_of_oneself_are_resolved(tmp_path: Path, site: Path, add: Add, *, is_installed: bool) -> None:
    declared = {"a": ["one"], "b_c": ["two"], "all": ["my_app[a,b.c]", "three"], "round": ["My.App[round,a]"]}
    text = "[project.optional-dependencies]\n" + "".join(f"{name} = {lines!r}\n" for name, lines in declared.items())
    project(tmp_path, "" if is_installed else text)
    if is_installed:
        requires = [
            f'{line}; extra == "{name.replace("_", "-")}"' for name, lines in declared.items() for line in lines
        ]
        add(site, "my-app", requires=requires, extras=["a", "b-c", "all", "round"])
    add(site, "three")
    assert missing(tmp_path, site) == {"a": ["one"], "all": ["one", "two"], "b-c": ["two"], "round": ["one"]}


def test_the_extras_of_others_belong_to_what_is_asked(tmp_path: Path, site: Path, add: Add) -> None:
    root = project(tmp_path, '[project.optional-dependencies]\nx = ["coverage[toml,Deep]>=7"]\n')
    requires = ['tomli; extra == "toml"', 'other[more]; extra == "deep"', "unrelated", 'never; extra == "never"']
    add(site, "coverage", "7.6", requires=requires, extras=["toml", "deep", "never"])
    add(site, "other", requires=['last~=1.0; extra == "more"'], extras=["more"])
    assert missing(root, site) == {"x": ["last~=1.0", "tomli"]}
    add(site, "tomli")
    add(site, "last", "1.4")
    assert missing(root, site) == {"x": []}


def test_an_absent_distribution_is_named_with_its_extras(tmp_path: Path, site: Path) -> None:
    root = project(tmp_path, "[project.optional-dependencies]\nx = [\"coverage[toml]>=7,<9; python_version>'3'\"]\n")
    assert missing(root, site) == {"x": ["coverage[toml]<9,>=7"]}


def test_a_password_in_a_requirement_does_not_come_out(tmp_path: Path, site: Path) -> None:
    lines = ["it @ https://me:secret@example.invalid/it.whl", "bad https://me:secret@example.invalid/"]
    found, notes = look(project(tmp_path, f"[project.optional-dependencies]\nx = {lines!r}\n"), site)
    assert found == {"x": {"complete": False, "missing": ["it @ (a URL)"]}}
    assert notes == ["extras: a requirement of my-app[x] cannot be read"]


def test_what_cannot_be_read_is_neither_complete_nor_missing(tmp_path: Path, site: Path, add: Add) -> None:
    project(tmp_path)
    requires = ['== broken; extra == "x"', 'fine; extra == "y"', 'b; nonsense == "1" and extra == "z"']
    add(site, "my-app", requires=requires, extras=["x", "y", "z"])
    add(site, "fine")
    found, notes = look(tmp_path, site)
    unknown: Extra = {"complete": None, "missing": []}
    assert found == {"x": unknown, "y": {"complete": True, "missing": []}, "z": unknown}
    assert len(notes) == 2


def test_an_unknown_extra_is_noted(tmp_path: Path, site: Path) -> None:
    found, notes = look(project(tmp_path, '[project.optional-dependencies]\nall = ["my-app[gone]"]\n'), site)
    assert found == {"all": {"complete": True, "missing": []}}
    assert notes == ["extras: my-app declares no extra 'gone', which my-app[all] asks for"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (None, ""),
        ("", ""),
        ("[tool.x]\n", ""),
        ("[project]\nname = 3\n", ""),
        ("project = 3\n", ""),
        ('[project]\nname = "x"\ndynamic = ["optional-dependencies"]\n', "dynamic"),
        ('[project]\nname = "x"\noptional-dependencies = 3\n', "cannot be read"),
        ('[project]\nname = "x"\n[project.optional-dependencies]\na = 3\n', "cannot be read"),
        ('[project]\nname = "x"\ndynamic = 3\n', "cannot be read"),
        ("[project\n", "cannot be read"),
    ],
)
def test_unknown_extras_are_null(tmp_path: Path, site: Path, text: str | None, said: str) -> None:
    if text is not None:
        (tmp_path / "pyproject.toml").write_text(text)
    found, notes = look(tmp_path, site)
    assert found is None
    assert len(notes) == bool(said)
    assert all(said in note for note in notes)


def test_a_project_without_extras_has_none(tmp_path: Path, site: Path) -> None:
    assert look(project(tmp_path), site) == ({}, [])
