from __future__ import annotations

import builtins
import copy
import doctest
import gc
import importlib
import importlib.util
import inspect
import os
import pickle
import runpy
import subprocess
import sys
import typing
import unittest.mock
import warnings
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest

import gating
from gating.errors import UsageError
from gating.optional.standin import is_stand_in
from gating.optional.standing import Standing
from gating.optional.targets import Target
from tests.hidden import ALONE
from tests.optional.standins import World


@contextmanager
def stood_in(world: World, *modules: str, names: Sequence[str] = (), adapter: str | None = None) -> Iterator[Standing]:
    targets = [Target(one, one, (one,), tuple(names), adapter, f"pip install {one}") for one in modules or ("wave",)]
    standing = Standing.begin([], targets, [world.root])
    try:
        yield standing
    finally:
        standing.end()


def load(world: World, body: str, name: str = "app") -> Any:
    """Import a module of the project that was just written."""
    world.write({f"{name}.py": body})
    importlib.invalidate_caches()
    return importlib.import_module(name)


BARE = {
    "import": "import wave_x as made\n",
    "import as": "import wave_x as made\n",
    "a submodule": "import wave_x.deep.inner\nmade = wave_x\n",
    "a submodule as": "import wave_x.deep.inner as made\n",
    "from": "from wave_x import thing as made\n",
    "from a submodule": "from wave_x.deep import thing as made\n",
    "star": "from wave_x import *\nimport wave_x as made\n",
    "in a function": "def get():\n    from wave_x.late import found\n    return found\nmade = get()\n",
    "in a class": "class Holder:\n    import wave_x\nmade = Holder.wave_x\n",
    "several lines": "from wave_x import (\n    one,\n    thing as made,\n)\n",
    "under a condition": "import sys\nif sys.version_info:\n    import wave_x as made\n",
    "in a finally": "try:\n    pass\nfinally:\n    import wave_x as made\n",
    "in an exec": "exec('import wave_x as made')\n",
    "with many constants before": "\n".join(f"a{n} = 'x{n}'" for n in range(300))
    + "\nfrom wave_x import thing as made\n",
}


@pytest.mark.parametrize("how", BARE)
def test_a_bare_import_gets_a_stand_in(world: World, how: str) -> None:
    with stood_in(world, "wave_x"):
        made = load(world, BARE[how]).made
        assert is_stand_in(made)
        assert not [name for name in sys.modules if name.startswith("wave_x")]
        with pytest.raises(gating.MissingDependency, match="pip install wave_x"):
            made()
    with pytest.raises(ModuleNotFoundError, match="wave_x"):
        load(world, BARE[how])


ABSENT = {
    "a guard": "try:\n    import wave_x\n    made = True\nexcept ImportError:\n    made = False\n",
    "a wide guard": "try:\n    from wave_x import y\n    made = True\nexcept Exception:\n    made = False\n",
    "suppress": """
        import contextlib
        made = False
        with contextlib.suppress(ImportError):
            import wave_x
            made = True
        """,
    "find_spec": "from importlib.util import find_spec\nmade = find_spec('wave_x') is not None\n",
    "import_module": """
        import importlib
        made = True
        try:
            importlib.import_module('wave_x')
        except ImportError:
            made = False
        """,
    "__import__": "try:\n    made = bool(__import__('wave_x'))\nexcept ImportError:\n    made = False\n",
    "sys.modules": "import sys\nmade = 'wave_x' in sys.modules\n",
    "a guarded exec": """
        try:
            exec('try:\\n    import wave_x\\nexcept ImportError:\\n    wave_x = None')
            made = bool(wave_x)
        finally:
            pass
        """,
    "importorskip": """
        import pytest
        try:
            made = bool(pytest.importorskip("wave_x"))
        except pytest.skip.Exception:
            made = False
        """,
    "another's code": "import foreign\nmade = foreign.made\n",
    "a lazy loader": "import importlib.util as u\nmade = bool(u.find_spec('wave_x') and u.LazyLoader)\n",
    "a package's own module of that name": "from own.uses import made\n",
}


@pytest.mark.parametrize("how", ABSENT)
def test_whoever_asks_first_sees_it_absent(world: World, how: str) -> None:
    world.install(
        "foreign",
        {
            "foreign.py": """
                def get():
                    import wave_x

                try:
                    get()
                    made = True
                except ImportError:
                    made = False
                """,
        },
    )
    world.write({"own/__init__.py": "", "own/wave_x.py": "made = False\n", "own/uses.py": "from .wave_x import made\n"})
    with stood_in(world, "wave_x"):
        assert load(world, ABSENT[how]).made is False


def test_it_is_absent_for_other_code_although_it_is_installed(world: World) -> None:
    world.install("wave_x", {"wave_x.py": "VALUE = 1\n"})
    world.install("foreign", {"foreign.py": "def get():\n    import wave_x\n"})
    with stood_in(world, "wave_x"):
        assert is_stand_in(load(world, "import wave_x\n").wave_x)
        with pytest.raises(ModuleNotFoundError, match="wave_x"):
            importlib.import_module("foreign").get()
    assert load(world, "import wave_x\n").wave_x.VALUE == 1


@pytest.fixture
def hurried() -> Iterator[None]:
    """Threads that take turns as often as they can, and a collector that lets them in wherever it runs."""
    interval, threshold = sys.getswitchinterval(), gc.get_threshold()

    def take_turns(*_: object) -> None:
        for _again in range(50):
            pass

    gc.callbacks.append(take_turns)
    gc.set_threshold(50)
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(interval)
    gc.set_threshold(*threshold)
    gc.callbacks.remove(take_turns)


def test_every_site_gets_the_same_stand_in_in_every_thread(world: World, hurried: None) -> None:
    # at the first new file after a change of `sys.path` coverage.py takes out of `sys.modules` what other threads
    # import meanwhile; so that file is one of this thread's
    load(world, "", "first")
    filters = list(warnings.filters)
    body = "import wave_x\nfrom wave_x import thing\n" + "".join(f"a{n} = {{'x': [{n}]}}\n" for n in range(50))
    for turn in range(10):
        names = [f"part{turn}_{n}" for n in range(8)]
        world.write({f"{name}.py": body for name in names})
        importlib.invalidate_caches()
        with stood_in(world, "wave_x"), ThreadPoolExecutor(len(names)) as pool:
            found = list(pool.map(importlib.import_module, names))
        assert len({id(one.wave_x) for one in found}) == 1
        assert len({id(one.thing) for one in found}) == 1
    assert list(warnings.filters) == filters


def test_what_cannot_do_without_it_gets_it_in_every_thread(world: World, hurried: None) -> None:
    world.install("wave_x", {"wave_x.py": "VALUE = 1\n"})
    names = [f"other{n}" for n in range(8)]
    for name in names:
        world.install(name, {f"{name}.py": "import wave_x\n"}, requires=["wave-x"])
    load(world, "", "first")
    for _ in range(5):
        with stood_in(world, "wave_x"), ThreadPoolExecutor(len(names)) as pool:
            found = list(pool.map(importlib.import_module, names))
        assert {one.wave_x.VALUE for one in found} == {1}


def test_who_cannot_do_without_it_is_found_out_each_time_it_is_stood_in_for(world: World) -> None:
    world.install("wave_x", {"wave_x.py": "VALUE = 1\n"})
    world.install("foreign", {"foreign.py": "import wave_x\n"})
    with stood_in(world, "wave_y"):  # something else is hidden all the time
        with stood_in(world, "wave_x"), pytest.raises(ModuleNotFoundError, match="wave_x"):
            load(world, "import foreign\n", "first")
        world.install("later", {"later.py": "import wave_x\n"}, requires=["wave-x"])
        with stood_in(world, "wave_x"):
            assert load(world, "import later\n", "second").later.wave_x.VALUE == 1


def test_a_stand_in_is_one_for_all_that_stand(world: World) -> None:
    bare = "import wave_x\nclass Own(wave_x.Base): ...\n"
    with stood_in(world, "wave_x"), stood_in(world, "wave_x", names=["more"]):
        first = load(world, bare, "first")
        with stood_in(world, "wave_x", names=["extra"]):
            second = load(world, bare + "wave_x.extra\n", "second")
            assert second.wave_x is first.wave_x
            assert issubclass(second.Own, first.wave_x.Base)
        assert hasattr(first.wave_x, "more")


def test_a_traced_import_gets_it_too(world: World) -> None:
    seen: list[str] = []

    def trace(frame: Any, event: str, _: object) -> Any:
        seen.append(event)
        return trace

    before = sys.gettrace()
    with stood_in(world, "wave_x"):
        sys.settrace(trace)
        try:
            app = load(world, "import wave_x.deep as made\nfrom wave_x import one, two\n")
        finally:
            sys.settrace(before)
    assert is_stand_in(app.made)
    assert is_stand_in(app.two)
    assert "line" in seen


def test_what_the_policy_names_and_what_the_source_uses_is_there(world: World) -> None:
    body = """
        from __future__ import annotations
        import dataclasses
        import wave_x as w

        class Model(w.Module): ...

        @dataclasses.dataclass
        class Held:
            value: w.Tensor | None = None

        @w.no_grad()
        def run(given: w.Tensor) -> w.Tensor:
            return w.add(given, given)
        """
    with stood_in(world, "wave_x", names=["extra"]):
        app = load(world, body)
        assert typing.get_type_hints(app.run)["given"] is app.w.Tensor
        assert app.Held() == app.Held(value=None)
        assert is_stand_in(app.w.extra)
        assert not hasattr(app.w, "nobody_uses_this")
        for use in (lambda: app.run(1), app.Model):
            with pytest.raises(gating.MissingDependency, match="wave_x"):
                use()


def test_the_standard_library_goes_about_its_work(world: World) -> None:
    """What scans `sys.modules`, copies, pickles or patches meets no stand-in, and breaks on none."""
    body = """
        import wave_x

        VALUES = {"kind": wave_x.Tensor}

        def double(given):
            '''Twice as much.

            >>> double(2)
            4
            '''
            return given * 2
        """
    with stood_in(world, "wave_x"):
        app = load(world, body)
        assert doctest.testmod(app).failed == 0
        assert (inspect.getmodule(app.double),) == (app,)
        assert copy.deepcopy(app.VALUES)["kind"] is app.wave_x.Tensor
        assert pickle.loads(pickle.dumps(app.double)) is app.double
        case = unittest.TestCase()
        with case.assertWarns(UserWarning):
            warnings.warn("seen", UserWarning, stacklevel=1)
        with unittest.mock.patch("app.wave_x") as fake:
            assert app.wave_x is fake
        with pytest.raises(ModuleNotFoundError, match="wave_x"), unittest.mock.patch("wave_x.Tensor"):
            pass
        assert is_stand_in(importlib.reload(app).wave_x)
        again = runpy.run_path(app.__file__)
        assert is_stand_in(again["wave_x"])


def test_a_bare_import_in_a_doctest_and_in_a_prompt_gets_it(world: World) -> None:
    with stood_in(world, "wave_x"):
        app = load(world, "'''\n>>> import wave_x\n>>> wave_x.__name__\n'wave_x'\n'''\n")
        assert doctest.testmod(app) == (0, 2)
    code = """
        import sys, wave_x
        try:
            import wave_x as second
        except ImportError:
            second = None
        print(repr(wave_x), second)
        """
    with stood_in(world, "wave_x"):
        for argv, shown in (
            (["-c", "import wave_x; print(repr(wave_x))"], "<stand-in for the module wave_x>\n"),
            (["-c", dedent(code)], ""),
        ):
            done = subprocess.run([sys.executable, *argv], env=world.environment(), capture_output=True, text=True)
            assert done.stdout == shown, done.stderr


def test_it_reaches_children(world: World) -> None:
    world.write({"app.py": "import wave_x\nprint(repr(wave_x), __name__)\n"})
    world.write({"app_guarded.py": "try:\n    import wave_x\nexcept ImportError as error:\n    print(error)\n"})
    with stood_in(world, "wave_x"):
        for argv, shown in (
            ("app", "<stand-in for the module wave_x> __main__\n"),
            ("app_guarded", "No module named 'wave_x'\n"),
        ):
            done = subprocess.run(
                [sys.executable, "-m", argv], env=world.environment(), capture_output=True, text=True, timeout=60
            )
            assert done.stdout == shown, done.stderr


def test_modules_that_hold_a_stand_in_are_imported_afresh(world: World) -> None:
    world.write({"app/__init__.py": "from .frames import wave_x\n", "app/frames.py": "import wave_x\n"})
    with stood_in(world, "wave_x"):
        assert is_stand_in(importlib.import_module("app").wave_x)
    assert "app" not in sys.modules
    world.install("wave_x", {"wave_x.py": "VALUE = 1\n"})
    importlib.invalidate_caches()
    assert importlib.import_module("app").wave_x.VALUE == 1


def test_modules_that_import_each_other_get_it_too(world: World) -> None:
    world.write(
        {
            "app/__init__.py": "from app.one import A\n",
            "app/one.py": "import app.two\nimport wave_x\nA = wave_x.A\n",
            "app/two.py": "import app.one\nfrom wave_x import B\n",
        }
    )
    with stood_in(world, "wave_x"):
        app = importlib.import_module("app")
        assert is_stand_in(app.A)
        assert is_stand_in(app.two.B)


def test_an_error_in_a_first_party_module_stays_its_own(world: World) -> None:
    world.write({"app.py": "import wave_x\nimport helper\n", "helper.py": "import not_there_at_all\n"})
    with stood_in(world, "wave_x"), pytest.raises(ModuleNotFoundError) as caught:
        importlib.import_module("app")
    assert caught.value.name == "not_there_at_all"
    files = [Path(entry.path).name for entry in caught.traceback]
    assert files[-2:] == ["app.py", "helper.py"]


def test_a_warning_of_a_first_party_module_is_counted_as_its_importers(world: World) -> None:
    world.write(
        {
            "old.py": "import warnings\nwarnings.warn('old', DeprecationWarning, stacklevel=2)\n",
            "app.py": "import old\n",
        }
    )
    with stood_in(world, "wave_x", "big.cloud.one"), warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter("always")
        importlib.import_module("app")
    assert [Path(one.filename).name for one in seen] == ["app.py"]


def test_a_test_may_replace_the_import_function(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    real = builtins.__import__

    def refusing(name: str, *given: Any, **named: Any) -> Any:
        if name == "json_like":
            raise ImportError(name)
        return real(name, *given, **named)

    with stood_in(world, "wave_x"):
        monkeypatch.setattr(builtins, "__import__", refusing)
        assert is_stand_in(load(world, "from wave_x.deep import thing as made\n").made)
        with pytest.raises(ImportError, match="json_like"):
            load(world, "import json_like\n", "other")
        monkeypatch.undo()
    assert builtins.__import__ is real


def test_below_a_namespace_only_the_statement_sees_it(world: World) -> None:
    files = {"big/cloud/two/__init__.py": "X = 2\n", "big/cloud/breaks.py": "import not_there_at_all\n"}
    world.install("big-two", files)
    world.install("foreign", {"foreign.py": "def get():\n    from big.cloud import one\n"})
    real = builtins.__import__
    bodies = {
        "a": "from big.cloud import one, two\n",
        "b": "import big.cloud.one\nimport big.cloud.two\none = big.cloud.one\ntwo = big.cloud.two\n",
        "c": """
            import big.cloud.one.deep as deep
            from big.cloud.one import X as one
            from big import cloud
            two = cloud.two
            """,
        "d": "from big import cloud\nimport big.cloud.two as two\none = cloud.one\n",
        "f": """
            import big.cloud.one
            import big.cloud.four
            one = big.cloud.one
            four = big.cloud.four
            two = big.cloud.two
            """,
        "e": "from big.cloud import one\nfrom big.cloud.two import X\nimport sys\ntwo = sys.modules['big.cloud.two']\n",
    }
    with stood_in(world, "big.cloud.one", "big.cloud.four"):
        for name, body in bodies.items():
            app = load(world, body, f"app_{name}")
            assert is_stand_in(app.one), body
            assert app.two is sys.modules["big.cloud.two"], body
        with pytest.raises(ImportError, match="cannot import name 'one'"):
            importlib.import_module("foreign").get()
        assert not hasattr(sys.modules["big.cloud"], "one")
        with pytest.raises(ImportError, match="cannot import name 'three'"):
            load(world, "from big.cloud import one, three\n", "app_z")
        with pytest.raises(ModuleNotFoundError, match="not_there_at_all"):
            load(world, "from big.cloud import one, breaks\n", "app_y")
        view = load(world, "import big.cloud.one\n", "app_x").big
        assert {"one", "two"} <= set(dir(view.cloud))
        assert (view.__name__, view.cloud.__name__) == ("big", "big.cloud")
        assert view.__spec__ is sys.modules["big"].__spec__
    assert builtins.__import__ is real


def test_a_namespace_that_is_not_there_at_all_is_stood_in_for_as_well(world: World) -> None:
    with stood_in(world, "vast.cloud.one"):
        assert is_stand_in(load(world, "from vast.cloud import one\n", "app_a").one)
        assert is_stand_in(load(world, "import vast.cloud.one\n", "app_b").vast.cloud.one)
        assert (
            load(world, "try:\n    import vast.cloud.one\nexcept ImportError:\n    one = None\n", "app_c").one is None
        )
        vast = load(world, "from vast import cloud\nimport vast.cloud.one as one\n", "app_e").cloud
        assert not hasattr(vast, "two")
        assert "one" in dir(vast)
        with pytest.raises(ModuleNotFoundError, match="vast"):
            load(world, "import vast.other\n", "app_d")


def test_what_the_project_supplies_stands_in(world: World) -> None:
    world.write(
        {
            "doubles/__init__.py": "",
            "doubles/wave.py": """
                try:
                    import wave_x as real
                except ImportError:
                    real = None
                from importlib.util import find_spec
                FOUND = find_spec("wave_x")

                class Client:
                    def log(self):
                        return "written down"
                """,
        }
    )
    body = "import wave_x\nfrom wave_x import Client\nsaid = Client().log()\n"
    with stood_in(world, "wave_x", adapter="doubles.wave"):
        app = load(world, body)
        assert app.said == "written down"
        assert is_stand_in(app.wave_x)
        assert (app.wave_x.real, app.wave_x.FOUND) == (None, None)
        with pytest.raises(ModuleNotFoundError, match=r"wave_x\.deep"):
            load(world, "import wave_x.deep\n", "other")
        assert importlib.util.find_spec("wave_x") is None
        assert not [name for name in sys.modules if name.startswith("wave_x")]
    assert not [name for name in sys.modules if name.startswith("doubles")]


@pytest.mark.parametrize("again", [1, 2])
def test_what_the_project_supplies_has_to_be_there(world: World, again: int) -> None:
    with stood_in(world, "wave_x", adapter="doubles.nowhere"):
        for _ in range(again):
            with pytest.raises(UsageError, match=r"doubles\.nowhere"):
                load(world, "import wave_x\n")


def test_the_innermost_decides(world: World) -> None:
    bare = "try:\n    pass\nfinally:\n    import wave_x\n"
    with stood_in(world, "wave_x"):
        assert is_stand_in(load(world, bare, "one").wave_x)
        absence = Standing.begin([Target("wave_x", "wave_x", ("wave_x",))], [], [world.root])
        with pytest.raises(ModuleNotFoundError):
            load(world, bare, "two")
        absence.end()
        assert is_stand_in(load(world, bare, "three").wave_x)


@ALONE
def test_the_public_one_takes_policy_and_names(world: World) -> None:
    world.write(
        {
            "pyproject.toml": """
                [tool.gating.optional.waves]
                requires = 'wave-x'
                import = 'wave_x'
                fallback = 'shim'
                names = ['Tensor']
                """,
            "tests/test_it.py": """
                import gating

                @gating.shimmed("waves", names=["no_grad"])
                def get():
                    import wave_x
                    return wave_x, hasattr(wave_x, "Tensor"), hasattr(wave_x, "no_grad"), hasattr(wave_x, "other")

                def get_without():
                    import wave_x
                """,
        }
    )
    sys.path.insert(0, str(world.root / "tests"))
    before = dict(os.environ)
    test_it = importlib.import_module("test_it")
    made, *had = test_it.get()
    assert is_stand_in(made)
    assert had == [True, True, False]
    assert dict(os.environ) == before
    with pytest.raises(ModuleNotFoundError):
        test_it.get_without()
