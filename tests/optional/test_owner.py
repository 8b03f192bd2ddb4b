from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gating.optional.owner import NOBODY, Owner, calling_file, owner_of
from tests.installs import Environment
from tests.projects import Project

ENV: dict[str, str] = {}


def put(path: Path, text: str = "") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def owned(environment: Environment, name: str, *files: str) -> list[Path]:
    """Files of an installed distribution, as its RECORD lists them."""
    info = environment.install(name, "1.0")
    with (info / "RECORD").open("a", encoding="utf-8") as record:
        record.writelines(f"{file},,\n" for file in files)
    return [put(environment.site / file) for file in files]


def ask(file: Path | str | None) -> Owner:
    return owner_of(None if file is None else str(file), ENV)


def test_the_caller_is_the_first_file_that_is_not_gatings() -> None:
    assert calling_file() == __file__
    namespace: dict[str, str] = {}
    exec("from gating.optional.owner import calling_file; found = calling_file()", namespace)
    assert namespace["found"] == "<string>"


@pytest.mark.parametrize("file", [None, "<string>", "<frozen x>", "/nowhere/x.py", "", "a\0b"])
def test_code_in_no_file_has_no_owner(file: str | None) -> None:
    assert ask(file) is NOBODY


@given(st.text())
def test_no_text_raises(file: str) -> None:
    assert isinstance(ask(file), Owner)


def test_a_file_in_an_archive_has_no_owner(project: Project) -> None:
    project.policy("[tool.gating]")
    put(project.root / "app.pyz", "zip")
    assert ask(project.root / "app.pyz" / "cli.py") is NOBODY


def test_a_source_file_belongs_to_the_project_with_a_policy(project: Project) -> None:
    project.policy("[tool.gating]")
    owner = ask(project.write("src/app/cli.py", ""))
    assert (owner.policy, owner.tree, owner.application) == (
        str(project.root / "src/app"),
        str(project.root),
        None,
    )
    assert str(project.root / "pyproject.toml") in owner.seen
    assert str(project.root / "gating.toml") in owner.seen


def test_a_project_of_its_own_file_is_one_too(project: Project) -> None:
    project.write("gating.toml", "")
    assert ask(project.write("cli.py", "")).tree == str(project.root)


@pytest.mark.parametrize(
    "text", ["", "[project]\nname = 'sample'\n", "[project]\nname = 'gating'\n", "[tool.other]\ngating = 1\n"]
)
def test_without_a_policy_there_is_no_owner(project: Project, text: str) -> None:
    project.write("pyproject.toml", text)
    assert ask(project.write("cli.py", "")) is NOBODY


def test_a_policy_that_cannot_be_read_is_the_projects_all_the_same(project: Project) -> None:
    project.write("pyproject.toml", "[tool.gating\n")
    assert ask(project.write("cli.py", "")).policy == str(project.root)


def test_the_current_folder_is_nobodys_business(
    project: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    project.policy("[tool.gating]")
    monkeypatch.chdir(project.root)
    assert ask(put(tmp_path / "elsewhere" / "cli.py")) is NOBODY


@pytest.mark.parametrize("folder", [".venv", ".nox/tests-3-11", "env"])
def test_what_is_installed_in_a_projects_tree_is_not_the_projects(project: Project, folder: str) -> None:
    project.policy("[tool.gating]")
    environment = Environment(project.root / folder)
    (cli,) = owned(environment, "app", "app/cli.py")
    owner = ask(cli)
    assert (owner.application, owner.policy, owner.tree) == ("app", None, None)
    assert owner.info == str(environment.site / "app-1.0.dist-info")
    assert ask(put(environment.site / "stray.py")) is NOBODY


@pytest.mark.parametrize("folder", ["runtime/site-packages", "usr/lib/python3/dist-packages"])
def test_a_site_folder_outside_of_an_environment_is_one_too(project: Project, folder: str) -> None:
    project.policy("[tool.gating]")
    assert ask(project.write(f"{folder}/stray/cli.py", "")) is NOBODY


def test_the_record_tells_whose_a_file_of_a_namespace_is(tmp_path: Path) -> None:
    environment = Environment(tmp_path / "env")
    storage, translate = "google/cloud/storage/blob.py", "google/cloud/translate/api.py"
    owned(environment, "google-cloud-storage", storage)
    owned(environment, "google-cloud-translate", translate)
    assert ask(environment.site / storage).application == "google-cloud-storage"
    assert ask(environment.site / translate).application == "google-cloud-translate"


def test_a_script_of_an_environment_is_its_distributions(project: Project) -> None:
    project.policy("[tool.gating]")
    environment = Environment(project.root / ".venv")
    environment.install("app", "1.0", scripts=["app"])
    assert ask(environment.bin / "app").application == "app"
    assert ask(put(environment.bin / "other")) is NOBODY


def test_links_into_a_cache_are_where_they_are_called(tmp_path: Path) -> None:
    environment = Environment(tmp_path / "env")
    (cli,) = owned(environment, "app", "app.py")
    cached = put(tmp_path / "cache" / "app.py")
    cli.unlink()
    cli.symlink_to(cached)
    assert ask(cli).application == "app"


def test_a_link_to_a_script_in_a_source_tree_leads_there(project: Project, tmp_path: Path) -> None:
    project.policy("[tool.gating]")
    link = tmp_path / "tool"
    link.symlink_to(project.write("scripts/tool.py", ""))
    assert ask(link).tree == str(project.root)


def test_a_folder_that_was_installed_into_is_known_by_its_place_on_the_path(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    project.policy("[tool.gating]")
    site = project.root / "vendor"
    info = Environment(project.root.parent / "env").install("app", "1.0", site=site)
    with (info / "RECORD").open("a", encoding="utf-8") as record:
        record.write("app.py,,\n")
    cli, own = put(site / "app.py"), put(site / "own.py")
    assert ask(cli).tree == str(project.root)
    monkeypatch.syspath_prepend(site)
    assert ask(cli).application == "app"
    assert ask(own).tree == str(project.root)


def test_an_editable_install_without_a_policy_has_its_metadata(
    project: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    environment = Environment(tmp_path / "env")
    tree = project.root.as_uri().replace("project", "%70roject")
    environment.install("app", "1.0", origin=f'{{"dir_info": {{"editable": true}}, "url": "{tree}"}}')
    environment.install("other", "1.0", origin='{"dir_info": {"editable": true}, "url": "file:///elsewhere"}')
    environment.install("local", "1.0", origin=f'{{"dir_info": {{}}, "url": "{tree}"}}')
    cli = project.write("src/app/cli.py", "")
    assert ask(cli) is NOBODY
    monkeypatch.syspath_prepend(environment.site)
    owner = ask(cli)
    assert (owner.application, owner.tree, owner.policy) == ("app", str(project.root), None)


def test_metadata_without_a_name_owns_nothing(tmp_path: Path) -> None:
    environment = Environment(tmp_path / "env")
    (cli,) = owned(environment, "app", "app.py")
    (environment.site / "app-1.0.dist-info" / "METADATA").unlink()
    assert ask(cli) is NOBODY


def test_nothing_heavy_is_loaded(project: Project) -> None:
    cli = project.write("cli.py", "from gating.optional.owner import owner_of\nowner_of(__file__, {})\n")
    code = f"import sys, runpy; runpy.run_path({str(cli)!r}); print(*sys.modules)"
    # not by the project's own way to run, which would load coverage where the suite is measured
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = done.stdout.split()
    assert "gating.optional.owner" in loaded
    assert not {"dataclasses", "tomllib", "importlib.metadata", "packaging"} & set(loaded)
