from __future__ import annotations

import functools
import importlib
import importlib.metadata
import os
import pkgutil
import shutil
import subprocess
import sys
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest
from virtualenv.seed.wheels.embed import get_embed_wheel

import gating
from tests.hidden import ALONE
from tests.optional.standins import World


@pytest.fixture
def demo(world: World) -> World:
    world.install("demo-dist", {"demo/__init__.py": ""}, points="[demo.points]\none = demo\n")
    return world


def bundled() -> Path:
    """The pip that virtualenv brings: Debian's ensurepip has none of its own."""
    wheel = get_embed_wheel("pip", "{}.{}".format(*sys.version_info))
    assert wheel is not None
    return Path(wheel.path)


@pytest.mark.parametrize("when", ["before", "meanwhile"])
def test_pkg_resources_lists_it_no_more_and_then_again(demo: World, when: str) -> None:
    code = f"""
        import sys, warnings
        warnings.simplefilter("ignore")
        sys.path.append({str(bundled())!r})
        import gating

        def look():
            try:
                known = pkg_resources.get_distribution("demo-dist").version
            except pkg_resources.DistributionNotFound:
                known = None
            listed = any(one.key == "demo-dist" for one in pkg_resources.working_set)
            found = [one.key for one in pkg_resources.find_distributions({str(demo.site)!r})]
            return known, listed, "demo-dist" in found

        if {when == "before"}:
            from pip._vendor import pkg_resources
            print(look())
        with gating.absent("demo"):
            from pip._vendor import pkg_resources
            print(look())
        print(look())
        """
    done = subprocess.run(
        [sys.executable, "-c", dedent(code)], env=demo.environment(), capture_output=True, text=True, timeout=60
    )
    there, absent = "('1.0', True, True)", "(None, False, False)"
    assert done.stdout.splitlines() == [*([there] if when == "before" else []), absent, there], done.stderr


@pytest.mark.parametrize("when", ["before", "meanwhile"])
def test_a_copy_of_importlib_metadata_under_its_older_name_is_told(demo: World, when: str) -> None:
    shutil.copytree(Path(importlib.metadata.__file__).parent, demo.site / "importlib_metadata")
    importlib.invalidate_caches()
    load = functools.partial(importlib.import_module, "importlib_metadata")
    if when == "before":
        assert load().version("demo-dist") == "1.0"
    with gating.absent("demo"):
        copy: Any = load()
        assert copy is not importlib.metadata
        with pytest.raises(copy.PackageNotFoundError):
            copy.version("demo-dist")
        assert not list(copy.entry_points(group="demo.points"))
    assert copy.version("demo-dist") == "1.0"
    assert "_Watching" not in repr((copy.__spec__, copy.__loader__))


def test_what_is_imported_meanwhile_is_put_back_as_well(demo: World) -> None:
    code = """
        import sys, gating
        with gating.absent("demo"):
            import importlib.metadata as metadata, importlib.util as util, pkgutil
            try:
                metadata.version("demo-dist")
            except metadata.PackageNotFoundError:
                print("absent", util.find_spec("demo"), [one for one in pkgutil.iter_modules() if one.name == "demo"])
        found = sys.modules["_frozen_importlib"]._find_spec
        print(metadata.version("demo-dist"), util._find_spec is found, found.__module__, util.find_spec("demo").name)
        print(metadata.__loader__ is metadata.__spec__.loader, type(metadata.__loader__).__module__)
        """
    done = subprocess.run(
        [sys.executable, "-c", dedent(code)], env=demo.environment(), capture_output=True, text=True, timeout=60
    )
    assert done.stderr == ""
    assert done.stdout.splitlines() == [
        "absent None []",
        "1.0 True _frozen_importlib demo",
        "True _frozen_importlib_external",
    ]


def test_functions_that_were_taken_before_are_told_as_well(demo: World) -> None:
    from importlib.metadata import distributions, entry_points, version
    from importlib.util import find_spec
    from pkgutil import iter_modules

    with gating.absent("demo"):
        assert find_spec("demo") is None
        assert not [one for one in distributions() if one.name == "demo-dist"]
        assert not list(entry_points(group="demo.points"))
        assert not [one for one in iter_modules([str(demo.site)]) if one.name == "demo"]
        with pytest.raises(importlib.metadata.PackageNotFoundError):
            version("demo-dist")


def test_a_namesake_in_a_folder_of_its_own_is_listed(demo: World, tmp_path: Path) -> None:
    (tmp_path / "plugins").mkdir()
    (tmp_path / "plugins" / "demo.py").write_text("")
    with gating.absent("demo"):
        listed = [one.name for one in pkgutil.iter_modules([str(tmp_path / "plugins")], "plugins.")]
        assert listed == ["plugins.demo"]
        assert [one.name for one in pkgutil.iter_modules([str(tmp_path / "plugins")])] == ["demo"]


@ALONE
def test_what_somebody_else_has_changed_meanwhile_stays_theirs(demo: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def theirs(*_: object) -> Any:
        return []

    module: Any = pkgutil
    with gating.absent("demo"):
        ours: Any = module.iter_importer_modules
        monkeypatch.setattr(module, "iter_importer_modules", theirs)
    assert module.iter_importer_modules is theirs
    monkeypatch.undo()
    assert module.iter_importer_modules is ours  # which hides nothing any more
    assert any(one.name == "demo" for one in pkgutil.iter_modules([str(demo.site)]))
    module.iter_importer_modules = vars(ours)["__wrapped__"]


def test_the_site_folder_is_not_searched_for_what_is_hidden(demo: World) -> None:
    cached = dict(sys.path_importer_cache)
    with gating.absent("demo"):
        assert importlib.util.find_spec("demo") is None
    assert sys.path_importer_cache == cached
    assert os.path.isdir(demo.site)
