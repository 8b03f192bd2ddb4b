from __future__ import annotations

import builtins
import importlib
import importlib.metadata
import importlib.util
import os
import pkgutil
import sys
import tempfile
import traceback
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gating.errors import UsageError
from gating.optional.standing import Standing
from gating.optional.targets import Target
from tests.hidden import ALONE
from tests.optional.standins import World

DEMO = Target("demo", "demo-dist", ("demo", "_demo"))


@pytest.fixture
def demo(world: World) -> World:
    files = {
        "demo/__init__.py": "X = 1\n",
        "demo/sub/__init__.py": "class Y: ...\n",
        "_demo.py": "",
        "demo/data.txt": "",
    }
    world.install("demo-dist", files, points="[demo.points]\none = demo:X\n")
    return world


def state() -> dict[str, Any]:
    """Everything that a standing may change, as it is."""
    return {
        "modules": list(sys.modules.items()),
        "meta_path": list(sys.meta_path),
        "path": list(sys.path),
        "path_hooks": list(sys.path_hooks),
        "path_importer_cache": dict(sys.path_importer_cache),
        "import": builtins.__import__,
        "metadata": dict(vars(importlib.metadata)),
        "distribution": dict(vars(importlib.metadata.Distribution)),
        "finder": dict(vars(importlib.machinery.PathFinder)),
        "util": dict(vars(importlib.util)),
        "bootstrap": dict(vars(sys.modules["_frozen_importlib"])),
        "pkgutil": dict(vars(pkgutil)),
        "environment": dict(os.environ),
    }


IDIOMS: dict[str, Callable[[], object]] = {
    "__import__": lambda: __import__("demo"),
    "import_module": lambda: importlib.import_module("demo"),
    "import_module of a submodule": lambda: importlib.import_module("demo.sub"),
    "find_spec of a submodule": lambda: importlib.util.find_spec("demo.sub"),
    "reload": lambda: importlib.reload(importlib.import_module("demo")),
    "importlib.__import__": lambda: importlib.__import__("demo"),
    "resources": lambda: importlib.resources.files("demo"),
}


@pytest.mark.parametrize("imported", [True, False])
@pytest.mark.parametrize("idiom", IDIOMS)
def test_what_is_hidden_is_absent_to_every_idiom_of_importing(demo: World, idiom: str, imported: bool) -> None:
    if imported:
        importlib.import_module("demo.sub")
    standing = Standing.begin([DEMO], [], [demo.root])
    try:
        with pytest.raises(ModuleNotFoundError, match=r"^No module named 'demo'$") as caught:
            IDIOMS[idiom]()
        assert caught.value.name == "demo"
        assert "demo" not in sys.modules
    finally:
        standing.end()
    assert IDIOMS[idiom]()


def test_statements_say_what_python_says_and_show_no_frame_of_ours(demo: World) -> None:
    demo.write({"uses.py": "import demo.sub\n"})
    standing = Standing.begin([DEMO], [], [demo.root])
    try:
        with pytest.raises(ModuleNotFoundError, match=r"^No module named 'demo'$") as caught:
            importlib.import_module("uses")
        shown = "".join(traceback.format_tb(caught.value.__traceback__))
    finally:
        standing.end()
    assert "uses.py" in shown
    assert "gating/" not in shown.replace("tests/optional", "")


def test_nothing_that_looks_finds_it(demo: World) -> None:
    importlib.import_module("demo.sub")
    looks: dict[str, Callable[[], object]] = {
        "find_spec": lambda: importlib.util.find_spec("demo"),
        "PathFinder": lambda: importlib.machinery.PathFinder.find_spec("demo"),
        "iter_modules": lambda: [one for one in pkgutil.iter_modules() if one.name in {"demo", "_demo"}],
        "walk_packages": lambda: [one for one in pkgutil.walk_packages([str(demo.site)]) if "demo" in one.name],
        "distributions": lambda: [
            one for one in importlib.metadata.distributions() if one.metadata["Name"] == "demo-dist"
        ],
        "packages_distributions": lambda: importlib.metadata.packages_distributions().get("demo"),
        "entry_points": lambda: list(importlib.metadata.entry_points(group="demo.points")),
        "sys.modules": lambda: [name for name in sys.modules if name.partition(".")[0] == "demo"],
    }
    assert all(look() for look in looks.values())
    standing = Standing.begin([DEMO], [], [demo.root])
    try:
        assert not [name for name, look in looks.items() if look()]
        for asks in (importlib.metadata.version, importlib.metadata.requires, importlib.metadata.files):
            with pytest.raises(importlib.metadata.PackageNotFoundError, match="Demo_Dist"):
                asks("Demo_Dist")
    finally:
        standing.end()
    assert all(look() for look in looks.values())


@ALONE
@pytest.mark.parametrize("imported", [True, False])
def test_the_end_leaves_everything_as_it_was(demo: World, imported: bool) -> None:
    if imported:
        importlib.import_module("demo.sub")
        importlib.import_module("_demo")
    Standing.begin([DEMO], [], [demo.root]).end()  # what gating itself imports for it is there now
    before = state()
    standing = Standing.begin([DEMO], [], [demo.root])
    assert importlib.util.find_spec("demo") is None
    standing.end()
    standing.end()
    after = state()
    assert {name for name in before if before[name] != after[name]} == set()
    assert all(one is other for (_, one), (_, other) in zip(before["modules"], after["modules"], strict=True))


def test_project_modules_that_hold_it_are_named(demo: World) -> None:
    demo.write(
        {
            "holds.py": "import demo\n",
            "takes.py": "from demo.sub import Y\n",
            "makes.py": "from demo.sub import Y\nmade = Y()\ndel Y\n",
            "not_at_all.py": "import json\n",
            ".venv/lib/site-packages/foreign.py": "import demo\n",
        }
    )
    sys.path.append(str(demo.root / ".venv/lib/site-packages"))
    for name in ("holds", "takes", "makes", "not_at_all", "foreign"):
        importlib.import_module(name)
    standing = Standing.begin([DEMO], [], [demo.root])
    standing.end()
    assert standing.unreached == ("holds", "makes", "takes")


def test_a_namespace_that_is_shared_stays_for_the_others(world: World) -> None:
    world.install("big-one", {"big/cloud/one/__init__.py": "X = 1\n"})
    world.install("big-two", {"big/cloud/two/__init__.py": "X = 2\n"})
    from big.cloud import one, two  # type: ignore[import-not-found]

    cloud = sys.modules["big.cloud"]
    standing = Standing.begin([Target("one", "big-one", ("big.cloud.one",))], [], [world.root])
    try:
        assert not hasattr(cloud, "one")
        assert sys.modules["big.cloud.two"] is two
        assert [found.name for found in pkgutil.iter_modules(cloud.__path__)] == ["two"]
        assert importlib.util.find_spec("big.cloud.one") is None
        with pytest.raises(ModuleNotFoundError, match=r"^No module named 'big\.cloud\.one'$"):
            importlib.import_module("big.cloud.one")
        with pytest.raises(ImportError, match=r"cannot import name 'one' from 'big\.cloud'"):
            from big.cloud import one
    finally:
        standing.end()
    assert cloud.one is sys.modules["big.cloud.one"] is one


@ALONE
def test_where_it_cannot_begin_nothing_has_changed(demo: World, monkeypatch: pytest.MonkeyPatch) -> None:
    Standing.begin([DEMO], [], [demo.root]).end()
    monkeypatch.setattr(tempfile, "tempdir", str(demo.root / "nowhere"))
    before = state()
    with pytest.raises(UsageError, match="TMPDIR"):
        Standing.begin([DEMO], [], [demo.root])
    after = state()
    assert {name for name in before if before[name] != after[name]} == set()


@ALONE
def test_two_that_stand_may_end_in_any_order(demo: World) -> None:
    module = importlib.import_module("demo")
    before = dict(os.environ)
    first = Standing.begin([DEMO], [], [demo.root])
    second = Standing.begin([DEMO, Target("wave", "wave", ("wave",))], [], [demo.root])
    first.end()
    assert importlib.util.find_spec("demo") is None
    assert "wave" in os.environ["GATING_ABSENT"]
    second.end()
    assert sys.modules["demo"] is module
    assert importlib.util.find_spec("wave")
    assert dict(os.environ) == before


@ALONE
@given(steps=st.lists(st.tuples(st.sampled_from(["demo", "wave", "big.cloud.one", "tomllib"]), st.integers(0, 9))))
@settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_that_stand_in_any_order_leave_everything_as_it_was(demo: World, steps: list[tuple[str, int]]) -> None:
    if "big.cloud.one" not in sys.modules:
        demo.install("big-one", {"big/cloud/one/__init__.py": ""}, version="1")
        for name in ("demo.sub", "wave", "big.cloud.one", "tomllib"):
            importlib.import_module(name)
        Standing.begin([DEMO], [], []).end()
    before = state()
    standing: list[tuple[str, Standing]] = []
    for name, number in steps:
        if number < 5 and standing:
            standing.pop(number % len(standing))[1].end()
        else:
            standing.append((name, Standing.begin([Target(name, name, (name,))], [], [demo.root])))
        hidden = {one for one, _ in standing}
        assert all((one in hidden) == (one not in sys.modules) for one in ("demo", "wave", "big.cloud.one", "tomllib"))
    for _, one in standing:
        one.end()
    after = state()
    assert {name for name in before if before[name] != after[name]} == set()
