"""However it was installed: namespaces, editable installs, eggs, archives, half removals; here and elsewhere."""

from __future__ import annotations

import importlib
import importlib.util
import os
import subprocess
import sys
import types
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from gating.optional import hidden, installed
from gating.optional.asked import Asked, asked
from gating.optional.availability import Availability
from gating.optional.names import distribution_of, modules_of
from gating.optional.standin import stand_in
from gating.optional.state import look
from gating.process.interpreter import describe
from gating.words import Evidence, State
from tests.installs import Environment
from tests.optional.places import Site

EDITABLE = '{{"url": "{}", "dir_info": {{"editable": true}}}}'


class Place:
    """A site folder and a way of looking; `reload` lets a .pth file that was written take effect."""

    def __init__(self, site: Site, look: Callable[[Asked], Availability], path: Callable[[Path], None]) -> None:
        self.site = site
        self.put_on_path = path
        self._look = look

    def look(self, text: str, module: str | None = None) -> Availability:
        return self._look(asked(text)._replace(module=module) if module else asked(text))

    def state(self, text: str, module: str | None = None) -> State:
        return self.look(text, module).state


@pytest.fixture(params=["own", "other"])
def place(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Place]:
    if request.param == "own":
        monkeypatch.syspath_prepend(tmp_path / "site")
        monkeypatch.setattr(sys, "meta_path", [*sys.meta_path])
        yield Place(Site(tmp_path / "site"), look, monkeypatch.syspath_prepend)
        assert "spam" not in sys.modules
        return
    made = Environment(tmp_path / "venv")

    def put(entry: Path) -> None:
        (made.site / f"{entry.name}.pth").write_text(f"{entry}\n")

    yield Place(
        Site(made.site),
        lambda one: look(one, interpreter=describe(str(made.python), env={"PATH": os.defpath})),
        put,
    )


class TestNamespaces:
    def test_one_that_a_distribution_has_files_in(self, place: Place) -> None:
        place.site.install("spam-eggs", "2.5", {"spam/eggs.py": ""}, top_level="spam")
        found = place.look("spam-eggs>=2")
        assert (found.state, found.module) == (State.OK, "spam.eggs")
        assert place.state("spam-eggs>=2", "spam") is State.OK
        assert place.look("spam").notes == ("spam is brought by spam-eggs",)

    def test_one_that_is_shared(self, place: Place, tmp_path: Path) -> None:
        place.site.install("google-cloud-storage", "2.5", {"google/cloud/storage/__init__.py": ""})
        other = Site(tmp_path / "more")
        other.install("google-cloud-other", "1.0", {"google/cloud/other/__init__.py": ""})
        place.put_on_path(other.folder)
        for text in ("google-cloud-storage>=2", "google.cloud.storage>=2"):
            found = place.look(text)
            assert (found.state, found.module, found.found) == (State.OK, "google.cloud.storage", "2.5")
        assert place.look("google-cloud-other").module == "google.cloud.other"
        assert place.state("google.cloud.missing") is State.ABSENT
        assert place.state("google-cloud-storage", "google.cloud.storage.part") is State.BROKEN
        assert "google" not in sys.modules

    def test_one_that_gathers_itself_from_the_path(self, place: Place, tmp_path: Path) -> None:
        gathers = "__path__ = __import__('pkgutil').extend_path(__path__, __name__)"
        place.site.install("spam-one", "1.0", {"spam/__init__.py": gathers, "spam/one.py": ""})
        other = Site(tmp_path / "more")
        other.install("spam-two", "2.0", {"spam/__init__.py": gathers, "spam/two.py": ""})
        place.put_on_path(other.folder)
        assert place.state("spam-one", "spam.one") is State.OK
        assert place.state("spam-two", "spam.two") is State.OK

    def test_a_folder_that_is_all_that_is_left(self, place: Place) -> None:
        place.site.install("spam", "2.5", {"spam/__init__.py": "", "spam/data.txt": ""})
        (place.site.folder / "spam" / "__init__.py").unlink()
        found = place.look("spam")
        assert (found.state, found.evidence) == (State.IMPOSTOR, Evidence.STATIC)
        assert found.cause == "spam 2.5 is in the metadata, but of spam only a folder is left"

    def test_a_package_further_down_the_path_wins_over_a_folder(self, place: Place, tmp_path: Path) -> None:
        place.site.write("spam/data.txt")
        other = Site(tmp_path / "more")
        other.install("spam", "2.5", {"spam.py": ""})
        place.put_on_path(other.folder)
        assert place.state("spam") is State.OK


class TestEditable:
    def source(self, place: Place, tmp_path: Path, **more: str) -> Path:
        source = Site(tmp_path / "source")
        source.write("src/spam/__init__.py", "")
        url = source.folder.as_uri()
        place.site.install("spam", "2.5", {}, direct_url=EDITABLE.format(url), **more)  # type: ignore[arg-type]
        return source.folder

    def test_by_a_line_in_a_pth_file(self, place: Place, tmp_path: Path) -> None:
        place.put_on_path(self.source(place, tmp_path) / "src")
        assert place.state("spam>=2") is State.OK

    def test_by_a_finder(self, tmp_path: Path) -> None:
        made = Environment(tmp_path / "venv")
        other = Place(
            Site(made.site), lambda one: look(one, interpreter=describe(str(made.python), env={})), lambda _: None
        )
        source = self.source(other, tmp_path)
        mapping = {"spam": str(source / "src" / "spam"), "single": str(source / "single")}
        finder = "__editable___spam_2_5_finder.py"
        other.site.write(finder, f"MAPPING: dict[str, str] = {mapping!r}\nNAMESPACES: dict[str, list[str]] = {{}}\n")
        found = other.look("spam>=2")
        assert (found.state, found.path) == (State.OK, str(source / "src" / "spam" / "__init__.py"))
        assert other.state("spam", "spam.part") is State.BROKEN
        (source / "single.py").touch()
        assert other.state("spam", "single") is State.OK

    def test_by_a_finder_of_its_own(self, place: Place, tmp_path: Path) -> None:
        self.source(place, tmp_path)
        found = place.look("spam>=2")
        if place.site.folder.name == "site":  # this process would import nothing
            assert found.state is State.IMPOSTOR
        else:
            assert (found.state, len(found.notes)) == (State.OK, 1)

    def test_one_whose_source_is_gone(self, place: Place, tmp_path: Path) -> None:
        source = self.source(place, tmp_path)
        (source / "src" / "spam" / "__init__.py").unlink()
        for folder in ("src/spam", "src", ""):
            (source / folder).rmdir()
        found = place.look("spam")
        assert (found.state, found.cause) == (State.BROKEN, f"it is installed as editable from {source}, which is gone")

    def test_as_setuptools_develop_leaves_it(self, place: Place, tmp_path: Path) -> None:
        source = Site(tmp_path / "source")
        source.write("spam/__init__.py", "")
        source.write("Spam.egg-info/PKG-INFO", "Name: Spam\nVersion: 2.5\n")
        source.write("Spam.egg-info/top_level.txt", "spam\n")
        place.put_on_path(source.folder)
        assert place.look("spam>=2").found == "2.5"
        one = installed.find("spam", [str(source.folder)])
        assert one is not None
        assert one.editable


class TestEggsAndArchives:
    def test_a_file_of_metadata(self, place: Place) -> None:
        place.site.write("spam-2.5-py3.11.egg-info", "Metadata-Version: 1.0\nName: spam\nVersion: 2.5\n")
        place.site.write("spam.py")
        assert place.look("spam>=2").found == "2.5"

    def test_an_egg_in_a_folder(self, place: Place) -> None:
        egg = Site(place.site.folder / "spam-2.5-py3.11.egg")
        egg.write("spam/__init__.py")
        egg.write("EGG-INFO/PKG-INFO", "Name: spam\nVersion: 2.5\n")
        place.put_on_path(egg.folder)
        assert place.look("spam>=2").found == "2.5"

    @pytest.mark.parametrize("info", ["spam-2.5.dist-info/METADATA", "EGG-INFO/PKG-INFO"])
    def test_an_archive_on_the_path(self, place: Place, tmp_path: Path, info: str) -> None:
        archive = tmp_path / ("spam-2.5.egg" if "EGG" in info else "all.zip")
        with zipfile.ZipFile(archive, "w") as made:
            made.writestr("spam/__init__.py", "")
            made.writestr("spam/part.py", "")
            made.writestr(info, "Name: spam\nVersion: 2.5\n")
        place.put_on_path(archive)
        found = place.look("spam>=2")
        assert (found.state, found.found) == (State.OK, "2.5")
        assert place.state("spam", "spam.part") is State.OK
        assert place.state("spam", "spam.missing") is State.BROKEN

    def test_a_file_that_is_no_archive(self, place: Place, tmp_path: Path) -> None:
        (tmp_path / "odd.zip").write_text("no archive")
        place.put_on_path(tmp_path / "odd.zip")
        assert place.state("spam") is State.ABSENT


class TestMetadata:
    def test_import_names_of_pep_794(self, place: Place) -> None:
        told = "Import-Name: _spam ; private\nImport-Name: spam\n"
        place.site.install("eggs", "1.0", {"spam.py": "", "_spam.py": ""}, top_level="_spam", metadata=told)
        assert place.look("eggs").module == "spam"

    @pytest.mark.parametrize(
        ("name", "files", "module"),
        [
            ("spam.eggs", ["spam/__init__.py", "spam/eggs/__init__.py"], "spam.eggs"),
            ("spam-eggs", ["spam/eggs/one.py", "spam/eggs/_two.py"], "spam.eggs"),
            ("spam-eggs", ["spam/_eggs/__init__.py", "spam/eggs/__init__.py"], "spam.eggs"),
            ("spam-ham", ["spam/_eggs.py", "spam/eggs.py"], "spam.eggs"),
            ("spam-core", ["spam/__init__.py", "spam/core/__init__.py"], "spam"),
        ],
    )
    def test_the_module_that_is_spelt_like_the_distribution(
        self, place: Place, name: str, files: list[str], module: str
    ) -> None:
        place.site.install(name, "1.0", dict.fromkeys(files, ""), top_level="spam")
        found = place.look(name)
        assert (found.state, found.module) == (State.OK, module)

    @pytest.mark.parametrize(
        ("name", "top_level", "module"),
        [
            ("PySpam", "_spam\nspam\n", "spam"),
            ("spam-tools", "tests\nspam\n", "spam"),
            ("spam", "eggs\nspam\n", "spam"),
        ],
    )
    def test_the_likeliest_of_several(self, place: Place, name: str, top_level: str, module: str) -> None:
        files = {f"{one}.py": "" for one in top_level.split()}
        place.site.install(name, "1.0", files, top_level=top_level)
        assert place.look(name).module == module

    def test_the_record_goes_before_a_guess(self, place: Place) -> None:
        place.site.install("spam", "1.0", {"spamlib/__init__.py": ""})
        place.site.install("spam-core", "3.0", {"spam/__init__.py": ""}, top_level="spam")
        found = place.look("spam")
        assert (found.module, found.found) == ("spamlib", "1.0")

    def test_a_native_module(self, place: Place) -> None:
        suffix = importlib.machinery.EXTENSION_SUFFIXES[0]
        place.site.install("eggs", "1.0", {f"spam{suffix}": "", "spam.libs/x.so": ""})
        assert place.look("eggs").module == "spam"

    def test_one_of_another_python_is_no_module_here(self, place: Place) -> None:
        place.site.install("spam", "1.0", {"spam.cpython-27-nowhere.so": ""})
        assert place.state("spam") is State.IMPOSTOR

    def test_one_that_only_asks_for_others_needs_no_module(self, place: Place) -> None:
        place.site.install("spam", "2.5", {}, metadata="Requires-Dist: eggs\n")
        found = place.look("spam>=2")
        assert (found.state, found.module) == (State.OK, None)

    def test_one_that_brings_other_files_needs_no_module(self, place: Place) -> None:
        place.site.install("spam", "2.5", {"spam-stubs/__init__.pyi": ""}, top_level="spam-stubs")
        assert place.state("spam>=2") is State.OK
        assert place.look("spam").module is None

    def test_metadata_without_a_version(self, place: Place) -> None:
        place.site.install("spam", None, {})
        found = place.look("spam")
        assert found.cause == "its metadata tells no version: an installation or a removal did not finish"
        place.site.install("spam", "2.5", {"spam.py": ""})
        assert place.look("spam").found == "2.5"

    def test_a_module_that_the_policy_names_and_that_is_not_there(self, place: Place) -> None:
        place.site.install("spam", "2.5", {"spam/__init__.py": ""})
        found = place.look("spam", "ham")
        assert (found.state, found.cause) == (State.BROKEN, "spam 2.5 has no module ham; it has spam")

    def test_a_contradiction_is_named(self, place: Place) -> None:
        place.site.install("spam", "1.0", {"spam/__init__.py": "__version__ = '2.5'"})
        found = place.look("spam")
        assert (found.state, found.notes) == (State.OK, ("the metadata says 1.0, spam.__version__ says 2.5",))

    @pytest.mark.parametrize("told", ["'2.5.0'", "'v2.5'", "'2.5+local'", "'unknown'", "version()"])
    def test_what_is_no_contradiction(self, place: Place, told: str) -> None:
        place.site.install("spam", "2.5", {"spam/__init__.py": f"__version__ = {told}"})
        assert place.look("spam").notes == ()

    def test_the_version_of_a_module_without_metadata(self, place: Place) -> None:
        place.site.write("spam/__init__.py", "from ._version import number as __version__\nraise SystemExit")
        place.site.write("spam/_version.py", "number: str = '2.5'")
        found = place.look("spam>=2")
        assert (found.state, found.found, found.evidence) == (State.OK, "2.5", Evidence.PRESENT)
        assert found.notes == ("no metadata of it is installed",)
        assert place.state("spam>=3") is State.OUTDATED

    @pytest.mark.parametrize("source", ["__version__ = (", "if True:\n    __version__ = '1'", "\0", "(" * 300])
    def test_a_source_that_tells_no_version(self, place: Place, source: str) -> None:
        place.site.write("spam.py", f"# __version__\n{source}")
        assert place.state("spam>=1") is State.UNKNOWN

    def test_the_standard_library_has_no_versions(self, place: Place) -> None:
        for name in ("wave", "sys"):
            assert place.state(name) is State.OK
            assert place.state(f"{name}>=1") is State.UNKNOWN

    @pytest.mark.parametrize("wanted", ["=>1", "~=1", ">= one", "==1.*.2", ">="])
    def test_a_wrong_specifier_is_said_to_be_one(self, place: Place, wanted: str) -> None:
        place.site.install("spam", "2.5", {"spam.py": ""})
        found = look(Asked(name="spam", distribution="spam", wanted=wanted)) if wanted == "=>1" else None
        found = found or place.look(f"spam{wanted}")
        assert found.state in {State.UNKNOWN, State.ABSENT}

    def test_a_version_that_is_none(self, place: Place) -> None:
        place.site.install("spam", "two", {"spam.py": ""})
        assert place.state("spam") is State.OK
        assert place.look("spam>=1").cause == "two is no version to compare; wanted >=1"

    def test_who_brings_a_module(self, place: Place) -> None:
        place.site.install("PySpam", "1.0", {"spam/__init__.py": "", "single.py": ""}, top_level="spam")
        place.site.install("spam", None, {})
        folders = [str(place.site.folder)]
        assert distribution_of("spam", folders=folders) == "PySpam"
        assert distribution_of("single", folders=folders) == "PySpam"
        assert distribution_of("other", folders=folders) is None
        assert modules_of("pyspam", folders=folders) == ("spam", "single")[:1]
        assert modules_of("nothing-there", folders=folders) == ("nothing_there",)
        wants = Asked(name="x", distribution="PySpam", module="single")
        assert modules_of(wants, folders=folders) == ("single", "spam")


class TestThisProcess:
    """What only the process itself knows."""

    @pytest.fixture
    def site(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
        site = Site(tmp_path / "site")
        monkeypatch.syspath_prepend(site.folder)
        yield site
        sys.modules.pop("spam", None)

    def test_nothing_is_imported_not_even_a_parent(self, site: Site) -> None:
        loud = "raise AssertionError('imported')"
        site.install("spam", "2.5", {"spam/__init__.py": loud, "spam/part/__init__.py": loud})
        before = set(sys.modules)
        assert look(Asked(name="spam", distribution="spam", module="spam.part"))
        assert {name for name in set(sys.modules) - before if not name.startswith("gating.")} == set()

    def test_what_is_hidden_is_absent(self, site: Site) -> None:
        site.install("PySpam", "2.5", {"spam/__init__.py": ""})
        one = hidden.hide("PySpam", ["spam"])
        try:
            for text in ("pyspam", "spam", "spam.part"):
                found = look(asked(text))
                assert (found.state, found.cause) == (State.ABSENT, "it is made to look absent")
        finally:
            hidden.show(one)
        assert look(asked("pyspam"))

    def test_a_stand_in_is_no_dependency(self, site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
        site.install("spam", "2.5", {"spam/__init__.py": ""})
        monkeypatch.setitem(sys.modules, "spam", stand_in("spam", remedy="pip install spam"))
        found = look(asked("spam"))
        assert (found.state, found.cause) == (State.ABSENT, "a stand-in is in its place")

    def test_a_finder_that_refuses_it(self, site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
        class Refuses:
            @staticmethod
            def find_spec(name: str, path: object, target: object) -> None:
                if name == "spam":
                    raise ImportError("not today")
                if name == "eggs":
                    raise ZeroDivisionError

        site.install("spam", "2.5", {"spam/__init__.py": "", "eggs.py": ""}, top_level="spam")
        monkeypatch.setattr(sys, "meta_path", [Refuses, *sys.meta_path])
        assert look(asked("spam")).cause == "an import finder of this process refuses it: not today"
        assert look(asked("eggs"))  # one that breaks has found nothing

    def test_a_package_that_replaces_itself_is_no_impostor(self, site: Site) -> None:
        body = "import sys, types\nclass Lazy(types.ModuleType): pass\nsys.modules[__name__] = Lazy(__name__)"
        site.install("spam", "2.5", {"spam/__init__.py": body})
        importlib.import_module("spam")
        assert sys.modules["spam"].__spec__ is None
        assert look(asked("spam>=2"))

    @pytest.mark.parametrize("there", [object(), 3, "text", types.SimpleNamespace(__version__="2")])
    def test_anything_may_stand_in_its_place(self, site: Site, monkeypatch: pytest.MonkeyPatch, there: object) -> None:
        monkeypatch.setitem(sys.modules, "spam", there)
        assert look(asked("spam")).state is State.IMPOSTOR
        site.install("spam", "2.5", {"spam.py": ""})
        assert look(asked("spam")).state in {State.OK, State.IMPOSTOR}

    def test_a_module_that_loads_itself_when_it_is_used_stays_asleep(self, site: Site) -> None:
        site.install("spam", "2.5", {"spam.py": "raise AssertionError('woken')"})
        spec = importlib.util.find_spec("spam")
        assert spec is not None
        assert spec.loader is not None
        spec.loader = importlib.util.LazyLoader(spec.loader)
        module = importlib.util.module_from_spec(spec)
        sys.modules["spam"] = module
        spec.loader.exec_module(module)
        assert look(asked("spam>=2"))

    def test_one_that_was_installed_a_moment_ago_is_seen(self, site: Site) -> None:
        assert not look(asked("spam"))
        site.install("spam", "2.5", {"spam.py": ""})
        assert look(asked("spam"))
        (site.folder / "spam.py").unlink()
        assert look(asked("spam")).state in {State.IMPOSTOR, State.OK}

    def test_a_loaded_module_of_which_nothing_else_is_known(self, site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
        site.write("spam.py", "__version__ = '2.' + '5'")
        importlib.import_module("spam")
        monkeypatch.setattr(sys, "path", [entry for entry in sys.path if entry != str(site.folder)])
        found = look(asked("spam>=2"))
        assert (found.state, found.found) == (State.OK, "2.5")

    def test_a_path_of_odd_entries(self, site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
        site.install("spam", "2.5", {"spam.py": ""})
        monkeypatch.setattr(sys, "path", ["", "/surely/missing", __file__, *sys.path])
        assert look(asked("spam>=2"))
        monkeypatch.setattr(sys, "path", ["/no\0where", *sys.path])
        assert not look(asked("spam>=2"))  # an import would not get past it either

    def test_a_look_loads_nothing_heavy(self, site: Site) -> None:
        site.install("spam", "2.5", {"spam.py": ""})
        code = """
import sys
sys.path.insert(0, sys.argv[1])
from gating.optional.asked import asked
from gating.optional.state import look
states = [look(asked(text)).state.value for text in ("spam>=2", "no-such-distribution>=1", "spam")]
heavy = {"packaging", "importlib.metadata", "subprocess", "dataclasses", "ast", "json", "zipfile", "tomllib"}
print(*states, *sorted(heavy & set(sys.modules)))
"""
        done = subprocess.run(
            [sys.executable, "-c", code, str(site.folder)], capture_output=True, text=True, check=True
        )
        assert done.stdout.split() == ["ok", "absent", "ok"]
