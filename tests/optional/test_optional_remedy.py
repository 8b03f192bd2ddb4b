"""The command that mends an optional dependency: by whose extra, from where, and what has to go first."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import pytest

from gating.optional.asked import Asked
from gating.optional.availability import Availability
from gating.optional.remedy import remedy_for
from gating.toolchain.host import Host
from gating.words import Evidence, State
from tests.installs import Environment, tool
from tests.optional.places import Site

ASKED = Asked(name="torch", distribution="torch", wanted=">=2.2")


class Place:
    """An environment with pip, and a PATH that may have uv."""

    def __init__(self, root: Path) -> None:
        self.made = Environment(root / "venv")
        self.python = str(self.made.python)
        self.path = root / "bin"
        self.path.mkdir()
        tool(self.made.bin / "pip", "exit 0")

    def of(self, asked: Asked, state: State = State.ABSENT, **more: object) -> tuple[tuple[str, ...], ...]:
        one = Availability(asked, state, python=self.python, **more)  # type: ignore[arg-type]
        remedy = remedy_for(one, host=Host.of({"PATH": str(self.path)}, python=self.python))
        self.channel, self.why = remedy.channel, remedy.why
        return remedy.commands

    def install(self, *words: str) -> tuple[tuple[str, ...], ...]:
        return ((self.python, "-m", "pip", "install", *words),)


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path)


def test_without_an_extra_it_is_the_requirement(place: Place) -> None:
    assert place.of(ASKED) == place.install("torch>=2.2")
    assert place.of(ASKED._replace(asks="[cpu]")) == place.install("torch[cpu]>=2.2")
    assert place.of(ASKED._replace(wanted="@ https://x.org/t.whl")) == place.install("torch @ https://x.org/t.whl")


def test_by_uv_where_uv_made_the_environment(place: Place) -> None:
    place.made.config.write_text("home = /usr/bin\nuv = 0.5.1\n")
    tool(place.path / "uv", "exit 0")
    assert place.of(ASKED) == (("uv", "pip", "install", "--python", place.python, "torch>=2.2"),)
    assert place.channel == "uv"


def test_the_extra_of_a_source_tree(place: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tree = tmp_path / "tree"
    tree.mkdir()
    wants = ASKED._replace(extra="train", tree=str(tree))
    assert place.of(wants) == place.install("-e", f"{tree}[train]")
    monkeypatch.chdir(tree)
    assert place.of(wants) == place.install("-e", ".[train]")
    assert place.of(ASKED._replace(extra="train")) == place.install("-e", ".[train]")
    shutil.rmtree(tree)  # whoever stands in it is told all the same
    assert place.of(wants) == place.install("-e", f"{tree}[train]")


def test_the_extra_of_a_distribution_from_an_index(place: Place) -> None:
    wants = ASKED._replace(extra="fancy", application="app")
    assert place.of(wants) == place.install("app[fancy]")


def test_the_extra_of_one_that_is_installed_as_editable(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    site, source = Site(tmp_path / "site"), tmp_path / "my source"
    source.mkdir()
    told = f'{{"url": "{source.as_uri()}", "dir_info": {{"editable": true}}}}'
    site.install("app", "1.0", direct_url=told)
    monkeypatch.syspath_prepend(site.folder)
    one = Availability(ASKED._replace(extra="fancy", application="app"), State.ABSENT, python=sys.executable)
    assert one.remedy is not None
    assert one.remedy.commands[0][-2:] == ("-e", f"{source}[fancy]")


def test_what_is_there_and_wrong_is_installed_by_its_own_name(place: Place) -> None:
    wants = ASKED._replace(extra="train", tree="/tree")
    assert place.of(wants, State.OUTDATED, found="1.0") == place.install("-U", "torch>=2.2")
    broken = place.of(wants, State.BROKEN, found="2.5", evidence=Evidence.EXECUTED)
    assert broken == place.install("--force-reinstall", "torch>=2.2")
    assert place.of(wants, State.UNKNOWN, evidence=Evidence.PRESENT) == place.install("-e", "/tree[train]")


def test_the_policys_own_lines_go_first(place: Place) -> None:
    wants = ASKED._replace(extra="train", remedy=("pip install torch --index-url https://example.org/cpu",))
    assert place.of(wants) == place.install("torch", "--index-url", "https://example.org/cpu")
    assert place.of(wants, State.BROKEN, evidence=Evidence.EXECUTED)[0][0] == place.python


def test_metadata_without_a_list_of_files_has_to_go_first(place: Place, tmp_path: Path) -> None:
    info = tmp_path / "torch-2.5.dist-info"
    info.mkdir()
    ghost = {"found": "2.5", "evidence": Evidence.STATIC, "path": str(info)}
    again = place.install("--force-reinstall", "torch>=2.2")
    assert place.of(ASKED, State.IMPOSTOR, **ghost) == (("rm", "-r", str(info)), *again)
    (info / "RECORD").touch()
    assert place.of(ASKED, State.IMPOSTOR, **ghost) == again
    assert str(info) in str(place.why)


def test_a_left_over_folder_is_named(place: Place) -> None:
    found = place.of(ASKED, State.IMPOSTOR, evidence=Evidence.PRESENT, path="/site/torch")
    assert found == place.install("torch>=2.2")
    assert str(place.why).startswith("/site/torch is only a folder")


def test_what_this_process_did_is_not_mended_by_an_installation(place: Place) -> None:
    assert place.of(ASKED, State.IMPOSTOR) == ()
    assert "sys.modules" in str(place.why)


def test_an_interpreter_that_does_not_answer_needs_another(place: Place) -> None:
    assert place.of(ASKED, State.BROKEN) == ()


def test_what_is_as_asked_needs_no_remedy() -> None:
    assert Availability(ASKED, State.OK).remedy is None
