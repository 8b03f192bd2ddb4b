from __future__ import annotations

import asyncio
import importlib
import importlib.metadata
import importlib.util
import sys
import threading
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

import gating
from gating.errors import UsageError
from gating.optional.scope import Scope
from gating.optional.standing import Standing
from gating.optional.targets import Target
from tests.optional.standins import World


@pytest.fixture
def demo(world: World) -> World:
    world.install("demo-dist", {"demo/__init__.py": "X = 1\n", "demo/sub.py": "Y = 2\n", "_demo.py": ""})
    return world


def named_absent(world: World, name: str) -> Scope:
    """An absence as the project's own code would ask for it."""
    return Scope(lambda: Standing.begin([Target(name, name, (name,))], [], [world.root]))


def there(name: str = "demo") -> bool:
    return importlib.util.find_spec(name) is not None


@pytest.mark.parametrize("name", ["demo-dist", "Demo.Dist", "demo", "_demo"])
def test_a_distribution_or_any_of_its_modules_names_all_of_it(demo: World, name: str) -> None:
    with gating.absent(name):
        assert not there()
        assert not there("_demo")
        with pytest.raises(importlib.metadata.PackageNotFoundError):
            importlib.metadata.version("demo-dist")
    assert there()
    assert importlib.metadata.version("demo-dist") == "1.0"


def test_a_submodule_alone_can_be_absent(demo: World) -> None:
    with gating.absent("demo.sub"):
        with pytest.raises(ModuleNotFoundError, match=r"^No module named 'demo\.sub'$"):
            importlib.import_module("demo.sub")
        assert importlib.import_module("demo").X == 1
        assert importlib.metadata.version("demo-dist") == "1.0"
    assert importlib.import_module("demo.sub").Y == 2


def test_the_policy_of_the_callers_project_names_it(demo: World) -> None:
    demo.write(
        {
            "pyproject.toml": "[tool.gating.optional]\nframes = { requires = 'demo-dist>=2', import = 'demo' }\n",
            "app/__init__.py": "",
            "app/checks.py": """
                import importlib.util
                import gating

                def look():
                    with gating.absent("frames") as standing:
                        return importlib.util.find_spec("demo"), standing.unreached
                """,
            "app/holds.py": "import demo\n",
        }
    )
    importlib.import_module("app.holds")
    assert importlib.import_module("app.checks").look() == (None, ("app.holds",))
    assert there()


def test_a_module_of_python_itself_can_be_absent() -> None:
    with gating.absent("tomllib"), pytest.raises(ModuleNotFoundError, match="tomllib"):
        importlib.import_module("tomllib")
    assert importlib.import_module("tomllib").loads("a = 1") == {"a": 1}


def test_what_is_not_installed_is_absent_anyway() -> None:
    with gating.absent("surely-not-installed"):
        assert not there("surely_not_installed")


@pytest.mark.parametrize("name", ["", "a b", "../x"])
def test_what_is_no_name_is_refused_at_once(name: str) -> None:
    with pytest.raises(UsageError):
        gating.absent(name)


@pytest.mark.parametrize("name", ["gating", "sys", "importlib"])
def test_what_nothing_works_without_is_refused(name: str) -> None:
    with pytest.raises(UsageError, match="nothing works without"):
        gating.absent(name).__enter__()
    assert there(name)


def test_it_ends_where_the_body_raises(demo: World) -> None:
    with pytest.raises(KeyError), gating.absent("demo"):
        raise KeyError
    assert there()


def test_one_scope_may_be_entered_again_before_it_ends(demo: World) -> None:
    scope = gating.absent("demo")
    with scope:
        with scope:
            assert not there()
        assert not there()
    assert there()
    with scope:
        assert not there()
    assert there()


def test_it_decorates_functions_of_every_kind(demo: World) -> None:
    @gating.absent("demo")
    def plain(given: int) -> tuple[bool, int]:
        """Its own words."""
        return there(), given

    @gating.absent("demo")
    async def coroutine() -> bool:
        await asyncio.sleep(0)
        return there()

    @gating.absent("demo")
    def generator() -> Iterator[bool]:
        yield there()
        yield there()

    @gating.absent("demo")
    async def stream() -> AsyncIterator[bool]:
        yield there()

    async def drained() -> list[bool]:
        return [one async for one in stream()]

    assert plain(3) == (False, 3)
    assert plain.__doc__ == "Its own words."
    assert asyncio.run(coroutine()) is False
    assert list(generator()) == [False, False]
    assert asyncio.run(drained()) == [False]
    assert there()
    with pytest.raises(UsageError, match="decorate its methods"):
        gating.absent("demo")(World)


def test_gating_itself_calls_it_absent(demo: World) -> None:
    assert gating.available("demo-dist")
    with gating.absent("demo"):
        found = gating.available("demo-dist")
        assert (found.state, found.cause) == ("absent", "it is made to look absent")
        with pytest.raises(gating.MissingDependency):
            gating.require("demo-dist")
    assert gating.available("demo-dist")
    assert gating.require("demo-dist").X == 1


def test_what_was_first_imported_meanwhile_and_asked_for_it_is_imported_afresh(demo: World) -> None:
    demo.write(
        {
            "app/__init__.py": "from app.frames import HAS\n",
            "app/frames.py": "try:\n    import demo\n    HAS = True\nexcept ImportError:\n    HAS = False\n",
            "app/plain.py": "",
            "lonely.py": "from app import HAS\n",
        }
    )
    demo.install("foreign", {"foreign/__init__.py": "import importlib.util as u\nHAS = bool(u.find_spec('demo'))\n"})
    demo.install("calm", {"calm.py": ""})
    with named_absent(demo, "demo"):
        import app.plain  # type: ignore[import-not-found]
        import calm  # type: ignore[import-not-found]
        import foreign  # type: ignore[import-not-found]
        import lonely  # type: ignore[import-not-found]

        assert not app.HAS
        assert not lonely.HAS
        assert not foreign.HAS
    assert not {"app", "app.frames", "app.plain", "foreign", "lonely"} & set(sys.modules)
    assert sys.modules["calm"] is calm
    assert importlib.import_module("app").HAS
    assert importlib.import_module("foreign").HAS
    assert importlib.import_module("lonely").HAS


def test_what_was_imported_before_works_on(demo: World) -> None:
    """A package that is hidden goes on importing its own modules, and what holds it goes on using it."""
    demo.install(
        "engine",
        {
            "engine/__init__.py": """
                def known():
                    from engine import inner
                    import engine.inner as same
                    assert same is inner
                    return inner.VALUE

                def late():
                    from engine.deep.late import VALUE
                    from . import deep
                    assert deep.late.VALUE is VALUE
                    return VALUE
                """,
            "engine/inner.py": "VALUE = object()\n",
            "engine/deep/__init__.py": "",
            "engine/deep/late.py": "from engine.inner import VALUE\n",
        },
    )
    demo.install("rider", {"rider.py": "import engine\n\ndef ride():\n    return engine.known(), engine.late()\n"})
    rider = importlib.import_module("rider")
    value = importlib.import_module("engine.inner").VALUE
    with gating.absent("engine"):
        assert rider.ride() == (value, value)
        assert not there("engine")
        assert not [name for name in sys.modules if name.startswith("engine")]
        with pytest.raises(ModuleNotFoundError, match="No module named 'engine'"):
            importlib.import_module("engine.inner")
    assert sys.modules["engine"] is rider.engine
    assert sys.modules["engine.deep.late"].VALUE is value


def test_what_cannot_do_without_it_goes_on_getting_it(demo: World) -> None:
    """A test runner has to work on, although whoever lacks what it requires lacks it too."""
    odd = "import sys, engine.inner\nsys.modules[__name__].FOUND = 'engine.inner' in sys.modules\n"
    demo.install("engine", {"engine/__init__.py": "", "engine/inner.py": "VALUE = object()\n", "engine/new.py": odd})
    ask = """
        import importlib

        def by_statement():
            from engine.inner import VALUE
            import engine.new
            return VALUE, engine.new

        def by_call():
            return importlib.import_module("engine")
        """
    demo.install("runner", {"runner.py": ask}, requires=["Engine>=1 ; python_version > '3'"])
    demo.install("fond", {"fond.py": ask}, requires=["engine; extra == 'fast'", "engine-room", "runner"])
    demo.install("app", {}, requires=["engine"])
    demo.write({"app.py": ask})
    runner, fond, app = map(importlib.import_module, ("runner", "fond", "app"))
    with named_absent(demo, "engine"):
        value, new = runner.by_statement()
        assert runner.by_call().new is new
        assert new.FOUND
        for other in (fond, app):
            for ask_for in (other.by_statement, other.by_call):
                with pytest.raises(ModuleNotFoundError, match="No module named 'engine'"):
                    ask_for()
        assert not [name for name in sys.modules if name.startswith("engine")]
    assert importlib.import_module("engine.inner").VALUE is value
    assert fond.by_statement() == (value, new)


def test_threads_see_the_same(demo: World) -> None:
    seen: list[bool] = []
    with gating.absent("demo"):
        threads = [threading.Thread(target=lambda: seen.append(there())) for _ in range(8)]
        for one in threads:
            one.start()
        for one in threads:
            one.join()
    assert seen == [False] * 8


def test_an_import_that_is_under_way_in_another_thread_is_waited_for(demo: World) -> None:
    body = """
        import threads_met
        threads_met.started.set()
        threads_met.go.wait(30)
        import slow.inner
        """
    demo.install("slow", {"slow/__init__.py": body, "slow/inner.py": "import importlib_met\nDONE = True\n"})
    demo.install("met", {"importlib_met.py": ""})
    demo.write({"threads_met.py": "import threading\nstarted = threading.Event()\ngo = threading.Event()\n"})
    met = importlib.import_module("threads_met")
    imported: list[object] = []
    importing = threading.Thread(target=lambda: imported.append(importlib.import_module("slow")))
    importing.start()
    assert met.started.wait(30)
    threading.Timer(0.05, met.go.set).start()
    with gating.absent("slow"):
        importing.join(30)
        assert "slow" not in sys.modules
    assert sys.modules["slow"] is imported[0]
    assert sys.modules["slow.inner"].DONE


def test_a_fake_that_a_test_puts_in_its_place_is_found(demo: World, monkeypatch: pytest.MonkeyPatch) -> None:
    real = importlib.import_module("demo")
    fake = type(sys)("demo")
    with gating.absent("demo"):
        with monkeypatch.context() as patch:
            patch.setitem(sys.modules, "demo", fake)
            assert importlib.import_module("demo") is fake
        assert not there()
    assert importlib.import_module("demo") is real


def test_a_zip_and_a_finder_of_its_own_are_no_way_around(
    demo: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import zipfile

    archive = tmp_path / "zipped.zip"
    with zipfile.ZipFile(archive, "w") as made:
        made.writestr("zipped/__init__.py", "")
    elsewhere = tmp_path / "source"
    elsewhere.mkdir()
    (elsewhere / "edited.py").write_text("")

    class Editable:
        @staticmethod
        def find_spec(name: str, path: object = None, target: object = None) -> object:
            return importlib.util.spec_from_file_location(name, elsewhere / "edited.py") if name == "edited" else None

    monkeypatch.syspath_prepend(str(archive))
    monkeypatch.setattr(sys, "meta_path", [*sys.meta_path, Editable])
    assert there("zipped")
    assert there("edited")
    with gating.absent("zipped", "edited"):
        assert not there("zipped")
        assert not there("edited")
    assert there("zipped")
    assert there("edited")
