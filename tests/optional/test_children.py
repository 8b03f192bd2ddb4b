from __future__ import annotations

import ast
import json
import os
import subprocess
import sys
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest

import gating
from gating.optional import children
from tests.hidden import ALONE
from tests.installs import Environment
from tests.optional.standins import World

LOOK = """
import importlib.metadata, importlib.util, json, sys
told = {"found": importlib.util.find_spec("demo") is not None}
try:
    import demo
    told["imported"] = True
except ModuleNotFoundError as error:
    told["imported"] = str(error)
told["listed"] = "demo-dist" in [one.name for one in importlib.metadata.distributions()]
told["path"] = sys.path[1:]
told["modules"] = sorted(name for name in sys.modules if name.partition(".")[0] in {"gating", "sitecustomize"})
print(json.dumps(told))
"""
ABSENT = {"found": False, "imported": "No module named 'demo'", "listed": False}
THERE = {"found": True, "imported": True, "listed": True}


@pytest.fixture
def demo(world: World) -> World:
    world.install("demo-dist", {"demo/__init__.py": "", "demo/__main__.py": "print('demo runs')\n"})
    return world


def run(world: World, *argv: str, python: str | Path = sys.executable, **more: str) -> subprocess.CompletedProcess[str]:
    command = [str(python), *argv]
    return subprocess.run(
        command, env=world.environment(**more), cwd=world.root, capture_output=True, text=True, timeout=60
    )


def look(world: World, *flags: str, python: str | Path = sys.executable) -> dict[str, Any]:
    done = run(world, *flags, "-c", LOOK, python=python)
    assert done.stderr == ""
    told: dict[str, Any] = json.loads(done.stdout)
    return told


def of_the_site(told: dict[str, Any]) -> list[str]:
    """The `sitecustomize` that is loaded: Debian's Python has one of its own."""
    return [name for name in told["modules"] if name == "sitecustomize"]


def test_a_child_sees_the_same_from_its_start(demo: World) -> None:
    before = look(demo)
    with gating.absent("demo"):
        meanwhile = look(demo)
        started = run(demo, "-m", "demo")
    assert THERE.items() <= before.items()
    assert ABSENT.items() <= meanwhile.items()
    assert meanwhile["path"] == before["path"]
    assert of_the_site(meanwhile) == of_the_site(before)
    assert (started.returncode, started.stdout) == (1, "")
    assert started.stderr.endswith("No module named demo\n")
    assert run(demo, "-m", "demo").stdout == "demo runs\n"


def test_a_python_without_gating_sees_the_same_and_no_gating(demo: World, tmp_path: Path) -> None:
    python = Environment(tmp_path / "bare").python
    before = look(demo, python=python)
    with gating.absent("demo"):
        told = look(demo, python=python)
    assert ABSENT.items() <= told.items()
    assert told["modules"] == of_the_site(before)


def test_grandchildren_see_the_same(demo: World) -> None:
    inner = f"import subprocess, sys; sys.exit(subprocess.call([sys.executable, '-c', {LOOK!r}]))"
    with gating.absent("demo"):
        told = json.loads(run(demo, "-c", inner).stdout)
    assert ABSENT.items() <= told.items()


def test_the_users_own_sitecustomize_is_run(demo: World) -> None:
    demo.write({"sitecustomize.py": "import sys\nprint('their own', sys.modules[__name__].__file__)\n"})
    before = run(demo, "-c", "import sitecustomize")
    with gating.absent("demo"):
        meanwhile = run(demo, "-c", "import sitecustomize")
    assert before.stdout == meanwhile.stdout == f"their own {demo.root / 'sitecustomize.py'}\n"


@pytest.mark.parametrize("body", ["raise ValueError('theirs')", "import nothing_like_this", "import demo"])
def test_the_users_own_sitecustomize_fails_as_it_would(demo: World, body: str) -> None:
    demo.write({"sitecustomize.py": f"{body}\n"})
    wanted = run(demo, "-c", "print('on')", PYTHONVERBOSE="")
    with gating.absent("demo"):
        meanwhile = run(demo, "-c", "print('on')")
    assert meanwhile.stdout == wanted.stdout == "on\n"
    if body != "import demo":
        assert meanwhile.stderr == wanted.stderr
        assert wanted.stderr
    else:
        assert "No module named 'demo'" in meanwhile.stderr


@pytest.mark.parametrize("flag", ["-I", "-E", "-S"])
def test_what_cannot_be_reached_is_named(demo: World, flag: str) -> None:
    code = "import sys; print([one for one in sys.modules if one.startswith('gating')], sys.flags.no_site)"
    with gating.absent("demo"):
        assert run(demo, flag, "-c", code).stdout.startswith("[]")
    assert any(flag in line for line in children.unreachable())


@ALONE
def test_its_sitecustomize_can_be_read_by_any_python_and_goes_with_what_stands(demo: World) -> None:
    with gating.absent("demo"):
        folder = Path(os.environ["PYTHONPATH"].partition(os.pathsep)[0])
        text = (folder / "sitecustomize.py").read_text()
        ast.parse(text, feature_version=(3, 4))
    assert not folder.exists()


@ALONE
def test_a_pythonpath_that_was_there_is_kept_and_put_back(demo: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", f"one{os.pathsep}{os.pathsep}two")
    with gating.absent("demo"):
        assert os.environ["PYTHONPATH"].endswith(f"{os.pathsep}one{os.pathsep}{os.pathsep}two")
        with gating.absent("tomllib"):
            assert os.environ["PYTHONPATH"].count("gating-children-") == 1
            assert set(json.loads(os.environ["GATING_ABSENT"])[0]) >= {"name", "distribution", "modules"}
    assert os.environ["PYTHONPATH"] == f"one{os.pathsep}{os.pathsep}two"
    assert "GATING_ABSENT" not in os.environ


@ALONE
def test_a_variable_that_somebody_sets_meanwhile_is_theirs(demo: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PYTHONPATH", raising=False)
    with gating.absent("demo"):
        os.environ["PYTHONPATH"] = "theirs"
    assert os.environ["PYTHONPATH"] == "theirs"


@ALONE
def test_a_child_that_hides_more_hands_on_both_and_leaves_its_parents_folder(demo: World) -> None:
    demo.install("other", {"other.py": ""})
    code = f"""
        import os, subprocess, sys, gating
        before = dict(os.environ)
        with gating.absent("other"):
            print(os.environ["GATING_ABSENT"], flush=True)
            assert os.environ["PYTHONPATH"].count("gating-children-") == 1
            subprocess.run([sys.executable, "-c", {LOOK!r} + "import other"], check=False)
        assert dict(os.environ) == before
        assert os.path.isdir(os.environ["PYTHONPATH"].partition(os.pathsep)[0])
        """
    with gating.absent("demo"):
        done = run(demo, "-c", dedent(code))
    absent, told = done.stdout.splitlines()
    assert {one["name"] for one in json.loads(absent)} == {"demo", "other"}
    assert ABSENT.items() <= json.loads(told).items()
    assert done.stderr.count("Traceback") == 1
    assert "No module named 'other'" in done.stderr


@pytest.mark.parametrize("method", ["spawn", "fork"])
def test_processes_of_multiprocessing_see_the_same(demo: World, method: str) -> None:
    demo.write(
        {
            "many.py": f"""
                import importlib.util, multiprocessing, os, gating

                def look(_):
                    return importlib.util.find_spec("demo") is not None

                if __name__ == "__main__":
                    with gating.absent("demo"):
                        folder = os.environ["PYTHONPATH"].partition(os.pathsep)[0]
                        with multiprocessing.get_context("{method}").Pool(2) as pool:
                            print(pool.map(look, range(2)))
                        print(os.path.isdir(folder))
                    print(os.path.isdir(folder), look(0))
                """
        }
    )
    done = run(demo, str(demo.root / "many.py"))
    assert (done.stdout, done.stderr) == ("[False, False]\nTrue\nFalse True\n", "")


def test_a_forked_child_that_ends_leaves_its_parents_folder(demo: World) -> None:
    code = """
        import os, sys, gating
        with gating.absent("demo"):
            folder = os.environ["PYTHONPATH"].partition(os.pathsep)[0]
            child = os.fork()
            if child == 0:
                sys.exit(0)
            os.waitpid(child, 0)
            print(os.path.isdir(folder))
        """
    assert run(demo, "-c", dedent(code)).stdout == "True\n"


def test_a_process_that_ends_before_its_standing_leaves_nothing_behind(demo: World, tmp_path: Path) -> None:
    (tmp_path / "tmp").mkdir()
    code = "import gating, os; gating.absent('demo').__enter__(); print(os.listdir(os.environ['TMPDIR']))"
    done = run(demo, "-c", code, TMPDIR=str(tmp_path / "tmp"))
    assert "gating-children-" in done.stdout
    assert list((tmp_path / "tmp").iterdir()) == []


def test_workers_of_xdist_see_the_same(demo: World) -> None:
    demo.write(
        {
            "test_it.py": """
                import importlib.util, os

                def test_it():
                    assert os.environ["PYTEST_XDIST_WORKER"]
                    assert importlib.util.find_spec("demo") is None
                    assert importlib.util.find_spec("pluggy") is None
                """,
            "pytest.ini": "[pytest]\n",
        }
    )
    arguments = ["-m", "pytest", "-q", "-n", "1", "-p", "no:cacheprovider", "-p", "no:gating", str(demo.root)]
    with gating.absent("demo", "pluggy"):  # without which pytest itself cannot work
        done = run(demo, *arguments)
    assert done.returncode == 0, done.stdout


def test_what_goes_wrong_in_a_child_is_said_and_the_child_goes_on(demo: World) -> None:
    with gating.absent("demo"):
        done = run(demo, "-c", "print('on')", GATING_ABSENT="[nonsense")
    assert done.stdout == "on\n"
    assert done.stderr.startswith("gating: nothing is hidden or stood in for in ")
