from __future__ import annotations

import importlib
import os
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any
from unittest.mock import MagicMock

import pytest
from hypothesis import given
from hypothesis import strategies as st

import gating
from gating import Availability, MissingDependency, available, require
from gating.errors import UsageError
from gating.optional import asking, hidden
from gating.optional.asked import Asked
from gating.words import Evidence, State
from tests.installs import Environment
from tests.optional.places import Site
from tests.projects import Project


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    """A site folder first on the path of this process, and nothing of it left behind."""
    before = set(sys.modules)
    monkeypatch.syspath_prepend(tmp_path / "site")
    yield Site(tmp_path / "site")
    for name in set(sys.modules) - before:
        if name.partition(".")[0].startswith("sample"):
            del sys.modules[name]


def settle(*folders: Path) -> None:
    """Make as if what is in the folders had been there for a while: answers about it are remembered then."""
    past = time.time_ns() - 60_000_000_000
    for folder in folders:
        for path in (folder, *folder.rglob("*")):
            os.utime(path, ns=(past, past))
    importlib.invalidate_caches()


def from_file(file: Path, expression: str) -> Any:
    """What an expression gives in code that stands in `file`."""
    namespace = {"gating": gating}
    exec(compile(f"value = {expression}", str(file), "exec"), namespace)
    return namespace["value"]


def test_what_is_there_is_true_and_what_is_not_is_false(site: Site) -> None:
    site.install("sample-good", "2.5", {"sample_good.py": ""})
    good = available("sample-good>=2")
    assert good
    assert isinstance(good, Availability)
    assert (good.state, good.found, good.module, good.wanted) == (State.OK, "2.5", "sample_good", ">=2")
    assert "sample_good" not in sys.modules
    assert available("sample-good>=3").state is State.OUTDATED
    gone = available("sample-gone")
    assert not gone
    assert gone.state is State.ABSENT
    assert gone.remedy is not None


def test_the_project_that_this_file_lies_in_has_its_policy_asked() -> None:
    one = available("psutil")
    assert (one.wanted, one.asked.extra) == (">=5.9", "metrics")
    assert one.asked.tree == str(Path(gating.__file__).resolve().parent.parent)
    assert available("psutil>=1").wanted == ">=1"


def test_a_name_the_policy_does_not_have_is_looked_up_in_the_projects_metadata(project: Project, site: Site) -> None:
    project.policy("[tool.gating.optional]\nsample-one = { requires = 'sample-one>=2' }")
    origin = f'{{"dir_info": {{"editable": true}}, "url": "{project.root.as_uri()}"}}'
    told = "Requires-Dist: sample-one>=1 ; extra == 'one'\nRequires-Dist: sample-two>=3 ; extra == 'two'\n"
    site.install("sample", "1", metadata=told, direct_url=origin)
    file = project.write("app.py", "")
    one, two = (from_file(file, f"gating.available('{name}')") for name in ("sample-one", "sample-two"))
    assert (one.wanted, one.asked.extra) == (">=2", None)
    assert (two.wanted, two.asked.extra, two.asked.tree) == (">=3", "two", str(project.root))


def test_an_installed_application_has_its_own_metadata_asked(site: Site, project: Project) -> None:
    project.policy("[tool.gating.optional]\nsample-dep = { requires = 'sample-dep<1' }")
    told = "Provides-Extra: fancy\nRequires-Dist: sample-dep>=2.2 ; extra == 'fancy'\n"
    environment = Environment(project.root / ".venv")
    Site(environment.site).install("sample-app", "1", {"sample_app/cli.py": ""}, metadata=told)
    site.install("sample-dep", "1.0", {"sample_dep.py": ""})
    one = from_file(environment.site / "sample_app/cli.py", "gating.available('sample-dep')")
    assert (one.state, one.wanted) == (State.OUTDATED, ">=2.2")
    assert (one.asked.extra, one.asked.application, one.asked.tree) == ("fancy", "sample-app", None)


def test_a_stranger_in_a_project_gets_nothing_of_its_policy(
    project: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    project.policy("[tool.gating.optional]\nsample-dep = { requires = 'sample-dep<1', extra = 'x' }")
    monkeypatch.chdir(project.root)
    stranger = tmp_path / "stranger.py"
    stranger.write_text("")
    for one in (
        from_file(stranger, "gating.available('sample-dep')"),
        eval("available('sample-dep')", {"available": available}),
    ):
        assert one.asked == Asked(name="sample-dep", distribution="sample-dep")


def test_a_wrong_policy_is_a_note_and_no_error(project: Project) -> None:
    project.policy("[tool.gating.optional]\nsample-dep = { requires = 3 }")
    one = from_file(project.write("app.py", ""), "gating.available('sample-dep')")
    assert one.state is State.ABSENT
    assert len(one.notes) == 1
    assert "pyproject.toml:6" in one.notes[0]


@given(st.text() | st.none() | st.integers() | st.binary() | st.just("a" * 100_000 + "(("))
def test_nothing_that_is_asked_raises(requirement: Any) -> None:
    one = available(requirement)
    assert isinstance(one, Availability)
    assert one.state in set(State)


@pytest.mark.parametrize("requirement", ["", "two words", ">=2", "-e .", None, 3, "\0", "x" * 3000])
def test_what_is_no_requirement_is_unknown_and_says_so(requirement: Any) -> None:
    one = available(requirement)
    assert one.state is State.UNKNOWN
    assert "no requirement" in one.cause
    with pytest.raises(UsageError, match="no requirement"):
        require(requirement)


def test_another_interpreter_is_asked_by_its_path_or_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    environment = Environment(tmp_path / "env")
    environment.python.rename(environment.bin / "python-of-the-test")
    Site(environment.site).install("sample-there", "1", {"sample_there.py": ""})
    path = str(environment.bin / "python-of-the-test")
    one = available("sample-there", python=path)
    assert (one.state, one.python) == (State.OK, path)
    assert available("sample-there").state is State.ABSENT
    assert available("sample-there", python="python-of-the-test").state is not State.OK
    monkeypatch.setenv("PATH", str(environment.bin), prepend=os.pathsep)
    assert available("sample-there", python="python-of-the-test")


def test_an_interpreter_that_does_not_answer_is_a_state_too() -> None:
    one = available("sample", python="/nowhere/python")
    assert not one
    assert "/nowhere/python" in f"{one.cause} {one.python}"


def test_a_deep_look_imports_elsewhere(site: Site) -> None:
    site.install("sample-bad", "1", {"sample_bad.py": "raise OSError('no such library')"})
    assert available("sample-bad")
    one = available("sample-bad", deep=True)
    assert (one.state, one.evidence) == (State.BROKEN, Evidence.EXECUTED)
    assert "no such library" in one.cause
    assert "sample_bad" not in sys.modules


class Counting:
    """How often the answer was really looked for."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        from gating.optional import state

        self.count, look = 0, state.look

        def counted(*arguments: Any, **keywords: Any) -> Availability:
            self.count += 1
            return look(*arguments, **keywords)

        monkeypatch.setattr(state, "look", counted)


@pytest.fixture
def looks(monkeypatch: pytest.MonkeyPatch) -> Counting:
    asking.forget()
    return Counting(monkeypatch)


def test_an_answer_is_remembered(site: Site, looks: Counting) -> None:
    site.install("sample-good", "2.5", {"sample_good.py": ""})
    settle(site.folder)
    first = available("sample-good")
    assert looks.count == 1
    assert available("sample-good") is first
    assert looks.count == 1


def test_an_answer_about_what_changed_just_now_is_not(
    site: Site, looks: Counting, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(asking, "_FRESH_NS", 600 * 10**9)  # a machine that others use is slow
    site.install("sample-good", "2.5", {"sample_good.py": ""})
    assert available("sample-good")
    assert available("sample-good")
    assert looks.count == 2


def test_every_change_is_noticed(site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settle(site.folder)
    assert not available("sample-good")
    assert not available("sample-good")
    # installed
    site.install("sample-good", "2.5", {"sample_good/__init__.py": ""})
    settle(site.folder / "sample_good")
    assert available("sample-good").found == "2.5"
    settle(site.folder)
    assert available("sample-good")
    # loaded, and then something else in its place
    monkeypatch.setitem(sys.modules, "sample_good", MagicMock())
    assert available("sample-good").state is State.IMPOSTOR
    monkeypatch.setitem(sys.modules, "sample_good", None)
    assert available("sample-good").state is State.ABSENT
    monkeypatch.delitem(sys.modules, "sample_good")
    assert available("sample-good")
    # hidden
    one = hidden.hide("sample-good", ["sample_good"])
    assert not available("sample-good")
    hidden.show(one)
    assert available("sample-good")

    # refused by a finder
    class Refusing:
        def find_spec(self, name: str, path: object = None, target: object = None) -> None:
            if name == "sample_good":
                raise ModuleNotFoundError(name, name=name)

    with monkeypatch.context() as patch:
        patch.setattr(sys, "meta_path", [Refusing(), *sys.meta_path])
        assert not available("sample-good")
    assert available("sample-good")
    # off the path, and on it
    with monkeypatch.context() as patch:
        patch.setattr(sys, "path", [one for one in sys.path if one != str(site.folder)])
        assert not available("sample-good")
    assert available("sample-good")
    # uninstalled, the site folder with another time
    (site.folder / "sample_good" / "__init__.py").unlink()
    (site.folder / "sample_good").rmdir()
    assert not available("sample-good")


def test_a_policy_that_changes_is_read_again(project: Project) -> None:
    file = project.write("app.py", "")
    project.policy("[tool.gating.optional]\nsample-dep = 'sample-dep>=1'")
    settle(project.root)
    assert from_file(file, "gating.available('sample-dep')").wanted == ">=1"
    assert from_file(file, "gating.available('sample-dep')").wanted == ">=1"
    project.policy("[tool.gating.optional]\nsample-dep = 'sample-dep>=2'")
    assert from_file(file, "gating.available('sample-dep')").wanted == ">=2"


def test_the_memory_is_bounded(monkeypatch: pytest.MonkeyPatch, looks: Counting) -> None:
    monkeypatch.setattr(asking, "_KEPT", 3)
    for number in range(10):
        available(f"sample-{number}")
    assert asking.remembered() <= 3


def test_require_returns_the_module(site: Site) -> None:
    site.install("sample-good", "2.5", {"sample_good.py": "value = 3"})
    module = require("sample-good>=2")
    assert isinstance(module, ModuleType)
    assert module.value == 3
    assert require("sample-good") is module


def test_require_returns_the_module_in_a_namespace(site: Site) -> None:
    site.install("sample-cloud-storage", "1", {"sample/cloud/storage/__init__.py": "name = 'storage'"})
    site.install("sample-cloud-translate", "1", {"sample/cloud/translate/__init__.py": ""})
    assert require("sample-cloud-storage").name == "storage"


def test_require_raises_what_happened(site: Site) -> None:
    site.install("sample-old", "1", {"sample_old.py": "raise SystemExit('never imported')"})
    site.install("sample-ghost", "1", {})
    with pytest.raises(MissingDependency) as caught:
        require("sample-gone")
    assert caught.value.availability.state is State.ABSENT
    assert isinstance(caught.value.__cause__, ModuleNotFoundError)
    with pytest.raises(MissingDependency, match=r"sample-old>=2 is outdated: .*1") as caught:
        require("sample-old>=2")
    assert caught.value.__cause__ is None
    assert caught.value.name == "sample_old"


@pytest.mark.parametrize(
    ("source", "kind", "said"),
    [
        ("import sample_other", ModuleNotFoundError, "No module named 'sample_other'"),
        ("raise OSError('libx.so: cannot open')", OSError, "OSError: libx.so: cannot open"),
        ("raise SystemExit(3)", SystemExit, "SystemExit: 3"),
        ("import os; os.nothing", AttributeError, "AttributeError"),
        ("raise ImportError('undefined symbol', name='sample_bad._C')", ImportError, "undefined symbol"),
        ("1 +", SyntaxError, "SyntaxError"),
    ],
)
def test_whatever_an_import_raises_is_broken(site: Site, source: str, kind: type[BaseException], said: str) -> None:
    site.install("sample-bad", "1", {"sample_bad.py": source})
    with pytest.raises(MissingDependency) as caught:
        require("sample-bad")
    assert isinstance(caught.value.__cause__, kind)
    one = caught.value.availability
    assert (one.state, one.evidence) == (State.BROKEN, Evidence.EXECUTED)
    assert said in one.cause
    assert f"is broken: {one.cause[:20]}" in str(caught.value)


def test_an_interrupt_of_an_import_is_an_interrupt(site: Site) -> None:
    site.install("sample-bad", "1", {"sample_bad.py": "raise KeyboardInterrupt"})
    with pytest.raises(KeyboardInterrupt):
        require("sample-bad")


def test_a_version_that_cannot_be_read_is_let_pass(site: Site) -> None:
    site.write("sample_bare.py", "value = 1")
    assert available("sample_bare>=1").state is State.UNKNOWN
    assert require("sample_bare>=1").value == 1


def test_what_vanished_since_is_absent(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    site.install("sample-good", "1", {"sample_good.py": ""})
    assert available("sample-good")
    real = importlib.import_module

    def gone(name: str) -> ModuleType:
        if name == "sample_good":
            raise ModuleNotFoundError("No module named 'sample_good'", name="sample_good")
        return real(name)

    monkeypatch.setattr(importlib, "import_module", gone)
    with pytest.raises(MissingDependency, match="sample-good is absent"):
        require("sample-good")
